package wechatglobal

import (
	"context"
	"crypto/rsa"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// window is §3.2 step 2: how far an answer's time may be from ours.
const window = 300 // seconds

// proof is what an answer's signature shows.
type proof uint8

const (
	unsigned proof = iota // no signature headers at all
	broken                // some, but they do not prove the answer
	proven
)

// answer is what came back, and what it is worth.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	proof   proof
	skewed  bool // the platform's clock was minutes from the time that we signed
	request string
}

// prove checks an answer's signature, and learns the time from it: from any
// answer that is proven, and from a 401, which a wrong clock causes and whose
// own signature a wrong clock could not check. Nobody else's Date counts: a
// replayed answer would bring the time at which it is valid.
func (c *Channel) prove(ctx context.Context, resp *wire.Response, signed time.Time) answer {
	a := answer{status: resp.Status, header: resp.Header, body: resp.Body,
		request: wire.Cut(resp.Header.Get("Request-ID"), 128)}
	if resp.Status == http.StatusUnauthorized {
		a.skewed = skewed(resp, signed)
		c.clock.Learn(resp)
	}
	a.proof = c.check(ctx, resp.Header, signedBody(resp))
	if a.proof == proven {
		c.clock.Learn(resp)
	}
	return a
}

// skewed is whether a 401 can be for the time: the platform takes 5 minutes.
func skewed(resp *wire.Response, signed time.Time) bool {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	return err == nil && date.Sub(signed.Round(0)).Abs() > 290*time.Second
}

// check is §3.2, steps 1 to 5. A refusal or a callback is checked like a
// success.
func (c *Channel) check(ctx context.Context, h http.Header, body []byte) proof {
	s, p := readSignature(h)
	if p != proven {
		return p
	}
	if !s.timely(c.clock.Now()) {
		return broken
	}
	key := c.keys.find(ctx, s.serial)
	if key == nil || !s.fits(key, body) {
		return broken
	}
	return proven
}

// signature is the four headers of §3.2.
type signature struct{ timestamp, nonce, value, serial string }

// readSignature answers proven when all four headers are there.
func readSignature(h http.Header) (signature, proof) {
	s := signature{h.Get("Wechatpay-Timestamp"), h.Get("Wechatpay-Nonce"),
		h.Get("Wechatpay-Signature"), h.Get("Wechatpay-Serial")}
	there := 0
	for _, v := range [...]string{s.timestamp, s.nonce, s.value, s.serial} {
		if v != "" {
			there++
		}
	}
	switch there {
	case 0:
		return s, unsigned
	case 4:
		return s, proven
	}
	return s, broken
}

func (s signature) timely(now time.Time) bool {
	t, err := strconv.ParseInt(s.timestamp, 10, 64)
	if err != nil {
		return false
	}
	away := now.Unix() - t
	return -window <= away && away <= window
}

func (s signature) fits(key *rsa.PublicKey, body []byte) bool {
	return verify(key, toVerify(s.timestamp, s.nonce, body), s.value)
}

// signedBody is what the signature covers: the body, but for a statement its
// hash (§10.1), which statement.go compares to the file.
func signedBody(resp *wire.Response) []byte {
	if sum := resp.Header.Get(statementHash); sum != "" && resp.Status == http.StatusOK {
		return []byte(`{"sha1":"` + sum + `"}`)
	}
	return resp.Body
}

// reply begins a Reply to a.
func (a answer) reply() channels.Reply {
	return channels.Reply{RequestID: a.request, Verified: a.proof == proven}
}

// unproven is the Reply to an answer that must be signed and is not.
func (a answer) unproven() channels.Reply {
	r := a.reply()
	r.Verified = false
	r.Reason = channels.Unverified
	if a.proof == broken {
		r.Reason = channels.BadSignature
	}
	r.Message = "answer " + strconv.Itoa(a.status) + " is not proven by its signature"
	return r
}

// internal is §14.5: the platform's own return code, behind the last hyphen of
// Request-ID. That header is not signed: it may sharpen a reason, no more.
func (a answer) internal() string {
	i := strings.LastIndexByte(a.request, '-')
	if i < 0 {
		return ""
	}
	return a.request[i+1:]
}
