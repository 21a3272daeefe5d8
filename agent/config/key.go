package config

import (
	"strconv"
	"strings"
)

// A key is written as in the file, with the place in its list where it has
// one: payment.deadline, channel[1].sp_mchid.

func join(table, key string) string {
	if !bare(key) {
		key = strconv.Quote(key)
	}
	if table == "" {
		return key
	}
	return table + "." + key
}

func item(list string, n int) string { return list + "[" + strconv.Itoa(n) + "]" }

// parent is the key of the table around key: of a.b it is a, of a[1] it is a.
func parent(key string) string {
	return key[:max(strings.LastIndexAny(key, ".["), 0)]
}

// bare tells whether TOML takes key without quotes.
func bare(key string) bool {
	for i := range len(key) {
		c := key[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return key != ""
}

// nearest returns the known word that word was probably meant to be, or "".
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, least := "", len(word)/3+1
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
		// address for store_address, key_file for private_key_file
		for tail := k; best == "" && len(word) > 3 && strings.Contains(tail, "_"); {
			_, tail, _ = strings.Cut(tail, "_")
			if distance(word, tail) < 2 {
				best = k
			}
		}
	}
	return best
}

// distance is how many letters to insert, drop, change or swap with their
// neighbours (Damerau's distance, restricted to one swap a place).
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return len(a) + len(b)
	}
	var before, above []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
