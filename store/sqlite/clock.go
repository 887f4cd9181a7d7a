package sqlite

import (
	"database/sql/driver"
	"log/slog"
	"time"

	"rekey/flows"
)

// markEvery is how old the kept mark may grow while there are writes.
const markEvery = time.Second

// clock remembers the highest time that the ledger has seen, also over a
// restart. When the clock falls back behind it, what was proved or sent may
// come alive again; so all live codes and grants end then.
type clock struct {
	loaded bool
	seen   int64 // Unix milliseconds
	kept   int64 // what the table holds
	back   int64 // how far the clock has just stepped back
}

// read takes the transaction's time into account, and ends all proofs when
// the clock has stepped back.
func (c clock) read(t *tx) (clock, error) {
	if !c.loaded {
		c.loaded = true
		if _, err := t.first(into{&c.kept}, "SELECT value FROM marks WHERE name = 'clock'"); err != nil {
			return c, err
		}
		c.seen = c.kept
	}
	if t.now >= c.seen-flows.StepTolerance.Milliseconds() {
		c.seen = max(c.seen, t.now)
		return c, nil
	}
	if err := t.stepBack(c.seen); err != nil {
		return c, err
	}
	c.back, c.seen, c.kept = c.seen-t.now, t.now, 0
	return c, nil
}

// keep writes the mark down with other writes, if it is old enough.
func (c clock) keep(t *tx) (clock, error) {
	if !t.wrote || c.seen < c.kept+markEvery.Milliseconds() {
		return c, nil
	}
	c.kept = c.seen
	_, err := t.exec("INSERT INTO marks (name, value) VALUES ('clock', ?1) ON CONFLICT DO UPDATE SET value = ?1", c.seen)
	return c, err
}

// stepBack ends all proofs and brings to the new time what would otherwise
// wait until the clock is where it was: charges and changes of passwords count
// from now at the latest, and open jobs, links, changes of the list of staff and
// stops of a recovery keep the time that they still had, if any. Cases see to
// themselves.
func (t *tx) stepBack(seen int64) error {
	if err := t.endProofs(); err != nil {
		return err
	}
	for _, s := range []struct {
		query string
		args  []driver.Value
	}{
		{"UPDATE charges SET at = ?1 WHERE at > ?1", []driver.Value{t.now}},
		{`INSERT INTO tallies (bucket, span, at, count)
			SELECT bucket, span, ?1, sum(count) FROM tallies WHERE at > ?1 GROUP BY bucket, span
			ON CONFLICT DO UPDATE SET count = count + excluded.count`, []driver.Value{t.now}},
		{"DELETE FROM tallies WHERE at > ?1", []driver.Value{t.now}},
		{`UPDATE jobs SET due_at = due_at + ?1, deadline_at = deadline_at + ?1, leased_to = leased_to + ?1,
			owed_at = owed_at + iif(owed_at > 0, ?1, 0) WHERE done_at = 0`, []driver.Value{t.now - seen}},
		{"UPDATE links SET expires_at = expires_at + ?1 WHERE state = 'live'", []driver.Value{t.now - seen}},
		{"UPDATE staff_changes SET expires_at = expires_at + ?1 WHERE state = 'waiting'", []driver.Value{t.now - seen}},
		{"UPDATE freezes SET until = until + ?1", []driver.Value{t.now - seen}},
		{"UPDATE accounts SET password_changed_at = ?1 WHERE password_changed_at > ?1", []driver.Value{t.now}},
		{"UPDATE accounts SET sessions_valid_after = ?1 WHERE sessions_valid_after > ?1", []driver.Value{t.now}},
		{"INSERT INTO audit (at, event, actor) VALUES (?1, 'clock.stepped_back', 'ledger')", []driver.Value{t.now}},
	} {
		if _, err := t.exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) warnOfStep(back int64) {
	if log := w.log.Load(); log != nil && back > 0 {
		log.Warn("the clock was stepped back: all live codes and grants are void",
			slog.Duration("back", time.Duration(back)*time.Millisecond))
	}
}
