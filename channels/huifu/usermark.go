package huifu

import (
	"context"
	"errors"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// User is who showed a code, under WeChat's ids.
type User struct {
	OpenID    string `json:"openid,omitempty"`     // under the provider's app
	SubOpenID string `json:"sub_openid,omitempty"` // under the merchant's own
	WxUserID  string `json:"wx_user_id,omitempty"`
}

// WeChatUser asks whose payment code this is. It charges nothing, and the code
// may be spent by it: never pay with one that was looked up (§5). The error is
// of what was answered, and never holds the code.
func (c *Channel) WeChatUser(ctx context.Context, code channels.Code) (User, channels.Reply, error) {
	digits := strings.TrimSpace(code.Reveal())
	if digits == "" || len(digits) > 128 || strings.ContainsFunc(digits, notWord) {
		err := errors.New("auth_code: is not a code that the platform can take")
		return User{}, wire.Refused(err), err
	}
	day := c.today()
	a, err := c.exchange(ctx, call{path: userMarkPath, data: c.userMarkData(day, "W"+day+random(), digits)})
	if err != nil {
		r := maskedReply(wire.Failed(err), code)
		return User{}, r, errors.New("user id: " + r.Message)
	}
	r, ok := a.usable()
	r = maskedReply(r, code)
	if !ok || a.code != "00000000" {
		return User{}, r, errors.New("user id: " + r.Code + " " + r.Message)
	}
	if name := disagrees(a.data, []check{{"huifu_id", c.cfg.HuifuID, false}}); name != "" {
		r.Reason = channels.Mismatch
		return User{}, r, errors.New("user id: answer is another merchant's")
	}
	u := User{
		OpenID:    wire.Cut(plain(a.data.Text("openid")), 128),
		SubOpenID: wire.Cut(plain(a.data.Text("sub_openid")), 128),
		WxUserID:  wire.Cut(plain(a.data.Text("wx_user_id")), 128),
	}
	if u == (User{}) {
		return u, r, errors.New("user id: the answer has none")
	}
	return u, r, nil
}

func (c *Channel) userMarkData(day, no, code string) fields {
	return fields{
		"req_date": day, "req_seq_id": no, "huifu_id": c.cfg.HuifuID, "auth_code": code,
		"sub_appid": c.cfg.SubAppID, "channel_no": c.cfg.ChannelNo, "pay_scene": c.cfg.PayScene,
	}
}
