package huifu

import (
	"strings"

	"tillpay/channels"
)

// meaning is what a code says about one call.
type meaning struct {
	outcome channels.Outcome
	reason  channels.Reason
}

// The words of §11.
var (
	wait    = meaning{channels.Paying, channels.NoReason}
	ask     = meaning{channels.Unknown, channels.ReasonUnknown}
	slow    = meaning{channels.Unknown, channels.RateLimited}
	busy    = meaning{channels.Unknown, channels.PlatformBusy}
	none    = meaning{channels.NotFound, channels.NoReason}
	used    = meaning{channels.Unknown, channels.DuplicateOrder}
	hint    = meaning{channels.Unknown, channels.MerchantConfig} // of the query, not of the order
	cfg     = meaning{channels.Declined, channels.MerchantConfig}
	cannot  = meaning{channels.Refused, channels.MerchantConfig} // cfg, of a refund or a closing
	wont    = meaning{channels.Refused, channels.TradeFailed}
	taken   = meaning{channels.Accepted, channels.NoReason}
	again   = meaning{channels.Accepted, channels.DuplicateOrder} // asked before, under this number
	settled = meaning{channels.Refused, channels.TooLate}         // final already: a query tells how
	broke   = meaning{channels.Unknown, channels.NotEnoughMoney}  // retried later
	dec     = meaning{channels.Declined, channels.TradeFailed}
	nothing = meaning{} // the pages have no such answer to this call
)

// column is a call's place in a row.
type column uint8

const (
	ofPay column = iota // and of preparing
	ofQuery
	ofRefund
	ofClose
)

// row is one resp_code, by call.
type row [4]meaning

// codes is §11: what an answer without trans_stat means. A code that is not
// here is Unknown, and so is a call for which its row has nothing. The query's
// column serves the queries of refunds and closings too.
var codes = map[string]row{
	"00000000": {ask, ask, taken, taken},
	"00000100": {wait, wait, taken, taken},
	"10000000": {cfg, hint, cannot, cannot},
	"10000001": {nothing, nothing, busy, nothing}, // the original is not finished
	"10000002": {nothing, nothing, wont, nothing}, // more than is left
	"10000009": {nothing, nothing, wont, nothing}, // no refund in part
	"10000015": {nothing, nothing, nothing, slow}, // closed within one minute
	"10000016": {nothing, nothing, nothing, settled},
	"10000018": {nothing, nothing, nothing, busy},
	"20000000": {used, ask, again, again},
	"20000001": {slow, slow, slow, slow},
	"20000003": {cfg, ask, cannot, ask},
	"20000004": {ask, none, ask, ask},
	"20000005": {cfg, ask, cannot, cannot},
	"20000006": {cfg, ask, cannot, cannot},
	"21000000": {cfg, hint, cannot, cannot},
	"22000000": {cfg, hint, cannot, cannot},
	"22000002": {cfg, hint, cannot, cannot},
	"22000003": {cfg, hint, cannot, cannot},
	"22000004": {cfg, hint, cannot, cannot},
	"22000005": {cfg, hint, cannot, cannot},
	"23000000": {nothing, nothing, ask, settled}, // of a refund: not booked yet, or no more
	"23000001": {ask, none, ask, ask},
	"23000002": {cfg, hint, cannot, cannot},
	"23000003": {cfg, ask, broke, nothing},
	"23000004": {cfg, hint, cannot, wont}, // cannot be closed: UnionPay, e-CNY
	"30000000": {ask, ask, busy, ask},
	"30000001": {ask, ask, busy, ask},
	"90000000": {ask, ask, ask, ask}, // its text may say more
	"90000001": {dec, ask, busy, ask},
	"91111119": {busy, busy, busy, busy},
	"98888888": {busy, busy, busy, busy},
	"99999999": {busy, busy, busy, busy},
	"00000103": {cfg, hint, cannot, cannot},
	"00000106": {cfg, hint, cannot, cannot},
	"99010002": {ask, ask, ask, ask},
	"99010003": {ask, none, ask, ask},
}

// certain are codes whose meaning the setting codes may not change: they may
// hide a payment.
var certain = map[string]bool{
	"00000000": true, "00000100": true, "20000000": true, "20000001": true, "91111119": true, "98888888": true, "99999999": true,
}

// saying is a text that tells more than its code: one code has many texts.
type saying struct {
	holds  []string // all of them
	reason channels.Reason
	refund meaning // of a refund's answer; zero: the code decides
}

