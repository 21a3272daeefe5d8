package sandbox_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

func (tl *huifuTill) statement(bill, fileDate string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v2/trade/check/filequery", tl.own(tl.number("F"), "file_date", fileDate, "bill_type", bill))
}

// state is the task's and how many files there are.
func (a huifuAnswer) state() string {
	tasks, _ := a.data["task_details"].([]any)
	files, _ := a.data["file_details"].([]any)
	if len(tasks) != 1 {
		return a.brief()
	}
	return fmt.Sprint(tasks[0].(map[string]any)["task_stat"], " ", len(files))
}

// rows downloads the first file and reads its only CSV, by title.
func (tl *huifuTill) rows(a huifuAnswer) []map[string]string {
	tl.t.Helper()
	file := a.data["file_details"].([]any)[0].(map[string]any)
	res, err := tl.web.Get(file["download_url"].(string))
	if err != nil || res.StatusCode != 200 {
		tl.t.Fatal(err, res)
	}
	body, _ := io.ReadAll(res.Body)
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		tl.t.Fatal(err)
	}
	if want := strings.Replace(file["file_name"].(string), ".zip", "_1.csv", 1); len(z.File) != 1 || z.File[0].Name != want {
		tl.t.Fatal(z.File[0].Name, want)
	}
	f, _ := z.File[0].Open()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tl.t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, title := range lines[0] {
			row[title] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestHuifuStatement(t *testing.T) {
	tl := newHuifuTill(t)
	tl.pay("A1", tl.code("00"))
	tl.pay("A2", tl.code("22"))
	tl.pay("A3", tl.code("03"))
	tl.refund("A1", "R1", "3.00")
	tl.clock.pass(10 * time.Minute)
	if got := tl.statement("TRADE_BILL", "20261125").brief(); got != "10000000 raw" { // not before that day
		t.Error(got)
	}
	midnight := noon.Add(12 * time.Hour)
	at := func(d time.Duration) { t.Helper(); tl.clock.pass(midnight.Add(d).Sub(tl.clock.Now())) }
	for _, v := range []struct {
		at         time.Duration
		bill, want string
	}{
		{2 * time.Hour, "TRADE_BILL", "I 0"},
		{11*time.Hour + 59*time.Minute, "TRADE_BILL", "P 0"},
		{12 * time.Hour, "TRADE_BILL", "S 1"},
		{12*time.Hour + time.Minute, "SPLIT_BILL", "20000001 raw"}, // the fourth that day
	} {
		at(v.at)
		if got := tl.statement(v.bill, "20261125").state(); got != v.want {
			t.Error(v, got)
		}
	}
	at(24*time.Hour + time.Hour)
	a := tl.statement("TRADE_BILL", "20261125")
	var got []string
	for _, row := range tl.rows(a) {
		got = append(got, strings.Join([]string{row["请求流水号"], row["交易类型"], row["交易金额"], row["交易状态"], row["原请求流水号"]}, " "))
	}
	want := "A1 T_MICROPAY 8.88 成功 |R1 TRANS_REFUND 3.00 成功 A1|A2 T_MICROPAY 8.88 失败 |A3 T_MICROPAY 8.88 失败 "
	if strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
	if rows := tl.rows(tl.statement("SETTLE_BILL", "20261125")); len(rows) != 2 {
		t.Error(rows)
	}
	if got := tl.statement("SPLIT_BILL", "20261125").state(); got != "S 0" { // no file, and the task is done
		t.Error(got)
	}
	link := a.data["file_details"].([]any)[0].(map[string]any)["download_url"].(string)
	tl.box.Faults().Add(sandbox.Fault{Call: sandbox.StatementDownload, Times: 1, What: sandbox.HashMismatch})
	if _, err := zip.NewReader(strings.NewReader(get(t, tl.web, link, 200)), 0); err == nil {
		t.Error("a spoilt file opens")
	}
	tl.clock.pass(61 * time.Minute)
	get(t, tl.web, link, 404) // links expire
	get(t, tl.web, "https://api.huifu.com/huifu/files/x.zip", 404)
	at(48 * time.Hour)
	if rows := tl.rows(tl.statement("WITHDRAWAL_BILL", "20261125")); rows[0]["出金金额"] != "5.88" {
		t.Error(rows)
	}
	if got := tl.statement("TRADE_BILL", "20261126").state(); got != "S 0" {
		t.Error(got)
	}
	at(8 * 24 * time.Hour) // the 2nd of December was yesterday
	if rows := tl.rows(tl.statement("TRADE_BILL_MONTH", "20261203")); len(rows) != 4 {
		t.Error(rows)
	}
	at(400 * 24 * time.Hour)
	if got := tl.statement("TRADE_BILL", "20261125").brief(); got != "10000000 raw" {
		t.Error(got)
	}
}

func get(t *testing.T, web *http.Client, link string, status int) string {
	t.Helper()
	res, err := web.Get(link)
	if err != nil || res.StatusCode != status {
		t.Fatal(err, res)
	}
	body, _ := io.ReadAll(res.Body)
	return string(body)
}

func TestHuifuTillChannel(t *testing.T) {
	tl := newHuifuTill(t)
	text := tl.box.TillChannel("huifu", "https://127.0.0.1:8443")
	for _, want := range []string{`driver = "huifu"`, `endpoint = "https://127.0.0.1:8443"`, `sys_id = "6666000000000001"`, `product_id = "TESTP"`,
		`huifu_id = "6666000000000002"`, `private_key_file = "keys/huifu_private.pem"`, `platform_public_key_file = "keys/huifu_platform.pem"`} {
		if !strings.Contains(text, want) {
			t.Error("no", want, "in", text)
		}
	}
	for name, key := range tl.box.TillFiles("huifu") {
		if !strings.Contains(text, name) || len(key) == 0 {
			t.Error(name)
		}
	}
	if tl.box.TillChannel("nobody", "https://127.0.0.1:8443") != "" || tl.box.TillFiles("nobody") != nil {
		t.Error("a channel of nobody")
	}
}
