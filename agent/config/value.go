package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// literal writes a value as TOML, on one line.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return quoted(v)
	case time.Duration:
		return quoted(brief(v))
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = quoted(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = literal(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for i, k := range keys {
			keys[i] = join("", k) + " = " + shownFull(k, v[k])
		}
		if len(keys) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(keys, ", ") + " }"
	case time.Time:
		return v.Format(time.RFC3339Nano)
	default: // int64, float64, bool, local dates and times
		return fmt.Sprint(v)
	}
}

// quoted writes a TOML basic string. Go's \a, \v and \x.. are not TOML.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// brief writes a duration as people do: 5m, not 5m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// shown is a value for an error: short, and empty if it may be a secret.
func shown(key string, v any) string {
	if hidden(key, v) {
		return ""
	}
	s := literal(v)
	if len(s) > 80 {
		return ""
	}
	return s
}

// shownFull is a value for config show.
func shownFull(key string, v any) string {
	if hidden(key, v) {
		return quoted("(hidden)")
	}
	return literal(v)
}

// hidden tells whether a value must never be shown: it is a secret, or a
// secret that was pasted where a file's name belongs.
func hidden(key string, v any) bool {
	s, text := v.(string)
	if strings.HasSuffix(key, "_file") {
		return text && s != "" && !fileName(s)
	}
	credentials := strings.Contains(s, "://") && strings.ContainsAny(s, "@?")
	return secret(key) || text && (credentials || strings.Contains(s, "-----") || len(s) > 300)
}

// secret tells by its name whether a key may hold a secret.
func secret(key string) bool {
	if strings.HasSuffix(key, "_file") {
		return false
	}
	key = strings.ToLower(key)
	for _, word := range []string{"secret", "password", "passwd", "token", "private", "_key", "apikey", "credential"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return key == "key" || key == "pin" || strings.HasSuffix(key, "_pin")
}

// fileName tells whether text is surely the name of a file: short, on one
// line, with an extension. A bare key has none.
func fileName(s string) bool {
	ext := filepath.Ext(s)
	return len(s) <= 200 && len(ext) >= 2 && len(ext) <= 8 && bare(ext[1:]) &&
		!strings.ContainsAny(s, "\r\n=+") && !strings.Contains(s, "-----")
}
