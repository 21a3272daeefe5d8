package sandbox

import (
	"net/http"
)

// refusal is an error body (§14.1) and how it is sent.
type refusal struct {
	status   int
	code     string
	message  string
	detail   any
	internal int
}

// refusals is the HTTP status of each code: §14.3, with A4 and A10 for those
// that the Global pages list without one.
func refusals() map[string]int {
	return map[string]int{
		"USERPAYING":            http.StatusAccepted,
		"AUTH_CODE_ERROR":       http.StatusBadRequest,
		"AUTH_CODE_INVALID":     http.StatusBadRequest,
		"APPID_MCHID_NOT_MATCH": http.StatusBadRequest,
		"INVALID_REQUEST":       http.StatusBadRequest,
		"NO_STATEMENT_EXIST":    http.StatusBadRequest,
		"ORDER_CLOSED":          http.StatusBadRequest,
		"ORDER_PAID":            http.StatusBadRequest,
		"ORDER_REVERSED":        http.StatusBadRequest,
		"PARAM_ERROR":           http.StatusBadRequest,
		"STATEMENT_CREATING":    http.StatusBadRequest,
		"SIGN_ERROR":            http.StatusUnauthorized,
		"ACCOUNT_ERROR":         http.StatusForbidden,
		"AUTH_CODE_EXPIRE":      http.StatusForbidden,
		"BUYER_MISMATCH":        http.StatusForbidden,
		"NO_AUTH":               http.StatusForbidden,
		"NOT_ENOUGH":            http.StatusForbidden,
		"NOT_SUPPORT_CARD":      http.StatusForbidden,
		"OUT_REFUND_NO_USED":    http.StatusForbidden,
		"OUT_TRADE_NO_USED":     http.StatusForbidden,
		"REQUEST_BLOCKED":       http.StatusForbidden,
		"RULE_LIMIT":            http.StatusForbidden,
		"TRADE_ERROR":           http.StatusForbidden,
		"TRADE_OVERDUE":         http.StatusForbidden,
		"USER_ACCOUNT_ABNORMAL": http.StatusForbidden,
		"MCH_NOT_EXISTS":        http.StatusNotFound,
		"NOT_FOUND":             http.StatusNotFound,
		"ORDER_NOT_EXIST":       http.StatusNotFound,
		"RESOURCE_NOT_EXISTS":   http.StatusNotFound,
		"FREQUENCY_LIMITED":     http.StatusTooManyRequests,
		"BANK_ERROR":            http.StatusInternalServerError,
		"BIZERR_NEED_RETRY":     http.StatusInternalServerError,
		"SYSTEM_ERROR":          http.StatusInternalServerError,
		"SERVICE_UNAVAILABLE":   http.StatusServiceUnavailable,
	}
}

// refuse answers with a code of the table above.
func refuse(code, message string) *refusal {
	return &refusal{status: refusals()[code], code: code, message: message}
}

// refuseBody and refuseQuery are PARAM_ERROR with its place (§14.1).
func refuseBody(bad *violation) *refusal {
	r := refuse("PARAM_ERROR", "parameter error: "+bad.Field+" "+bad.Issue)
	r.detail = bad
	r.internal = 268435461 // §14.5
	return r
}

func refuseQuery(name, value, issue string) *refusal {
	r := refuseBody(&violation{Field: clip(name), Value: clip(value), Issue: issue, Location: "query"})
	return r
}

func refusePath(name, value, issue string) *refusal {
	r := refuseBody(&violation{Field: clip(name), Value: clip(value), Issue: issue, Location: "url"})
	return r
}

func (r *refusal) draft() draft {
	return draft{
		status: r.status, code: r.code, internal: r.internal,
		body: encode(struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Detail  any    `json:"detail,omitempty"`
		}{r.code, clip(r.message), r.detail}),
	}
}
