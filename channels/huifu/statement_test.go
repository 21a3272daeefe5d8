package huifu

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tillpay/channels"
	"tillpay/channels/wire"
)

func zipOf(t testing.TB, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const testCSV = "交易日期,请求流水号,交易类型,交易金额,交易状态\n20261121,`2026112100010000112345678901,微信反扫,0.01,成功\n20261121,R1,退款,-1.50,成功\n"

// bank answers filequery with data and every other host with file.
func bank(t testing.TB, data, file string) func(*http.Request, string) (int, string) {
	return func(r *http.Request, _ string) (int, string) {
		if r.URL.Host == "api.huifu.com" {
			return 200, sealedReply(t, data)
		}
		return 200, file
	}
}

const oneFile = `{"resp_code":"00000000","file_details":[{"download_url":"https://files.example/a.zip?k=1%2B2","file_date":"20261122","bill_type":"TRADE_BILL","huifu_id":"6666000000000002"}]}`

var yesterday = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// afternoon is when the day before's trades are there.
func afternoon(c *Channel, p *platform) {
	p.date = time.Date(2026, 11, 22, 12, 0, 1, 0, beijing)
	c.clock = wire.NewClock(func() time.Time { return p.date })
}

func TestStatement(t *testing.T) {
	file := zipOf(t, "20261121_6666_x_1.csv", testCSV)
	c, p := newChannel(t, bank(t, oneFile, file))
	if _, err := c.Statement(context.Background(), yesterday); !errors.Is(err, channels.ErrNotReady) || len(p.seen) != 0 {
		t.Errorf("in the morning: %v, sent %v", err, p.seen)
	}
	afternoon(c, p)
	s, err := c.Statement(context.Background(), yesterday)
	if err != nil || string(s.Body) != file || s.Name != "huifu-6666000000000002-TRADE_BILL-20261121.zip" {
		t.Errorf("%s, %d bytes, %v", s.Name, len(s.Body), err)
	}
	if !strings.Contains(p.seen[0], `"bill_type":"TRADE_BILL","file_date":"20261122"`) || p.seen[1] != "GET https://files.example/a.zip?k=1%2B2 " {
		t.Errorf("sent %v", p.seen)
	}
	lines, err := c.Lines(s)
	if err != nil || len(lines) != 2 || lines[0] != (Line{"2026112100010000112345678901", cny(1), "成功", "微信反扫"}) || lines[1].Amount.Amount != -150 {
		t.Errorf("lines %+v, %v", lines, err)
	}
	if lines, err := c.Lines(channels.Statement{}); lines != nil || err != nil {
		t.Errorf("of nothing: %v, %v", lines, err)
	}
}

// The four kinds of the seed, and the months', by their file_date.
func TestBillDates(t *testing.T) {
	day := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC) // its calendar date counts
	for kind, want := range map[string]string{
		"TRADE_BILL": "20270101120000", "SETTLE_BILL": "20270101180000", "SPLIT_BILL": "20270101120000", "WITHDRAWAL_BILL": "20270101113000",
		"SETTLE_BILL_MONTH": "20270102120000", "TRADE_BILL_MONTH": "20270102120000",
	} {
		date, ready := bills[kind].fileDate(day, 2)
		if got := ready.Format(secondForm); got != want || date != want[:8] {
			t.Errorf("%s: %s, %s", kind, date, got)
		}
	}
	c, _ := newChannel(t, always(500, ""))
	if _, err := c.Bill(context.Background(), "MERGE_BILL", day); err == nil {
		t.Error("a kind that is not one")
	}
}

