package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Owed is what is owed of one kind of job.
type Owed struct {
	Kind  string
	Due   int       // jobs whose time has come, or that were tried already
	Later int       // jobs for a time to come
	Since time.Time // since when the oldest that is due is owed; else zero
	Tries int       // of the one that was tried most often
	Next  time.Time // when the next one is tried
	Cause string    // why the last try failed of the one that was tried most often; empty: it is not known
}

// Owed tells for each kind of job what is owed, the kinds in order.
func (db *DB) Owed(ctx context.Context) (all []Owed, err error) {
	var o Owed
	var since, next int64
	now := db.now().UnixMilli()
	err = db.each(ctx, into{&o.Kind, &o.Due, &o.Later, &since, &o.Tries, &o.Cause, &next}, func() error {
		o.Since, o.Next = momentIf(since), momentIf(next)
		all = append(all, o)
		return nil
	}, `SELECT kind, count(*) FILTER (WHERE late), count(*) FILTER (WHERE NOT late),
			ifnull(min(nullif(owed_at, 0)) FILTER (WHERE late), 0), tries, why, next
		FROM (SELECT *, due_at <= ? OR attempts > 0 AS late, max(attempts) OVER of AS tries, min(max(due_at, leased_to)) OVER of AS next,
				first_value(cause) OVER (PARTITION BY kind ORDER BY attempts DESC, id) AS why
			FROM jobs WHERE done_at = 0 WINDOW of AS (PARTITION BY kind))
		GROUP BY kind ORDER BY kind`, now)
	if err != nil {
		return nil, fmt.Errorf("reading jobs: %w", err)
	}
	return all, nil
}

// GivenUp is something that nobody got.
type GivenUp struct {
	What  string // the kind of job, and why
	Count int
	Last  time.Time
}

// errEnough ends the reading of the audit log.
var errEnough = errors.New("what follows is older")

// GivenUp tells what nobody got since a time, by what it was and why, the newest
// first.
func (db *DB) GivenUp(ctx context.Context, since time.Time) ([]GivenUp, error) {
	var at int64
	var event, detail string
	found := map[string]*GivenUp{}
	err := db.each(ctx, into{&at, &event, &detail}, func() error {
		switch {
		case at < since.UnixMilli():
			return errEnough
		case event != "delivery.failed":
			return nil
		}
		if found[detail] == nil {
			found[detail] = &GivenUp{What: detail, Last: moment(at)}
		}
		found[detail].Count++
		return nil
	}, "SELECT at, event, detail FROM audit ORDER BY id DESC")
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	var all []GivenUp
	for _, g := range found {
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b GivenUp) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.What, b.What)) })
	return all, nil
}

// momentIf gives the time of a column in which 0 is none.
func momentIf(ms int64) (at time.Time) {
	if ms == 0 {
		return at
	}
	return moment(ms)
}
