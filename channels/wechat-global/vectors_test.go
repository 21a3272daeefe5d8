package wechatglobal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// The vectors of §19, by their names there.

func TestO1Signature(t *testing.T) {
	got, err := tk1(t).sign([]byte("source"))
	if err != nil || got != read(t, "o1.sig") {
		t.Errorf("signature differs (%v): %s", err, got)
	}
}

func TestO2CallbackVerifies(t *testing.T) {
	body := read(t, "o2.body.json")
	key := &tk1(t).key.PublicKey
	if !verify(key, toVerify("1624523846", testNonce, []byte(body)), read(t, "o2.sig")) {
		t.Error("does not verify")
	}
	var n struct {
		Resource struct {
			Ciphertext string `json:"ciphertext"`
			AAD        string `json:"associated_data"`
			Nonce      string `json:"nonce"`
		} `json:"resource"`
	}
	if err := json.Unmarshal([]byte(body), &n); err != nil {
		t.Fatal(err)
	}
	const key16 = "testMchAPIv3Key0"
	if _, err := openGCM([]byte(key16), n.Resource.Nonce, n.Resource.AAD, n.Resource.Ciphertext); err == nil {
		t.Error("a key of 16 bytes was accepted")
	}
	want := `{"mchid":"1234567890","appid":"054aa7d7a2a54ab5898df65bd96f001c","create_time":"2020-06-30T12:12:00+08:00","out_contract_code":"21640bdbd08e473e828f3206a2741c6e"}`
	if got := gcm128(t, key16, n.Resource.Nonce, n.Resource.AAD, n.Resource.Ciphertext); got != want {
		t.Errorf("plain = %s", got)
	}
}

// gcm128 is the primitive alone: our own code refuses 16-byte keys.
func gcm128(t *testing.T, key, nonce, aad, ciphertext string) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	out, err := aead.Open(nil, []byte(nonce), raw, []byte(aad))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestO3ShortKeyIsRefused(t *testing.T) {
	const nonce, aad, text = "wCq51qZv4Yfg", "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8", "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC"
	if _, err := openGCM([]byte("testAPIv3Key0000"), nonce, aad, text); err == nil {
		t.Error("a key of 16 bytes was accepted")
	}
	if got := gcm128(t, "testAPIv3Key0000", nonce, aad, text); got != "Hello World" {
		t.Errorf("plain = %q", got)
	}
}

func TestO4GCM(t *testing.T) {
	const nonce, text = "uluk4a9R25RW", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="
	got, err := openGCM([]byte(v3Key), nonce, "associatedData", text)
	if err != nil || string(got) != "message" {
		t.Errorf("plain = %q, %v", got, err)
	}
	for _, aad := range []string{"", "associatedDatb", "associatedData "} {
		if _, err := openGCM([]byte(v3Key), nonce, aad, text); err == nil {
			t.Errorf("additional data %q was accepted", aad)
		}
	}
}

func TestO5Certificate(t *testing.T) {
	plain, err := openGCM([]byte(v3Key), "14b16c03dc1b", "certificate", read(t, "o5.cipher"))
	if err != nil {
		t.Fatal(err)
	}
	if len(plain) != 1475 || sum(string(plain)) != "8693813ac0735cb54b6e67f25086a5924c103712255b8857049b8e502d564eb4" {
		t.Errorf("plain has %d bytes, sum %s", len(plain), sum(string(plain)))
	}
	certs, err := parseCertificates(plain)
	if err != nil {
		t.Fatal(err)
	}
	serial, key, err := keyOf(certs[0])
	if err != nil || serial != "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC" {
		t.Errorf("serial = %s, %v", serial, err)
	}
	from, to := time.Date(2023, 9, 19, 15, 15, 58, 0, time.UTC), time.Date(2028, 9, 17, 15, 15, 58, 0, time.UTC)
	if !key.notBefore.Equal(from) || !key.notAfter.Equal(to) {
		t.Errorf("valid %v to %v", key.notBefore, key.notAfter)
	}
	if key.usable(to) || !key.usable(from) || key.usable(from.Add(-time.Second)) {
		t.Error("usable outside its dates")
	}
}

