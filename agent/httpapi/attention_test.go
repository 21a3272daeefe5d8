package httpapi

import (
	"context"
	"strings"
	"testing"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
)

// needy makes a paid sale's payment one that needs a person, as three
// contradictions would.
func (d *desk) needy(reference string) (path, id string) {
	d.t.Helper()
	path = d.sale(reference)
	d.want(200, "POST", path+"/scan", `{"code":"`+goodCode+`"}`)
	v := d.until(path, func(v map[string]any) bool { return v["receipt"] == "printed" })
	order := v["payments"].([]any)[0].(map[string]any)["out_trade_no"].(string)
	err := d.Till.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		n, err := ledger.ParseSaleID(v["id"].(string))
		if err != nil {
			return err
		}
		for _, s := range []string{`UPDATE payment SET state = 'attention' WHERE out_trade_no = ?`, `UPDATE sale SET state = 'open', paid_by = '' WHERE n = (SELECT sale FROM payment WHERE out_trade_no = ?)`} {
			if _, err := tx.Exec(s, order); err != nil {
				return err
			}
		}
		return tx.Raise(ledger.Matter{Kind: payment.MatterPayment, Number: order, Sale: n}, 0)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	matters := d.want(200, "GET", "/v1/attention", "")["matters"].([]any)
	return path, matters[len(matters)-1].(map[string]any)["id"].(string)
}

func TestAttentionFromRaisedToClosed(t *testing.T) {
	d := openDesk(t, setup{})
	if got := d.want(200, "GET", "/v1/attention", "")["matters"].([]any); len(got) != 0 {
		t.Fatalf("%v", got)
	}
	path, id := d.needy("r1")
	if v := d.want(200, "GET", "/v1/status", ""); v["attention"] != 1.0 {
		t.Errorf("%v", v["attention"])
	}
	a := d.call("GET", "/v1/attention", "", "Accept-Language", "zh-HK")
	if !strings.Contains(a.text, "平台回覆：已付款。") || !strings.Contains(a.text, `"standing":"confirm"`) {
		t.Error(a.text)
	}
	call := "/v1/attention/" + id + "/resolve"
	refused(t, "no note", d.call("POST", call, `{"choice":"paid"}`), 422, "invalid_value", "note")
	refused(t, "no choice", d.call("POST", call, `{"note":"x"}`), 422, "invalid_value", "choice")
	refused(t, "a confirm that is none", d.call("POST", call, `{"choice":"paid","note":"x","confirm":"yes"}`), 400, "wrong_type", "confirm")
	refused(t, "another id", d.call("POST", "/v1/attention/a9/resolve", `{"choice":"paid","note":"x"}`), 404, "not_found", "")
	refused(t, "no id", d.call("POST", "/v1/attention/x/resolve", `{"choice":"paid","note":"x"}`), 404, "not_found", "")
	refused(t, "against the platform", d.call("POST", call, `{"choice":"revoked","note":"x"}`), 409, "confirmation_needed", "")
	for range 2 {
		if v := d.want(200, "POST", call, `{"choice":"paid","note":"seen in the console","by":"Chan"}`); v["by"] != "Chan (pos)" || v["choice"] != "paid" {
			t.Errorf("%v", v)
		}
	}
	refused(t, "another choice", d.call("POST", call, `{"choice":"revoked","note":"x","confirm":true}`), 409, "attention_closed", "")
	if v := d.want(200, "GET", path, ""); v["state"] != "paid" {
		t.Errorf("%v", v["state"])
	}
	if v := d.want(200, "GET", "/v1/status", ""); v["attention"] != 0.0 {
		t.Errorf("%v", v["attention"])
	}
}

func TestAttentionIsAnEvent(t *testing.T) {
	d := openDesk(t, setup{})
	_, id := d.needy("r1")
	d.want(200, "POST", "/v1/attention/"+id+"/resolve", `{"choice":"paid","note":"so"}`)
	var told []string
	d.hear(func(all []heard) bool {
		if len(all) == 0 || all[len(all)-1].name != "attention" {
			return false
		}
		e := all[len(all)-1]
		m := e.data["matter"].(map[string]any)
		if e.id == 0 || e.data["sale"] == nil || m["matter"] != id || m["kind"] != "payment" {
			t.Errorf("%+v", e)
		}
		if what := e.data["what"].(string); len(told) == 0 || told[len(told)-1] != what {
			told = append(told, what)
		}
		return len(told) == 2
	}, "?last_event_id=0")
	if strings.Join(told, " ") != "raised closed" {
		t.Error(told)
	}
}

func TestNothingToScan(t *testing.T) {
	d := openDesk(t, setup{})
	refused(t, "no order", d.call("POST", d.sale("r1")+"/print-order", ""), 409, "nothing_to_scan", "")
	refused(t, "no channel that prepares", d.call("POST", "/v1/sales/s1/prepare", `{"channel":"wechat","print":1}`), 400, "wrong_type", "print")
}
