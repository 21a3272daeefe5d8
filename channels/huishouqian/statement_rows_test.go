package huishouqian

import (
	"archive/zip"
	"bytes"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tillpay/channels"
)

const dayFile = "汇总,2026-11-21\n商户订单号,交易订单号,交易金额(元),交易状态\n`T01-1,`HSQ1,12.30,SUCCESS\n`T01-2,`HSQ2,-0.5,SUCCESS\n合计,2\n"

func TestReadStatement(t *testing.T) {
	c, _ := newChannel(t, nil)
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(dayFile))
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	w, _ := z.Create("day.csv")
	w.Write(gbk)
	z.Close()
	for name, body := range map[string][]byte{"utf-8": []byte(dayFile), "bom": []byte("\xef\xbb\xbf" + dayFile), "gbk": gbk, "zip": zipped.Bytes()} {
		rows, err := c.readRows(channels.Statement{Body: body})
		if err != nil || len(rows) != 2 || rows[0].Number != "T01-1" || rows[0].Amount != yuan(1230) || rows[1].Amount != yuan(-50) || rows[1].Platform != "HSQ2" || rows[0].State != "SUCCESS" {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
	}
	fen := "商户订单号,交易金额\n1,1230\n"
	if rows, err := c.readRows(channels.Statement{Body: []byte(fen)}); err != nil || rows[0].Amount != yuan(1230) {
		t.Errorf("%+v, %v", rows, err)
	}
	named, _ := newChannel(t, nil, func(c *Config) { c.StatementColumns = map[string]string{"transNo": "订单", "orderAmt": "金额"} })
	if rows, err := named.readRows(channels.Statement{Body: []byte("金额,订单\n7,a\n")}); err != nil || rows[0].Number != "a" || rows[0].Amount != yuan(7) {
		t.Errorf("%+v, %v", rows, err)
	}
	for name, body := range map[string]string{
		"other header": "订单,金额\n1,2\n", "no header": "", "page": "<html>", "no amount": "商户订单号,交易金额\n1,x\n",
		"three decimals": "商户订单号,交易金额\n1,1.234\n", "no number": "商户订单号,交易金额\n,1\n", "broken zip": "PK\x03\x04xx", "noise": "\xff\xfe\x81",
	} {
		if rows, err := c.readRows(channels.Statement{Body: []byte(body)}); err == nil {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	strict, _ := newChannel(t, nil, func(c *Config) { c.StatementEncoding = "utf-8" })
	if _, err := strict.readRows(channels.Statement{Body: gbk}); err == nil {
		t.Error("GBK was taken as UTF-8")
	}
}

// No amount comes out of a cell that has none.
func FuzzStatementRows(f *testing.F) {
	f.Add([]byte(dayFile))
	f.Add([]byte("商户订单号,交易金额\n1,1230\n"))
	f.Add([]byte("PK\x03\x04"))
	c := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := c.readRows(channels.Statement{Body: body})
		for _, r := range rows {
			if err != nil || r.Number == "" || r.Amount.Currency != "CNY" {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}
