package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestHuifuStrict: what is wrong with a request, and what says so. Nothing of it
// is booked.
func TestHuifuStrict(t *testing.T) {
	tl := newHuifuTill(t)
	for _, v := range []struct {
		name   string
		change []any
		want   string
	}{
		{"unknown field", []any{"foo", "x"}, "21000000 raw"},
		{"old name", []any{"risk_check_data", nil, "risk_check_info", `{"ip_addr":"203.0.113.10"}`}, "21000000 raw"},
		{"jspay's name", []any{"terminal_device_data", `{"devs_id":"1"}`}, "21000000 raw"},
		{"missing", []any{"goods_desc", nil}, "10000000 raw"},
		{"no risk", []any{"risk_check_data", nil}, "10000000 raw"},
		{"empty", []any{"remark", ""}, "10000000 raw"},
		{"null", []any{"remark", struct{}{}}, "10000000 raw"},
		{"empty channel", []any{"channel_no", ""}, "22000005 raw"},
		{"wrong channel", []any{"channel_no", "99"}, "22000005 raw"},
		{"number", []any{"trans_amt", 8.88}, "10000000 raw"},
		{"nested object", []any{"risk_check_data", bag{"ip_addr": "203.0.113.10"}}, "10000000 raw"},
		{"yuan", []any{"trans_amt", "8"}, "10000000 raw"},
		{"one decimal", []any{"trans_amt", "8.8"}, "10000000 raw"},
		{"three decimals", []any{"trans_amt", "8.880"}, "10000000 raw"},
		{"leading zero", []any{"trans_amt", "08.88"}, "10000000 raw"},
		{"nothing", []any{"trans_amt", "0.00"}, "10000000 raw"},
		{"negative", []any{"trans_amt", "-1.00"}, "10000000 raw"},
		{"too dear", []any{"trans_amt", "999999999999.99"}, "10000000 raw"},
		{"yesterday", []any{"req_date", "20261123"}, "10000000 raw"},
		{"no day", []any{"req_date", "20261324"}, "10000000 raw"},
		{"long number", []any{"req_seq_id", strings.Repeat("1", 129)}, "10000000 raw"},
		{"blank in number", []any{"req_seq_id", "A 1"}, "10000000 raw"},
		{"long goods", []any{"goods_desc", strings.Repeat("奶", 128)}, "10000000 raw"},
		{"not ours", []any{"huifu_id", "6666000000000009"}, "23000002 raw"},
		{"past", []any{"time_expire", "20261124115959"}, "10000000 raw"},
		{"no time", []any{"time_expire", "20261124"}, "10000000 raw"},
		{"query in url", []any{"notify_url", "https://pay.example.test/n?a=1"}, "10000000 raw"},
		{"port", []any{"notify_url", "https://pay.example.test:7999/n"}, "10000000 raw"},
		{"port 9006", []any{"notify_url", "https://pay.example.test:9006/n"}, "10000000 raw"},
		{"scheme", []any{"notify_url", "ftp://pay.example.test/n"}, "10000000 raw"},
		{"fee_flag", []any{"fee_flag", "3"}, "10000000 raw"},
		{"delay", []any{"delay_acct_flag", "X"}, "10000000 raw"},
		{"risk: nothing", []any{"risk_check_data", `{}`}, "10000000 raw"},
		{"risk: half a place", []any{"risk_check_data", `{"latitude":"+22.54"}`}, "10000000 raw"},
		{"risk: no sign", []any{"risk_check_data", `{"latitude":"22.54","longitude":"+113.93"}`}, "10000000 raw"},
		{"risk: long", []any{"risk_check_data", `{"latitude":"+22.54","longitude":"+113.939999"}`}, "10000000 raw"},
		{"risk: ip", []any{"risk_check_data", `{"ip_addr":"203.0.113"}`}, "10000000 raw"},
		{"risk: old key", []any{"risk_check_data", `{"client_ip":"203.0.113.10"}`}, "10000000 raw"},
		{"terminal: key", []any{"terminal_device_info", `{"mer_device_type":"07","devs_id":"1","colour":"red"}`}, "10000000 raw"},
		{"terminal: kind", []any{"terminal_device_info", `{"mer_device_type":"7","devs_id":"1"}`}, "10000000 raw"},
		{"terminal: no id", []any{"terminal_device_info", `{"mer_device_type":"07"}`}, "10000000 raw"},
		{"terminal: ip", []any{"terminal_device_info", `{"mer_device_type":"07","devs_id":"1","device_ip":"::1"}`}, "10000000 raw"},
		{"terminal: place", []any{"terminal_device_info", `{"mer_device_type":"07","devs_id":"1","location":"22.54/113.93"}`}, "10000000 raw"},
		{"terminal: twice", []any{"terminal_device_info", `{"mer_device_type":"07","devs_id":"1","devs_id":"1"}`}, "10000000 raw"},
		{"wx_data: not JSON", []any{"wx_data", "x"}, "10000000 raw"},
		{"wx_data: openid", []any{"wx_data", `{"openid":"o"}`}, "10000000 raw"},
		{"foreign app", []any{"wx_data", `{"sub_appid":"wx9"}`}, "90000000 raw"},
		{"U+2028", []any{"remark", "a\u2028b"}, "412"},
		{"control", []any{"remark", "a\u0001b"}, "412"},
	} {
		a := tl.call("/v3/trade/payment/micropay", tl.payData("A1", tl.code("00")).with(v.change...))
		if a.brief() != v.want {
			t.Errorf("%s: %v", v.name, a)
		}
	}
	for _, good := range [][]any{
		{"risk_check_data", `{"latitude":"+22.543210","longitude":"-113.93"}`},
		{"risk_check_data", `{"base_station":"4600125   1A2B3"}`},
		{"channel_no", "10000001", "pay_scene", "02"},
		{"notify_url", "http://pay.example.test:9005/n"},
		{"notify_url", "https://pay.example.test:443/n"},
		{"time_expire", "20261124120200"},
		{"goods_desc", strings.Repeat("奶", 127)},
		{"goods_desc", "<b>甲&乙</b> 1/2 \t \"引号\" \\ 😀"},
		{"terminal_device_info", nil},
		{"trans_amt", "99999999999.99"},
	} {
		tl.want(tl.call("/v3/trade/payment/micropay", tl.payData(tl.number("G"), tl.code("00")).with(good...)), "00000000 S raw")
	}
	for _, r := range tl.box.Books().Requests {
		if r.OutTradeNo == "A1" && r.Outcome != sandbox.NotAccepted {
			t.Errorf("%+v", r)
		}
	}
	if _, booked := tl.box.Books().Order("A1"); booked {
		t.Error("booked")
	}
}

