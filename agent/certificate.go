package agent

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// A client certificate that a platform demands only where money goes back is proven
// before any depends on it: at each start, and once a day from then on.
const (
	proofEvery   = 24 * time.Hour
	proofAgain   = 10 * time.Minute // after a failure: the platform may be busy, the certificate be put right
	proofTimeout = 15 * time.Second
	endsSoon     = 30 * 24 * time.Hour // when its end is told
)

// matterCertificate: a platform does not take the client certificate, or it ends soon.
const matterCertificate = "certificate"

// certificateMatter is what such a matter keeps.
type certificateMatter struct {
	Problem string    `json:"problem"`
	EndsAt  time.Time `json:"ends_at"`
}

// credential is what is known of a channel's client certificate.
type credential struct {
	again chan struct{} // the network came back, or a person has mended it

	mu     sync.Mutex
	proven bool // and never taken back by silence
	bad    string
	asked  bool // by a person, who wants to know now
}

// try asks for a proof, soon.
func (c *credential) try() {
	select {
	case c.again <- struct{}{}:
	default:
	}
}

// quiet is how long somebody who has been told is left alone.
func (c *credential) quiet() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked {
		c.asked = false
		return 0
	}
	return proofEvery
}

func (c *credential) set(proven bool, problem string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proven, c.bad = proven, problem
}

// state is unknown, proven or refused, and in the last case why.
func (c *credential) state() (state, problem string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.bad != "":
		return "refused", c.bad
	case c.proven:
		return "proven", ""
	}
	return "unknown", ""
}

// certify proves the certificate of l's channel day by day. It is no part of a
// sale: a deposit is taken meanwhile, and a person is told.
func (l *link) certify(ctx context.Context, c channels.Certified) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failed := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-l.credential.again:
			if state, _ := l.credential.state(); state == "proven" {
				continue
			}
		}
		again := proofEvery
		switch problem := l.prove(ctx, c); {
		case ctx.Err() != nil:
			return nil
		case problem == "":
			failed = 0
		case l.offline(): // which says nothing of the certificate
			again = proofAgain
		default:
			again = proofAgain
			if failed++; failed == 1 {
				again = time.Minute // a single failure may be the network's
				break
			}
			l.credential.set(false, problem)
			l.till.certificateBad(ctx, l, certificateMatter{problem, c.CertificateExpires()})
		}
		timer.Reset(again)
	}
}

// prove answers what is wrong, or nothing.
func (l *link) prove(ctx context.Context, c channels.Certified) string {
	call, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	if err := c.ProveCertificate(call); err != nil {
		l.till.Log.Warn("client certificate not proven", "channel", l.account.Name, "error", err)
		return err.Error()
	}
	l.till.Log.Info("client certificate proven", "channel", l.account.Name, "until", c.CertificateExpires().Format(time.DateOnly))
	l.credential.set(true, "")
	l.till.certificateGood(ctx, l, c.CertificateExpires())
	return ""
}

// certificateBad puts it on the manager's list, or the same again a day after
// somebody has seen it.
func (t *Till) certificateBad(ctx context.Context, l *link, m certificateMatter) {
	channel, quiet := l.account.Name, l.credential.quiet()
	data, err := json.Marshal(m)
	if err == nil {
		err = t.DB.Update(ctx, func(tx *ledger.Tx) error {
			return tx.Raise(ledger.Matter{Kind: matterCertificate, Number: channel, Data: data}, quiet)
		})
	}
	if err != nil {
		t.Log.Warn("matter not raised", "kind", matterCertificate, "channel", channel, "error", err)
	}
	t.changed(0)
	t.sayStatus()
}

// certificateGood takes it off the list, unless its end is near.
func (t *Till) certificateGood(ctx context.Context, l *link, ends time.Time) {
	channel := l.account.Name
	if ends.Sub(t.Now()) < endsSoon {
		t.certificateBad(ctx, l, certificateMatter{EndsAt: ends})
		return
	}
	_, err := t.DB.OpenMatter(ctx, matterCertificate, channel)
	if err == nil {
		err = t.DB.Update(ctx, func(tx *ledger.Tx) error { return tx.Mended(matterCertificate, channel, "till") })
		t.changed(0)
	}
	if err != nil && err != ledger.ErrNotFound {
		t.Log.Warn("matter not closed", "kind", matterCertificate, "channel", channel, "error", err)
	}
	t.sayStatus()
}

// proveAgain closes the matter; it comes back if the certificate is still not taken.
func proveAgain(ctx context.Context, t *Till, s *subject, _ Resolution, closed func(*ledger.Tx) error) error {
	if err := t.DB.Update(ctx, closed); err != nil {
		return err
	}
	if l := t.links[s.Number]; l != nil {
		l.credential.mu.Lock()
		l.credential.asked = true
		l.credential.mu.Unlock()
		l.credential.try()
	}
	return nil
}

func certificateHappened(t *Till, s *subject) (sentence, []any) {
	var m certificateMatter
	_ = json.Unmarshal(s.Data, &m) // written by certificateBad
	if m.Problem == "" {
		return sayCertificateEnds, []any{s.Number, m.EndsAt.In(t.Zone).Format(time.DateOnly)}
	}
	return sayCertificateBad, []any{s.Number, m.Problem}
}
