package sandbox

import (
	"archive/zip"
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Rules of §10, all of them ASSUMED, in Beijing.
const (
	hsqFileReady = 10 * time.Hour // of the next day
	hsqFileDays  = 180
	hsqFileLife  = 10 * time.Minute // of an address
)

// hsqFile is a statement behind an address.
type hsqFile struct {
	body    []byte
	media   string
	expires time.Time
}

// prepareFile is §10: the reply names where the file is fetched.
func (h *huishouqian) prepareFile(c *hsqCall) (hsqPlan, *hsqRefusal) {
	day, err := time.ParseInLocation(hsqDay, c.get("batchDate"), beijing)
	if err != nil {
		return hsqPlan{}, refuseHsqForm("batchDate", "not yyyyMMdd")
	}
	return hsqPlan{func(now time.Time) hsqDraft {
		answer := func(state, code string, more ...string) hsqDraft {
			doc := map[string]any{"batchDate": c.get("batchDate"), "orderStatus": state, "respCode": code, "respMsg": hsqWord(code)}
			for i := 0; i < len(more); i += 2 {
				doc[more[i]] = more[i+1]
			}
			return hsqResult(doc)
		}
		switch age := now.Sub(day); {
		case age < 0 || age > hsqFileDays*24*time.Hour:
			return refuseHsqForm("batchDate", "not one of the last 180 days").draft()
		case age < 24*time.Hour+hsqFileReady && !h.s.cfg.EarlyStatements:
			return answer(hsqProcessing, "100201")
		}
		csv := h.statement(c.who, day, now)
		if csv == nil {
			return answer(hsqFail, "100211")
		}
		h.seq++
		secret := h.s.wechat.nonce(32)
		h.files[secret] = hsqFile{csv, "text/csv; charset=utf-8", now.Add(hsqFileLife)}
		return answer(success, hsqPaidCode, "infoNo", strconv.Itoa(h.seq),
			"downloadUrl", "https://"+c.host+hsqFiles+secret+".csv")
	}}, nil
}

// download serves a file to whoever has its address: once more is no harm, late
// is. A fault of the statement meets the file too, since it is a call of its own.
func (h *huishouqian) download(x *exchange, entry *Request) reply {
	entry.Call = StatementFile
	secret, _ := strings.CutSuffix(strings.TrimPrefix(x.uri, hsqFiles), ".csv")
	f, ok := h.files[secret]
	if x.method != http.MethodGet || !ok || !x.at.Before(f.expires) {
		entry.Status, entry.Outcome = http.StatusNotFound, NotAccepted
		return reply{status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte("no such file\n")}
	}
	entry.Status = http.StatusOK
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {f.media}}, body: f.body}
}

// hsqColumns are the file's. ASSUMED: no page has them.
func hsqColumns() []string {
	return []string{"商户号", "门店编号", "商户订单号", "原商户订单号", "交易订单号", "渠道订单号", "交易类型", "支付方式",
		"交易金额(分)", "手续费(分)", "交易状态", "请求时间", "完成时间", "附加字段"}
}

// statement lists what was paid and what was given back on a day of Beijing. No
// rows is nil.
func (h *huishouqian) statement(who *hsqMerchant, day, now time.Time) []byte {
	var b strings.Builder
	b.WriteString("\ufeff" + strings.Join(hsqColumns(), ",") + "\r\n")
	rows := 0
	row := func(at time.Time, fields ...string) {
		if at.IsZero() || at.In(beijing).Format(hsqDay) != day.Format(hsqDay) {
			return
		}
		for i := range fields {
			fields[i] = strings.NewReplacer(",", " ", "\r", " ", "\n", " ", `"`, " ").Replace(fields[i])
		}
		b.WriteString(strings.Join(fields, ",") + "\r\n")
		rows++
	}
	stamp := func(t time.Time) string { return t.In(beijing).Format(time.DateTime) }
	for _, o := range h.list {
		if o.who != who {
			continue
		}
		o.settle(now)
		store, payType, extend := hsqText(o.doc, "subMerchantNo"), hsqText(o.doc, "payType"), hsqText(o.doc, "extend")
		row(o.paidAt, who.MchID, store, o.no, "", o.id, o.channelNo, "支付", payType,
			strconv.FormatInt(o.amount, 10), "0", o.state, stamp(o.created), stamp(o.paidAt), extend)
		for _, r := range o.refunds {
			if r.state == success {
				row(r.over, who.MchID, store, r.no, o.no, r.id, o.channelNo, "退款", payType,
					strconv.FormatInt(r.amount, 10), "0", r.state, stamp(r.created), stamp(r.over), hsqText(r.doc, "extend"))
			}
		}
	}
	if rows == 0 {
		return nil
	}
	return []byte(b.String())
}

// zipHsqFiles puts every waiting file into an archive of one: §10 allows both.
func (h *huishouqian) zipHsqFiles() {
	for secret, f := range h.files {
		if f.media == "application/zip" {
			continue
		}
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		if w, err := z.Create("trade.csv"); err == nil {
			w.Write(f.body)
		}
		z.Close()
		h.files[secret] = hsqFile{b.Bytes(), "application/zip", f.expires}
	}
}