// TestHuifuEnvelope: the gateway's refusals, which nobody signs.
func TestHuifuEnvelope(t *testing.T) {
	tl := newHuifuTill(t)
	data := tl.payData("A1", tl.code("00"))
	body := string(tl.envelope(data))
	text := string(plain(data))
	replace := func(old, new string) []byte {
		if !strings.Contains(body, old) {
			t.Fatal("no", old)
		}
		return []byte(strings.Replace(body, old, new, 1))
	}
	signed := func(data, over string) []byte {
		return plain(map[string]any{"sys_id": tl.acct.SysID, "product_id": tl.acct.ProductID, "data": rawText(data), "sign": tl.sign([]byte(over))})
	}
	const path = "/v3/trade/payment/micropay"
	for _, v := range []struct {
		name string
		body []byte
		want string
	}{
		{"not JSON", []byte("x"), "40001"},
		{"nothing", nil, "40001"},
		{"not UTF-8", []byte("{\"sys_id\":\"\xff\"}"), "40001"},
		{"array", []byte("[]"), "40001"},
		{"two documents", []byte(body + body), "40001"},
		{"unknown member", replace(`"sys_id"`, `"x":1,"sys_id"`), "40001"},
		{"member twice", replace(`"sys_id"`, `"sys_id":"`+tl.acct.SysID+`","sys_id"`), "40001"},
		{"no sign", replace(`"sign"`, `"sing"`), "40001"},
		{"data is a text", replace(`"data":{`, `"data":"{`), "40001"},
		{"field twice", replace(`"data":{`, `"data":{"auth_code":"130000000000000100",`), "40001"},
		{"sys_id", replace(tl.acct.SysID, "6666000000000000"), "20001"},
		{"product", replace(`"TESTP"`, `"OTHER"`), "22000000 raw"},
		{"amount changed", replace("8.88", "8.87"), "40002"},
		{"signature of other bytes", signed(text, text+" "), "40002"},
		{"signed unsorted", signed(text, unsorted(data)), "40002"},
		{"signed with escapes", signed(text, strings.ReplaceAll(text, "<", `\u003c`)), "40002"},
		{"signed with \\/", signed(text, strings.ReplaceAll(text, "/", `\/`)), "40002"},
		{"line break in the signature", replace(`"sign":"`, `"sign":"\n`), "40002"},
	} {
		if a := tl.send(path, v.body); a.brief() != v.want {
			t.Errorf("%s: %v", v.name, a)
		}
	}
	if a := tl.send(path, []byte(body), func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }); a.brief() != "40001" {
		t.Error(a)
	}
	for _, gone := range []string{"/v3/trade/payment/scanpay/close", "/v5/trade/payment/micropay", "/v2/trade/check/replay", path + "?a=1", path + "/"} {
		if a := tl.send(gone, []byte(body)); a.status != 404 {
			t.Error(gone, a)
		}
	}
	if a := tl.send(path, []byte(body), func(r *http.Request) { r.Method = "GET" }); a.status != 404 {
		t.Error(a)
	}
	// What was signed counts, and not how it is written.
	if a := tl.send(path, signed(strings.ReplaceAll(unsorted(data), "/", `\/`), text)); a.brief() != "00000000 S raw" {
		t.Error(a)
	}
}