func TestRequestVectors(t *testing.T) {
	const ts, nonce = "1554208460", "593BEC0C930BF1AFEB40B4A08C8FB242"
	const institution = "?sp_mchid=10000100&sub_mchid=20000100"
	for _, v := range []struct {
		name, method, target, body string
		size                       int
		sum                        string
	}{
		{"g1", "GET", certificatesPath, "", 73, "4ae87ad38e40734ce0a75985f3bab83be191f0407fabde1332478985915874ad"}, // also O6
		{"g2", "GET", "/v3/global/transactions/out-trade-no/20150806125346" + institution, "", 138, "9390a3b96db66a68afc48b59f2909588edd654a38554f81ddb81d38861a55c41"},
		{"g3", "POST", payPath, read(t, "g3.body.json"), 404, "64cadaadd37e174e4beb50039e3c55e6bfe0f52ef9d5ac4ae126a914821f9331"},
		{"g4", "POST", "/v3/global/micropay/transactions/out-trade-no/20150806125346/reverse", `{"sp_mchid":"10000100","sub_mchid":"20000100"}`, 165, "0a605de01eb0a6ca1535a0d1ed6585f1c84ef2bc825075debc08b8a0b1a37962"},
		{"g5", "GET", "/v3/global/transactions/out-trade-no/A_b-1%7C2%2A3?mchid=10000100", "", 115, ""},
	} {
		text := toSign(v.method, v.target, []byte(v.body), ts, nonce)
		if len(text) != v.size || v.sum != "" && sum(string(text)) != v.sum {
			t.Errorf("%s: string to sign has %d bytes, sum %s", v.name, len(text), sum(string(text)))
		}
		want := read(t, v.name+".sig")
		got, err := tk1(t).authorize(v.method, v.target, []byte(v.body), time.Unix(1554208460, 0), nonce)
		header := `WECHATPAY2-SHA256-RSA2048 mchid="10000100",nonce_str="593BEC0C930BF1AFEB40B4A08C8FB242",timestamp="1554208460",serial_no="D7CE59D1F522D701",signature="` + want + `"`
		if err != nil || got != header {
			t.Errorf("%s: header = %s, %v", v.name, got, err)
		}
	}
}

