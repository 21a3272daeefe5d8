package sandbox_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

func TestDepositPrepared(t *testing.T) {
	for _, v := range []struct{ kind, signType string }{{"APP", "HMAC-SHA256"}, {"APP", "MD5"}, {"JSAPI", "HMAC-SHA256"}, {"JSAPI", "MD5"}} {
		t.Run(v.kind+" "+v.signType, func(t *testing.T) {
			dt := newDepositTill(t)
			order := depositForm{"trade_type": v.kind, "sign_type": v.signType}
			if v.kind == "JSAPI" {
				order["openid"] = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
			}
			f := dt.appFields("P1", order)
			made := dt.takes(dt.call("/deposit/unifiedorder", f))
			prepay := made.doc["prepay_id"]
			if prepay == "" || len(prepay) > 64 || made.doc["trade_type"] != v.kind {
				t.Fatal(made)
			}
			if again := dt.takes(dt.call("/deposit/unifiedorder", f)); again.doc["prepay_id"] != prepay {
				t.Error("another prepay_id:", again)
			}
			dt.says(dt.query("P1"), "NOTPAY")
			phone := dt.box.Phone()
			if _, asked := phone.Pending(); asked {
				t.Error("asked before the app was opened")
			}
			start := dt.start(v.kind, prepay, v.signType)
			if err := phone.OpenDeposit(start); err != nil {
				t.Fatal(err)
			}
			dt.says(dt.query("P1"), "USERPAYING")
			if err := phone.Reject(); err != nil {
				t.Error(err)
			}
			dt.says(dt.query("P1"), "NOTPAY")
			if err := errors.Join(phone.OpenDeposit(start), phone.Confirm("123456")); err != nil {
				t.Error(err)
			}
			a := dt.query("P1")
			if dt.says(a, "SUCCESS"); a.doc["trade_type"] != v.kind {
				t.Error(a)
			}
			if err := phone.OpenDeposit(start); !errors.Is(err, sandbox.ErrStart) {
				t.Error("paid twice:", err)
			}
			dt.refuses(dt.call("/deposit/unifiedorder", f), "ORDERPAID")
			dt.takes(dt.consume("P1", 1000))
		})
	}
}

func TestDepositPreparedIsHeldToItsWords(t *testing.T) {
	dt := newDepositTill(t)
	made := dt.takes(dt.call("/deposit/unifiedorder", dt.appFields("P1", nil)))
	good := dt.start("APP", made.doc["prepay_id"], "HMAC-SHA256")
	for name, value := range map[string]string{
		"appid": "wx0000000000000000", "partnerid": dt.acct.MchID, "prepayid": "wx1", "package": "prepay_id=1",
		"noncestr": strings.Repeat("n", 33), "timestamp": "1.5", "sign": strings.Repeat("0", 64), "extra": "1", "noncestr ": "x",
	} {
		bad := maps.Clone(good)
		if bad[name] = value; name != "sign" {
			bad["sign"] = signDepositForm(bad, dt.acct.APIKey, "HMAC-SHA256")
		}
		if err := dt.box.Phone().OpenDeposit(bad); !errors.Is(err, sandbox.ErrStart) {
			t.Error(name, err)
		}
	}
	md5 := maps.Clone(good)
	md5["sign"] = signDepositForm(md5, dt.acct.APIKey, "MD5")
	if err := dt.box.Phone().OpenDeposit(md5); !errors.Is(err, sandbox.ErrStart) {
		t.Error("another algorithm than the order's:", err)
	}
	delete(good, "noncestr")
	good["sign"] = signDepositForm(good, dt.acct.APIKey, "HMAC-SHA256")
	if err := dt.box.Phone().OpenDeposit(good); !errors.Is(err, sandbox.ErrStart) {
		t.Error("a parameter is missing:", err)
	}
}

func TestDepositPreparedEnds(t *testing.T) {
	dt := newDepositTill(t)
	soon := dt.appFields("P1", depositForm{"time_start": "20261124120000", "time_expire": "20261124121000"})
	dt.takes(dt.call("/deposit/unifiedorder", soon))
	dt.takes(dt.call("/deposit/unifiedorder", dt.appFields("P2", nil)))
	third := dt.takes(dt.call("/deposit/unifiedorder", dt.appFields("P3", nil)))
	dt.refuses(dt.pay("P1", dt.code("00")), "OUT_TRADE_NO_USED")
	dt.refuses(dt.call("/deposit/unifiedorder", dt.appFields("P2", depositForm{"total_fee": "999"})), "INVALID_REQUEST")
	dt.refuses(dt.pay("D1", dt.code("03")), "USERPAYING")
	dt.refuses(dt.call("/deposit/unifiedorder", dt.appFields("D1", nil)), "OUT_TRADE_NO_USED")
	dt.clock.pass(10 * time.Minute)
	dt.says(dt.query("P1"), "CLOSED")
	dt.refuses(dt.call("/deposit/unifiedorder", soon), "INVALID_REQUEST") // its time_expire is over
	dt.says(dt.query("P2"), "NOTPAY")
	dt.takes(dt.reverse("P3")) // §10.2: unpaid is closed
	dt.says(dt.query("P3"), "CLOSED")
	dt.refuses(dt.call("/deposit/unifiedorder", dt.appFields("P3", nil)), "ORDERCLOSED")
	if err := dt.box.Phone().OpenDeposit(dt.start("APP", third.doc["prepay_id"], "HMAC-SHA256")); !errors.Is(err, sandbox.ErrStart) {
		t.Error("closed, and started:", err)
	}
	dt.clock.pass(110 * time.Minute)
	dt.says(dt.query("P2"), "CLOSED") // the prepay_id lives two hours
}

