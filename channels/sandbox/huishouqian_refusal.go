package sandbox

import (
	"maps"
	"net/http"
	"slices"
)

// hsqRefusal is success false: the gateway's own no (§4). No code is a null one.
type hsqRefusal struct {
	code     string
	text     string
	unsigned bool
}

// refuseHsqForm names what breaks a table. The seed has no code for that but
// the illegal trade's.
func refuseHsqForm(field, issue string) *hsqRefusal {
	return &hsqRefusal{code: "200002", text: clip(field) + ": " + issue}
}

// hsqBusy is the refusal that nobody has seen a code of (§11).
func hsqBusy() *hsqRefusal { return &hsqRefusal{text: "系统繁忙，请稍后再试"} }

func (r *hsqRefusal) draft() hsqDraft {
	return hsqDraft{status: http.StatusOK, refusal: r}
}

// hsqPaidCode stands in replies of success. It is invented, as in the vectors:
// the platform's is undocumented (§11).
const hsqPaidCode = "000000"

// HuishouqianCodes are the response codes of the seed's table.
func HuishouqianCodes() []string { return slices.Sorted(maps.Keys(hsqWords)) }

// hsqWord is the text of a code: the seed's, or that of a code it has not.
func hsqWord(code string) string {
	switch code {
	case hsqPaidCode:
		return "交易成功"
	case "100201": // in the seed's sample, and not in its table
		return "交易处理中,请稍后查询"
	case "100213": // §11, seen elsewhere
		return "等待用户扫码"
	}
	if word := hsqWords[code]; word != "" {
		return word
	}
	return "the sandbox was told to say " + code
}

// hsqWords is the seed's table 交易响应码, whole.
var hsqWords = map[string]string{
	"100004": "不支持该支付通道的交易",
	"100019": "无可用渠道",
	"100200": "订单已支付成功,请勿重复支付",
	"100203": "交易失败",
	"100204": "订单已过期,请使用新的订单号发起交易",
	"100205": "订单已存在",
	"100206": "订单不存在",
	"100207": "交易已取消",
	"100208": "订单已失败",
	"100209": "交易失败,黑名单用户",
	"100210": "交易失败,非白名单用户",
	"100211": "交易记录不存在",
	"100212": "交易失败,风险受限",
	"100500": "余额不足",
	"100501": "交易金额超限",
	"100502": "交易金额低于限额",
	"100503": "交易金额不正确",
	"100505": "单日交易金额超限",
	"100506": "单笔交易金额超限",
	"100507": "单月交易金额超限",
	"100600": "短信验证码错误",
	"100601": "短信验证码失效",
	"100602": "请确认是否发送短信,当前交易必须通过短信验证",
	"200002": "非法的交易",
	"200003": "订单号已存在,请勿重复提交",
	"200004": "订单不存在",
	"200005": "原订单金额校验不通过",
	"200010": "批次号已存在",
	"200011": "订单数量超过单批次处理量",
	"200012": "请求太过频繁,请稍后再试",
	"200015": "不支持此支付类型",
	"200017": "订单关闭成功",
	"200018": "订单关闭失败,请重试!",
	"200107": "分账参数校验异常",
	"200108": "交易主体从属关系异常",
	"200109": "业务订单不存在",
	"200110": "业务订单状态异常",
	"200111": "支付金额超限",
	"200112": "业务订单已失效",
	"200113": "该业务订单不支持部分支付",
	"200114": "业务订单已关闭",
	"200115": "非法交易",
	"200116": "存在成功/处理中订单,请勿重复提交",
	"200117": "订单已经分账不能发起退款/撤销",
	"200118": "订单金额不等于交易金额+营销金额",
	"200119": "订单金额+交易金额不能都为0",
	"200120": "营销账户信息不能为空",
	"200201": "商户状态异常,无法进行交易",
	"200203": "商户与子商户关系不对应,无法进行交易",
	"200204": "门店信息不存在,无法进行交易",
	"200205": "终端商户信息不存在,无法进行交易",
	"200206": "请求ip白名单未配置",
	"200207": "账户状态异常",
	"200209": "门店信息不存在",
	"200210": "设备信息不存在",
	"200302": "产品渠道不能为空",
	"300401": "交易非法,订单已完成",
	"300701": "商户限额校验不通过",
}
