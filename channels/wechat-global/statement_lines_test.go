package wechatglobal

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

var _ channels.StatementReader = (*Channel)(nil)

// The platform's titles and their order are §10.1's.
const statementHead = "`transaction time,`official account id,`vendor id,`sub vendor id,`device no,`WeChat order no,`vendor order no,`user id," +
	"`trade type,`trade state,`bank,`top-up-voucher currency,`top-up-voucher amount,`voucher currency,`voucher amount,`WeChat refund no," +
	"`merchant refund no,`refund type,`refund status,`commodity name,`merchant data,`service fee,`rate,`priced currency,`order amount," +
	"`payer currency,`payer amount,`settlement currency,`settlement order amount,`payment rate,`refund rate,`applied refund amount," +
	"`user refund currency,`user refund amount,`refund settlement currency,`refund settlement amount,`top-up voucher refund,`voucher refund\r\n"

// statementRow writes the cells of a line that are read.
func statementRow(at, id, no, state, refundID, refund, status, currency, amount, back string) string {
	cells := make([]string, 38)
	cells[0], cells[5], cells[6], cells[9], cells[15], cells[16], cells[18] = at, id, no, state, refundID, refund, status
	cells[19], cells[23], cells[24], cells[31] = "tea, green", currency, amount, back
	return "`" + strings.Join(cells, ",`") + "\r\n"
}

const statementDay = "2026-11-23 "

func TestReadStatement(t *testing.T) {
	c := &Channel{}
	file := "\xef\xbb\xbf" + statementHead +
		statementRow(statementDay+"10:00:00", "4200001", "A1", "SUCCESS", "", "", "", "HKD", "88.00", "") +
		statementRow(statementDay+"10:01:00", "4200002", "A2", "SUCCESS", "0", "0", "", "JPY", "100", "0") +
		statementRow(statementDay+"11:00:00", "4200001", "A1", "REFUND", "5030001", "F1", "PROCESSING", "HKD", "88.00", "8.5") +
		statementRow(statementDay+"12:00:00", "4200001", "A1", "REFUND", "5030002", "F2", "REFUND_CLOSE", "HKD", "88.00", "1.00") +
		statementRow(statementDay+"13:00:00", "4200003", "A3", "REVOKED", "", "", "", "HKD", "5.00", "5.00") +
		"\r\nTotal transactions,Total\r\n`5,`88.00\r\n"
	lines, err := c.ReadStatement(channels.Statement{Body: []byte(file)})
	if err != nil || len(lines) != 5 {
		t.Fatalf("%+v, %v", lines, err)
	}
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour-8, minute, 0, 0, time.UTC) }
	for i, want := range []channels.Line{
		{Kind: channels.PaymentLine, OutTradeNo: "A1", PlatformID: "4200001", Amount: channels.Money{Amount: 8800, Currency: "HKD"}, Status: "SUCCESS", At: at(10, 0)},
		{Kind: channels.PaymentLine, OutTradeNo: "A2", PlatformID: "4200002", Amount: channels.Money{Amount: 100, Currency: "JPY"}, Status: "SUCCESS", At: at(10, 1)},
		{Kind: channels.RefundLine, OutTradeNo: "A1", RefundNo: "F1", PlatformID: "5030001", Amount: channels.Money{Amount: 850, Currency: "HKD"}, Status: "PROCESSING", At: at(11, 0)},
		{Kind: channels.RefundLine, OutTradeNo: "A1", RefundNo: "F2", PlatformID: "5030002", Amount: channels.Money{Amount: 100, Currency: "HKD"}, Status: "REFUND_CLOSE", Void: true, At: at(12, 0)},
		{Kind: channels.RefundLine, OutTradeNo: "A3", Amount: channels.Money{Amount: 500, Currency: "HKD"}, Status: "REVOKED", At: at(13, 0)},
	} {
		got := lines[i]
		if !got.At.Equal(want.At) {
			t.Errorf("line %d at %s", i, got.At)
		}
		if got.At = want.At; got != want {
			t.Errorf("line %d is %+v, want %+v", i, got, want)
		}
	}
}

