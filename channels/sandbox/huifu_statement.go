package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Rules of §13, in Beijing.
const (
	huifuStatementsADay = 3
	huifuStatementDays  = 366
	huifuFilePath       = "/huifu/files/"
	huifuFileLife       = time.Hour // "download links expire": how soon is not said
	huifuZipMedia       = "application/zip"
)

// huifuBill is a kind of statement: when its run begins, and when it is there.
type huifuBill struct {
	runs, ready time.Duration // of file_date
	month       bool
	name        string // of its files
}

// huifuBills are §13's kinds. Those of a month are there on the 2nd (ASSUMED).
func huifuBills() map[string]huifuBill {
	return map[string]huifuBill{
		"TRADE_BILL":        {3 * time.Hour, 12 * time.Hour, false, "order"},
		"SPLIT_BILL":        {3 * time.Hour, 12 * time.Hour, false, "split"},
		"WITHDRAWAL_BILL":   {10*time.Hour + 30*time.Minute, 11*time.Hour + 30*time.Minute, false, "outcash"},
		"SETTLE_BILL":       {17 * time.Hour, 18 * time.Hour, false, "settle"},
		"TRADE_BILL_MONTH":  {24 * time.Hour, 36 * time.Hour, true, "order"},
		"SETTLE_BILL_MONTH": {24 * time.Hour, 36 * time.Hour, true, "settle"},
	}
}

// huifuFile is behind a download link until it expires.
type huifuFile struct {
	zip     []byte
	expires time.Time
}

// prepareStatement is §13.
func (h *huifu) prepareStatement(c *huifuCall) (huifuPlan, *huifuRefusal) {
	fileDate, _ := time.ParseInLocation("20060102", c.values["file_date"], beijing)
	host := c.host
	if host == "" {
		host = "localhost"
	}
	return huifuPlan{book: func(now time.Time) huifuDraft {
		key := c.shop.id + "/" + h.today(now)
		if h.asked[key]++; h.asked[key] > huifuStatementsADay {
			return huifuRefuse("20000001", "当前huifuId请求过于频繁").draft()
		}
		earliest := time.Duration(0)
		if h.s.cfg.EarlyStatements {
			earliest = -24 * time.Hour // file_date is the day behind the trades'
		}
		if age := now.Sub(fileDate); age < earliest || age > huifuStatementDays*24*time.Hour {
			return huifuRefuse("10000000", "参数格式错误: file_date is not of the last year").draft()
		}
		return h.statement(c, fileDate, now, host)
	}}, nil
}

func (h *huifu) statement(c *huifuCall, fileDate, now time.Time, host string) huifuDraft {
	kind := c.values["bill_type"]
	bill := huifuBills()[kind]
	from, to := fileDate.AddDate(0, 0, -1), fileDate
	if bill.month {
		to = time.Date(fileDate.Year(), fileDate.Month(), 1, 0, 0, 0, 0, beijing)
		from = to.AddDate(0, -1, 0)
	}
	task := map[string]any{
		"data_date": huifuDay(from), "bill_type": kind,
		"task_start_time": huifuStamp(to.Add(bill.runs)), "task_end_time": huifuStamp(to.Add(bill.ready)),
	}
	files := []any{}
	age := now.Sub(to)
	if h.s.cfg.EarlyStatements {
		age = max(age, bill.ready)
	}
	switch {
	case age < bill.runs:
		task["task_stat"] = huifuInitial
	case age < bill.ready:
		task["task_stat"] = huifuWaiting
	default:
		task["task_stat"] = huifuDone
		base := huifuDay(from) + "_" + c.shop.id + "_" + bill.name
		if zip := huifuZip(base, h.lines(c.shop, bill, from, to, now), h.rowCap); zip != nil {
			files = append(files, map[string]any{
				"download_url": "https://" + host + h.publish(zip, now), "file_date": c.values["file_date"], "bill_type": kind,
				"file_id": h.nextID(now), "file_name": base + ".zip", "huifu_id": c.shop.id,
			})
		}
	}
	return huifuDraft{status: http.StatusOK, data: map[string]any{
		"resp_code": "00000000", "resp_desc": "查询成功", "file_details": files, "task_details": []any{task},
	}}
}

// lines are the rows of a statement below its header; nil when there are none.
func (h *huifu) lines(shop *huifuShop, bill huifuBill, from, to, now time.Time) [][]string {
	in := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	rows, net := [][]string{huifuTitles()}, int64(0)
	for _, o := range h.list {
		if o.shop != shop {
			continue
		}
		o.settle(now)
		settled := bill.name != "settle" || o.stat == huifuDone && o.booked() == huifuDone
		if !o.open() && in(o.ended) && settled {
			rows = append(rows, o.line())
			net += o.charged()
		}
		for _, r := range o.refunds {
			if r.stat != huifuWaiting && in(r.ended) && (bill.name != "settle" || r.stat == huifuDone) {
				rows = append(rows, r.line())
			}
		}
	}
	switch {
	case bill.name == "split" || len(rows) == 1: // nobody splits here
		return nil
	case bill.name == "outcash" && net <= 0:
		return nil
	case bill.name == "outcash":
		return [][]string{{"出金日期", "商户号", "出金流水号", "出金金额", "出金状态"},
			{huifuDay(to), shop.id, huifuDay(to) + shop.id, yuan(net), "成功"}}
	}
	return rows
}

// publish puts a file behind a link that nobody can guess.
func (h *huifu) publish(zip []byte, now time.Time) string {
	for path, f := range h.files {
		if f.expires.Before(now) {
			delete(h.files, path)
		}
	}
	path := huifuFilePath + h.nonce(32) + ".zip"
	h.files[path] = huifuFile{zip, now.Add(huifuFileLife)}
	return path
}

// download is the link's other end. It is no call of the interface, and signs
// nothing.
func (h *huifu) download(x *exchange, entry *Request) huifuDraft {
	path, _, _ := strings.Cut(x.uri, "?")
	f, known := h.files[path]
	if !known || f.expires.Before(x.at) || x.method != http.MethodGet {
		entry.Outcome = NotAccepted
		return huifuDraft{status: http.StatusNotFound, media: "text/html", body: []byte(huifuNotFoundHTML)}
	}
	return huifuDraft{status: http.StatusOK, media: huifuZipMedia, body: slices.Clone(f.zip)}
}