type rawText string

func (r rawText) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// unsorted is data with its last field first.
func unsorted(data bag) string {
	text := string(plain(data))
	last := strings.LastIndex(text, `,"trans_amt"`)
	return "{" + text[last+1:len(text)-1] + "," + text[1:last] + "}"
}

func TestHuifuKeepsMerchantsApart(t *testing.T) {
	tl := newHuifuTill(t)
	paid := tl.pay("A1", tl.code("00"))
	ask := bag{"huifu_id": "6666000000000003", "org_req_date": tl.today(), "org_req_seq_id": "A1"}
	tl.want(tl.call("/v3/trade/payment/scanpay/query", ask), "23000001 raw")
	byID := ask.with("org_req_seq_id", nil, "org_hf_seq_id", paid.data["hf_seq_id"])
	tl.want(tl.call("/v3/trade/payment/scanpay/query", byID), "23000002 raw")
	tl.want(tl.call("/v3/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today()}), "21000000 raw")
	tl.want(tl.call("/v3/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_seq_id": "A1"}), "21000000 raw")
	tl.want(tl.call("/v3/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today(), "out_ord_id": paid.data["out_trans_id"]}), "00000000 S raw")
	tl.want(tl.call("/v3/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today(), "org_req_seq_id": "A1", "org_hf_seq_id": "x"}), "21000000 raw")
}

// TestHuifuFaults: the shared faults and switches hold for Huifu's calls.
func TestHuifuFaults(t *testing.T) {
	tl := newHuifuTill(t)
	f := tl.box.Faults()
	tl.pay("A1", tl.code("03"))
	add := func(fault sandbox.Fault) {
		t.Helper()
		if _, err := f.Add(fault); err != nil {
			t.Fatal(err)
		}
	}
	tl.clock.pass(time.Minute)
	add(sandbox.Fault{Call: sandbox.Close, Times: 1, What: sandbox.DropBefore})
	if a := tl.close("A1"); a.err == nil {
		t.Error(a)
	}
	add(sandbox.Fault{Call: sandbox.Prepare, Times: 1, What: sandbox.Answer, Status: 502, Body: "<html>"})
	if a := tl.prepare("A2", "oA"); a.status != 502 || a.data != nil {
		t.Error(a)
	}
	v4 := tl.own("A3", "trade_type", "A_NATIVE", "trans_amt", "1.00", "goods_desc", "x")
	add(sandbox.Fault{Call: sandbox.Prepare, Times: 1, What: sandbox.DropAfter})
	if a := tl.call("/v4/trade/payment/create", v4); a.err == nil {
		t.Error(a)
	}
	tl.want(tl.ask("A3"), "00000000 P raw")
	add(sandbox.Fault{Call: sandbox.Query, Times: 1, What: sandbox.Answer, Status: 200, Code: "23000001"})
	tl.want(tl.ask("A3"), "23000001 raw")
	add(sandbox.Fault{Call: sandbox.CloseQuery, Times: 1, What: sandbox.Unsorted})
	tl.want(tl.close("A1"), "00000000 S raw")
	tl.want(tl.askClose("A1"), "00000000 S sorted")
	f.PlatformBusy(true)
	tl.want(tl.ask("A3"), "20000")
	f.Clear()
	f.AnswerLost(true)
	if a := tl.pay("B1", tl.code("00")); a.err == nil {
		t.Error(a)
	}
	f.Clear()
	tl.want(tl.ask("B1"), "00000000 S raw")
	f.NetworkDown(true)
	if a := tl.ask("B1"); a.err == nil {
		t.Error(a)
	}
	f.Clear()
	f.ClockOffset(13 * time.Hour) // it is tomorrow there: a till that is right cannot pay
	tl.want(tl.pay("B2", tl.code("00")), "10000000 raw")
	f.Clear()
	for _, r := range tl.box.Books().Requests {
		if strings.HasPrefix(r.Path, "/v2/trade/payment/scanpay/closequery") && r.Call != sandbox.CloseQuery {
			t.Errorf("%+v", r)
		}
	}
}
