package sandbox

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"
)

// FuzzCheckBody: what the table lets by decodes, and has what it promises.
func FuzzCheckBody(f *testing.F) {
	f.Add([]byte(`{"sp_appid":"wxdace645e0bc2c424","sp_mchid":"10000100","sub_mchid":"20000100","description":"押金 Test","out_trade_no":"20150806125346","trade_type":"MICROPAY","merchant_category_code":"4111","payer":{"auth_code":"134650720866361395"},"amount":{"total":1,"currency":"HKD"},"scene_info":{"device_ip":"59.37.125.32"}}`), true)
	f.Add([]byte(`{"mchid":"1","appid":"2","description":"\ud83e","out_trade_no":"3","trade_type":"MICROPAY","merchant_category_code":"4111","payer":{"auth_code":"1"},"amount":{"total":1e3,"currency":"HKD"},"detail":[{"goods_detail":[{}]}]}`), false)
	f.Add([]byte(`{"a":{"b":[null]}}`), true)
	f.Add([]byte(`[]`), true)
	f.Fuzz(func(t *testing.T, body []byte, institution bool) {
		mode := Direct
		if institution {
			mode = Institution
		}
		if bad := checkBody(body, payBody(), mode); bad != nil {
			if bad.Field == "" || bad.Issue == "" || len([]rune(bad.Value)) > 256 {
				t.Errorf("%+v", bad)
			}
			return
		}
		var req payRequest
		if err := json.Unmarshal(body, &req); err != nil {
			t.Fatal(err)
		}
		if req.OutTradeNo == "" || req.Payer.AuthCode == "" || (req.MchID == "") != institution {
			t.Errorf("%+v", req)
		}
	})
}

// FuzzAuthorization: what is accepted is what was written.
func FuzzAuthorization(f *testing.F) {
	f.Add(`WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="n",timestamp="2",serial_no="S",signature="bUtp=="`)
	f.Add(`WECHATPAY2-SHA256-RSA2048 mchid="1", nonce_str="n"`)
	f.Add(`Basic x`)
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header)
		if err != nil {
			return
		}
		again := authScheme + ` signature="` + a.signature + `",serial_no="` + a.serial + `",timestamp="` + a.timestamp +
			`",nonce_str="` + a.nonce + `",mchid="` + a.mchid + `"`
		if b, err := parseAuthorization(again); err != nil || a != b {
			t.Errorf("%q: %+v, %v", header, b, err)
		}
	})
}

// FuzzAnswer sends anything anywhere: the platform answers, and books nothing
// that nobody signed.
func FuzzAnswer(f *testing.F) {
	f.Add("POST", "/v3/global/micropay/transactions/pay", "WECHATPAY2-SHA256-RSA2048 x", []byte("{}"))
	f.Add("GET", "/v3/global/transactions/out-trade-no/A%zz?sp_mchid=1&sub_mchid=%", "", []byte(nil))
	f.Add("GET", "/v3/global/refunds?offset=1", "", []byte(nil))
	keys := SharedKeys(f)
	box := sync.OnceValues(func() (*Sandbox, error) {
		return New(Config{Keys: keys, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	})
	f.Fuzz(func(t *testing.T, method, uri, auth string, body []byte) {
		s, err := box()
		if err != nil {
			t.Fatal(err)
		}
		r := s.answer(&exchange{method: method, uri: uri, body: body, header: http.Header{
			"Accept": {"*/*"}, "User-Agent": {"fuzz"}, "Content-Type": {"application/json"}, "Authorization": {auth},
		}})
		if r.status < 400 || r.status > 499 || len(s.wechat.list) > 0 {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}
