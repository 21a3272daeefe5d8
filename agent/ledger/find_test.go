package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func found(t *testing.T, db *DB, s Search) string {
	t.Helper()
	if s.Limit == 0 {
		s.Limit = 100
	}
	sales, err := db.Find(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range sales {
		all = append(all, s.Reference)
	}
	return strings.Join(all, " ")
}

func TestFind(t *testing.T) {
	db := open(t, t.TempDir())
	for i, what := range []string{"100% wool", "100 grams", "a_b", "axb", `back\slash`, "o'clock", "奶茶"} {
		s := tea(fmt.Sprint("r", i))
		s.Description = what
		if i == 1 {
			s.Day = "2026-11-23"
		}
		update(t, db, func(tx *Tx) error { _, err := tx.CreateSale(&s); return err })
		if i == 3 || i == 4 {
			state := map[int]string{3: "paying", 4: "attention"}[i]
			update(t, db, func(tx *Tx) error {
				_, err := tx.InsertPayment(Payment{OutTradeNo: fmt.Sprint("p", i), Sale: s.N, State: state, SubmittedAt: tx.Now()}, over)
				return err
			})
		}
	}
	addRefund(t, db, addPaid(t, db, "paid", "p9"), "f9", 100)
	for _, c := range []struct {
		what string
		s    Search
		want string
	}{
		{"all, newest first", Search{}, "paid r6 r5 r4 r3 r2 r1 r0"},
		{"a page", Search{Limit: 2}, "paid r6"},
		{"a day", Search{Day: "2026-11-23"}, "r1"},
		{"a reference", Search{Reference: "r2"}, "r2"},
		{"no part of a reference", Search{Reference: "r"}, ""},
		{"paid", Search{State: "paid"}, "paid"},
		{"open", Search{State: "open"}, "r6 r5 r2 r1 r0"},
		{"paying", Search{State: "paying"}, "r3"},
		{"attention", Search{State: "attention"}, "r4"},
		{"both", Search{State: "open", Day: "2026-11-24", Text: "o"}, "r5 r0"},
		{"a per cent sign is itself", Search{Text: "100%"}, "r0"},
		{"an underscore is itself", Search{Text: "a_b"}, "r2"},
		{"a backslash is itself", Search{Text: `k\s`}, "r4"},
		{"a quote is itself", Search{Text: "o'c"}, "r5"},
		{"Chinese", Search{Text: "奶"}, "r6"},
		{"an order number", Search{Text: "p9"}, "paid"},
		{"a platform's number", Search{Text: "Pp9"}, "paid"},
		{"a refund's number", Search{Text: "f9"}, "paid"},
		{"no part of an order number", Search{Text: "9"}, ""},
	} {
		if got := found(t, db, c.s); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	var pages []string
	s := Search{Limit: 3}
	for {
		sales, err := db.Find(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		if len(sales) == 0 {
			break
		}
		for _, sale := range sales {
			pages = append(pages, sale.Reference)
		}
		s.Before = sales[len(sales)-1].N
	}
	if got := strings.Join(pages, " "); got != found(t, db, Search{}) {
		t.Errorf("page by page: %q", got)
	}
}

func TestLookup(t *testing.T) {
	db := open(t, t.TempDir())
	s := addRefund(t, db, addPaid(t, db, "POS-1", "2026112400010000100000000001"), "2026112400010000200000000002", 100)
	other := addSale(t, db, "s1") // a reference that looks like an id
	for number, want := range map[string]int64{
		"2026112400010000100000000001": s.N, "P2026112400010000100000000001": s.N, "2026112400010000200000000002": s.N,
		"POS-1": s.N, s.ID(): s.N, other.ID(): other.N, "s1": other.N,
	} {
		if got, err := db.Lookup(ctx, number); err != nil || got.N != want {
			t.Errorf("%s: %d %v", number, got.N, err)
		}
	}
	for _, number := range []string{"", "%", "POS-", "s", "2026112400010000100000000009"} {
		if got, err := db.Lookup(ctx, number); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %+v %v", number, got, err)
		}
	}
}

func TestLastNumber(t *testing.T) {
	db := open(t, t.TempDir())
	addRefund(t, db, addPaid(t, db, "r1", "20261124000100007xxx"), "20261124000100009xxx", 1)
	addPaid(t, db, "r2", "20261124999900042xxx")
	addPaid(t, db, "r3", "20261125000100001xxx")
	for prefix, want := range map[string]string{
		"202611240001": "20261124000100009xxx", "202611249999": "20261124999900042xxx",
		"202611250001": "20261125000100001xxx", "202611260001": "",
	} {
		if got, err := db.LastNumber(ctx, prefix); err != nil || got != want {
			t.Errorf("%s: %q %v", prefix, got, err)
		}
	}
}

func TestOpenSale(t *testing.T) {
	db := open(t, t.TempDir())
	never := time.Time{}
	if _, err := db.OpenSale(ctx, "2026-11-24", never, never, over); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	addSale(t, db, "r1")
	newest := addSale(t, db, "r2")
	addPaid(t, db, "r3", "p3")
	stuck := addSale(t, db, "r4")
	update(t, db, func(tx *Tx) error {
		_, err := tx.InsertPayment(Payment{OutTradeNo: "p4", Sale: stuck.N, State: "attention", SubmittedAt: tx.Now()}, over)
		return err
	})
	if s, err := db.OpenSale(ctx, "2026-11-24", never, never, over); err != nil || s.Reference != "r2" {
		t.Error(s.Reference, err)
	}
	if s, err := db.OpenSale(ctx, "2026-11-25", never, never, over); !errors.Is(err, ErrNotFound) {
		t.Errorf("yesterday's sale %s is armed: %v", s.Reference, err)
	}
	if s, err := db.OpenSale(ctx, "2026-11-25", newest.CreatedAt, newest.CreatedAt.Add(time.Hour), over); err != nil || s.Reference != "r2" {
		t.Error(s.Reference, err)
	}
	if s, err := db.OpenSale(ctx, "2026-11-25", never, newest.CreatedAt.Add(-time.Hour), over); !errors.Is(err, ErrNotFound) {
		t.Errorf("sale %s of an hour ahead is armed: %v", s.Reference, err)
	}
}

func TestSaleIDs(t *testing.T) {
	for _, n := range []int64{1, 31, 32, 1_800_000_000_000} {
		if got, err := ParseSaleID(SaleID(n)); err != nil || got != n {
			t.Error(n, got, err)
		}
	}
	for _, id := range []string{"", "s", "1", "s01", "S1", "s1 ", "sz", "s-", "s99999999999999999999"} {
		if n, err := ParseSaleID(id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q is %d, %v", id, n, err)
		}
	}
}
