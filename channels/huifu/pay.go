package huifu

import (
	"context"
	"errors"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Pay asks for p's money once.
func (c *Channel) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	data, err := c.payData(p)
	if err != nil {
		r := wire.Refused(err)
		r.Message = masked(r.Message, p.Code)
		return r
	}
	a, err := c.exchange(ctx, call{path: c.paths.pay, data: data, durable: p.Durable})
	if err != nil {
		return maskedReply(wire.Failed(err), p.Code)
	}
	return maskedReply(c.understandPay(a, orderOf(p.OutTradeNo, p.Amount), p.Replay), p.Code)
}

func orderOf(no string, m channels.Money) channels.Order {
	return channels.Order{OutTradeNo: no, Amount: m}
}

// payData is §4. Its errors are of what cannot be asked at all.
func (c *Channel) payData(p channels.Payment) (fields, error) {
	code := strings.TrimSpace(p.Code.Reveal())
	if code == "" || len(code) > 128 || strings.ContainsFunc(code, notWord) {
		return nil, errors.New("auth_code: is not a code that the platform can take")
	}
	f, err := c.orderData(p.OutTradeNo, p.Amount, p.Description)
	if err != nil {
		return nil, err
	}
	given, err := presentedOptions.read(p.Options)
	if err != nil {
		return nil, err
	}
	where, err := c.place()
	if err != nil {
		return nil, err
	}
	f["auth_code"] = code
	f["risk_check_data"] = where.risk()
	f["terminal_device_info"] = c.terminal(where, code)
	f["remark"] = wire.Cut(plain(c.till.ID), 255)
	if c.ages.expire > 0 {
		f["time_expire"] = c.clock.Now().Add(c.ages.expire).In(beijing).Format(secondForm)
	}
	c.settled(f)
	f.over(given)
	return f, nil
}

// orderData is what a presented and a prepared order share (§4, §5).
func (c *Channel) orderData(no string, m channels.Money, description string) (fields, error) {
	day, dated := dateOf(no)
	if !isNumber(no, 128) || !dated {
		return nil, errors.New("req_seq_id: the order's number does not begin with its day, or has other characters than letters, digits, - and _")
	}
	if err := checkMoney(m); err != nil {
		return nil, err
	}
	return fields{
		"req_date":   day,
		"req_seq_id": no,
		"huifu_id":   c.cfg.HuifuID,
		"trans_amt":  yuan(m.Amount),
		"goods_desc": c.description(description, no),
		"notify_url": c.cfg.NotifyURL,
	}, nil
}

// description is required: a sale without one is called by its store.
func (c *Channel) description(given, no string) string {
	for _, s := range [...]string{given, c.till.StoreName} {
		if d := wire.Cut(plain(s), 127); d != "" {
			return d
		}
	}
	return wire.Cut(no, 127)
}

// settled adds what the settings say of every order.
func (c *Channel) settled(f fields) {
	f["limit_pay_type"] = c.cfg.LimitPayType
	f["channel_no"] = c.cfg.ChannelNo
	f["pay_scene"] = c.cfg.PayScene
	f["acct_id"] = c.cfg.AcctID
}

// over writes what a sale gave over f.
func (f fields) over(given fields) {
	for k, v := range given {
		f[k] = v
	}
}

// understandPay is §10 and §11 for a pay and for a prepared order.
func (c *Channel) understandPay(a answer, o channels.Order, replay bool) channels.Reply {
	r, ok := a.usable()
	if !ok {
		return r
	}
	if a.data.Has("trans_stat") {
		return c.trade(a, o, own)
	}
	return c.refusal(a, r, o, replay)
}

// refusal is an answer to a pay that has no trans_stat. Nothing says that it
// was made before anything was booked: unless confirm_refusal is off, it is
// shown and not relied upon, and the sheet has the engine look again (§11).
func (c *Channel) refusal(a answer, r channels.Reply, o channels.Order, replay bool) channels.Reply {
	if what := c.contradicts(a.data, o, own, channels.Unknown); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	m, ofNumber := c.meaningOf(a, ofPay)
	r.Outcome, r.Reason = m.outcome, m.reason
	r.PlatformID = wire.Cut(a.data.Text(own.hf), 128)
	r.Detail = detailOf(a.data)
	if m.outcome != channels.Declined {
		return r
	}
	if replay && !ofNumber {
		// It speaks of the replay alone: the first one may have used the code.
		r.Outcome = channels.Unknown
		return r
	}
	r.Verified = !c.cfg.ConfirmRefusal
	return r
}

// ages are the settings that are times.
type ages struct{ expire, minClose, grace, notFound time.Duration }
