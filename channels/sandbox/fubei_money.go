package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
)

// fubeiFen reads yuan as exact decimals (§10): digits, and at most two behind
// the point. No sign, no exponent.
func fubeiFen(literal string) (fen int64, ok bool) {
	whole, part, pointed := strings.Cut(literal, ".")
	if whole == "" || pointed && part == "" || len(part) > 2 || len(whole) > 12 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return fen, err == nil
}

// fubeiYuan writes fen as the platform does: without the zeros at the end (§16).
func fubeiYuan(fen int64) json.Number {
	text := major(fen, "CNY")
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}
