package sqlite

import (
	"context"
	"fmt"
	"time"
)

// Recovered is a recovery of the past.
type Recovered struct {
	Begun time.Time
	Took  time.Duration // until its password was set; 0: that never was
}

// Recall writes recoveries, in the order of time, into an audit log that has
// nothing yet: a demonstration needs a past. A log that has something stays as it
// is.
func (db *DB) Recall(ctx context.Context, past []Recovered) error {
	err := db.transact(ctx, func(t *tx) error {
		if some, err := t.first(nil, "SELECT 1 FROM audit LIMIT 1"); err != nil || some {
			return err
		}
		defer func(now int64) { t.now = now }(t.now)
		for _, p := range past {
			t.now = p.Begun.UnixMilli()
			e := entry{event: "code.requested", actor: "demo", recovery: idsFrom(t.now)}
			if err := t.audit(e); err != nil {
				return err
			}
			if p.Took == 0 {
				continue
			}
			t.now, e.event = t.now+p.Took.Milliseconds(), "password.set"
			if err := t.audit(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recalling the past: %w", err)
	}
	return nil
}
