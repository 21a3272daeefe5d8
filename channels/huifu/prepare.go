package huifu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// tradeType is the seed's: an order for a WeChat mini program.
const tradeType = "T_MINIAPP"

// nativeTypes are orders that a customer pays by scanning what the shop shows: of
// WeChat, Alipay and UnionPay (§5). They need nothing of who pays.
var nativeTypes = []string{"T_NATIVE", "A_NATIVE", "U_NATIVE"}

// Prepare creates an order that a customer pays in a mini program, or by scanning
// its code. The params are pay_info or qr_code as the platform gave it, under its
// name: wx.requestPayment takes what the text of the first holds, and the second is
// shown.
func (c *Channel) Prepare(ctx context.Context, p channels.Preparation) (channels.Reply, json.RawMessage) {
	data, err := c.prepareData(p)
	if err != nil {
		return wire.Refused(err), nil
	}
	a, err := c.exchange(ctx, call{path: c.paths.prepare, data: data, durable: p.Durable})
	if err != nil {
		return wire.Failed(err), nil
	}
	r := c.understandPay(a, orderOf(p.OutTradeNo, p.Amount), false)
	if r.Outcome != channels.Paying {
		return r, nil
	}
	start := startOf(data["trade_type"])
	params := payParams(a.data, start)
	if params == nil { // an order that nobody can pay: a query, then its closing
		r.Outcome, r.Reason, r.Message = channels.Unknown, channels.ReasonUnknown, join(r.Message, "answer has no "+start)
	}
	return r, params
}

// maxPayInfo is well above §5's 1024 characters.
const maxPayInfo = 8 << 10

// startOf is the member that starts the payment of such an order (§5).
func startOf(tradeType string) string {
	if slices.Contains(nativeTypes, tradeType) {
		return "qr_code"
	}
	return "pay_info"
}

func payParams(d wire.Object, start string) json.RawMessage {
	text := d.Text(start)
	if text == "" || len(text) > maxPayInfo {
		return nil
	}
	return wire.Encode(map[string]string{start: text})
}

// CheckPreparation checks payer and options before anything is sent.
func (c *Channel) CheckPreparation(payer, options map[string]json.RawMessage) error {
	_, err := c.preparation(payer, options)
	return err
}

// prepareData is §5 and the seed's 聚合正扫.
func (c *Channel) prepareData(p channels.Preparation) (fields, error) {
	f, err := c.orderData(p.OutTradeNo, p.Amount, p.Description)
	if err != nil {
		return nil, err
	}
	given, err := c.preparation(p.Payer, p.Options)
	if err != nil {
		return nil, err
	}
	if !p.ExpiresAt.IsZero() {
		f["time_expire"] = p.ExpiresAt.Round(0).Add(c.clock.Offset()).In(beijing).Format(secondForm)
	}
	c.settled(f)
	f.over(given)
	return f, nil
}

// preparation is payer and options as fields. The customer's ids are wx_data's
// members; they may be given as the payer, by themselves or in a wx_data, and
// in the options' wx_data.
func (c *Channel) preparation(payer, options map[string]json.RawMessage) (fields, error) {
	f, err := preparedOptions.read(options)
	if err != nil {
		return nil, err
	}
	data := map[string]json.RawMessage{}
	if raw, ok := options["wx_data"]; ok {
		if data, err = object(raw); err != nil {
			return nil, fmt.Errorf("option wx_data: %w", err)
		}
	}
	if err := gather(payer, data); err != nil {
		return nil, err
	}
	if slices.Contains(nativeTypes, f["trade_type"]) {
		return f, anybodyPays(f["trade_type"], data)
	}
	if err := c.whoPays(data); err != nil {
		return nil, err
	}
	text, err := canonical(wire.Encode(data))
	if err != nil {
		return nil, fmt.Errorf("option wx_data: %w", err)
	}
	f["trade_type"], f["wx_data"] = tradeType, text
	return f, nil
}

// gather adds the payer's members to wx_data, each once.
func gather(payer, data map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(payer)) {
		if name == "wx_data" {
			inner, err := object(payer[name])
			if err != nil {
				return fmt.Errorf("payer wx_data: %w", err)
			}
			if _, nested := inner[name]; nested {
				return errors.New("payer wx_data: " + unknownName(name))
			}
			if err := gather(inner, data); err != nil {
				return err
			}
			continue
		}
		check, ok := payerNames[name]
		if !ok {
			return fmt.Errorf("payer %s: %s", wire.Cut(plain(name), 64), "is not one of openid, sub_appid, sub_openid")
		}
		if err := check(payer[name]); err != nil {
			return fmt.Errorf("payer %s: %w", name, err)
		}
		if _, twice := data[name]; twice {
			return fmt.Errorf("payer %s: is given twice", name)
		}
		data[name] = payer[name]
	}
	return nil
}

// whoPays is the seed's rule: openid alone, or sub_appid and sub_openid. The
// app may be the setting's.
func (c *Channel) whoPays(data map[string]json.RawMessage) error {
	_, open := data["openid"]
	_, app := data["sub_appid"]
	_, sub := data["sub_openid"]
	switch {
	case open && (app || sub):
		return errors.New("payer openid: goes alone; sub_appid and sub_openid are for a customer of the merchant's own app")
	case open:
		return nil
	case !sub:
		return errors.New("payer openid: is missing; give openid, or sub_appid and sub_openid")
	case !app && c.cfg.SubAppID == "":
		return errors.New("payer sub_appid: is missing beside sub_openid; give it, or set sub_appid")
	case !app:
		data["sub_appid"] = wire.Encode(c.cfg.SubAppID)
	}
	return nil
}

// anybodyPays: who scans the code pays, so that no customer is named.
func anybodyPays(tradeType string, data map[string]json.RawMessage) error {
	for name := range payerNames {
		if _, given := data[name]; given {
			return fmt.Errorf("payer %s: does not belong to option trade_type %s", name, tradeType)
		}
	}
	if len(data) > 0 && tradeType[0] != 'T' {
		return fmt.Errorf("option wx_data: does not belong to trade_type %s", tradeType)
	}
	return nil
}

// ScanText is qr_code, and pay_info where it is an address: that of a mini program
// is not.
func (c *Channel) ScanText(params json.RawMessage) string {
	var p struct {
		QRCode  string `json:"qr_code"`
		PayInfo string `json:"pay_info"`
	}
	if json.Unmarshal(params, &p) != nil {
		return ""
	}
	if p.QRCode != "" {
		return channels.ScanText(p.QRCode)
	}
	return channels.ScanText(p.PayInfo)
}
