package sandbox

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// draft is an answer before it is signed and sent.
type draft struct {
	status   int
	code     string // of an error body, for the log
	internal int    // ends the Request-ID, §14.5
	body     []byte
	media    string // of the body; empty is JSON
	signed   []byte // what is signed in the body's place, §10.1
	sha1     string // of a statement
	unsigned bool
}

// done is 200 with a JSON body.
func done(body any) draft { return draft{status: http.StatusOK, body: encode(body)} }

func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("sandbox: a reply of our own cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// deliver signs a draft and sends it, as truly as the fault lets it.
func (w *wechatGlobal) deliver(d draft, x *exchange, hit *Fault, entry *Request) reply {
	if hit == nil {
		hit = &Fault{}
	}
	entry.Fault = hit.What
	if hit.What == Answer {
		d = hit.answer()
	}
	d = hit.falsify(d)
	r := w.signed(d, x.at, hit)
	if hit.What == ReplayOld {
		r = w.replay(r, entry)
	} else if d.status < 300 && !d.unsigned && hit.What == "" {
		w.old.remember(r, entry)
	}
	if d.media == csvMedia && strings.Contains(x.header.Get("Accept-Encoding"), "gzip") {
		r.header.Set("Content-Encoding", "gzip") // §10.1: only when asked for
		r.body = zipped(r.body)
	}
	hit.travel(&r, d.code, entry)
	return r
}

// signed puts the headers of §2.3 and §3.2 on a draft. 5xx are not signed: they
// come from in front of whoever holds the key.
func (w *wechatGlobal) signed(d draft, now time.Time, hit *Fault) reply {
	at := w.clock(now).Add(hit.shift())
	r := reply{status: d.status, header: http.Header{}, body: d.body}
	r.header.Set("Date", at.UTC().Format(http.TimeFormat))
	w.seq++
	r.header.Set("Request-ID", fmt.Sprintf("%08X%024X-%d", now.Unix(), w.seq, d.internal))
	if len(d.body) > 0 {
		media := d.media
		if media == "" {
			media = "application/json; charset=utf-8"
		}
		r.header.Set("Content-Type", media)
	}
	if d.sha1 != "" {
		r.header.Set("Wechatpay-Statement-Sha1", d.sha1)
	}
	if d.status >= http.StatusInternalServerError || d.unsigned || hit.What == NoSignature {
		return r
	}
	if hit.What == StaleTimestamp {
		at = at.Add(-10 * time.Minute)
	}
	over := d.signed
	if over == nil {
		over = d.body
	}
	w.prove(r.header, over, at, hit.proof())
	return r
}

// prove signs a body with the platform's key, or with what a fault has in mind.
func (w *wechatGlobal) prove(h http.Header, body []byte, at time.Time, what Kind) {
	with := w.with
	switch what {
	case Rotation:
		if w.rotate() == nil {
			with = w.with
		}
	case UnpublishedCertificate:
		if c, err := w.unpublished(); err == nil {
			with = c
		}
	}
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), w.nonce(32)
	signature, err := sign(with.key, replyText(timestamp, nonce, body))
	if err != nil {
		panic("sandbox: a key of our own does not sign: " + err.Error())
	}
	switch what {
	case ForgeSignature:
		flipped := byte('A')
		if signature[10] == flipped {
			flipped = 'B'
		}
		signature = signature[:10] + string(flipped) + signature[11:]
	case SignTest:
		signature = "WECHATPAY/SIGNTEST/" + signature[19:]
	}
	h.Set("Wechatpay-Timestamp", timestamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", signature)
	h.Set("Wechatpay-Serial", with.serial)
	h.Set("Wechatpay-Signature-Type", authScheme)
}

const nonceLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func (w *wechatGlobal) nonce(n int) string {
	b := make([]byte, n)
	for i := range b {
		k, err := rand.Int(w.s.cfg.Rand, big.NewInt(int64(len(nonceLetters))))
		if err != nil {
			panic("sandbox: Config.Rand ran dry: " + err.Error())
		}
		b[i] = nonceLetters[k.Int64()]
	}
	return string(b)
}

// replay is an old answer, or without any the new one, ten minutes old.
func (w *wechatGlobal) replay(r reply, entry *Request) reply {
	if old, found := w.old.replay(entry); found {
		return old
	}
	if r.header.Get("Wechatpay-Signature") != "" {
		w.prove(r.header, r.body, w.clock(entry.At).Add(-10*time.Minute), "")
	}
	return r
}

func zipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body)
	z.Close()
	return b.Bytes()
}

func (d draft) logged() (int, string) { return d.status, d.code }
