package huishouqian

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const (
	methodPrepared = "POLYMERIZE_MAIN_SWEPTN" // §5
	payTypeApplet  = "WQF_APPLET"
)

// amountWord stands in extra_fields' values for the order's amount: the
// sample's totalOrderAmt is one.
const amountWord = "{orderAmt}"

// maxParams bounds qrCode. The page says 1024, and its lengths are unreliable.
const maxParams = 8192

// Prepare creates a 微企付 mini program order (§7). params is qrCode, the text as
// the platform gave it, as a JSON string: the arguments of
// wx.navigateToMiniProgram.
func (c *Channel) Prepare(ctx context.Context, p channels.Preparation) (channels.Reply, json.RawMessage) {
	q, err := c.prepareCall(p)
	if err != nil {
		return wire.Refused(err), nil
	}
	a, err := c.exchange(ctx, q)
	if err != nil {
		return wire.Failed(err), nil
	}
	r := c.understandPay(a, channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount}, false)
	if r.Outcome != channels.Paying {
		return r, nil
	}
	code := a.result.Text("qrCode")
	if code == "" || len(code) > maxParams {
		return r, nil
	}
	return r, wire.Encode(code)
}

// CheckPreparation checks both maps; every name may stand in either.
func (c *Channel) CheckPreparation(payer, options map[string]json.RawMessage) error {
	_, err := c.preparation(payer, options)
	return err
}

func (c *Channel) preparation(payer, given map[string]json.RawMessage) (options, error) {
	all := maps.Clone(given)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	for _, name := range slices.Sorted(maps.Keys(payer)) {
		if _, twice := all[name]; twice {
			return options{}, errors.New("payer " + shown(name) + ": is given in options too")
		}
		all[name] = payer[name]
	}
	return c.parseOptions(all, prepared)
}

func (c *Channel) prepareCall(p channels.Preparation) (call, error) {
	if !c.numbers.MatchString(p.OutTradeNo) {
		return call{}, errNumber
	}
	if err := checkMoney(p.Amount); err != nil {
		return call{}, err
	}
	o, err := c.preparation(p.Payer, p.Options)
	if err != nil {
		return call{}, err
	}
	now := c.now()
	latest := now.Add(c.expireAfter)
	if !p.ExpiresAt.IsZero() {
		latest = p.ExpiresAt.Round(0).Add(c.clock.Offset()).In(c.zone)
	}
	expire, err := o.expiry(now, latest)
	if err != nil {
		return call{}, err
	}
	amount := strconv.FormatInt(p.Amount.Amount, 10)
	extra, more := c.extra(amount)
	o.more = more
	memo, err := c.memo(o, expire)
	if err != nil {
		return call{}, err
	}
	var b content
	b.add("transNo", p.OutTradeNo)
	b.add("payType", payTypeApplet)
	b.add("orderAmt", amount)
	b.add("goodsInfo", c.goodsInfo(p.Description, p.OutTradeNo))
	b.add("requestDate", now.Format(stamp))
	b.add("extend", c.extend(o))
	b.add("memo", memo)
	b = append(b, member{"returnUrl", c.NotifyURL})
	b.add("subMerchantNo", c.SubMerchantNo)
	b = append(b, extra...)
	return call{method: methodPrepared, content: b, at: now, durable: p.Durable, timeout: c.payTimeout}, nil
}

// extra is extra_fields: what stands beside the order's own fields, and what in memo.
func (c *Channel) extra(amount string) (beside, memo content) {
	for _, name := range slices.Sorted(maps.Keys(c.ExtraFields)) {
		value := strings.ReplaceAll(c.ExtraFields[name], amountWord, amount)
		if inner, ok := strings.CutPrefix(name, inMemo); ok {
			memo = append(memo, member{inner, value})
		} else {
			beside = append(beside, member{name, value})
		}
	}
	return beside, memo
}

// ScanText is qrCode where it is an address, as other pay types than the mini
// program's have it.
func (c *Channel) ScanText(params json.RawMessage) string {
	var code string
	if json.Unmarshal(params, &code) != nil {
		return ""
	}
	return channels.ScanText(code)
}
