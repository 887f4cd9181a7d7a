package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"
)

const (
	// kept is how long outcomes, charges, finished jobs and recoveries stay:
	// as long as Telegram may deliver an update again, and as any window.
	kept = 48 * time.Hour
	// sweepAtOnce is how many rows one transaction deletes, so that nobody
	// waits long for the writer.
	sweepAtOnce = 500
)

// Sweep deletes what is too old to matter, in small transactions. The codes and
// grants of a recovery go with it; the audit log stays.
func (db *DB) Sweep(ctx context.Context) error {
	old := db.now().Add(-kept).UnixMilli()
	for _, s := range []struct {
		query  string
		before driver.Value
	}{
		{"DELETE FROM outcomes WHERE at < ? AND id IN (SELECT id FROM outcomes ORDER BY id LIMIT ?)", old},
		{"DELETE FROM charges WHERE (bucket, at, seq) IN (SELECT bucket, at, seq FROM charges WHERE at < ? LIMIT ?)", old},
		{"DELETE FROM tallies WHERE (bucket, span, at) IN (SELECT bucket, span, at FROM tallies WHERE at < ? - span LIMIT ?)", old},
		{"DELETE FROM strikes WHERE account IN (SELECT account FROM strikes WHERE known = 0 AND at < ? LIMIT ?)", old},
		{"DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE done_at > 0 AND done_at < ? LIMIT ?)", old},
		{"DELETE FROM lines WHERE id IN (SELECT id FROM lines WHERE at < ? LIMIT ?)", old},
		{"DELETE FROM staff_changes WHERE number IN (SELECT number FROM staff_changes WHERE expires_at < ? LIMIT ?)", old},
		{"DELETE FROM recoveries WHERE id IN (SELECT id FROM recoveries WHERE id < ? LIMIT ?)", idsFrom(old)},
		{"DELETE FROM conversations WHERE chat IN (SELECT chat FROM conversations WHERE expires <= ? LIMIT ?)", db.now().UnixMilli()},
	} {
		if err := db.sweep(ctx, s.query, s.before); err != nil {
			return fmt.Errorf("sweeping the ledger: %w", err)
		}
	}
	return nil
}

func (db *DB) sweep(ctx context.Context, query string, before driver.Value) error {
	for {
		var n int64
		err := db.transact(ctx, func(t *tx) (err error) {
			n, err = t.exec(query, before, int64(sweepAtOnce))
			return err
		})
		if err != nil || n < sweepAtOnce {
			return err
		}
	}
}
