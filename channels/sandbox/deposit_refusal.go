package sandbox

import "net/http"

// depositRefusal is one of the two levels of no (§5): at the door, unsigned and
// with a text alone; or of the business, signed and with a code.
type depositRefusal struct {
	code   string // at the door it is for the log alone
	text   string
	door   bool
	status int    // of a gateway that speaks HTML; else 0
	html   string // the gateway's
}

// refuseDeposit is result_code FAIL.
func refuseDeposit(code, text string) *depositRefusal { return &depositRefusal{code: code, text: text} }

// refuseDepositDoor is return_code FAIL, in the seed's words.
func refuseDepositDoor(code, issue string) *depositRefusal {
	return &depositRefusal{code: code, text: depositDoorWords()[code] + ": " + issue, door: true}
}

// refuseDepositForm is the seed's second return_msg. Its code is what a table of
// errors would call it.
func refuseDepositForm(field, issue string) *depositRefusal {
	return refuseDepositDoor("PARAM_ERROR", clip(field)+": "+issue)
}

// depositDoorWords are the seed's return_msg and descriptions.
func depositDoorWords() map[string]string {
	return map[string]string{
		"SIGNERROR":           "签名失败",
		"PARAM_ERROR":         "参数格式校验错误",
		"XML_FORMAT_ERROR":    "XML格式错误",
		"REQUIRE_POST_METHOD": "请使用post方法",
		"POST_DATA_EMPTY":     "post数据为空",
		"NOT_UTF8":            "编码格式错误",
		"MCHID_NOT_EXIST":     "MCHID不存在",
		"INVALID_REQUEST":     "参数错误",
	}
}

func (r *depositRefusal) draft(c *depositCall) depositDraft {
	switch {
	case r.status != 0:
		return depositDraft{status: r.status, code: r.code, raw: []byte(r.html), media: "text/html"}
	case r.door || c.who == nil:
		doc := depositDoc{}.with("return_code", "FAIL", "return_msg", clipDeposit(r.text))
		return depositDraft{status: http.StatusOK, code: r.code, doc: doc, unsigned: true}
	}
	doc := c.envelope().with("result_code", "FAIL", "err_code", r.code, "err_code_des", clipDeposit(r.text))
	return depositDraft{status: http.StatusOK, code: r.code, doc: doc}
}

// clipDeposit keeps the bytes that return_msg and err_code_des may have.
func clipDeposit(s string) string {
	for i := range s {
		if i > 124 {
			return s[:i]
		}
	}
	return s
}
