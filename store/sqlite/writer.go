package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// together is how many changes share one commit at most.
const together = 128

var errClosed = errors.New("the database is closed")

// writer carries out changes one after the other. Changes that wait at the
// same time share one BEGIN, one COMMIT and one fsync, which cost more than
// all their statements; each has its own savepoint, so that one that fails
// takes none with it.
type writer struct {
	pool    *sql.DB
	now     func() time.Time
	ring    func()
	waiting chan *change
	closing chan struct{}
	close   func() error // waits for the changes under way and refuses all later ones
	ended   chan struct{}
	log     atomic.Pointer[slog.Logger]

	// Known to the writer's goroutine alone.
	clock    clock
	conn     driver.ConnPrepareContext
	prepared map[string]driver.Stmt // on conn, by their text
}

// change is one caller's transaction.
type change struct {
	do    func(*tx) error
	taken atomic.Bool // by the writer, or by the caller who gave up waiting
	err   error
	panic any
	done  chan struct{}
}

func newWriter(pool *sql.DB, now func() time.Time, ring func()) *writer {
	w := &writer{
		pool: pool, now: now, ring: ring,
		waiting: make(chan *change, together),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	w.close = sync.OnceValue(w.end)
	go w.run()
	return w
}

// transact runs do in a write transaction and returns once it is on disk, or
// rolled back with an error. A context that ends before do begins withdraws
// it; one that ends later changes nothing. do runs on another goroutine, and
// must touch the database through its tx only.
func (db *DB) transact(ctx context.Context, do func(*tx) error) error {
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
	for {
		select {
		case <-w.closing:
			return
		case c := <-w.waiting:
			w.commit(w.gather(c))
		}
	}
}

// gather takes the changes that wait now.
func (w *writer) gather(first *change) []*change {
	batch := []*change{first}
	for len(batch) < together {
		select {
		case c := <-w.waiting:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
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
		if err != nil {
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
// left a job that is due. With an error nothing was done.
func (w *writer) runBatch(batch []*change) (owed bool, err error) {
	t := &tx{w: w}
	if _, err := t.run("BEGIN IMMEDIATE"); err != nil {
		return false, fmt.Errorf("beginning a transaction: %w", err)
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
		return false, err
	}
	for _, c := range batch {
		if !c.taken.CompareAndSwap(false, true) {
			continue
		}
		if err := t.savepoint(c); err != nil {
			return false, err
		}
	}
	if seen, err = seen.keep(t); err != nil {
		return false, err
	}
	if _, err := t.run("COMMIT"); err != nil {
		return false, fmt.Errorf("committing: %w", err)
	}
	committed = true
	w.warnOfStep(seen.back)
	w.clock = clock{loaded: true, seen: seen.seen, kept: seen.kept}
	return t.owed, nil
}

// savepoint runs one change and undoes it when it fails. Its own error means
// that the whole transaction is lost.
func (t *tx) savepoint(c *change) error {
	if _, err := t.run("SAVEPOINT change"); err != nil {
		return err
	}
	owed := t.owed
	if c.run(t); c.err != nil || c.panic != nil {
		t.owed = owed
		if _, err := t.run("ROLLBACK TO change"); err != nil {
			return errors.Join(c.err, err)
		}
	}
	_, err := t.run("RELEASE change")
	return err
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
