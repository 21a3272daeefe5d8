package sandbox_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// note is a notification as a till reads it.
type note struct {
	proven bool
	data   bag
}

// read is §9: over the raw resp_data, without sorting.
func (tl *huifuTill) read(req *http.Request) note {
	tl.t.Helper()
	body, _ := io.ReadAll(req.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("resp_code") != "10000" || !strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		tl.t.Fatal(err, string(body))
	}
	n := note{proven: tl.verifies([]byte(form.Get("resp_data")), form.Get("sign"))}
	if err := json.Unmarshal([]byte(form.Get("resp_data")), &n.data); err != nil {
		tl.t.Fatal(err)
	}
	return n
}

func TestHuifuCallbacks(t *testing.T) {
	tl := newHuifuTill(t)
	notify := func(no string, kind int, what sandbox.Kind) note {
		t.Helper()
		req, err := tl.box.HuifuCallback(no, kind, "", what)
		if err != nil {
			t.Fatal(err)
		}
		return tl.read(req)
	}
	none := func(no string, kind int) {
		t.Helper()
		if _, err := tl.box.HuifuCallback(no, kind, "", ""); !errors.Is(err, sandbox.ErrNoCallback) {
			t.Error(no, kind, err)
		}
	}
	tl.pay("A1", tl.code("00"))
	one, two := notify("A1", 1, ""), notify("A1", 2, "")
	for name, want := range map[string]any{"trans_stat": "S", "acct_stat": "I", "notify_type": 1.0, "req_seq_id": "A1", "trans_amt": "8.88",
		"trade_type": "T_MICROPAY", "trans_type": "T_MICROPAY", "fee_flag": 2.0, "mer_ord_id": "A1"} {
		if !one.proven || one.data[name] != want {
			t.Error(name, one)
		}
	}
	if two.data["acct_stat"] != "S" || two.data["notify_type"] != 2.0 || two.data["hf_seq_id"] != one.data["hf_seq_id"] {
		t.Error(two)
	}
	// §15.6: an object in notifications.
	if _, object := one.data["wx_response"].(map[string]any); !object {
		t.Error(one)
	}
	for _, what := range []sandbox.Kind{sandbox.ForgeSignature, sandbox.NoSignature, sandbox.UnpublishedCertificate, sandbox.Unsorted} {
		if n := notify("A1", 1, what); n.proven {
			t.Error(what, "is proven")
		}
	}
	if n := notify("A1", 1, sandbox.WrongAmount); !n.proven || n.data["trans_amt"] != "8.89" {
		t.Error(n)
	}
	tl.pay("A2", tl.code("91"))
	if n := notify("A2", 2, ""); n.data["trans_stat"] != "S" || n.data["acct_stat"] != "F" {
		t.Error(n)
	}
	tl.pay("A3", tl.code("22"))
	if n := notify("A3", 1, ""); n.data["trans_stat"] != "F" || !strings.Contains(n.data["bank_message"].(string), "余额不足") {
		t.Error(n)
	}
	none("A3", 2) // with F nothing further comes
	tl.pay("A4", tl.code("03"))
	none("A4", 1)
	none("A1", 3)
	none("A9", 1)
	tl.call("/v3/trade/payment/scanpay/refund", tl.own("R1", "ord_amt", "1.00", "org_req_date", tl.today(), "org_req_seq_id", "A1", "notify_url", "https://pay.example.test/r"))
	none("R1", 1)
	tl.clock.pass(5 * time.Minute)
	if n := notify("R1", 1, ""); !n.proven || n.data["req_seq_id"] != "R1" || n.data["org_req_seq_id"] != "A1" || n.data["trans_stat"] != "S" {
		t.Error(n)
	}
	none("R1", 2)
}

// answering is a till's listener that gives these answers, one after the other,
// the last for ever.
type answering struct {
	t       *testing.T
	replies []string
	asked   int
}

func (a *answering) RoundTrip(req *http.Request) (*http.Response, error) {
	say := a.replies[min(a.asked, len(a.replies)-1)]
	a.asked++
	status := http.StatusOK
	switch say {
	case "nobody":
		return nil, io.ErrUnexpectedEOF
	case "500":
		status = http.StatusInternalServerError
	case "302":
		status = http.StatusFound
	}
	res := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(say)), Request: req}
	if status == http.StatusFound {
		res.Header.Set("Location", "https://elsewhere.example.test/")
	}
	return res, nil
}

func TestHuifuNotify(t *testing.T) {
	const ack = "RECV_ORD_ID_A1"
	for _, v := range []struct {
		name    string
		code    string
		replies []string
		tries   string // the types, a bang for each that was taken
	}{
		{"taken", "00", []string{ack}, "1! 2!"},
		{"failed order", "22", []string{ack}, "1!"},
		{"second try", "00", []string{"500", ack}, "1 1! 2!"},
		{"no answer", "00", []string{"nobody", "nobody", "nobody", ack}, "1 1 1 1! 2!"},
		{"200 is not enough", "00", []string{"success"}, "1 1 1 1 2 2 2 2"},
		{"another number", "00", []string{ack + "0"}, "1 1 1 1 2 2 2 2"},
		{"redirect", "00", []string{"302"}, "1 1 1 1 2 2 2 2"},
	} {
		t.Run(v.name, func(t *testing.T) {
			tl := newHuifuTill(t)
			tl.pay("A1", tl.code(v.code))
			a := &answering{t: t, replies: v.replies}
			tries, err := tl.box.HuifuNotify(t.Context(), &http.Client{Transport: a}, "A1", "")
			var got []string
			for _, try := range tries {
				word := string(rune('0' + try.NotifyType))
				if try.Taken {
					word += "!"
				}
				got = append(got, word)
			}
			if err != nil || strings.Join(got, " ") != v.tries || a.asked != len(tries) {
				t.Errorf("%v, want %s (%v)", got, v.tries, err)
			}
		})
	}
}