// Without a point anywhere amounts are in the minor unit; columns may move.
func TestReadStatementByTitleAndPoint(t *testing.T) {
	const file = "order amount,Vendor Order No,trade state,merchant refund no,applied refund amount,priced currency,refund status,WeChat refund no,WeChat order no,transaction time\n" +
		"888,A1,SUCCESS,,,HKD,,,4200001,2026-11-23 10:00:00\n"
	lines, err := (&Channel{}).ReadStatement(channels.Statement{Body: []byte(file)})
	if err != nil || len(lines) != 1 || lines[0].Amount.Amount != 888 || lines[0].OutTradeNo != "A1" {
		t.Errorf("%+v, %v", lines, err)
	}
	for _, empty := range []string{"", "\r\n", statementHead} {
		if lines, err := (&Channel{}).ReadStatement(channels.Statement{Body: []byte(empty)}); err != nil || len(lines) != 0 {
			t.Errorf("%q: %+v, %v", empty, lines, err)
		}
	}
}

func TestStatementThatCannotBeRead(t *testing.T) {
	good := statementRow(statementDay+"10:00:00", "4200001", "A1", "SUCCESS", "", "", "", "HKD", "88.00", "")
	for name, file := range map[string]string{
		"other titles":    "a,b\r\n`1,`2\r\n",
		"title twice":     strings.Replace(statementHead, "`bank", "`order amount", 1) + good,
		"page":            "<html><body>portal</body></html>",
		"noise":           "\xff\xfe\x00",
		"amount":          statementHead + strings.Replace(good, "88.00", "88.005", 1),
		"no amount":       statementHead + strings.Replace(good, "88.00", "", 1),
		"minus":           statementHead + strings.Replace(good, "88.00", "-88.00", 1),
		"float":           statementHead + strings.Replace(good, "88.00", "8.8e1", 1),
		"currency":        statementHead + strings.Replace(good, "HKD", "元", 1),
		"no number":       statementHead + strings.Replace(good, "`A1,", "`,", 1),
		"number":          statementHead + strings.Replace(good, "`A1,", "`A 1,", 1),
		"state":           statementHead + strings.Replace(good, "SUCCESS", "PERHAPS", 1),
		"refund's status": statementHead + statementRow(statementDay+"10:00:00", "4200001", "A1", "REFUND", "5", "F1", "PERHAPS", "HKD", "88.00", "1.00"),
		"a cell lost":     statementHead + good + strings.Replace(good, ",`SUCCESS", "", 1),
	} {
		lines, err := (&Channel{}).ReadStatement(channels.Statement{Body: []byte(file)})
		if !errors.Is(err, channels.ErrNotReadable) || lines != nil {
			t.Errorf("%s: %+v, %v", name, lines, err)
		}
	}
}

// Whatever is in a file: a line has a number, a currency and an amount that the
// file really holds, or there are no lines.
func FuzzStatementLines(f *testing.F) {
	f.Add([]byte(statementHead + statementRow(statementDay+"10:00:00", "4200001", "A1", "SUCCESS", "", "", "", "HKD", "88.00", "")))
	f.Add([]byte(statementHead + statementRow(statementDay+"11:00:00", "4200001", "A1", "REFUND", "5030001", "F1", "SUCCESS", "HKD", "88.00", "8.5")))
	f.Add([]byte("`a,`b\r\n`1,`2\r\n"))
	c := &Channel{}
	f.Fuzz(func(t *testing.T, body []byte) {
		lines, err := c.ReadStatement(channels.Statement{Body: body})
		for _, l := range lines {
			if err != nil || l.Amount.Amount < 0 || len(l.Amount.Currency) != 3 || l.OutTradeNo == "" || l.Kind != channels.PaymentLine && l.Kind != channels.RefundLine {
				t.Errorf("%+v, %v", l, err)
			}
		}
	})
}
