package sqlite

import (
	"context"
	"encoding/binary"
	"fmt"
)

// resealAtOnce is how many cases one transaction seals.
const resealAtOnce = 100

// ResealCases prepares the cases for a process that begins to serve: they are kept
// for longer than the two days after which an old secret may be taken away. Where
// the newest secret is another one than before, all are sealed under it. Those that
// do not open any more count as closed, so that nobody waits for them.
func (l *Ledger) ResealCases(ctx context.Context) error {
	mark, known := int64(binary.BigEndian.Uint64(l.mac("cases"))>>1), int64(0)
	if _, err := l.db.look(ctx, into{&known}, "SELECT value FROM marks WHERE name = 'cases'"); err != nil || known == mark {
		return err
	}
	for done := int64(0); ; {
		var last int64
		err := l.db.transact(ctx, func(t *tx) (err error) {
			if last, err = l.resealAfter(t, done); err != nil || last > 0 {
				return err
			}
			_, err = t.exec("INSERT INTO marks (name, value) VALUES ('cases', ?1) ON CONFLICT DO UPDATE SET value = ?1", mark)
			return err
		})
		if err != nil {
			return fmt.Errorf("sealing the cases under the newest secret: %w", err)
		}
		if done = last; done == 0 {
			return nil
		}
	}
}

// resealAfter seals the next cases after a number, and gives the last of them; 0
// when there are none.
func (l *Ledger) resealAfter(t *tx, number int64) (last int64, err error) {
	type kept struct {
		number, revision int64
		body             []byte
	}
	var cases []kept
	for r, err := range t.rows("SELECT number, revision, body FROM cases WHERE number > ? ORDER BY number LIMIT ?", number, int64(resealAtOnce)) {
		var k kept
		if err == nil {
			err = r.scan(&k.number, &k.revision, &k.body)
		}
		if err != nil {
			return 0, err
		}
		cases = append(cases, k)
	}
	for _, k := range cases {
		c, opens, err := l.unsealCase(k.number, k.revision, k.body)
		switch {
		case err != nil:
			return 0, err
		case opens:
			err = l.sealCase(t, c)
		default:
			_, err = t.exec("UPDATE cases SET status = 'closed', talk = '' WHERE number = ?", k.number)
		}
		if err != nil {
			return 0, err
		}
		last = k.number
	}
	return last, nil
}
