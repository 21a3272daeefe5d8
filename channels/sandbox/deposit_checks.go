package sandbox

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// depositTime is yyyyMMddHHmmss in Beijing (§3).
const depositTime = "20060102150405"

func isOrderNo(v string) string { return isDepositNumber(orderMarks, 32)(v) }

// isDepositNumber: @ is allowed in refund numbers (§10.3) and, against one page
// of two, not in order numbers: the seed leaves it out.
func isDepositNumber(marks string, max int) func(string) string {
	return func(v string) string {
		if !numberIn(v, marks, max) {
			return "letters, digits and " + marks + " only"
		}
		return ""
	}
}

func isCNY(v string) string { return isOneOf("CNY")(v) }

func isOneOf(values ...string) func(string) string {
	return func(v string) string {
		if !slices.Contains(values, v) {
			return "want " + strings.Join(values, " or ")
		}
		return ""
	}
}

// isInteger is §3: no sign, no blanks, no leading zero.
func isInteger(v string) string {
	if n, err := strconv.ParseUint(v, 10, 63); err != nil || strconv.FormatUint(n, 10) != v {
		return "not a decimal integer"
	}
	return ""
}

func isMoney(v string) string {
	if v == "0" {
		return "not above 0"
	}
	return isInteger(v)
}

// fen reads an amount that its table let by.
func fen(v string) int64 {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		panic("sandbox: an amount got past its table: " + err.Error())
	}
	return n
}

func isIP(v string) string {
	if _, err := netip.ParseAddr(v); err != nil || strings.Contains(v, "%") {
		return "not an IP address"
	}
	return ""
}

// isIPv4: the sixteen characters of micropay hold no other (§14.12).
func isIPv4(v string) string {
	if a, err := netip.ParseAddr(v); err != nil || !a.Is4() {
		return "not an IPv4 address"
	}
	return ""
}

func isTime(v string) string {
	if _, err := time.ParseInLocation(depositTime, v, beijing); err != nil || len(v) != len(depositTime) {
		return "not yyyyMMddHHmmss"
	}
	return ""
}

// isNotifyURL is the seed's: reachable as it stands, with no parameters.
func isNotifyURL(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "want http or https, a host, and no parameters"
	}
	return ""
}

func isJSON(v string) string {
	if !json.Valid([]byte(v)) {
		return "not JSON"
	}
	return ""
}

// isScene is the seed's object; its id is needed (§6).
func isScene(v string) string {
	var scene struct {
		Store *struct {
			ID       string `json:"id"`
			Name     string `json:"name"`
			AreaCode string `json:"area_code"`
			Address  string `json:"address"`
		} `json:"store_info"`
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(v)))
	dec.DisallowUnknownFields()
	switch err := dec.Decode(&scene); {
	case err != nil || isJSON(v) != "":
		return `not {"store_info":{"id","name","area_code","address"}}`
	case scene.Store == nil || scene.Store.ID == "":
		return "store_info has no id"
	}
	return ""
}
