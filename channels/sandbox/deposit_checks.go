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

func isDepositOrderNo(v string) string { return isDepositNumber(orderMarks, 32)(v) }

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

func isDepositCNY(v string) string { return isDepositOneOf("CNY")(v) }

func isDepositOneOf(values ...string) func(string) string {
	return func(v string) string {
		if !slices.Contains(values, v) {
			return "want " + strings.Join(values, " or ")
		}
		return ""
	}
}

// isDepositInteger is §3: no sign, no blanks, no leading zero.
func isDepositInteger(v string) string {
	if n, err := strconv.ParseUint(v, 10, 63); err != nil || strconv.FormatUint(n, 10) != v {
		return "not a decimal integer"
	}
	return ""
}

func isDepositMoney(v string) string {
	if v == "0" {
		return "not above 0"
	}
	return isDepositInteger(v)
}

// depositFen reads an amount that its table let by.
func depositFen(v string) int64 {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		panic("sandbox: an amount got past its table: " + err.Error())
	}
	return n
}

func isDepositIP(v string) string {
	if _, err := netip.ParseAddr(v); err != nil || strings.Contains(v, "%") {
		return "not an IP address"
	}
	return ""
}

// isIPv4: the sixteen characters of micropay hold no other (§14.12).
func isDepositIPv4(v string) string {
	if a, err := netip.ParseAddr(v); err != nil || !a.Is4() {
		return "not an IPv4 address"
	}
	return ""
}

func isDepositTime(v string) string {
	if _, err := time.ParseInLocation(depositTime, v, beijing); err != nil || len(v) != len(depositTime) {
		return "not yyyyMMddHHmmss"
	}
	return ""
}

// isDepositNotifyURL is the seed's: reachable as it stands, with no parameters.
func isDepositNotifyURL(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "want http or https, a host, and no parameters"
	}
	return ""
}

func isDepositJSON(v string) string {
	if !json.Valid([]byte(v)) {
		return "not JSON"
	}
	return ""
}

// isDepositScene is the seed's object; its id is needed (§6).
func isDepositScene(v string) string {
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
	case err != nil || isDepositJSON(v) != "":
		return `not {"store_info":{"id","name","area_code","address"}}`
	case scene.Store == nil || scene.Store.ID == "":
		return "store_info has no id"
	}
	return ""
}
