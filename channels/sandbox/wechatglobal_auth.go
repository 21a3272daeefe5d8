package sandbox

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"
)

const (
	authScheme = "WECHATPAY2-SHA256-RSA2048"
	clockSlack = 5 * time.Minute // §3.1
)

// authorization is the header of §3.1, taken apart.
type authorization struct {
	mchid, nonce, timestamp, serial, signature string
}

// parseAuthorization is strict: one scheme, five quoted items in any order,
// each once, commas between them and nothing else.
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	scheme, rest, _ := strings.Cut(header, " ")
	if scheme != authScheme {
		return a, errors.New("the scheme is not " + authScheme)
	}
	items := map[string]*string{
		"mchid": &a.mchid, "nonce_str": &a.nonce, "timestamp": &a.timestamp,
		"serial_no": &a.serial, "signature": &a.signature,
	}
	for item := range strings.SplitSeq(rest, ",") {
		name, quoted, _ := strings.Cut(item, "=")
		slot := items[name]
		if slot == nil {
			return a, errors.New("an item is unknown, or given twice, or has blanks around it")
		}
		value, ok := strings.CutPrefix(quoted, `"`)
		if ok {
			value, ok = strings.CutSuffix(value, `"`)
		}
		if !ok || value == "" || strings.ContainsAny(value, "\" \t\\") {
			return a, errors.New("the value of " + name + " is not quoted as it must be")
		}
		*slot = value
		delete(items, name)
	}
	if len(items) > 0 {
		return a, errors.New("an item is missing")
	}
	return a, nil
}

// authenticate proves who calls, over the exact bytes (§3.1). Whatever fails is
// 401, and nothing was done.
func (w *wechatGlobal) authenticate(x *exchange) (*merchant, *refusal) {
	headers := x.header.Values("Authorization")
	if len(headers) != 1 {
		return nil, refuseSign(x, authorization{}, "one Authorization header is needed")
	}
	a, err := parseAuthorization(headers[0])
	if err != nil {
		return nil, refuseSign(x, a, err.Error())
	}
	who := w.names[a.mchid]
	if who == nil {
		return nil, refuseSign(x, a, "no merchant has this mchid; an institution signs with its own number, never the sub-merchant's")
	}
	if a.serial != who.Serial {
		return nil, refuseSign(x, a, "the serial number is not that of this merchant's certificate")
	}
	seconds, err := strconv.ParseInt(a.timestamp, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != a.timestamp {
		return nil, refuseSign(x, a, "the timestamp is not Unix time in seconds")
	}
	if off := w.clock(x.at).Sub(time.Unix(seconds, 0)); off.Abs() > clockSlack {
		return nil, refuseSign(x, a, "the timestamp is more than 5 minutes away")
	}
	if err := verify(who.public, requestText(x.method, x.uri, a.timestamp, a.nonce, x.body), a.signature); err != nil {
		return nil, refuseSign(x, a, "the signature does not match")
	}
	if w.repeated(a, x.at) {
		// A request that a library sends again by itself shows here.
		return nil, refuseSign(x, a, "this nonce was used before; a retry is signed afresh")
	}
	return who, nil
}

// clock is what the platform takes the time to be.
func (w *wechatGlobal) clock(now time.Time) time.Time {
	return now.Add(time.Duration(w.s.faults.on.ClockOffsetMS) * time.Millisecond)
}

// repeated remembers nonces for as long as their timestamps could pass.
func (w *wechatGlobal) repeated(a authorization, now time.Time) bool {
	if len(w.nonces) > 10_000 {
		maps.DeleteFunc(w.nonces, func(_ string, seen time.Time) bool { return now.Sub(seen) > 2*clockSlack })
	}
	key := a.mchid + " " + a.timestamp + " " + a.nonce
	_, used := w.nonces[key]
	w.nonces[key] = now
	return used
}

// refuseSign tells, as the overseas gateway does, what the server would have
// had signed (§14.1).
func refuseSign(x *exchange, a authorization, issue string) *refusal {
	r := refuse("SIGN_ERROR", "the signature is not accepted: "+issue)
	r.internal = 270283348 // §14.5
	message := requestText(x.method, x.uri, a.timestamp, a.nonce, x.body)
	shown := strings.ToValidUTF8(string(message[:min(len(message), 400)]), "?")
	r.detail = map[string]any{
		"field": "signature", "issue": issue, "location": "authorization",
		"sign_information": map[string]any{
			"method": x.method, "url": x.uri,
			"sign_message_length":    len(message),
			"truncated_sign_message": shown,
		},
	}
	return r
}
