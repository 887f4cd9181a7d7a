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
	rows, err := r.db.read.QueryContext(ctx, `SELECT at, event, number, actor, role, account, reference, detail FROM audit
		WHERE at >= ? AND at < ? AND (number > 0 OR event GLOB 'staff.*' OR event GLOB 'recovery.*') ORDER BY id`,
		from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a AuditRow
		var at int64
		if err := rows.Scan(&at, &a.Event, &a.Case, &a.Actor, &a.Role, &a.Account, &a.Reference, &a.Detail); err != nil {
			return fmt.Errorf("reading the audit log: %w", err)
		}
		a.At = moment(at)
		if err := row(a); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the audit log: %w", err)
	}
	return nil
}