// The driver's own requests are the vectors', byte for byte.
func TestRequestsAreTheVectors(t *testing.T) {
	c, p := newChannel(t, always(500, ""), func(cfg *Config) { cfg.DeviceIP = "59.37.125.32" })
	c.Pay(context.Background(), testPayment)
	c.Query(context.Background(), testOrder)
	c.Revoke(context.Background(), testOrder)
	want := []string{
		"POST " + payPath + " " + read(t, "g3.body.json"),
		"GET /v3/global/transactions/out-trade-no/20150806125346?sp_mchid=10000100&sub_mchid=20000100 ",
		`POST /v3/global/micropay/transactions/out-trade-no/20150806125346/reverse {"sp_mchid":"10000100","sub_mchid":"20000100"}`,
	}
	var got []string
	for _, s := range p.seen {
		if !strings.Contains(s, certificatesPath) {
			got = append(got, s)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	d, p := newChannel(t, always(500, ""), direct)
	d.Query(context.Background(), channels.Order{OutTradeNo: "A_b-1|2*3"})
	if p.calls("GET /v3/global/transactions/out-trade-no/A_b-1%7C2%2A3?mchid=10000100") != 1 { // G5
		t.Errorf("sent %v", p.seen)
	}
}

func direct(cfg *Config) {
	cfg.Mode, cfg.MchID, cfg.AppID = "direct", "10000100", "wxdace645e0bc2c424"
	cfg.SpMchID, cfg.SpAppID, cfg.SubMchID = "", "", ""
}

func TestResponseVectors(t *testing.T) {
	key := &tk1(t).key.PublicKey
	csv := "`a,`b\r\n`1,`2\r\n"
	sha := sha1.Sum([]byte(csv))
	if hex.EncodeToString(sha[:]) != "e6b6dfd289970075a86233b6765e761e60ca76ad" {
		t.Errorf("R3: sha1 = %x", sha)
	}
	if r4 := certificates(t); len(r4) != 1894 || sum(r4) != "5834ef66761185816a1b4849474ae721a4f76535302cdec70ba30f5445f2eacc" {
		t.Errorf("R4: body has %d bytes, sum %s", len(r4), sum(r4))
	}
	if r := r1(t); sum(r) != "9ff21350b5ebea7501d6f4a09159bf1794106a84840c0d635672389d62cbd416" {
		t.Errorf("R1: body sum %s", sum(r))
	}
	for _, v := range []struct {
		name, body string
		size       int
		sum        string
	}{
		{"r1", r1(t), 523, "6da2fd45346b5d2e5919cf22ac6af25c21053d5cf5028cbe232a363affa054e5"},
		{"r2", "", 45, "442be102925f9e10d1db7469b17be1fa96108ca6d7015e3a9a5a36186cf90118"},
		{"r3", `{"sha1":"` + hex.EncodeToString(sha[:]) + `"}`, 96, "9788e10b880a1ba1e4002ff645c1e5fa051109b7b30ccf360ac8ef1f7c40681e"},
		{"r4", certificates(t), 0, ""},
		{"c1", callback(t), 1101, "43d762b95e98ae09170788bb3dcd06ab8bf598f4aaf38f124f65b40f71c21871"},
	} {
		message := toVerify("1624523846", testNonce, []byte(v.body))
		if v.sum != "" && (len(message) != v.size || sum(string(message)) != v.sum) {
			t.Errorf("%s: message has %d bytes, sum %s", v.name, len(message), sum(string(message)))
		}
		sig := read(t, v.name+".sig")
		if !verify(key, message, sig) {
			t.Errorf("%s: does not verify", v.name)
		}
		flips(t, v.name, message, sig)
	}
	// R2 without its last line end.
	if verify(key, []byte("1624523846\n"+testNonce+"\n"), read(t, "r2.sig")) {
		t.Error("R2 verified with a line end missing")
	}
}

// flips is §19.6: one bit of message or signature, and nothing verifies.
func flips(t *testing.T, name string, message []byte, sig string) {
	t.Helper()
	key := &tk1(t).key.PublicKey
	raw, _ := base64.StdEncoding.DecodeString(sig)
	for i := 0; i < len(message)*8; i += 37 {
		message[i/8] ^= 1 << (i % 8)
		if verify(key, message, sig) {
			t.Errorf("%s: verified with bit %d of the message flipped", name, i)
		}
		message[i/8] ^= 1 << (i % 8)
	}
	for i := 0; i < len(raw)*8; i += 37 {
		raw[i/8] ^= 1 << (i % 8)
		if verify(key, message, base64.StdEncoding.EncodeToString(raw)) {
			t.Errorf("%s: verified with bit %d of the signature flipped", name, i)
		}
		raw[i/8] ^= 1 << (i % 8)
	}
}

func callback(t testing.TB) string {
	return `{"id":"EV-2018022511223320873","create_time":"2021-06-24T16:37:26+08:00","resource_type":"encrypt-resource","event_type":"REFUND.SUCCESS","summary":"refund success","resource":{"original_type":"refund","algorithm":"AEAD_AES_256_GCM","ciphertext":"` + read(t, "c1.cipher") + `","associated_data":"refund","nonce":"fdasflkja484"}}`
}

// C1 through the driver, with the platform's own signature.
func TestC1Callback(t *testing.T) {
	body := callback(t)
	if len(body) != 1056 || sum(body) != "0ce97f4f24649fbe75f9142e2044edd6a6ec2d98518bda0511ed081dbd081c85" {
		t.Errorf("body has %d bytes, sum %s", len(body), sum(body))
	}
	plain, err := openGCM([]byte(v3Key), "fdasflkja484", "refund", read(t, "c1.cipher"))
	if err != nil || string(plain) != read(t, "c1.plain.json") || len(plain) != 549 {
		t.Errorf("plain = %s, %v", plain, err)
	}
	c, _ := newChannel(t, always(500, ""))
	header := http.Header{}
	header.Set("Wechatpay-Timestamp", strconv.Itoa(testTime))
	header.Set("Wechatpay-Nonce", testNonce)
	header.Set("Wechatpay-Serial", tk1Serial)
	header.Set("Wechatpay-Signature", read(t, "c1.sig"))
	n, err := c.Notified(context.Background(), header, []byte(body))
	if err != nil || n.Status != 200 || n.OutTradeNo != "20150806125346" || n.RefundNo != "7752501201407033233368018" || n.ID != "EV-2018022511223320873" {
		t.Errorf("notice = %+v, %v", n, err)
	}
	header.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+read(t, "c1.sig"))
	if n, err = c.Notified(context.Background(), header, []byte(body)); err == nil || n.Status/100 != 4 {
		t.Errorf("a probe was answered %d, %v", n.Status, err)
	}
}

func TestE1EmptyAdditionalData(t *testing.T) {
	got, err := openGCM([]byte(v3Key), "fdasflkja484", "", "Y6nM5aUjTfFZDguXLTQNwagZ")
	if err != nil || string(got) != "{}" {
		t.Errorf("plain = %q, %v", got, err)
	}
}

// R4 through the driver's bootstrap, with the vector's own signature.
func TestR4Bootstrap(t *testing.T) {
	c, p := newChannel(t, always(500, ""))
	p.edit = func(r *http.Response) { r.Header.Set("Wechatpay-Signature", read(t, "r4.sig")) }
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c.keys.lookup(tk1Serial) == nil {
		t.Error("the certificate is not there")
	}
	plain, err := openGCM([]byte(v3Key), "d215b0511e9c", "certificate", read(t, "r4.cipher"))
	if err != nil || string(plain) != read(t, "tk1.crt.pem") || sum(string(plain)) != "c17fa1d3fbc2b94dd96dc45d37f7fff5aca653ac7d54358223a801b27f75e86f" {
		t.Errorf("plain has sum %s, %v", sum(string(plain)), err)
	}
	block, _ := pem.Decode(plain)
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		t.Error(err)
	}
}

