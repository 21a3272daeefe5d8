package sandbox

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// fubeiTime is the fourteen digits of 2.0.
const fubeiTime = "20060102150405"

func isFubeiOneOf(words ...string) func(string) string {
	return func(v string) string {
		if slices.Contains(words, v) {
			return ""
		}
		return "not one of " + strings.Join(words, " ")
	}
}

// isFubeiNumber is the seed's rule of order numbers.
func isFubeiNumber(v string) string {
	if strings.TrimSpace(v) != v {
		return "前后不允许带空格"
	}
	return ""
}

func isFubeiURL(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "not an address"
	}
	return ""
}

func isFubeiJSON(v string) string {
	if !json.Valid([]byte(v)) {
		return "not JSON"
	}
	return ""
}

func isFubeiTime(v string) string     { return isFubeiLayout(fubeiTime, v) }
func isFubeiDateTime(v string) string { return isFubeiLayout(time.DateTime, v) }
func isFubeiDate(v string) string     { return isFubeiLayout(time.DateOnly, v) }

func isFubeiLayout(layout, v string) string {
	if _, err := time.ParseInLocation(layout, v, beijing); err != nil {
		return "not a time like " + layout
	}
	return ""
}

// isFubeiAmount2 is the greatest amount of 2.0 (§7).
func isFubeiAmount2(v string) string {
	if fen, _ := fubeiFen(v); fen > 10_000_000_00 {
		return "above 10000000"
	}
	return ""
}
