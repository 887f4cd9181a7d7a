package sqlite

import (
	"slices"
	"strconv"
	"time"
)

const (
	day = 24 * time.Hour
	// exactUpTo is the largest limit whose charges are kept one by one. Larger
	// ones are tallied in slices of their window, rounded to the safe side.
	exactUpTo = 64
	// tagSize is how much of a MAC names a thing.
	tagSize = 16
	// sliced tells into how many slices a window is cut.
	sliced = 60
)

// window allows max charges in any stretch of time of this length.
type window struct {
	max    int
	length time.Duration
}

// budget bounds what is charged to one bucket by sliding windows. Ask full,
// then charge, in one transaction.
type budget struct {
	bucket  []byte
	windows []window
	// item is the thing charged, where each distinct one counts once. A thing
	// counts from its first charge on, or with renew from its last.
	item  []byte
	renew bool

	used int // what full counted in the longest window, never more than is needed
	held bool
}

// bucket names a budget of an owner, a chat or an account, by the owner's tag:
// what one owner is charged stands together on disk. Without an owner it is
// the whole deployment's.
func bucket(owner []byte, name string, parts ...[]byte) []byte {
	b := append(slices.Clip(owner), name...)
	for _, part := range parts {
		b = append(b, part...)
	}
	return b
}

// tag tells who or what it is to nobody who lacks the secret.
func (l *Ledger) tag(purpose string, parts ...string) []byte {
	return l.mac(purpose, parts...)[:tagSize]
}

func (l *Ledger) chatTag(chat int64) []byte { return l.tag("chat", strconv.FormatInt(chat, 10)) }

// full tells whether the budget allows no charge now, and when it will.
func (b *budget) full(t *tx) (until int64, full bool, err error) {
	for _, w := range b.windows {
		if w.max <= 0 {
			return t.now + w.length.Milliseconds(), true, nil
		}
	}
	if b.tallied() {
		return b.fullTally(t)
	}
	return b.fullExact(t)
}

// isFull is full for those who need not know until when.
func (b *budget) isFull(t *tx) (bool, error) {
	_, full, err := b.full(t)
	return full, err
}

// charge takes one from the budget, also when it is full.
func (b *budget) charge(t *tx) error {
	if b.tallied() {
		return b.chargeTally(t)
	}
	if b.held && !b.renew {
		return nil
	}
	if b.held {
		if _, err := t.exec("DELETE FROM charges WHERE bucket = ? AND item = ?", b.bucket, b.item); err != nil {
			return err
		}
	}
	_, err := t.exec("INSERT INTO charges (bucket, at, seq, item) VALUES (?, ?, random(), ?)", b.bucket, t.now, b.item)
	return err
}

func (b *budget) tallied() bool {
	for _, w := range b.windows {
		if w.max > exactUpTo {
			return true
		}
	}
	return false
}

func (b *budget) fullExact(t *tx) (until int64, full bool, err error) {
	var longest int64
	for _, w := range b.windows {
		longest = max(longest, w.length.Milliseconds())
	}
	b.used, b.held = 0, false
	for r, err := range t.rows("SELECT at, item FROM charges WHERE bucket = ? AND at > ? ORDER BY at DESC", b.bucket, t.now-longest) {
		var at int64
		var item []byte
		if err == nil {
			err = r.scan(&at, &item)
		}
		if err != nil {
			return 0, false, err
		}
		b.used++
		b.held = b.held || b.item != nil && string(item) == string(b.item)
		for _, w := range b.windows {
			if length := w.length.Milliseconds(); b.used == w.max && at > t.now-length {
				until, full = max(until, at+length), true
			}
		}
		if b.used == exactUpTo {
			break
		}
	}
	return until, full && !b.held, nil
}

func (b *budget) fullTally(t *tx) (until int64, full bool, err error) {
	for _, w := range b.windows {
		length, sum := w.length.Milliseconds(), int64(0)
		slice := length / sliced
		for r, err := range t.rows("SELECT at, count FROM tallies WHERE bucket = ? AND span = ? AND at > ? ORDER BY at DESC",
			b.bucket, length, t.now-length-slice) {
			var at, count int64
			if err == nil {
				err = r.scan(&at, &count)
			}
			if err != nil {
				return 0, false, err
			}
			if sum += count; sum >= int64(w.max) {
				until, full = max(until, at+slice+length), true
				break
			}
		}
		b.used = int(sum)
	}
	return until, full, nil
}

func (b *budget) chargeTally(t *tx) error {
	for _, w := range b.windows {
		if err := t.tally(b.bucket, w.length, w.length/sliced); err != nil {
			return err
		}
	}
	return nil
}

// tally counts one in the slice of a span that is now.
func (t *tx) tally(bucket []byte, span, slice time.Duration) error {
	_, err := t.exec(`INSERT INTO tallies (bucket, span, at, count) VALUES (?, ?, ?, 1)
		ON CONFLICT DO UPDATE SET count = count + 1`, bucket, span.Milliseconds(), t.now-t.now%slice.Milliseconds())
	return err
}

// anyFull tells whether one of the budgets is full, and when none will be.
func anyFull(t *tx, budgets ...*budget) (until int64, full bool, err error) {
	for _, b := range budgets {
		u, f, err := b.full(t)
		if err != nil {
			return 0, false, err
		}
		if f {
			until, full = max(until, u), true
		}
	}
	return until, full, nil
}

func chargeAll(t *tx, budgets ...*budget) error {
	for _, b := range budgets {
		if err := b.charge(t); err != nil {
			return err
		}
	}
	return nil
}

// wrongGuesses counts wrong codes of the whole deployment. It refuses nothing:
// while it is full, new codes are longer.
func (l *Ledger) wrongGuesses() *budget {
	return &budget{bucket: bucket(nil, "wrong"), windows: []window{
		{l.limits.WrongPer10Min, 10 * time.Minute}, {l.limits.WrongPerDay, day},
	}}
}
