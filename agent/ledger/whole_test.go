package ledger

import (
	"fmt"
	"sync"
	"testing"
)

// A sale is read from one moment: never its row from before a commit and its
// payments from behind it.
func TestWholeIsFromOneMoment(t *testing.T) {
	db := open(t, t.TempDir())
	s := addSale(t, db, "r1")
	p := Payment{OutTradeNo: "p1", Sale: s.N, State: "submitting"}
	update(t, db, func(tx *Tx) error { _, err := tx.InsertPayment(p, over); return err })
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				w, err := db.Whole(ctx, s.N)
				if err != nil {
					t.Error(err)
					return
				}
				if paid := w.Payments[0].State == "paid"; paid != (w.Sale.State == SalePaid) || w.Version == 0 {
					t.Errorf("sale %s, payment %s, version %d", w.Sale.State, w.Payments[0].State, w.Version)
					return
				}
			}
		})
	}
	for i := range 300 {
		s.State, p.State = SalePaid, "paid"
		if i%2 == 1 {
			s.State, p.State = SaleOpen, "submitting"
		}
		update(t, db, func(tx *Tx) error {
			if err := tx.SavePayment(p); err != nil {
				return err
			}
			if err := tx.SaveSale(s); err != nil {
				return err
			}
			return tx.Journal("test", s.N, fmt.Sprint(i), nil)
		})
	}
	close(stop)
	readers.Wait()
}
