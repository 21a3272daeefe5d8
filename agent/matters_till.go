package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"tillpay/agent/ledger"
	"tillpay/queue"
)

func (s *subject) slip() (job printJob) {
	_ = json.Unmarshal(s.Data, &job) // written by raiseSlip; one that cannot be read names no slip
	return job
}

// raiseSlip asks a person whether a slip came out.
func raiseSlip(tx *ledger.Tx, job printJob) error {
	data, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return tx.Raise(ledger.Matter{Kind: matterReceipt, Number: job.key(), Sale: job.Sale, Data: data}, 0)
}

func cameOut(ctx context.Context, t *Till, s *subject, _ Resolution, closed func(*ledger.Tx) error) error {
	return t.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := closed(tx); err != nil {
			return err
		}
		return t.receipt(tx, s.slip(), ledger.ReceiptPrinted, "")
	})
}

// printAgain owes the slip as a copy: should the first lie under the counter, the
// two are told apart.
func printAgain(ctx context.Context, t *Till, s *subject, r Resolution, closed func(*ledger.Tx) error) error {
	if t.Printer == nil {
		return ErrNoPrinter
	}
	return t.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := closed(tx); err != nil {
			return err
		}
		sale, err := tx.Sale(s.sale.N)
		if err != nil {
			return err
		}
		slip := s.slip().Slip
		slip.Copy, slip.By = slip.Copy+1, r.By
		if leadsReceipt(slip) {
			sale.Copies++
			slip.Copy = sale.Copies
		}
		if err := t.slip(tx, &sale, slip); err != nil {
			return err
		}
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
		return tx.Journal("receipt.copy", sale.N, slip.Number, map[string]any{"slip": slip.Kind, "copy": slip.Copy, "by": r.By})
	})
}

// ---- jobs

// jobMatter is what a job's matter keeps.
type jobMatter struct {
	Reason string `json:"reason"`
	Parked bool   `json:"parked,omitempty"`
}

// manyFailures is when a job that fails is a person's matter: with the engine's
// backoff after half a minute.
const manyFailures = 5

// watched makes what becomes of jobs known to a person: those that are given up,
// and those of money that fail again and again.
func (t *Till) watched(kinds map[string]queue.Kind) map[string]queue.Kind {
	raise := func(tx queue.Tx, job queue.Job, m jobMatter) error {
		data, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return tx.(*ledger.Tx).Raise(ledger.Matter{Kind: matterJob, Number: job.Kind + "/" + job.Key, Data: data}, 0)
	}
	parked := func(tx queue.Tx, job queue.Job, reason string) error { return raise(tx, job, jobMatter{reason, true}) }
	failed := func(tx queue.Tx, job queue.Job, n int, reason string) error {
		if n != manyFailures || job.Kind == jobPrint { // a slip gives up by itself, and says so
			return nil
		}
		return raise(tx, job, jobMatter{Reason: reason})
	}
	all := map[string]queue.Kind{"": {Parked: parked}}
	for name, kind := range kinds {
		kind.Parked, kind.Failed = parked, failed
		all[name] = kind
	}
	return all
}

// forgetFailing takes jobs off the list that only failed: those that still do
// after this start are told again.
func (t *Till) forgetFailing(ctx context.Context) error {
	open, err := t.DB.Matters(ctx)
	if err != nil {
		return err
	}
	for _, m := range open {
		if m.Kind != matterJob || (&subject{Matter: m}).job().Parked {
			continue
		}
		if err := t.DB.Update(ctx, func(tx *ledger.Tx) error { return tx.Mended(m.Kind, m.Number, "till") }); err != nil {
			return err
		}
	}
	return nil
}

func (s *subject) job() jobMatter {
	j := jobMatter{Parked: true} // as those were that an older file held
	if json.Unmarshal(s.Data, &struct {
		Reason *string `json:"reason"`
		Parked *bool   `json:"parked"`
	}{&j.Reason, &j.Parked}) != nil {
		return jobMatter{Parked: true}
	}
	return j
}

// mayDrop: money that is owed is never dropped.
func mayDrop(s *subject) bool {
	kind, _, _ := strings.Cut(s.Number, "/")
	switch kind {
	case "payment", "refund", "settle", "hold":
		return false
	}
	return s.job().Parked
}

func tryJobAgain(ctx context.Context, t *Till, s *subject, _ Resolution, closed func(*ledger.Tx) error) error {
	kind, key, _ := strings.Cut(s.Number, "/")
	if !s.job().Parked {
		t.queue.Wake(kind, key)
		return t.DB.Update(ctx, closed)
	}
	return t.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := closed(tx); err != nil {
			return err
		}
		return t.queue.Unpark(tx, kind, key)
	})
}

func dropJob(ctx context.Context, t *Till, s *subject, _ Resolution, closed func(*ledger.Tx) error) error {
	kind, key, _ := strings.Cut(s.Number, "/")
	return t.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := closed(tx); err != nil {
			return err
		}
		return t.queue.Discard(tx, kind, key)
	})
}

func (j printJob) key() string {
	key := fmt.Sprintf("%s/%s/%d", j.Slip.Kind, j.Slip.Number, j.Slip.Copy)
	if j.Slip.For != "" {
		key += "/" + j.Slip.For
	}
	return key
}
