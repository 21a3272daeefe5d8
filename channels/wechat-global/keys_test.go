package wechatglobal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
)

// issuer makes platform certificates, as a rotation does.
type issuer struct {
	signer *signer
	pem    string
}

func issue(t *testing.T, serial int64, from, to time.Time) issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{newSigner("", strings.ToUpper(big.NewInt(serial).Text(16)), key), pemOf(t, "CERTIFICATE", der)}
}

func seal(t *testing.T, plain string) string {
	return sealGCM(t, "d215b0511e9c", "certificate", []byte(plain))
}

func sealGCM(t *testing.T, nonce, additional string, plain []byte) string {
	t.Helper()
	block, _ := aes.NewCipher([]byte(v3Key))
	aead, _ := cipher.NewGCM(block)
	return base64.StdEncoding.EncodeToString(aead.Seal(nil, []byte(nonce), plain, []byte(additional)))
}

func bundle(t *testing.T, list ...issuer) string {
	var entries []string
	for _, i := range list {
		entries = append(entries, fmt.Sprintf(`{"serial_no":%q,"effective_time ":"x","encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"d215b0511e9c","associated_data":"certificate","ciphertext":%q}}`, i.signer.serial, seal(t, i.pem)))
	}
	return `{"data":[` + strings.Join(entries, ",") + `]}`
}

// served is a platform whose certificates a test changes.
type served struct {
	mu     sync.Mutex
	signer *signer
	bundle string
	now    time.Time
	calls  int
}

func (s *served) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *served) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *served) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := `{"sp_mchid":"10000100","sub_mchid":"20000100","out_trade_no":"20150806125346","trade_state":"NOTPAY"}`
	if r.URL.Path == certificatesPath {
		s.calls++
		body = s.bundle
	}
	resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	resp.Header.Set("Date", s.now.UTC().Format(http.TimeFormat))
	sign(resp.Header, s.signer, s.now, body)
	return resp, nil
}

func openServed(t *testing.T, s *served, cache string) *Channel {
	t.Helper()
	dir := t.TempDir()
	set := settingsOf(config(t, dir), dir, channels.Env{Now: s.clock, Transport: s})
	set.CacheDir = cache
	c, err := open(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRotation(t *testing.T) {
	ctx := context.Background()
	start := time.Unix(testTime, 0)
	first := issue(t, 0xA1, start.Add(-time.Hour), start.Add(48*time.Hour))
	second := issue(t, 0xA2, start.Add(-time.Hour), start.Add(96*time.Hour))
	s := &served{signer: first.signer, bundle: bundle(t, first), now: start}
	c := openServed(t, s, "")
	warm(t, c)
	warm(t, c)
	ask := func(want bool, calls int, when string) {
		t.Helper()
		if got := c.Query(ctx, testOrder); got.Verified != want {
			t.Errorf("%s: verified %v (%s)", when, got.Verified, got.Message)
		}
		if s.calls != calls {
			t.Errorf("%s: %d fetches, want %d", when, s.calls, calls)
		}
	}
	ask(true, 1, "first")
	s.set(func() { s.signer = second.signer })
	ask(false, 1, "an unknown serial right after a fetch is not looked up again")
	s.set(func() { s.now = s.now.Add(afterSuccess) })
	ask(false, 2, "an unknown serial is looked up once")
	ask(false, 2, "and not at every answer")
	s.set(func() { s.now, s.bundle = s.now.Add(afterSuccess), bundle(t, second) })
	ask(true, 3, "in the middle of a session")
	s.set(func() { s.signer = first.signer })
	ask(true, 3, "the old one still serves")
	s.set(func() { s.now = start.Add(13 * time.Hour); s.signer = second.signer })
	warm(t, c)
	ask(true, 4, "warming after 12 h")
	s.set(func() { s.now = start.Add(49 * time.Hour); s.signer = first.signer })
	ask(false, 5, "an expired one does not serve")
}

// §11: whatever is wrong with one certificate discards them all.
func TestBootstrapRefused(t *testing.T) {
	start := time.Unix(testTime, 0)
	good := issue(t, 0xA1, start.Add(-time.Hour), start.Add(time.Hour))
	stranger := issue(t, 0xA1, start.Add(-time.Hour), start.Add(time.Hour))
	late := issue(t, 0xA1, start.Add(time.Hour), start.Add(2*time.Hour))
	for name, s := range map[string]*served{
		"signed by another":   {signer: stranger.signer, bundle: bundle(t, good)},
		"serial differs":      {signer: good.signer, bundle: strings.Replace(bundle(t, good), `"A1"`, `"A2"`, 1)},
		"sealed by another":   {signer: good.signer, bundle: strings.Replace(bundle(t, good), "d215b0511e9c", "d215b0511e9d", 1)},
		"one of two damaged":  {signer: good.signer, bundle: strings.Replace(bundle(t, good, issue(t, 0xA3, start, start.Add(time.Hour))), `"A3"`, `"A4"`, 1)},
		"not yet valid":       {signer: late.signer, bundle: bundle(t, late)},
		"none":                {signer: good.signer, bundle: `{"data":[]}`},
		"other algorithm":     {signer: good.signer, bundle: strings.Replace(bundle(t, good), "AEAD_AES_256_GCM", "AEAD_AES_128_GCM", 1)},
		"not of the platform": {signer: good.signer, bundle: `<html>`},
	} {
		s.now = start
		c := openServed(t, s, "")
		if err := c.Warm(context.Background()); err == nil {
			t.Errorf("%s: warm", name)
		}
		if got := c.Query(context.Background(), testOrder); got.Verified {
			t.Errorf("%s: verified", name)
		}
	}
}

func TestCache(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "wechat")
	s := &served{signer: tk1(t), bundle: certificates(t), now: time.Now()}
	warm(t, openServed(t, s, cache))
	if s.calls != 1 {
		t.Fatalf("%d fetches", s.calls)
	}
	c := openServed(t, s, cache)
	warm(t, c)
	if got := c.Query(context.Background(), testOrder); !got.Verified || s.calls != 1 {
		t.Errorf("after a restart: verified %v, %d fetches", got.Verified, s.calls)
	}
	// Somebody with access to the folder puts another certificate in.
	file := filepath.Join(cache, cacheName)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(raw), "HJKVNnv5")
	raw[i] ^= 1
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	c = openServed(t, s, cache)
	if len(c.keys.fetched) != 0 {
		t.Error("a changed cache was believed")
	}
	warm(t, c)
	if s.calls != 2 {
		t.Errorf("%d fetches", s.calls)
	}
}

// Many answers with an unknown serial are one fetch.
func TestSingleFlight(t *testing.T) {
	s := &served{signer: tk1(t), bundle: certificates(t), now: time.Unix(testTime, 0)}
	c := openServed(t, s, "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := c.Query(context.Background(), testOrder); !got.Verified {
				t.Errorf("not verified: %s", got.Message)
			}
		})
	}
	wg.Wait()
	if s.calls != 1 {
		t.Errorf("%d fetches", s.calls)
	}
}
