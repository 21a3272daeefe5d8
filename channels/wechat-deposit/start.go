package wechatdeposit

import (
	"encoding/json"
	"strconv"
	"time"

	"tillpay/channels/wire"
)

// appStart is §7.1, the names as they are signed. Android's SDK calls package
// packageValue.
type appStart struct {
	AppID     string `json:"appid"`
	PartnerID string `json:"partnerid"`
	PrepayID  string `json:"prepayid"`
	Package   string `json:"package"`
	NonceStr  string `json:"noncestr"`
	Timestamp string `json:"timestamp"`
	Sign      string `json:"sign"`
}

// startAPP signs what the app gives to WeChat's SDK. The pages contradict each
// other on appid and partnerid (§14 no. 3): two settings change them.
func (c *Channel) startAPP(prepayID, nonce string, now time.Time) json.RawMessage {
	s := appStart{
		AppID: c.cfg.AppAppID, PartnerID: c.cfg.AppPartnerID, PrepayID: prepayID,
		Package: "Sign=WXPay", NonceStr: nonce, Timestamp: strconv.FormatInt(now.Unix(), 10),
	}
	s.Sign = c.key.sign(elements{"appid": s.AppID, "partnerid": s.PartnerID, "prepayid": s.PrepayID,
		"package": s.Package, "noncestr": s.NonceStr, "timestamp": s.Timestamp}, c.algorithm(create))
	return wire.Encode(s)
}

// jsapiStart is §7.2.
type jsapiStart struct {
	AppID     string `json:"appId"`
	Timestamp string `json:"timeStamp"`
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// startJSAPI signs what a page inside WeChat starts with: in the app whose
// openid the order has.
func (c *Channel) startJSAPI(prepayID, nonce string, now time.Time, sub bool) json.RawMessage {
	s := jsapiStart{
		AppID: c.cfg.AppID, Timestamp: strconv.FormatInt(now.Unix(), 10), NonceStr: nonce,
		Package: "prepay_id=" + prepayID, SignType: string(c.algorithm(create)),
	}
	if sub {
		s.AppID = c.cfg.SubAppID
	}
	s.PaySign = c.key.sign(elements{"appId": s.AppID, "timeStamp": s.Timestamp, "nonceStr": s.NonceStr,
		"package": s.Package, "signType": s.SignType}, c.algorithm(create))
	return wire.Encode(s)
}
