package queue

import (
	"errors"
	"fmt"
)

// ErrNotParked: there is no such job, or it is at work already.
var ErrNotParked = errors.New("queue: no such job is parked")

// Unpark owes a parked job again, inside tx: at once, its failures forgotten.
func (q *Queue) Unpark(tx Tx, kind, key string) error {
	payload, err := parked(tx, kind, key)
	if err != nil {
		return err
	}
	q.mu.Lock()
	q.lane(kind) // a kind that nobody works parks again, and says so
	q.mu.Unlock()
	return q.Put(tx, Job{Kind: kind, Key: key, Payload: payload})
}

// Discard takes a parked job away for good, inside tx.
func (q *Queue) Discard(tx Tx, kind, key string) error {
	if _, err := parked(tx, kind, key); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM job WHERE kind = ? AND key = ? AND due IS NULL`, kind, key); err != nil {
		return fmt.Errorf("queue: discard %s: %w", kind, err)
	}
	return nil
}

// parked reads a parked job's payload.
func parked(tx Tx, kind, key string) (payload []byte, err error) {
	rows, err := tx.Query(`SELECT payload FROM job WHERE kind = ? AND key = ? AND due IS NULL`, kind, key)
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", kind, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if rows.Err() != nil {
			return nil, fmt.Errorf("queue: %s: %w", kind, rows.Err())
		}
		return nil, fmt.Errorf("%w: %s %s", ErrNotParked, kind, key)
	}
	if err := rows.Scan(&payload); err != nil {
		return nil, fmt.Errorf("queue: %s: %w", kind, err)
	}
	return payload, nil
}
