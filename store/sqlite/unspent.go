package sqlite

import (
	"context"
	"fmt"
	"time"
)

// unspentQuery walks the few recoveries that proved an account since then.
const unspentQuery = `SELECT g.state <> 'spent' FROM grants g JOIN recoveries r ON r.id = g.recovery
	WHERE g.recovery >= ? AND r.chat = ? ORDER BY g.recovery DESC LIMIT 1`

// Unspent implements flows.Ledger.
func (l *Ledger) Unspent(ctx context.Context, chat int64, since time.Time) (unspent bool, err error) {
	if _, err = l.db.look(ctx, into{&unspent}, unspentQuery, idsFrom(since.UnixMilli()), chat); err != nil {
		return false, fmt.Errorf("looking for an unspent grant: %w", err)
	}
	return unspent, nil
}
