package sqlite

import (
	"context"
	"fmt"
	"time"
)

// AuditRow is what the audit log tells of one event.
type AuditRow struct {
	At        time.Time
	Event     string
	Case      int64  // 0: none
	Actor     string // such as staff:12345
	Role      string // of staff
	Account   string
	Reference string
	Detail    string
}

// Report gives what support staff did, and what came of it, from one time until
// before another, in the order in which it happened. It stops at the first error
// of row.
func (r *Roster) Report(ctx context.Context, from, to time.Time, row func(AuditRow) error) error {
	var a AuditRow
	var at int64
	err := r.db.each(ctx, into{&at, &a.Event, &a.Case, &a.Actor, &a.Role, &a.Account, &a.Reference, &a.Detail}, func() error {
		a.At = moment(at)
		return row(a)
	}, `SELECT at, event, number, actor, role, account, reference, detail FROM audit
		WHERE at >= ? AND at < ? AND (number > 0 OR event GLOB 'staff.*' OR event GLOB 'recovery.*') ORDER BY id`,
		from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	return nil
}
