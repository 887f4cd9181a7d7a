package sqlite

import (
	"context"
	"fmt"
	"time"

	"rekey/flows"
)

const trailQuery = `SELECT
	ifnull((SELECT g.state <> 'spent' FROM recoveries r JOIN grants g ON g.recovery = r.id
		WHERE r.chat = ?1 AND r.id >= ?2 ORDER BY r.id DESC LIMIT 1), 0),
	ifnull((SELECT iif(r.void <> 1 AND NOT EXISTS (SELECT 1 FROM grants WHERE recovery = r.id AND state = 'spent'), r.begun_at, 0)
		FROM recoveries r WHERE r.chat = ?1 AND r.id >= ?2 ORDER BY r.id DESC LIMIT 1), 0),
	ifnull((SELECT talk FROM cases WHERE chat = ?1 AND chat <> 0 AND talk <> '' ORDER BY number DESC LIMIT 1), '')`

// Trail implements flows.Ledger.
func (l *Ledger) Trail(ctx context.Context, chat int64, since time.Time) (trail flows.Trail, err error) {
	var open int64
	if _, err = l.db.look(ctx, into{&trail.Unspent, &open, &trail.Talk}, trailQuery, chat, idsFrom(since.UnixMilli())); err != nil {
		return flows.Trail{}, fmt.Errorf("looking for what a chat's recoveries left behind: %w", err)
	}
	if open > 0 {
		trail.Open = moment(open)
	}
	return trail, nil
}
