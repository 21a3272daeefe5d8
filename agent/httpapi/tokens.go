package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// Access is what the holder of a token is called and may do. Rights are words of
// the configuration's [[token]].
type Access struct {
	Name, Token string
	Rights      []string
}

// rightsOf is what a right of [[token]] allows. Links would hand on more than a
// token has, and devices are the technician's: no word is for them.
var rightsOf = map[string]right{
	"read": read, "sale": charge, "cancel": stop, "refund": refund, "capture": settle,
	"reprint": print, "day": audit, "attention": attend, "drawer": kick,
}

// holder is a caller and the digest of its token.
type holder struct {
	caller
	digest [sha256.Size]byte
}

func holders(c Config) (all []holder) {
	given := map[string]bool{"": true}
	for _, t := range c.Tokens {
		if given[t.Token] {
			continue // the first [[token]] that has it says what it may do
		}
		given[t.Token] = true
		h := holder{caller: caller{name: t.Name}, digest: sha256.Sum256([]byte(t.Token))}
		for _, word := range t.Rights {
			h.rights |= rightsOf[word]
		}
		all = append(all, h)
	}
	if !given[c.Token] {
		all = append(all, holder{caller{"pos", everyone}, sha256.Sum256([]byte(c.Token))})
	}
	return all
}

// holder compares in a time that tells nothing, whatever was sent.
func (a *API) holder(line string) (who caller, ok bool) {
	scheme, token, _ := strings.Cut(line, " ")
	sum := sha256.Sum256([]byte(token))
	for _, h := range a.tokens {
		if subtle.ConstantTimeCompare(sum[:], h.digest[:]) == 1 {
			who, ok = h.caller, strings.EqualFold(scheme, "bearer")
		}
	}
	return who, ok
}
