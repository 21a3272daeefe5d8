package wechatdeposit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// §15.1 and §15.2: every string and both signatures of it.
func TestSignatures(t *testing.T) {
	key := apiKey(vectorKey)
	official := elements{"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "device_info": "1000", "body": "test", "nonce_str": "ibuaiVcKdpRxkhJA"}
	if s := string(key.toSign(official)); s != "appid=wxd930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100&nonce_str=ibuaiVcKdpRxkhJA&key="+vectorKey {
		t.Errorf("string = %s", s)
	}
	for _, v := range []struct {
		name       string
		e          elements
		md5, hmac2 string
	}{
		{"official", official, "9A0A8659F005D6984697E2CA0A9CF3B7", "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"},
		{"W1", params(t, "w1.params"), "BBDC38C72BA15489E5C1A16CEE31BF0D", "9B6CABD30008C220ED896BE71E87025013DABA3AD48D230FA9689EF45DB11B34"},
		{"W2", params(t, "w2.params"), "99904684F4F7178737934AF0B28296ED", "FD06917DEDA0F33477D59E881F076891FD9450A2237E6B86D25BA7965012261C"},
		{"W3", params(t, "w3.params"), "B32DA30C68961F0FB66769E655E7D583", "AA6B5D616C68E273F3C5462D366079411C43FB74BC7E92DA0D38CD0132EA352C"},
		{"W4", params(t, "w4.params"), "FCA247F599C9DA7DC7D634CD2E493E17", "67614ABC5F1A094AC2EB61DB2B98D6291991EE70284D321EA0B51ACCA7C325D0"},
		{"W5", params(t, "w5.params"), "A702D70D184C210A62DA7DEF72249AED", "D2412456FD36C0D07E3B63BA8DB9047BDD94A7B603F80231BCD4B4FDA254A5C3"},
	} {
		if s := key.sign(v.e, md5Legacy); s != v.md5 {
			t.Errorf("%s: MD5 %s", v.name, s)
		}
		if s := key.sign(v.e, hmacSHA256); s != v.hmac2 || s == "F734F0E6B3509F9701F4A27CA72985EE10313DD0F96B71CAB42985D0F4F56376" {
			t.Errorf("%s: HMAC %s", v.name, s)
		}
		if v.name == "official" {
			continue
		}
		if s := string(key.toSign(v.e)); s != read(t, strings.ToLower(v.name)+".params")+"&key="+vectorKey {
			t.Errorf("%s: string %s", v.name, s)
		}
	}
}

// W1: the payment that the driver builds is the vector, element by element.
func TestW1(t *testing.T) {
	want, err := parse([]byte(read(t, "w1.xml")), "xml")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := channel(t, 500, "", func(c *Config) { c.SpbillCreateIP = "14.17.22.52" })
	p := testPayment
	p.Amount = cny(1)
	p.Options = given("attach", `"订单额外描述"`, "scene_info", `{"store_info": {"id": "SZTX001", "name": "腾大餐厅"}}`)
	e, err := c.payment(p)
	if err != nil {
		t.Fatal(err)
	}
	e = c.sealed(e, hmacSHA256, want["nonce_str"])
	got, err := parse(e.encode(), "xml")
	if err != nil || !maps.Equal(got, want) || e["sub_appid"] != "" {
		t.Errorf("built %s, %v", e.encode(), err)
	}
	if apiKey(vectorKey).check(want, hmacSHA256) != proven {
		t.Error("W1's XML is not proven")
	}
}

// W2: the consume that the driver builds.
func TestW2(t *testing.T) {
	c, _ := channel(t, 500, "")
	e, err := consumption(channels.Order{OutTradeNo: "1415757673", PlatformID: "1008450740201411110005820873", Amount: cny(1000)}, cny(300))
	if err != nil {
		t.Fatal(err)
	}
	want := params(t, "w2.params")
	delete(want, "out_trade_no") // W2 names the order twice; §14 no. 4 says once
	e = c.sealed(e, hmacSHA256, "GOp3TRyMXzbMlkun")
	got, err := parse(e.encode(), "xml")
	want["sign"] = apiKey(vectorKey).sign(want, hmacSHA256)
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("built %s, %v", e.encode(), err)
	}
}

