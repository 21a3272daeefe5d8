package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels/private"
)

// DataFolder is where the money's memory lies: its owner's alone.
func DataFolder(_ context.Context, p *Patient) []Finding {
	if p.Config == nil {
		return nil
	}
	const what = "data folder"
	dir := p.Config.Path(p.Config.Data.Dir)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{warn(what, "start the agent once, or make the folder for the service's user", "%s is not there yet", dir)}
	case err != nil:
		return []Finding{broken(what, "give the service's user the right to it", "%v", err)}
	case !info.IsDir():
		return []Finding{broken(what, "name a folder in data.dir", "%s is no folder", dir)}
	}
	if others := private.Exposed(dir, info); others != "" {
		return []Finding{broken(what, private.Mend(dir, info), "%s can be used by everybody (%s)", dir, others)}
	}
	return []Finding{ok(what, "%s, closed to others", dir)}
}

// verifyTime is how long the books are looked at: a till with a million sales is
// proven by tillpay verify, which takes its time.
const verifyTime = 20 * time.Second

// Ledger proves that the disk keeps what it acknowledges, as far as it can be
// asked, on a ledger of its own beside the real one; and the real one's sums.
func Ledger(ctx context.Context, p *Patient) []Finding {
	if p.Config == nil {
		return nil
	}
	dir := p.Config.Path(p.Config.Data.Dir)
	if _, err := os.Stat(dir); err != nil {
		return nil // said already
	}
	return append(durable(ctx, dir, p.Now), books(ctx, filepath.Join(dir, ledger.FileName))...)
}

func durable(ctx context.Context, dir string, now func() time.Time) []Finding {
	const what, mend = "disk", "put data.dir on a local disk that the service's user may write"
	probe, err := os.MkdirTemp(dir, "doctor-")
	if err != nil {
		return []Finding{broken(what, mend, "%v", err)}
	}
	defer os.RemoveAll(probe)
	db, err := ledger.Open(ctx, probe, now)
	if err != nil {
		return []Finding{broken(what, mend, "%v", err)}
	}
	began := time.Now()
	err = db.Update(ctx, func(tx *ledger.Tx) error { return tx.Journal("doctor.probe", 0, "", map[string]any{}) })
	took := time.Since(began)
	if err = errors.Join(err, db.Close()); err != nil {
		return []Finding{broken(what, mend, "%v", err)}
	}
	if took > time.Second {
		return []Finding{warn(what, "look at the disk's health; a sale waits for two such commits", "a commit took %v; WAL and synchronous=FULL are read back", took.Round(time.Millisecond))}
	}
	return []Finding{ok(what, "WAL and synchronous=FULL are read back; a commit took %v", took.Round(10*time.Microsecond))}
}

func books(ctx context.Context, file string) []Finding {
	const what = "ledger"
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return []Finding{ok(what, "none yet: the first start makes it")}
	}
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	v, err := ledger.Verify(ctx, file)
	switch {
	case ctx.Err() != nil:
		return []Finding{warn(what, "run tillpay verify when there is time", "too large to be proven in %v", verifyTime)}
	case err != nil:
		return []Finding{broken(what, "stop the till, keep a copy of the data folder, and send tillpay verify's answer to support", "%v", err)}
	}
	return []Finding{ok(what, "%d sales and %d payments add up; the journal's %d entries are one unbroken chain", v.Sales, v.Payments, v.Entries)}
}
