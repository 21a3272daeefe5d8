package sandbox

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const csvMedia = "text/plain; charset=utf-8"

// Rules of §10.1, in Beijing.
const (
	statementDay   = "20060102"
	statementReady = 10 * time.Hour // of the next day
	statementDays  = 180
)

// prepareStatement is §10.1.
func (w *wechatGlobal) prepareStatement(c *call) (plan, *refusal) {
	if bad := c.queryIdentity(true, "date"); bad != nil {
		return plan{}, bad
	}
	day, err := time.ParseInLocation(statementDay, c.query.Get("date"), beijing)
	if err != nil {
		return plan{}, refuse("INVALID_REQUEST", "date is not yyyyMMdd")
	}
	return plan{book: func(now time.Time) draft {
		switch age := now.Sub(day); {
		case age < 0 || age > statementDays*24*time.Hour:
			return refuse("INVALID_REQUEST", "date is not one of the last 180 days").draft()
		case age < 24*time.Hour+statementReady && !w.s.cfg.EarlyStatements:
			return refuse("STATEMENT_CREATING", "the statement is ready at 10:00 of the next day").draft()
		}
		csv := w.statement(c.who, day, now)
		if csv == nil {
			return refuse("NO_STATEMENT_EXIST", "there was no trade that day").draft()
		}
		return csvDraft(csv)
	}}, nil
}

// csvDraft is signed over the digest in the file's place.
func csvDraft(csv []byte) draft {
	sum := sha1.Sum(csv)
	digest := hex.EncodeToString(sum[:])
	return draft{status: http.StatusOK, media: csvMedia, body: csv, sha1: digest, signed: sha1Body(digest)}
}

// sha1Body is what is signed for a statement: exactly this, without a blank.
func sha1Body(digest string) []byte { return []byte(`{"sha1":"` + digest + `"}`) }

// columns are the statement's, in the order of §10.1.
func columns() []string {
	return []string{
		"transaction time", "official account id", "vendor id", "sub vendor id", "device no",
		"WeChat order no", "vendor order no", "user id", "trade type", "trade state", "bank",
		"top-up-voucher currency", "top-up-voucher amount", "voucher currency", "voucher amount",
		"WeChat refund no", "merchant refund no", "refund type", "refund status", "commodity name",
		"merchant data", "service fee", "rate", "priced currency", "order amount", "payer currency",
		"payer amount", "settlement currency", "settlement order amount", "payment rate", "refund rate",
		"applied refund amount", "user refund currency", "user refund amount",
		"refund settlement currency", "refund settlement amount", "top-up voucher refund", "voucher refund",
	}
}

// statement lists what was paid and what was given back on a Beijing day. No
// rows is nil.
func (w *wechatGlobal) statement(who *merchant, day, now time.Time) []byte {
	var b strings.Builder
	writeRow(&b, columns())
	rows := 0
	on := func(t time.Time) bool {
		return !t.IsZero() && t.In(beijing).Format(statementDay) == day.Format(statementDay)
	}
	for _, o := range w.list {
		if o.who != who {
			continue
		}
		o.settle(now)
		if on(o.paidAt) {
			writeRow(&b, o.paidRow())
			rows++
		}
		for _, r := range o.refunds {
			if on(r.created) {
				writeRow(&b, r.row())
				rows++
			}
		}
	}
	if rows == 0 {
		return nil
	}
	return []byte(b.String())
}

// writeRow puts a back-tick before every field, and ends lines as vector R3 does.
func writeRow(b *strings.Builder, fields []string) {
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("`" + strings.NewReplacer(",", " ", "\r", " ", "\n", " ").Replace(f))
	}
	b.WriteString("\r\n")
}

// row is a line by column title; what is not set stays empty.
func row(fields map[string]string) []string {
	titles := columns()
	line := make([]string, len(titles))
	for i, title := range titles {
		line[i] = fields[title]
	}
	return line
}

func (o *order) fields() map[string]string {
	currency := o.request.Amount.Currency
	return map[string]string{
		"official account id": o.request.AppID + o.request.SpAppID,
		"vendor id":           o.who.caller(),
		"sub vendor id":       o.who.SubMchID,
		"device no":           o.request.Scene.DeviceID,
		"WeChat order no":     o.id,
		"vendor order no":     o.no,
		"user id":             "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
		"trade type":          "MICROPAY",
		"bank":                "CFT",
		"commodity name":      o.request.Description,
		"merchant data":       o.request.Attach,
		"service fee":         "0.00",
		"rate":                "0.00%",
		"priced currency":     currency,
		"order amount":        major(o.amount, currency),
		"settlement currency": currency,
		"payer currency":      o.payerCurrency,
		"payment rate":        strconv.FormatInt(o.rate, 10),
	}
}

func (o *order) paidRow() []string {
	f := o.fields()
	f["transaction time"] = o.paidAt.In(beijing).Format(time.DateTime)
	f["trade state"] = success
	f["payer amount"] = major(o.payerTotal, o.payerCurrency)
	f["settlement order amount"] = major(o.amount, o.request.Amount.Currency)
	f["voucher currency"], f["voucher amount"] = o.request.Amount.Currency, major(o.coupon, o.request.Amount.Currency)
	return row(f)
}

func (r *refund) row() []string {
	f := r.o.fields()
	f["transaction time"] = r.created.In(beijing).Format(time.DateTime)
	f["trade state"] = refunded
	f["WeChat refund no"], f["merchant refund no"] = r.id, r.no
	f["refund type"], f["refund status"] = "ORIGINAL", r.status
	f["applied refund amount"] = major(r.amount, r.currency)
	f["user refund currency"] = r.o.payerCurrency
	f["user refund amount"] = major(r.o.payerMoney(r.amount), r.o.payerCurrency)
	f["refund rate"] = strconv.FormatInt(r.o.rate, 10)
	f["refund settlement currency"], f["refund settlement amount"] = r.currency, major(r.amount, r.currency)
	return row(f)
}
