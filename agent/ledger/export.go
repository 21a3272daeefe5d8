package ledger

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Line is a journal entry as it is exported: everything that its hash covers,
// and nothing that a reader would have to guess. docs/durability.md says how the
// hash is made.
type Line struct {
	Seq    int64  `json:"seq"`
	At     int64  `json:"at"` // unix milliseconds
	Kind   string `json:"kind"`
	Sale   int64  `json:"sale"`
	Number string `json:"number"`
	Data   string `json:"data"` // JSON, to the byte as it was hashed
	Prev   string `json:"prev"` // hex
	Hash   string `json:"hash"` // hex
}

// Line is e for export.
func (e Entry) Line() Line {
	return Line{Seq: e.Seq, At: e.At.UnixMilli(), Kind: e.Kind, Sale: e.Sale, Number: e.Number, Data: string(e.Data),
		Prev: hex.EncodeToString(e.prev), Hash: hex.EncodeToString(e.hash())}
}

// entry is the line as it was.
func (l Line) entry() Entry {
	prev, _ := hex.DecodeString(l.Prev) // one that cannot be read fits no hash
	return Entry{Seq: l.Seq, At: time.UnixMilli(l.At), Kind: l.Kind, Sale: l.Sale, Number: l.Number, Data: json.RawMessage(l.Data), prev: prev}
}

// Export hands out the journal after an entry, as it was at one moment, and
// checks its chain from the beginning. The file may be in use or a copy.
func Export(ctx context.Context, path string, after int64, emit func(Line) error) (lines int64, err error) {
	db, err := sql.Open(SQLite, readOnly(path))
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("ledger: open %s: %w", path, err)
	}
	defer tx.Rollback()
	_, err = checkChain(ctx, tx, func(e Entry) error {
		if e.Seq <= after {
			return nil
		}
		lines++
		return emit(e.Line())
	})
	return lines, err
}
