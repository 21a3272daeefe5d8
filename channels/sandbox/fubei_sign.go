package sandbox

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
)

// signFubei is §3, over decoded values: a \u escape in the body does not matter,
// one inside of biz_content does. Requests and notifications are signed alike.
func signFubei(form fubeiForm, secret string) string {
	sum := md5.Sum([]byte(fubeiSignText(form, secret)))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func fubeiSignText(form fubeiForm, secret string) string {
	var pairs []string
	sorted := slices.Clone(form)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].name < sorted[j].name })
	for _, m := range sorted {
		if m.name != "sign" && m.value != "" {
			pairs = append(pairs, m.name+"="+m.value)
		}
	}
	return strings.Join(pairs, "&") + secret // nothing between, and no key=
}