// paidDepositApp is a till whose prepared order P1 was paid.
func paidDepositApp(t *testing.T, more depositForm) *depositTill {
	t.Helper()
	dt := newDepositTill(t)
	kind := "HMAC-SHA256"
	if more["sign_type"] != "" {
		kind = more["sign_type"]
	}
	made := dt.takes(dt.call("/deposit/unifiedorder", dt.appFields("P1", more)))
	if _, err := dt.box.DepositCallback("P1", "", ""); !errors.Is(err, sandbox.ErrNoCallback) {
		t.Error("a callback before the payment:", err)
	}
	phone := dt.box.Phone()
	if err := errors.Join(phone.OpenDeposit(dt.start("APP", made.doc["prepay_id"], kind)), phone.Confirm("000000")); err != nil {
		t.Fatal(err)
	}
	return dt
}

func TestDepositCallback(t *testing.T) {
	for _, kind := range []string{"HMAC-SHA256", "MD5"} {
		dt := paidDepositApp(t, depositForm{"sign_type": kind, "attach": "room 7"})
		for what, good := range map[sandbox.Kind]bool{
			"": true, sandbox.OddMembers: true, sandbox.WrongAmount: true, sandbox.WrongOrder: true, sandbox.WrongMerchant: true,
			sandbox.ForgeSignature: false, sandbox.NoSignature: false, sandbox.OtherAlgorithm: false, sandbox.Doctype: false,
			sandbox.DuplicateKeys: false, sandbox.UnsignedElement: false, sandbox.Nested: false, sandbox.Oversize: false,
		} {
			req, err := dt.box.DepositCallback("P1", "", what)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(req.Body)
			f, bad := readDepositReply(body)
			proven := bad == nil && f["sign"] == signDepositForm(f, dt.acct.APIKey, kind)
			if proven != good || req.URL.String() != "https://shop.example/notify" {
				t.Errorf("%s %q: %t, want %t: %v %s", kind, what, proven, good, bad, body)
			}
			if what == "" && (f["out_trade_no"] != "P1" || f["total_fee"] != "1000" || f["mch_id"] != dt.acct.MchID || f["attach"] != "room 7") {
				t.Errorf("%v", f)
			}
			if what == sandbox.WrongAmount && f["total_fee"] != "1001" || what == sandbox.WrongOrder && f["out_trade_no"] == "P1" {
				t.Errorf("%s: %v", what, f)
			}
		}
	}
}

func TestDepositCallbackRepeats(t *testing.T) {
	dt := paidDepositApp(t, nil)
	asked := []time.Time{}
	shop := &http.Client{Transport: depositRoundTrip(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, dt.clock.Now())
		answer := "<xml><return_code><![CDATA[FAIL]]></return_code></xml>"
		switch len(asked) {
		case 2:
			return nil, io.ErrUnexpectedEOF
		case 5:
			answer = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
	})}
	n, err := dt.box.DeliverDeposit(t.Context(), shop, "P1", "")
	if err != nil || n != 5 || asked[4].Sub(asked[0]) != 4*time.Minute {
		t.Error(n, err, asked)
	}
	never := &http.Client{Transport: depositRoundTrip(func(*http.Request) (*http.Response, error) { return nil, io.EOF })}
	begun := dt.clock.Now()
	if n, err := dt.box.DeliverDeposit(t.Context(), never, "P1", ""); err == nil || n != 16 || dt.clock.Now().Sub(begun) != 24*time.Hour+4*time.Minute {
		t.Error(n, err, dt.clock.Now().Sub(begun)) // §12: 24 h 4 min
	}
	dt.takes(dt.pay("D1", dt.code("00")))
	if _, err := dt.box.DeliverDeposit(context.Background(), shop, "D1", ""); !errors.Is(err, sandbox.ErrNoCallback) {
		t.Error("a code's payment has no callback:", err)
	}
}

type depositRoundTrip func(*http.Request) (*http.Response, error)

func (f depositRoundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
