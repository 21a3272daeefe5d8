package sandbox

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"
)

// FuzzHuifuEnvelope: what is taken apart has what it promises, and what is signed
// is one JSON object that says the same again.
func FuzzHuifuEnvelope(f *testing.F) {
	f.Add([]byte(`{"sys_id":"6666000000000001","product_id":"TESTP","sign":"x","data":{"huifu_id":"1","goods_desc":"\u003c奶\/茶>","n":0.00,"o":{"b":1,"a":[ ]}}}`))
	f.Add([]byte(`{"sys_id":"1","product_id":"2","sign":"3","data":{"a":"\ud83e","a":1}}`))
	f.Add([]byte(`{"sys_id":"1","product_id":"2","sign":"3","data":{"":"\u2028"}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseHuifuEnvelope(body)
		if err != nil {
			return
		}
		if e.sysID == "" || e.productID == "" || e.sign == "" || len(e.data) == 0 {
			t.Fatalf("%+v", e)
		}
		text, err := huifuSignText(e.data)
		if err != nil || !json.Valid(text) {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := readMembers(text)
		if err != nil {
			// Two names that differ only in what is no character become one.
			return
		}
		if second, err := huifuSignText(again); err != nil || string(second) != string(text) {
			t.Errorf("%s\n%s\n%v", text, second, err)
		}
		huifuForbidden(e.data)
	})
}

// FuzzHuifuData sends any data, well signed, to any call: the platform answers in
// an envelope, and books only what it says it booked.
func FuzzHuifuData(f *testing.F) {
	paths := []string{"/v3/trade/payment/micropay", "/v3/trade/payment/jspay", "/v4/trade/payment/create", "/v3/trade/payment/scanpay/query",
		"/v3/trade/payment/scanpay/refund", "/v3/trade/payment/scanpay/refundquery", "/v2/trade/payment/scanpay/close",
		"/v2/trade/check/filequery", "/v2/trade/wxusermark/query"}
	f.Add(uint8(0), []byte(`{"req_date":"20270115","req_seq_id":"1","huifu_id":"6666000000000002","trans_amt":"0.01","goods_desc":"x","auth_code":"134567890123456700","risk_check_data":"{\"ip_addr\":\"::1\"}"}`))
	f.Add(uint8(1), []byte(`{"req_date":"20270115","req_seq_id":"2","huifu_id":"6666000000000002","trans_amt":"0.01","goods_desc":"x","trade_type":"T_MINIAPP","wx_data":"{\"openid\":\"o\"}"}`))
	f.Add(uint8(2), []byte(`{"req_date":"20270115","req_seq_id":"3","huifu_id":"6666000000000002","trans_amt":"0.01","goods_desc":"x","trade_type":"A_NATIVE"}`))
	f.Add(uint8(7), []byte(`{"req_date":"20270115","req_seq_id":"4","huifu_id":"6666000000000002","file_date":"20270115","bill_type":"TRADE_BILL"}`))
	f.Add(uint8(8), []byte(`{"req_date":"20270115","req_seq_id":"5","huifu_id":"6666000000000002","auth_code":"134567890123456700"}`))
	keys := SharedKeys(f)
	box := sync.OnceValues(func() (*Sandbox, error) {
		return New(Config{Keys: keys, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	})
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		s, err := box()
		if err != nil {
			t.Fatal(err)
		}
		members, err := readMembers(data)
		if err != nil {
			return
		}
		text, err := huifuSignText(members)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := sign(s.keys.huifuMerchant, text)
		if err != nil {
			t.Fatal(err)
		}
		before := len(s.huifu.list)
		body := encode(map[string]any{"sys_id": "6666000000000001", "product_id": "TESTP", "sign": signature, "data": json.RawMessage(data)})
		r := s.answer(&exchange{method: "POST", uri: paths[int(which)%len(paths)], body: body,
			header: http.Header{"Content-Type": {"application/json"}}})
		var rep struct {
			Code string `json:"resp_code"`
			Data struct {
				Code string `json:"resp_code"`
				Stat string `json:"trans_stat"`
			} `json:"data"`
		}
		if r.fate == delivered && r.status == http.StatusOK && (json.Unmarshal(r.body, &rep) != nil || rep.Code == "40002" || rep.Code+rep.Data.Code == "") {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r.fate == delivered && len(s.huifu.list) > before && rep.Data.Stat == "" && s.log.requests[len(s.log.requests)-1].Fault == "" {
			t.Errorf("booked, and says %s", r.body)
		}
	})
}
