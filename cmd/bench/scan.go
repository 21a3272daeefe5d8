package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"

	_ "github.com/mattn/go-sqlite3" // the floor's store
)

// ready is how long a customer takes in the measurements where the connection
// is warm: long enough for what the sale set going to end.
const ready = 3 * time.Millisecond

// scanToWire measures the product's own work from a code that was read to the
// first byte of its Pay at the platform, against the floor: one row stored with
// SQLite FULL, one RSA-2048 signature, one write on a warm connection.
func scanToWire(ctx context.Context, b *bench) (err error) {
	f, err := openFront(time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	d, err := openDesk(ctx, filepath.Join(b.dir, "desk"), f.addr, f, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	floor, err := openFloor(filepath.Join(b.dir, "floor.db"), f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, floor.close()) }()

	n, before := b.of(600, 150), 20 // the first ones warm caches and connections
	var ours, cable, theirs samples
	for i := range before + n {
		product := func() error {
			t, err := d.pay(ctx, ready)
			if err == nil && i >= before {
				ours = append(ours, t.arrived.Sub(t.read))
				cable = append(cable, t.arrived.Sub(t.shot))
			}
			return err
		}
		bare := func() error {
			took, err := floor.pay(ctx)
			if err == nil && i >= before {
				theirs = append(theirs, took)
			}
			return err
		}
		if err := turns(i, product, bare); err != nil {
			return err
		}
	}
	us := time.Microsecond
	b.atMost("scan to wire, loopback, p50", "µs", n, theirs.p50(us), ours.p50(us), 1.25)
	b.tell("scan to wire, loopback, p99", "µs", n, theirs.p99(us), ours.p99(us))
	b.tell("the same from the write into the scanner's pty, p50", "µs", n, theirs.p50(us), cable.p50(us))
	b.note("scan to wire: from the code read whole by scanner/serial on a pty to the first byte of the Pay above TLS at the platform, warm; floor: SQLite FULL one-row commit (its log grown beforehand, as ours), then an RSA-2048 signature, then a POST on a warm connection to the same server.")
	return nil
}

// bareTill is what any till must do between scan and wire, and no more.
type bareTill struct {
	front  *front
	db     *sql.DB
	insert *sql.Stmt
	key    *rsa.PrivateKey
	warm   *http.Transport
	seq    int
}

// request is as long as the product's.
const request = `{"sp_appid":"wxdace645e0bc2c424","sp_mchid":"10000100","sub_mchid":"20000100","description":"tea","out_trade_no":"2026112400010000112345678903","trade_type":"MICROPAY","merchant_category_code":"4111","payer":{"auth_code":"134650720866361395"},"amount":{"total":8800,"currency":"HKD"},"scene_info":{"device_id":"T01","store_info":{"id":"SZTX001","name":"Sandbox Branch","address":"1 Example Street, Hong Kong"}}}`

func openFloor(path string, f *front) (_ *bareTill, err error) {
	t := &bareTill{front: f, warm: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: f.roots}}}
	if t.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if t.db, err = sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000"); err != nil {
		return nil, err
	}
	t.db.SetMaxOpenConns(1)
	for _, command := range []string{
		`CREATE TABLE intent (id INTEGER PRIMARY KEY, order_no TEXT NOT NULL UNIQUE, state INTEGER NOT NULL, body BLOB NOT NULL)`,
		`CREATE TABLE room (filler BLOB)`, `INSERT INTO room VALUES (zeroblob(2097152))`, `DROP TABLE room`, `PRAGMA wal_checkpoint(PASSIVE)`,
	} {
		if _, err := t.db.Exec(command); err != nil {
			return nil, errors.Join(err, t.db.Close())
		}
	}
	if t.insert, err = t.db.Prepare(`INSERT INTO intent (order_no, state, body) VALUES (?, 1, ?)`); err != nil {
		return nil, errors.Join(err, t.db.Close())
	}
	return t, nil
}

func (t *bareTill) close() error {
	t.warm.CloseIdleConnections()
	return errors.Join(t.insert.Close(), t.db.Close())
}

// pay stores, signs and sends, and answers the time from its start to the
// platform's edge. It rests as long as the product before.
func (t *bareTill) pay(ctx context.Context) (time.Duration, error) {
	time.Sleep(ready)
	t.front.forget()
	began := time.Now()
	t.seq++
	if _, err := t.insert.Exec(fmt.Sprintf("T%027d", t.seq), request); err != nil {
		return 0, err
	}
	signature, err := t.sign()
	if err != nil {
		return 0, err
	}
	if err := t.post(ctx, t.warm, t.front.addr, signature); err != nil {
		return 0, err
	}
	at, err := t.front.arrived(ctx)
	return at.Sub(began), err
}

func (t *bareTill) sign() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "POST\n%s\n%d\n%s\n%s\n", floorPath, time.Now().Unix(), rand.Text(), request)
	s, err := rsa.SignPKCS1v15(nil, t.key, crypto.SHA256, h.Sum(nil))
	return base64.StdEncoding.EncodeToString(s), err
}

func (t *bareTill) post(ctx context.Context, by *http.Transport, addr, signature string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+addr+floorPath, bytes.NewReader([]byte(request)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", signature)
	resp, err := by.RoundTrip(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}
