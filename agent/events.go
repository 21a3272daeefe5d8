package agent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"tillpay/agent/ledger"
)

// Event is one line of the till's news: numbered ones are from the journal and
// repeated to whoever asks from a number on; notices have Seq 0.
type Event struct {
	Seq   int64
	Topic string
	Data  []byte // JSON: for a numbered event, the sale as it is now
}

// Events calls emit with every event after seq (negative: from now on), as they
// come, until ctx ends or emit fails. idle is called first, when nothing that
// comes will be missed, and when a while passed in silence, so that a dead listener
// is noticed.
func (t *Till) Events(ctx context.Context, seq int64, emit func(Event) error, idle func() error) error {
	notices, stop := t.hub.subscribe()
	defer stop()
	if seq < 0 {
		var err error
		if seq, err = t.DB.LastSeq(ctx); err != nil {
			return err
		}
	}
	if err := idle(); err != nil {
		return err
	}
	quiet := time.NewTicker(15 * time.Second)
	defer quiet.Stop()
	for {
		news := t.hub.news()
		var err error
		if seq, err = t.replay(ctx, seq, emit); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case n := <-notices:
			b, err := json.Marshal(n.Data)
			if err != nil {
				return err
			}
			if err := emit(Event{Topic: n.Topic, Data: b}); err != nil {
				return err
			}
		case <-quiet.C:
			if err := idle(); err != nil {
				return err
			}
		}
	}
}

// replay emits the journal after seq and answers the last number.
func (t *Till) replay(ctx context.Context, seq int64, emit func(Event) error) (int64, error) {
	for {
		entries, err := t.DB.Entries(ctx, seq, 100)
		if err != nil || len(entries) == 0 {
			return seq, err
		}
		for _, e := range entries {
			data, err := t.eventData(ctx, e)
			if err != nil {
				return seq, err
			}
			if err := emit(Event{Seq: e.Seq, Topic: e.Topic(), Data: data}); err != nil {
				return seq, err
			}
			seq = e.Seq
		}
	}
}

func (t *Till) eventData(ctx context.Context, e ledger.Entry) ([]byte, error) {
	if e.Topic() == "attention" {
		return attentionData(e)
	}
	if e.Sale == 0 {
		return e.Data, nil
	}
	v, err := t.view(ctx, e.Sale)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// Tag stands for everything that a sale says.
func (s *Sale) Tag() (string, error) {
	b, err := fingerprint(s)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// Wait answers the sale when it is no longer as it was seen, or as it is when the
// time is up. seen is the Tag of what the caller knows; empty: as it is now. Only
// who gives one hears at once of a change between two calls.
func (t *Till) Wait(ctx context.Context, id, seen string, wait time.Duration) (*Sale, error) {
	first, err := t.Sale(ctx, id)
	if err != nil || wait <= 0 {
		return first, err
	}
	if seen == "" {
		if seen, err = first.Tag(); err != nil {
			return nil, err
		}
	}
	up := time.NewTimer(wait)
	defer up.Stop()
	for {
		news := t.hub.news()
		now, err := t.Sale(ctx, id)
		if err != nil {
			return nil, err
		}
		if tag, err := now.Tag(); err != nil || tag != seen {
			return now, err
		}
		select {
		case <-ctx.Done():
			return now, nil
		case <-up.C:
			return now, nil
		case <-news:
		}
	}
}

// Page is a part of a listing, with the cursor of the next.
type Page struct {
	Sales      []*Sale `json:"sales"`
	NextCursor string  `json:"next_cursor"`
}

// Find lists sales, newest first.
func (t *Till) Find(ctx context.Context, s ledger.Search) (Page, error) {
	page := Page{Sales: []*Sale{}}
	if s.Limit <= 0 {
		s.Limit = 50
	}
	limit := s.Limit
	s.Limit++
	found, err := t.DB.Find(ctx, s)
	if err != nil {
		return page, err
	}
	if len(found) > limit {
		found = found[:limit]
		page.NextCursor = found[limit-1].ID()
	}
	for _, f := range found {
		v, err := t.view(ctx, f.N)
		if err != nil {
			return page, err
		}
		page.Sales = append(page.Sales, v)
	}
	return page, nil
}

// History is the journal of one sale.
func (t *Till) History(ctx context.Context, id string) ([]ledger.Entry, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	return t.DB.History(ctx, n)
}

// attentionData tells of a matter, not of its sale: many are of none.
func attentionData(e ledger.Entry) ([]byte, error) {
	_, what, _ := strings.Cut(e.Kind, ".")
	data := struct {
		What   string          `json:"what"` // raised, closed, deposit
		Sale   string          `json:"sale,omitempty"`
		Matter json.RawMessage `json:"matter"`
	}{What: what, Matter: e.Data}
	if e.Sale != 0 {
		data.Sale = ledger.SaleID(e.Sale)
	}
	return json.Marshal(data)
}