func TestStatementAnswers(t *testing.T) {
	good := zipOf(t, "a.csv", testCSV)
	damaged := strings.Replace(zipOf(t, "a.csv", strings.Repeat("x", 100)), "PK\x01\x02", "PK\x01\x03", 1)
	for name, v := range map[string]struct{ data, file, want string }{
		"no trade":      {`{"resp_code":"00000000","task_details":[{"task_stat":"S"}]}`, "", ""},
		"still made":    {`{"resp_code":"00000000","task_details":[{"task_stat":"DP"}]}`, "", "not ready"},
		"no task":       {`{"resp_code":"00000000"}`, "", "not ready"},
		"failed":        {`{"resp_code":"00000000","task_details":[{"task_stat":"F"}]}`, "", "task_stat F"},
		"too often":     {`{"resp_code":"20000001","resp_desc":"当前huifuId请求过于频繁"}`, "", "three times a day"},
		"another bill":  {strings.Replace(oneFile, `"TRADE_BILL"`, `"SPLIT_BILL"`, 1), good, "bill_type"},
		"another day":   {strings.Replace(oneFile, "20261122", "20261121", 1), good, "file_date"},
		"another's":     {strings.Replace(oneFile, "6666000000000002", "1", 1), good, "huifu_id"},
		"http":          {strings.Replace(oneFile, "https:", "http:", 1), good, "not https"},
		"no address":    {strings.Replace(oneFile, "download_url", "url", 1), good, "not https"},
		"a login":       {strings.Replace(oneFile, "files.", "a:b@files.", 1), good, "not https"},
		"a page":        {oneFile, "<html>", "not a zip"},
		"truncated":     {oneFile, good[:len(good)-10], "not a zip"},
		"a damaged zip": {oneFile, damaged, "not a zip"},
	} {
		c, p := newChannel(t, bank(t, v.data, v.file))
		afternoon(c, p)
		s, err := c.Statement(context.Background(), yesterday)
		if v.want == "" && (err != nil || len(s.Body) != 0) || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("%s: %d bytes, %v", name, len(s.Body), err)
		}
	}
	c, p := newChannel(t, always(200, `{"data":`+oneFile+`}`))
	afternoon(c, p)
	if _, err := c.Statement(context.Background(), yesterday); err == nil || len(p.seen) != 1 {
		t.Errorf("unsigned: %v, %v", err, p.seen)
	}
}

// Parts of a large bill come as one zip.
func TestStatementParts(t *testing.T) {
	two := strings.Replace(oneFile, `}]`, `},{"download_url":"https://files.example/b.zip"}]`, 1)
	c, p := newChannel(t, bank(t, two, zipOf(t, "dir/", "", "dir/a.csv", testCSV)))
	afternoon(c, p)
	s, err := c.Statement(context.Background(), yesterday)
	if err != nil {
		t.Fatal(err)
	}
	if lines, err := c.Lines(s); err != nil || len(lines) != 4 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

func TestLines(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(testCSV)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		text, encoding string
		columns        map[string]string
		want           string
		lines          int
	}{
		"utf-8":       {testCSV, "auto", nil, "", 2},
		"mark":        {"\xef\xbb\xbf" + testCSV, "utf-8", nil, "", 2},
		"gbk":         {gbk, "auto", nil, "", 2},
		"gbk, said":   {gbk, "gbk", nil, "", 2},
		"gbk as utf8": {gbk, "utf-8", nil, "not UTF-8", 0},
		"noise":       {"\xff\xff\xff\xff", "auto", nil, "neither", 0},
		"other words": {strings.Replace(testCSV, "交易金额", "金额", 1), "auto", nil, "no column 交易金额", 0},
		"told":        {strings.Replace(testCSV, "交易金额", "金额", 1), "auto", map[string]string{"amount": "金额"}, "", 2},
		"empty":       {"", "auto", nil, "", 0},
		"odd amount":  {strings.Replace(testCSV, "0.01", "1e2", 1), "auto", nil, "row 2", 0},
		"short row":   {testCSV + "x\n", "auto", nil, "row 4", 0},
		"odd quotes":  {testCSV + "\"x\n", "auto", nil, "row 4", 0},
	} {
		c, _ := newChannel(t, always(500, ""), func(cfg *Config) { cfg.StatementEncoding, cfg.StatementColumns = v.encoding, v.columns })
		lines, err := c.Lines(channels.Statement{Body: []byte(zipOf(t, "a.csv", v.text))})
		if v.want == "" && (err != nil || len(lines) != v.lines) || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("%s: %d lines, %v", name, len(lines), err)
		}
	}
}