// W3 is a whole answer: consumed, 300 of 1000, its empty attach not signed.
func TestW3(t *testing.T) {
	c, p := channel(t, 200, read(t, "w3.xml"))
	r := c.Query(context.Background(), testOrder)
	if r.Outcome != channels.Paid || !r.Verified || r.Captured != 300 || r.PlatformID != "1008450740201411110005820873" || r.Payer != cny(1000) {
		t.Errorf("reply = %+v", r)
	}
	if want := time.Date(2014, 11, 11, 9, 0, 43, 0, time.UTC); !r.PaidAt.Equal(want) {
		t.Errorf("paid at %v", r.PaidAt)
	}
	want := `{"bank_type":"CCB_DEBIT","cash_fee":1000,"consume_fee":300,"fee_type":"CNY","time_end":"20141111170043","total_fee":1000,"trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"MICROPAY"}`
	if string(r.Detail) != want {
		t.Errorf("detail = %s", r.Detail)
	}
	if s := p.last(); s.path != "/deposit/orderquery" || s.mutual || s.sent["out_trade_no"] != "1415757673" || s.sent["sign_type"] != "HMAC-SHA256" {
		t.Errorf("asked %+v", s)
	}
}

// W3, touched (§15.4).
func TestW3Touched(t *testing.T) {
	w3 := read(t, "w3.xml")
	hmacSign := "AA6B5D616C68E273F3C5462D366079411C43FB74BC7E92DA0D38CD0132EA352C"
	for name, body := range map[string]string{
		"another digit":       strings.Replace(w3, "<total_fee>1000", "<total_fee>1001", 1),
		"MD5":                 strings.Replace(w3, hmacSign, "B32DA30C68961F0FB66769E655E7D583", 1),
		"lower case":          strings.Replace(w3, hmacSign, strings.ToLower(hmacSign), 1),
		"no signature":        strings.Replace(w3, "<sign><![CDATA["+hmacSign+"]]></sign>", "", 1),
		"an element more":     strings.Replace(w3, "</xml>", "<new>1</new></xml>", 1),
		"an element less":     strings.Replace(w3, "<bank_type><![CDATA[CCB_DEBIT]]></bank_type>", "", 1),
		"a document type":     strings.Replace(w3, "<xml>", "<!DOCTYPE xml><xml>", 1),
		"an entity":           strings.Replace(w3, "CNY", "]]>&x;<![CDATA[", 1),
		"an order twice":      strings.Replace(w3, "</xml>", "<out_trade_no>1415757673</out_trade_no></xml>", 1),
		"a nested child":      strings.Replace(w3, "<total_fee>1000", "<total_fee><a>1</a>1000", 1),
		"1 MiB":               strings.Replace(w3, "<attach>", "<attach>"+strings.Repeat("x", 1<<20), 1),
		"half":                w3[:len(w3)/2],
		"a gateway's page":    "<html><body>502</body></html>",
		"nothing":             "",
		"JSON":                `{"return_code":"SUCCESS"}`,
		"sign in the API key": strings.Replace(w3, hmacSign, vectorKey, 1),
	} {
		c, _ := channel(t, 200, body)
		if r := c.Query(context.Background(), testOrder); r.Outcome != channels.Unknown || r.Verified || r.Reason == "" || r.Message == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// W4 and W5: what the driver signs for an app and for a page.
func TestStarts(t *testing.T) {
	for _, v := range []struct {
		a          algorithm
		app, jsapi string
	}{
		{hmacSHA256, "67614ABC5F1A094AC2EB61DB2B98D6291991EE70284D321EA0B51ACCA7C325D0", "D2412456FD36C0D07E3B63BA8DB9047BDD94A7B603F80231BCD4B4FDA254A5C3"},
		{md5Legacy, "FCA247F599C9DA7DC7D634CD2E493E17", ""},
	} {
		c, _ := channel(t, 500, "", func(c *Config) {
			c.AppID, c.SubMchID, c.SignType = "wx8888888888888888", "1900000109", string(v.a)
		})
		nonce := "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
		want := `{"appid":"wx8888888888888888","partnerid":"1900000109","prepayid":"WX1217752501201407033233368018","package":"Sign=WXPay","noncestr":"` + nonce + `","timestamp":"1412000000","sign":"` + v.app + `"}`
		if got := c.startAPP("WX1217752501201407033233368018", nonce, at(1412000000)()); string(got) != want {
			t.Errorf("%s: APP %s", v.a, got)
		}
		if v.jsapi == "" {
			continue // W5's MD5 is of a string that says HMAC-SHA256
		}
		want = `{"appId":"wx8888888888888888","timeStamp":"1414561699","nonceStr":"` + nonce + `","package":"prepay_id=wx201410272009395522657a690389285100","signType":"HMAC-SHA256","paySign":"` + v.jsapi + `"}`
		if got := c.startJSAPI("wx201410272009395522657a690389285100", nonce, at(1414561699)(), false); string(got) != want {
			t.Errorf("%s: JSAPI %s", v.a, got)
		}
	}
}

// §15.3.
func TestB(t *testing.T) {
	if got, err := openECB([]byte("0123456789abcdef0123456789abcdef"), unbase64(t, "pZwJZBLuy3mDACEQT4YTBw==")); err != nil || string(got) != "hello" {
		t.Errorf("B1: %q, %v", got, err)
	}
	key := apiKey(vectorKey)
	if k := string(key.infoKey()); k != "d96eb16afdd491fa1e705096edbc2205" {
		t.Errorf("B2: %s", k)
	}
	got, err := openECB(key.infoKey(), unbase64(t, read(t, "b3.base64")))
	if err != nil || string(got) != read(t, "b3.xml") {
		t.Errorf("B3: %s, %v", got, err)
	}
	if sum := sha256.Sum256(got); hex.EncodeToString(sum[:]) != "9a824822aeb018820dedcbf2a49f16022f696e0ebf259c7ac4a0a06e1a4b6704" {
		t.Errorf("B3: SHA-256 %x", sum)
	}
	e, err := key.openInfo(read(t, "b3.base64"))
	if err != nil || len(e) != 13 || e["out_refund_no"] != "R1415757673" || e["refund_recv_accout"] != "支付用户零钱" {
		t.Errorf("B3: %v, %v", e, err)
	}
}

// The seed's answer has every element that prepared orders get; its signature
// is illustrative, so it is signed anew.
func TestSeedReply(t *testing.T) {
	e, err := parse([]byte(read(t, "seed-reply.xml")), "xml")
	if err != nil || len(e) != 9 {
		t.Fatal(e, err)
	}
	for _, a := range []algorithm{hmacSHA256, md5Legacy} {
		c, _ := channel(t, 200, signed(e, a), func(c *Config) { c.SignType = string(a) })
		r, start := c.Prepare(context.Background(), testPreparation)
		var s appStart
		if err := json.Unmarshal(start, &s); err != nil || r.Outcome != channels.Paying || !r.Verified || s.PrepayID != "wx201411101639507cbf6ffd8b0779950874" {
			t.Errorf("%s: %+v %s", a, r, start)
		}
	}
	c, _ := channel(t, 200, read(t, "seed-reply.xml"))
	if r, start := c.Prepare(context.Background(), testPreparation); r.Outcome != channels.Unknown || r.Reason != channels.BadSignature || start != nil {
		t.Errorf("as it is printed: %+v %s", r, start)
	}
}
