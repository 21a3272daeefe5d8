package httpapi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// accountant is a platform that gives statements.
type accountant struct {
	*platform
	lines         []channels.Line
	fetch, unread error
}

func (p *accountant) Sheet() channels.Sheet {
	s := p.platform.Sheet()
	s.Statement = true
	return s
}

func (p *accountant) Statement(_ context.Context, day time.Time) (channels.Statement, error) {
	return channels.Statement{Name: "day-" + day.Format("20060102") + ".csv", Body: []byte("x")}, p.fetch
}

func (p *accountant) ReadStatement(channels.Statement) ([]channels.Line, error) {
	return p.lines, p.unread
}

const pastDay = "/v1/days/2026-07-28"

func TestDayAndReconcile(t *testing.T) {
	p := &accountant{}
	d := openDesk(t, setup{channel: func(plain *platform) channels.Channel { p.platform = plain; return p }})
	if v := d.want(200, "GET", pastDay, ""); len(v["totals"].([]any)) != 0 || v["time_zone"] != "UTC" {
		t.Error(v)
	}
	payment := d.want(200, "GET", d.pays("r1", goodCode), "")["payments"].([]any)[0].(map[string]any)
	day, _, _ := strings.Cut(payment["paid_at"].(string), "T")
	total := d.want(200, "GET", "/v1/days/"+day, "")["totals"].([]any)[0].(map[string]any)
	if total["channel"] != "wechat" || total["payments"] != 1.0 || total["paid"] != 8800.0 {
		t.Error(total)
	}

	p.lines = []channels.Line{{Kind: channels.RefundLine, OutTradeNo: "W1", RefundNo: "W2", Amount: channels.Money{Amount: 500, Currency: "HKD"}, Status: "SUCCESS"}}
	for _, body := range []string{"", `{}`, `{"channel":"wechat"}`} {
		v := d.want(200, "POST", pastDay+"/reconcile", body)
		c := v["channels"].([]any)[0].(map[string]any)
		row := c["rows"].([]any)[0].(map[string]any)
		if v["time_zone"] != "Asia/Shanghai" || c["only_there"] != 1.0 || c["file"] != "day-20260728.csv" || row["finding"] != "refund_foreign" || row["here"] != nil {
			t.Error(v)
		}
	}
}

func TestReconcileRefused(t *testing.T) {
	p := &accountant{}
	d := openDesk(t, setup{channel: func(plain *platform) channels.Channel { p.platform = plain; return p }})
	refused := func(path, body string, status int, code string) {
		t.Helper()
		if v := d.want(status, "POST", path, body); v["code"] != code {
			t.Errorf("%s %s: %v", path, body, v)
		}
	}
	refused(pastDay+"/reconcile", `{"channel":"none"}`, 422, "invalid_value")
	refused(pastDay+"/reconcile", `{"chanel":"wechat"}`, 400, "unknown_field")
	refused("/v1/days/2026-13-01/reconcile", "", 400, "invalid_parameter")
	refused("/v1/days/2999-01-01/reconcile", "", 409, "not_ready")
	if v := d.want(400, "GET", "/v1/days/today", ""); v["code"] != "invalid_parameter" || v["field"] != "date" {
		t.Error(v)
	}
	p.fetch = channels.ErrNotReady
	refused(pastDay+"/reconcile", "", 409, "not_ready")
	p.fetch = errors.New("statement: no route to host")
	refused(pastDay+"/reconcile", "", 502, "statement_failed")
	p.fetch, p.unread = nil, channels.ErrNotReadable
	refused(pastDay+"/reconcile", "", 502, "statement_unreadable")
	if b, err := os.ReadFile(filepath.Join(filepath.Dir(d.Till.DB.Path()), "statements", "day-20260728.csv")); err != nil || string(b) != "x" {
		t.Errorf("the file was not kept: %q, %v", b, err)
	}

	plain := openDesk(t, setup{})
	if v := plain.want(422, "POST", pastDay+"/reconcile", ""); v["code"] != "no_statement" {
		t.Error(v)
	}
	if a := plain.ask("POST", pastDay+"/reconcile", ""); a.StatusCode != 401 {
		t.Error(a.StatusCode)
	}
}
