package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"tillpay/agent/config"
	"tillpay/channels"
	"tillpay/channels/fubei"
	"tillpay/channels/huifu"
	"tillpay/channels/huishouqian"
	"tillpay/channels/sandbox"
	wechatdeposit "tillpay/channels/wechat-deposit"
	wechatglobal "tillpay/channels/wechat-global"
)

// beyond is what a driver may add to a call's signatures: its own, and the
// verification of the reply's where the platform signs.
const beyond = 200 // µs

var factories = map[string]channels.Factory{
	"fubei": fubei.New, "huifu": huifu.New, "huishouqian": huishouqian.New, "wechat-deposit": wechatdeposit.New, "wechat-global": wechatglobal.New,
}

// drivers measures the CPU time of one Pay of each driver, from the sale to the
// outcome: build, encode, sign, the wire's own work, parse, verify, compare. The
// platform's answer is one that the sandbox gave to the same order before.
func drivers(ctx context.Context, b *bench) error {
	box, err := sandbox.New(sandbox.Config{Now: time.Now})
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "drivers")
	if err := errors.Join(box.WriteTill(dir, "https://127.0.0.1:7443"), box.WriteMainlandTill(dir, "https://127.0.0.1:7443")); err != nil {
		return err
	}
	for _, file := range []string{"tillpay.toml", sandbox.MainlandTill} {
		cfg, err := config.Load(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		for _, c := range cfg.Channels {
			settings, t := c.Settings(cfg.Till, filepath.Join(dir, "cache-"+c.Name)), &tape{from: box.Transport()}
			settings.Env = channels.Env{Now: time.Now, Version: "bench", Transport: t}
			ch, err := factories[c.Driver](settings)
			if err != nil {
				return err
			}
			floor, err := bareSignatures(box, c.Driver)
			if err != nil {
				return err
			}
			money := channels.Money{Amount: 8800, Currency: cfg.Till.Currency}
			if err := b.driver(ctx, c.Driver, ch, money, t, floor); err != nil {
				return fmt.Errorf("%s: %w", c.Driver, err)
			}
		}
	}
	b.note("a driver's Pay: CPU time of its thread (elsewhere than on Linux: wall time), sale to outcome, without the garbage collector's threads; floor: a bare request signature and a bare verification of a reply's, over a text as long, before every Pay; beyond: of each Pay and those before it. Huishouqian's platform key has 3072 bits, as the page's sample implies, which Go verifies in five times the time of 2048.")
	return nil
}

func (b *bench) driver(ctx context.Context, name string, ch channels.Channel, m channels.Money, t *tape, floor signatures) error {
	p := channels.Payment{
		OutTradeNo: time.Now().In(channels.Beijing()).Format("20060102") + "00010000312345678903",
		Amount:     m, Code: channels.NewCode("134650720866360000"), Description: "凍檸茶 x2",
	}
	if w, ok := ch.(channels.Warmer); ok {
		if err := w.Warm(ctx); err != nil {
			return err
		}
	}
	pay := func() error {
		if r := ch.Pay(ctx, p); r.Outcome != channels.Paid {
			return fmt.Errorf("%v %s: %s", r.Outcome, r.Reason, r.Message)
		}
		return nil
	}
	if err := pay(); err != nil { // at the sandbox, which keeps the books
		return err
	}
	t.replay = true
	runtime.LockOSThread() // whose time is counted
	defer runtime.UnlockOSThread()
	var whole, bare, added, strict samples
	n := b.of(3000, 600)
	for range n {
		at := [4]time.Duration{cpu()}
		for i, do := range []func() error{floor.sign, floor.verify, pay} {
			if err := do(); err != nil {
				return err
			}
			at[i+1] = cpu()
		}
		all := at[3] - at[2]
		bare, whole = append(bare, at[2]-at[0]), append(whole, all)
		strict, added = append(strict, all-(at[1]-at[0])), append(added, all-(at[2]-at[0]))
	}
	us := time.Microsecond
	b.tell(name+": a Pay, sale to outcome, CPU, p50", "µs", n, bare.p50(us), whole.p50(us))
	b.tell(name+": of that beyond the request's signature, p50", "µs", n, 0, strict.p50(us))
	b.limit(name+": of that beyond its signatures, p50", "µs", n, added.p50(us), beyond)
	return nil
}

// tape passes calls on, and then answers all of them as the last one was.
type tape struct {
	from   http.RoundTripper
	replay bool
	status int
	header http.Header
	body   []byte
}

func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.replay {
		return &http.Response{StatusCode: t.status, Header: t.header, Body: io.NopCloser(bytes.NewReader(t.body)), ContentLength: int64(len(t.body)), Request: r}, nil
	}
	resp, err := t.from.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.status, t.header = resp.StatusCode, resp.Header
	t.body, err = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(t.body))
	return resp, err
}

// signatures are what a platform demands of a call, and nothing else.
type signatures struct{ sign, verify func() error }

func bareSignatures(box *sandbox.Sandbox, driver string) (signatures, error) {
	accounts := box.Accounts()
	i := slices.IndexFunc(accounts, func(a sandbox.Account) bool { return a.Platform == driver })
	if i < 0 {
		return signatures{}, errors.New("the sandbox has no account")
	}
	account, text := accounts[i], []byte(request+request) // as long as the longest of them
	switch driver {
	case "fubei": // it signs no reply
		return signatures{func() error { md5.Sum(text); return nil }, func() error { return nil }}, nil
	case "wechat-deposit":
		h := func() error {
			m := hmac.New(sha256.New, []byte(account.APIKey))
			m.Write(text)
			m.Sum(nil)
			return nil
		}
		return signatures{h, h}, nil
	}
	p, _ := pem.Decode(account.PrivateKeyPEM)
	if p == nil {
		return signatures{}, errors.New("the sandbox's account has no key in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(p.Bytes)
	if err != nil {
		return signatures{}, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return signatures{}, errors.New("the sandbox's key is not RSA")
	}
	// The platforms' keys are of the same size, but Huishouqian's.
	platform := &key.PublicKey
	if p, _ := pem.Decode(account.PlatformCertificatePEM); p != nil {
		cert, err := x509.ParseCertificate(p.Bytes)
		if err != nil {
			return signatures{}, err
		}
		if platform, ok = cert.PublicKey.(*rsa.PublicKey); !ok {
			return signatures{}, errors.New("the sandbox's platform key is not RSA")
		}
	}
	return signatures{func() error {
		sum := sha256.Sum256(text)
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		return err
	}, func() error {
		sum := sha256.Sum256(text)
		// Of zeros: the work is that of a good one.
		_ = rsa.VerifyPKCS1v15(platform, crypto.SHA256, sum[:], make([]byte, platform.Size()))
		return nil
	}}, nil
}
