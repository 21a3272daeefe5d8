package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// globalFront is WeChat Pay Global, APIv3: JSON, RSA-SHA256 both ways, and a
// clock that must agree within five minutes.
type globalFront struct {
	serial  string
	key     *stamp // the platform's
	till    *rsa.PublicKey
	another *stamp // nobody's
}

func (f *globalFront) signs() bool { return true }

var (
	authorization = regexp.MustCompile(`nonce_str="([^"]*)",timestamp="([^"]*)",serial_no="[^"]*",signature="([^"]*)"`)
	errClock      = errors.New("global: the time is wrong")
)

func (f *globalFront) read(r *http.Request, body []byte, now time.Time) (call, error) {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return call{}, errors.New("global: not signed")
	}
	sum := sha256.Sum256([]byte(r.Method + "\n" + r.URL.RequestURI() + "\n" + m[2] + "\n" + m[1] + "\n" + string(body) + "\n"))
	signature, err := base64.StdEncoding.DecodeString(m[3])
	if err != nil || rsa.VerifyPKCS1v15(f.till, crypto.SHA256, sum[:], signature) != nil {
		return call{}, errors.New("global: the signature is wrong")
	}
	c, err := f.understand(r, body)
	if at, _ := strconv.ParseInt(m[2], 10, 64); err == nil && now.Sub(time.Unix(at, 0)).Abs() > 5*time.Minute {
		err = errClock
	}
	return c, err
}

func (f *globalFront) understand(r *http.Request, body []byte) (call, error) {
	var b struct {
		No       string `json:"out_trade_no"`
		RefundNo string `json:"out_refund_no"`
		Payer    struct {
			Code string `json:"auth_code"`
		} `json:"payer"`
		Amount struct {
			Total  int64 `json:"total"`
			Refund int64 `json:"refund"`
		} `json:"amount"`
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &b); err != nil {
			return call{}, err
		}
	}
	path := r.URL.Path
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case path == "/v3/global/micropay/transactions/pay":
		return call{kind: pay, no: b.No, code: b.Payer.Code, amount: b.Amount.Total, body: hashOf(string(body))}, nil
	case strings.HasSuffix(path, "/reverse"):
		parts := strings.Split(path, "/")
		return call{kind: undo, no: parts[len(parts)-2]}, nil
	case strings.HasPrefix(path, "/v3/global/transactions/out-trade-no/"):
		return call{kind: query, no: last}, nil
	case path == "/v3/global/refunds":
		return call{kind: refund, no: b.No, refundNo: b.RefundNo, refund: b.Amount.Refund}, nil
	case strings.HasPrefix(path, "/v3/global/refunds/out-refund-no/"):
		return call{kind: refundQuery, refundNo: last}, nil
	}
	return call{}, errors.New("global: no such call: " + path)
}

var globalStates = map[string]string{"paying": "USERPAYING", "paid": "SUCCESS", "failed": "PAYERROR", "closed": "CLOSED", "returned": "REVOKED"}

func (f *globalFront) write(c call, a answer, lies fault, now time.Time) reply {
	fail := func(status int, code string) reply {
		return f.sealed(status, `{"code":"`+code+`","message":"-"}`, lies, now)
	}
	o := told(c, a, lies)
	if forges(lies) {
		a.r.done = true
	}
	switch {
	case lies == forgedNo:
		return f.sealed(http.StatusForbidden, `{"code":"NOT_ENOUGH","message":"-"}`, forgedNaked, now)
	case forges(lies) && (c.kind == pay || c.kind == query):
		return f.sealed(http.StatusOK, f.order(o), lies, now)
	case a.verdict == isPoor:
		return fail(http.StatusForbidden, "NOT_ENOUGH")
	case a.verdict == isExpired:
		return fail(http.StatusForbidden, "AUTH_CODE_EXPIRE")
	case a.verdict == isUsed:
		return fail(http.StatusForbidden, "OUT_TRADE_NO_USED")
	case a.verdict == isUnknown:
		return fail(http.StatusNotFound, "ORDER_NOT_EXIST")
	case a.verdict == isBusy:
		return fail(http.StatusInternalServerError, "SYSTEM_ERROR")
	case a.verdict == isShort:
		return fail(http.StatusForbidden, "NOT_ENOUGH")
	case a.verdict == isRefused:
		return fail(http.StatusForbidden, "TRADE_OVERDUE")
	case a.verdict == isClock:
		return fail(http.StatusUnauthorized, "SIGN_ERROR")
	case a.verdict == isAgain:
		return f.sealed(http.StatusAccepted, "", lies, now)
	case a.verdict == isTaken && c.kind == undo:
		return f.sealed(http.StatusNoContent, "", lies, now)
	case a.verdict == isTaken, a.verdict == isRefund:
		state, sum := "PROCESSING", a.r.amount
		if a.r.done {
			state = "SUCCESS"
		}
		if lies == wrongAmount {
			sum++
		}
		return f.sealed(http.StatusOK, `{"id":"`+a.r.id+`","out_refund_no":"`+a.r.no+`","out_trade_no":"`+o.no+`","transaction_id":"`+o.id+
			`","status":"`+state+`","amount":{"refund":`+strconv.FormatInt(sum, 10)+`,"total":`+strconv.FormatInt(o.amount, 10)+`,"currency":"CNY"}}`, lies, now)
	}
	return f.sealed(http.StatusOK, f.order(o), lies, now)
}

func (f *globalFront) order(o order) string {
	body := `{"id":"` + o.id + `","out_trade_no":"` + o.no + `","sp_mchid":"10000100","sub_mchid":"20000100","sp_appid":"wxdace645e0bc2c424","trade_state":"` +
		globalStates[o.state] + `","amount":{"total":` + strconv.FormatInt(o.amount, 10) + `,"currency":"CNY"}`
	if !o.paidAt.IsZero() {
		body += `,"success_time":"` + o.paidAt.UTC().Format(time.RFC3339) + `"`
	}
	return body + "}"
}

func (f *globalFront) sealed(status int, body string, lies fault, now time.Time) reply {
	r := textReply(status, "application/json", body)
	r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.header.Set("Request-ID", "R1")
	if lies == forgedNaked {
		return r
	}
	key, at := f.key, strconv.FormatInt(now.Unix(), 10)
	if lies == forgedPaid {
		key = f.another
	}
	signature := key.sign([]byte(at + "\nn1\n" + body + "\n"))
	if lies == forgedTamper {
		signature[7] ^= 1
	}
	r.header.Set("Wechatpay-Timestamp", at)
	r.header.Set("Wechatpay-Nonce", "n1")
	r.header.Set("Wechatpay-Serial", f.serial)
	r.header.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	return r
}
