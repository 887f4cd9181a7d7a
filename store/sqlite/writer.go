package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// together is how many changes share one commit at most.
	together = 128
	// crowd changes in one commit mean that many people are at it. Before the
	// next one the writer rests for so long, so that more share it; who is alone
	// never waits for that.
	crowd   = 4
	restFor = 2 * time.Millisecond
)

var errClosed = errors.New("the database is closed")

// writer carries out changes one after the other. Changes that wait at the
// same time share one BEGIN, one COMMIT and one fsync, which cost more than
// all their statements.
type writer struct {
	pool    *sql.DB
	now     func() time.Time
	ring    func()
	look    func() error // tells that the file is not there any more
	waiting chan *change
	full    chan struct{} // the log of changes is large
	closing chan struct{}
	close   func() error // waits for the changes under way and refuses all later ones
	ended   chan struct{}
	log     atomic.Pointer[slog.Logger]

	// Known to the writer's goroutine alone.
	rest     func()
	clock    clock
	conn     driver.ConnPrepareContext
	prepared map[string]driver.Stmt // on conn, by their text
	args     []driver.NamedValue
}

// change is one caller's transaction.
type change struct {
	do    func(*tx) error
	taken atomic.Bool // by the writer, or by the caller who gave up waiting
	err   error
	panic any
	done  chan struct{}
}

func newWriter(pool *sql.DB, now func() time.Time, ring func(), look func() error) *writer {
	w := &writer{
		pool: pool, now: now, ring: ring, look: look, rest: func() { <-time.After(restFor) },
		waiting: make(chan *change, together),
		full:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	w.close = sync.OnceValue(w.end)
	go w.run()
	return w
}

// transact runs do in a write transaction and returns once it is on disk, or
// rolled back with an error. A context that ends while do waits for its turn
// withdraws it; one that ends later changes nothing. do runs on another goroutine,
// touches the database through its tx only, and may run again from the start
// when a change beside it fails.
func (db *DB) transact(ctx context.Context, do func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, c := db.changes, &change{do: do, done: make(chan struct{})}
	select {
	case w.waiting <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		return errClosed
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-c.done
	case <-w.ended:
		if c.taken.CompareAndSwap(false, true) {
			return errClosed
		}
		<-c.done
	}
	if c.panic != nil {
		panic(c.panic)
	}
	return c.err
}

func (w *writer) run() {
	defer close(w.ended)
	crowded := false
	for {
		select {
		case <-w.closing:
			return
		case <-w.full:
			w.truncate()
		case c := <-w.waiting:
			if crowded {
				w.rest()
			}
			batch := w.gather(c)
			crowded = len(batch) >= crowd
			w.commit(batch)
		}
	}
}

// trim has the log of changes written into the file and cut, if nobody reads from
// it; it does not wait for that.
func (w *writer) trim() {
	select {
	case w.full <- struct{}{}:
	default: // it is asked for already
	}
}

// truncate does what trim asks for. What it cannot do now it can later.
func (w *writer) truncate() {
	_ = w.onConn(func() error {
		t := &tx{w: w}
		_, err := t.run("PRAGMA busy_timeout = 0") // nobody may have to wait for a reader
		if err == nil {
			_, err = t.run("PRAGMA wal_checkpoint(TRUNCATE)")
		}
		_, again := t.run("PRAGMA busy_timeout = " + busyTimeout)
		return errors.Join(err, again)
	})
}

// gather takes the changes that wait now and were not withdrawn.
func (w *writer) gather(first *change) (batch []*change) {
	for c := first; ; {
		if c.taken.CompareAndSwap(false, true) {
			batch = append(batch, c)
		}
		if len(batch) == together {
			return batch
		}
		select {
		case c = <-w.waiting:
		default:
			return batch
		}
	}
}

func (w *writer) commit(batch []*change) {
	var owed bool
	err := w.onConn(func() (err error) {
		owed, err = w.runBatch(batch)
		return err
	})
	if err == nil && owed {
		w.ring()
	}
	for _, c := range batch {
		if c.err == nil {
			c.err = err
		}
		close(c.done)
	}
}

// onConn runs f while the writing connection is w.conn.
func (w *writer) onConn(f func() error) error {
	conn, err := w.pool.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("taking the writing connection: %w", err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(raw any) error {
		if w.conn != raw {
			w.conn, w.prepared = raw.(driver.ConnPrepareContext), map[string]driver.Stmt{}
		}
		return f()
	})
}

// runBatch runs the changes in one transaction; owed tells that one of them
// left a job that is due. A change that fails undoes all, and the others run
// again without it: that is rare, and spares a savepoint for each. With an
// error nothing was done.
func (w *writer) runBatch(batch []*change) (owed bool, err error) {
	for len(batch) > 0 {
		t := &tx{w: w}
		failed, err := w.try(t, batch)
		if failed == nil || err != nil {
			return t.owed, err
		}
		batch = slices.DeleteFunc(slices.Clone(batch), func(c *change) bool { return c == failed })
	}
	return false, nil
}

// try commits the changes, or gives the first one that fails.
func (w *writer) try(t *tx, batch []*change) (failed *change, err error) {
	if _, err := t.run("BEGIN IMMEDIATE"); err != nil {
		return nil, fmt.Errorf("beginning a transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			_, _ = t.run("ROLLBACK")
		}
	}()
	t.now = w.now().UnixMilli()
	seen, err := w.clock.read(t)
	if err != nil {
		return nil, err
	}
	for _, c := range batch {
		if c.run(t); c.err != nil || c.panic != nil {
			return c, nil
		}
	}
	if seen, err = seen.keep(t); err != nil {
		return nil, err
	}
	if _, err := t.run("COMMIT"); err != nil {
		return nil, fmt.Errorf("committing: %w", err)
	}
	committed = true
	w.warnOfStep(seen.back)
	w.clock = clock{loaded: true, seen: seen.seen, kept: seen.kept}
	if !t.wrote {
		return nil, nil
	}
	return nil, w.look() // after it is on disk, before anything is told
}

// run keeps a panic for the caller, whose own it is.
func (c *change) run(t *tx) {
	defer func() { c.panic = recover() }()
	c.err = c.do(t)
}

func (w *writer) end() error {
	close(w.closing)
	<-w.ended
	var errs []error
	for _, s := range w.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
