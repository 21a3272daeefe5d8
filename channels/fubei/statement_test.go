package fubei

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// books answers reconciliation and bill from rows by creation day.
type books struct {
	rows map[int][]string
	wrap func(string) string
	sums string
}

func (b books) answer(method, biz string) (int, string) {
	if method == bill {
		return 200, done(b.sums)
	}
	var q struct{ Day, Page, Limit int }
	if json.Unmarshal([]byte(biz), &q) != nil || q.Limit != pageSize {
		return 200, refusal("9996", "【无效参数】", "")
	}
	rows := b.rows[q.Day]
	from := min(len(rows), (q.Page-1)*pageSize)
	return 200, done(b.wrap("[" + strings.Join(rows[from:min(len(rows), from+pageSize)], ",") + "]"))
}

func row(n int, paid string) string {
	return fmt.Sprintf(`{"order_sn":"P%d","merchant_order_sn":"M%d","create_time":"2026-11-22 10:00:00","total_fee":12.3,"fee":"0.05","income":12.25,"store_id":1001,"cashier_id":2001,"pay_time":%s,"pay_status":1,"pay_type":1}`, n, n, paid)
}

const sums = `{"summary_num":3,"summary_total_fee":36.9,"refund_num":1,"refund_money":"2.30","list":[]}`

func TestStatement(t *testing.T) {
	late := time.Date(2026, 11, 22, 0, 0, 1, 0, beijing).Unix()
	next := time.Date(2026, 11, 23, 0, 0, 1, 0, beijing).Unix()
	many := []string{row(1, `"2026-11-22 10:00:01"`), row(2, "0"), row(3, `""`), row(4, fmt.Sprint(next))}
	for n := 100; n < 300; n++ {
		many = append(many, row(n, fmt.Sprintf(`"%d"`, late+int64(n))))
	}
	for name, wrap := range map[string]func(string) string{
		"list": func(s string) string { return s }, "object": func(s string) string { return `{"list":` + s + `,"total":9}` },
	} {
		b := books{map[int][]string{21: {row(9, fmt.Sprint(late)), row(8, fmt.Sprint(late-2)), row(7, "null")}, 22: many}, wrap, sums}
		c, p := newChannel(t, b.answer)
		got, err := c.Statement(context.Background(), time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC))
		if err != nil || got.Name != "fubei-"+testAppID+"-20261122.csv" {
			t.Fatalf("%s: %+v, %v", name, got.Name, err)
		}
		lines := strings.Split(strings.TrimSpace(string(got.Body)), "\n")
		if len(lines) != 1+1+3+200+2 || lines[0] != strings.Join(rowTitles, ",") ||
			lines[1] != fmt.Sprintf("P9,M9,2026-11-22 10:00:00,12.3,0.05,12.25,1001,2001,%d,1,1", late) ||
			lines[len(lines)-1] != "3,36.9,1,2.30" || strings.Contains(string(got.Body), "P8,") || strings.Contains(string(got.Body), "P7,") || strings.Contains(string(got.Body), "P4,") {
			t.Errorf("%s: %d lines: %s … %s", name, len(lines), lines[:3], lines[len(lines)-2:])
		}
		if len(p.seen) != 5 || p.seen[3].biz != `{"year":2026,"month":11,"day":22,"store_id":1001,"type":"1","page":3,"limit":100}` ||
			p.seen[4].biz != `{"start_time":"2026-11-22 00:00:00","end_time":"2026-11-22 23:59:59","store_id":1001,"page":1,"limit":1}` {
			t.Errorf("%s: asked %+v", name, p.seen)
		}
	}
}

func TestStatementRefused(t *testing.T) {
	empty := func(sums string) func(string, string) (int, string) {
		return books{nil, func(s string) string { return s }, sums}.answer
	}
	page := func(data string) func(string, string) (int, string) { return always(200, done(data)) }
	for _, v := range []struct {
		name   string
		answer func(string, string) (int, string)
		want   string
	}{
		{"empty day", empty(sums), ""},
		{"empty object", func(m, b string) (int, string) {
			if m == bill {
				return 200, done(sums)
			}
			return 200, done("{}")
		}, ""},
		{"not made", always(200, refusal("12012", "未生成", "")), "not ready"},
		{"refused", always(200, refusal("9996", "【无效参数】", "")), "9996"},
		{"html", always(200, "<html>"), "not the platform's"},
		{"502", always(502, "<html>"), "502"},
		{"no answer", always(0, ""), "exchange"},
		{"another shop's", page("[" + strings.Replace(row(1, "0"), "1001", "1002", 1) + "]"), "store_id"},
		{"odd amount", page("[" + strings.Replace(row(1, "0"), "12.3", `"x"`, 1) + "]"), "number or amount"},
		{"no number", page("[" + strings.Replace(row(1, "0"), `"P1"`, "null", 1) + "]"), "number or amount"},
		{"not orders", page("[1]"), "not a page"},
		{"more than a page", page("[" + strings.Repeat(row(1, "0")+",", pageSize) + row(2, "0") + "]"), "not a page"},
		{"an object", page(`{"x":1}`), "not a list"},
		{"text", page(`"x"`), "not a list"},
		{"members twice", page(`[{"order_sn":"1","order_sn":"2"}]`), "not the platform's"},
		{"no end", page("[" + strings.Repeat(row(1, "0")+",", pageSize-1) + row(2, "0") + "]"), "does not end"},
		{"no sums", empty("{}"), "summary_num"},
	} {
		c, _ := newChannel(t, v.answer)
		got, err := c.Statement(context.Background(), testNow)
		if v.want == "" && (err != nil || !strings.HasPrefix(string(got.Body), "order_sn,")) || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("%s: %+v, %v", v.name, got, err)
		}
		if (v.want == "not ready") != errors.Is(err, channels.ErrNotReady) {
			t.Errorf("%s: %v", v.name, err)
		}
	}
	c, p := newChannel(t, always(500, ""), twoMerchant)
	if _, err := c.Statement(context.Background(), testNow); err == nil || len(p.seen) != 0 {
		t.Errorf("2.0: %v", err)
	}
}
