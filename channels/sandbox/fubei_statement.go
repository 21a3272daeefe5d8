package sandbox

import (
	"strconv"
	"time"
)

// fubeiPage is which part of a list is asked for (§13): ten rows, or up to 100.
type fubeiPage struct{ page, limit int }

func (c *fubeiCall) page() (fubeiPage, *fubeiRefusal) {
	p := fubeiPage{1, 10}
	for _, n := range []struct {
		name string
		put  *int
		most int
	}{{"page", &p.page, 1e6}, {"limit", &p.limit, 100}} {
		if !c.form.has(n.name) {
			continue
		}
		v, err := strconv.Atoi(c.form.get(n.name))
		if err != nil || v < 1 || v > n.most {
			return p, refuseFubeiForm(n.name, "out of range")
		}
		*n.put = v
	}
	return p, nil
}

func (p fubeiPage) of(rows []map[string]any) []map[string]any {
	from := min((p.page-1)*p.limit, len(rows))
	return append([]map[string]any{}, rows[from:min(from+p.limit, len(rows))]...)
}

// listed is the data of a statement in either shape (§13).
func (f *fubei) listed(rows []map[string]any) any {
	if f.s.cfg.Fubei.ListInObject {
		return map[string]any{"list": rows}
	}
	return rows
}

// prepareReconciliation is §13: the orders of a day of creation. type 1 is all
// of them; without it the paid ones. Refunds are not in it.
func (f *fubei) prepareReconciliation(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	page, bad := c.page()
	if bad != nil {
		return fubeiPlan{}, bad
	}
	number := func(name string) int { n, _ := strconv.Atoi(c.form.get(name)); return n }
	day := time.Date(number("year"), time.Month(number("month")), number("day"), 0, 0, 0, 0, beijing)
	if day.Year() != number("year") || int(day.Month()) != number("month") || day.Day() != number("day") {
		return fubeiPlan{}, refuseFubeiForm("day", "no such day")
	}
	return fubeiPlan{book: func(now time.Time) fubeiDraft {
		var rows []map[string]any
		for _, o := range f.between(c, day, day.AddDate(0, 0, 1), now) {
			if c.form.get("type") == "1" || !o.paidAt.IsZero() {
				rows = append(rows, o.row())
			}
		}
		return c.done(f.listed(page.of(rows)))
	}}, nil
}

// prepareBill is §13: the paid orders of a period, its refunds in sums alone.
func (f *fubei) prepareBill(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	page, bad := c.page()
	if bad != nil {
		return fubeiPlan{}, bad
	}
	from, _ := time.ParseInLocation(time.DateTime, c.form.get("start_time"), beijing)
	to, _ := time.ParseInLocation(time.DateTime, c.form.get("end_time"), beijing)
	if !to.After(from) {
		return fubeiPlan{}, refuseFubeiForm("end_time", "not after start_time")
	}
	return fubeiPlan{book: func(now time.Time) fubeiDraft {
		var sum, back int64
		var rows []map[string]any
		refunds := 0
		for _, o := range f.between(c, from, to.Add(time.Second), now) {
			if o.paidAt.IsZero() {
				continue
			}
			row := o.row()
			row["order_price"], row["discount_money"] = fubeiYuan(o.amount), fubeiYuan(o.discount)
			rows, sum = append(rows, row), sum+o.paid()
			for _, r := range o.refunds {
				if r.status == fubeiRefundSuccess {
					refunds, back = refunds+1, back+r.amount
				}
			}
		}
		return c.done(map[string]any{
			"summary_num": len(rows), "summary_total_fee": fubeiYuan(sum),
			"refund_num": refunds, "refund_money": fubeiYuan(back), "list": page.of(rows),
		})
	}}, nil
}

// between is the shop's orders that were created in a period, oldest first.
func (f *fubei) between(c *fubeiCall, from, to, now time.Time) []*fubeiOrder {
	var within []*fubeiOrder
	for _, o := range f.list {
		cashier := c.form.get("cashier_id")
		if o.who.shop == c.who.shop && !o.created.Before(from) && o.created.Before(to) && (cashier == "" || cashier == o.form.get("cashier_id")) {
			within = append(within, f.settled(o, now))
		}
	}
	return within
}

// row is a line of §13. What an undo gave back was paid all the same.
func (o *fubeiOrder) row() map[string]any {
	row := map[string]any{
		"order_sn": o.id, "merchant_order_sn": o.no, "create_time": o.created.In(beijing).Format(time.DateTime),
		"total_fee": fubeiYuan(o.paid()), "store_id": o.who.shop.store, "cashier_id": 0,
		"fee": fubeiYuan(0), "income": fubeiYuan(0), "pay_time": "", "pay_status": 0, "pay_type": fubeiNumberOf(o.payType),
	}
	o.copyCashier(row)
	if !o.paidAt.IsZero() {
		row["fee"], row["income"] = fubeiYuan(o.fee()), fubeiYuan(o.paid()-o.fee())
		row["pay_time"], row["pay_status"] = o.paidAt.In(beijing).Format(time.DateTime), 1
	}
	return row
}

// Rules of the vendor's file, §13.
const (
	fubeiFileReady = 13 * time.Hour // of the next day
	fubeiFileDays  = 180
)

// prepareDownload is the vendor's file, as far as its address: what is in it is
// not published.
func (f *fubei) prepareDownload(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	date := c.form.get("bill_date")
	day, _ := time.ParseInLocation(time.DateOnly, date, beijing)
	return fubeiPlan{book: func(now time.Time) fubeiDraft {
		switch age := now.Sub(day); {
		case age < 0 || age > fubeiFileDays*24*time.Hour:
			return refuseFubeiForm("bill_date", "not of the last 180 days").draft(c)
		case age < 24*time.Hour+fubeiFileReady:
			return refuseFubei(fubeiNotMade, "账单未生成").draft(c)
		}
		return c.done(map[string]any{"bill_date": date, "bill_url": "https://bill.example/fubei/" + c.who.VendorSN + "/" + date})
	}}, nil
}