// R1 through the driver, with the vector's own signature, and the clock rules
// of §19.6.
func TestR1ThroughPay(t *testing.T) {
	for _, v := range []struct {
		clock int64
		want  channels.Outcome
	}{{testTime, channels.Paid}, {testTime + 300, channels.Paid}, {testTime + 301, channels.Unknown}, {testTime - 300, channels.Paid}, {testTime - 301, channels.Unknown}} {
		c, p := newChannel(t, always(200, r1(t)))
		p.edit = func(r *http.Response) {
			r.Header.Del("Date") // no help from it
			if r.ContentLength == 0 && r.Header.Get("Wechatpay-Signature") != "" {
				r.Header.Set("Wechatpay-Timestamp", strconv.Itoa(testTime))
			}
		}
		if err := c.Warm(context.Background()); err != nil {
			t.Fatal(err)
		}
		p.edit = func(r *http.Response) {
			r.Header.Del("Date")
			r.Header.Set("Wechatpay-Timestamp", strconv.Itoa(testTime))
			r.Header.Set("Wechatpay-Signature", read(t, "r1.sig"))
		}
		c.clock = clockAt(v.clock)
		if got := c.Pay(context.Background(), testPayment); got.Outcome != v.want || got.Verified != (v.want == channels.Paid) {
			t.Errorf("clock %+d s: %v %s verified %v (%s)", v.clock-testTime, got.Outcome, got.Reason, got.Verified, got.Message)
		}
	}
}

func TestR2Revoke(t *testing.T) {
	c, p := newChannel(t, always(204, ""))
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.edit = func(r *http.Response) { r.Header.Set("Wechatpay-Signature", read(t, "r2.sig")) }
	if got := c.Revoke(context.Background(), testOrder); got.Outcome != channels.Accepted || !got.Verified {
		t.Errorf("revoke = %+v", got)
	}
}

func TestR3Statement(t *testing.T) {
	csv := "`a,`b\r\n`1,`2\r\n"
	c, p := newChannel(t, always(200, csv))
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.edit = func(r *http.Response) {
		r.Header.Set(statementHash, "e6b6dfd289970075a86233b6765e761e60ca76ad")
		r.Header.Set("Wechatpay-Signature", read(t, "r3.sig"))
	}
	day := time.Date(2021, 6, 23, 0, 0, 0, 0, time.UTC)
	got, err := c.Statement(context.Background(), day)
	if err != nil || string(got.Body) != csv || got.Name != "wechat-global-10000100-20210623.csv" {
		t.Errorf("statement = %+v, %v", got, err)
	}
	if p.calls("/v3/global/statements?date=20210623&sp_mchid=10000100&sub_mchid=20000100") != 1 {
		t.Errorf("asked %v", p.seen)
	}
	p.answer = always(200, csv+"`3,`4\r\n")
	if _, err := c.Statement(context.Background(), day); err == nil {
		t.Error("another file passed under the signed hash")
	}
}