// sayings is §11's texts, of codes that say no more than "failed" or "wrong
// parameter". On a pay they are refusals; of F they are the reason.
var sayings = []saying{
	{holds: []string{"付款码格式异常"}, reason: channels.CodeInvalid},
	{holds: []string{"请求日期必须是当前日期"}, reason: channels.ClockSkew, refund: meaning{channels.Unknown, channels.ClockSkew}}, // asked again under the day that it is then
	{holds: []string{"订单已超时"}, reason: channels.CodeExpired},
	{holds: []string{"付款码无效"}, reason: channels.CodeInvalid},
	{holds: []string{"仅限使用一次"}, reason: channels.CodeUsed},
	{holds: []string{"付款码已过期"}, reason: channels.CodeExpired},
	{holds: []string{"余额不足"}, reason: channels.InsufficientFunds, refund: broke},
	{holds: []string{"单日", "超限"}, reason: channels.LimitExceeded},
	{holds: []string{"单笔", "超限"}, reason: channels.LimitExceeded},
	{holds: []string{"补齐相关资料"}, reason: channels.MerchantConfig, refund: cannot},
	{holds: []string{"存在风险"}, reason: channels.TradeFailed}, // §11 calls it risk, which the reasons do not have
	{holds: []string{"该功能已关闭"}, reason: channels.MerchantConfig, refund: cannot},
}

// speaking are the codes whose text is read.
var speaking = map[string]bool{"10000000": true, "90000000": true}

func sayingOf(text string) (saying, bool) {
	for _, s := range sayings {
		all := true
		for _, part := range s.holds {
			all = all && strings.Contains(text, part)
		}
		if all {
			return s, true
		}
	}
	return saying{}, false
}

// meaningOf is §11 for a call whose answer has no trans_stat. ofNumber tells a
// refusal of the pay that holds for its number as such.
func (c *Channel) meaningOf(a answer, col column) (m meaning, ofNumber bool) {
	if col == ofPay {
		if m, ok := c.codes[a.code]; ok {
			return m, false
		}
	}
	r, ok := codes[a.code]
	if !ok {
		return ask, false
	}
	m = r[col]
	if m == nothing {
		m = ask
	}
	s, says := sayingOf(a.text)
	if !says || !speaking[a.code] {
		return m, false
	}
	switch {
	case col == ofPay:
		// A number keeps its day, so that this holds for a replay as well.
		return meaning{channels.Declined, s.reason}, s.reason == channels.ClockSkew
	case col == ofRefund && s.refund != nothing:
		return s.refund, false
	}
	return m, false
}

// gateway is §11's last table: the codes and statuses before the platform's
// own, none of which changes a state.
var gateway = map[string]struct {
	reason channels.Reason
	hint   string
}{
	"20000": {channels.PlatformBusy, ""},
	"500":   {channels.PlatformBusy, ""},
	"502":   {channels.PlatformBusy, ""},
	"512":   {channels.PlatformBusy, ""},
	"923":   {channels.PlatformBusy, ""},
	"20001": {channels.MerchantConfig, "the interface is not opened for sys_id: ask Huifu, or try another api_version"},
	"20003": {channels.MerchantConfig, "the interface is not opened for sys_id: ask Huifu, or try another api_version"},
	"921":   {channels.MerchantConfig, "the gateway refuses this caller: ask Huifu"},
	"912":   {channels.MerchantConfig, "the gateway has banned this caller: ask Huifu"},
	"40001": {channels.MerchantConfig, "the gateway refuses the request's form"},
	"412":   {channels.MerchantConfig, "the gateway refuses characters of the description or remark"},
	"40002": {channels.BadSignature, "the merchant's key is not the one that Huifu has: compare private_key_file with the console"},
	"922":   {channels.BadSignature, "the merchant's key is not the one that Huifu has: compare private_key_file with the console"},
	"911":   {channels.RateLimited, ""},
	"914":   {channels.RateLimited, ""},
	"429":   {channels.RateLimited, ""},
	"404":   {channels.MerchantConfig, "wrong endpoint or api_version"},
}

// hints is §12: texts that managers meet, and what mends them.
var hints = []struct{ text, hint string }{
	{"sub_mch_id与sub_appid不匹配", "bind the mini program's app id to the merchant in the provider's console, and look for stray spaces"},
	{"sub_appid与sub_openid不匹配", "the customer's id is of another app: log in again under the right mini program"},
	{"补齐相关资料", "finish WeChat's real-name verification in the console"},
	{"支付宝商家认证助手", "finish Alipay's real-name verification in that mini program"},
	{"redirect_uri域名与后台配置不一致", "set the web-authorisation domain in WeChat's back office"},
	{"数据权限认证失败", "compare product_id, sys_id and huifu_id with the console: one is wrong, or huifu_id is not under sys_id"},
	{"接口权限认证失败", "ask Huifu to open the interface for sys_id"},
	{"路由下未配置可用通道", "remove channel_no and pay_scene, or set the right pair"},
	{"产品权限已被冻结", "WeChat has stopped the merchant: appeal"},
	{"请求过于频繁", "asked too often: wait (a statement may be asked three times a day)"},
}

func hintOf(text string) string {
	for _, h := range hints {
		if strings.Contains(text, h.text) {
			return h.hint
		}
	}
	return ""
}
