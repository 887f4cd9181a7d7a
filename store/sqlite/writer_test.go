package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"testing"
)

func insertMark(name string) func(*tx) error {
	return func(t *tx) error {
		_, err := t.exec("INSERT INTO marks (name, value) VALUES (?, 1)", name)
		return err
	}
}

func marks(tb testing.TB, db *DB) (n int) {
	tb.Helper()
	if err := db.read.QueryRow("SELECT count(*) FROM marks WHERE name <> 'clock'").Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// held runs f while the writer is busy, so that what f starts is gathered into
// one commit, and returns when all is done.
func held(tb testing.TB, db *DB, f func()) {
	tb.Helper()
	begun, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- db.transact(context.Background(), func(*tx) error {
			close(begun)
			<-release
			return nil
		})
	}()
	<-begun
	f()
	close(release)
	if err := <-ended; err != nil {
		tb.Fatal(err)
	}
}

// awaitQueue returns once n changes wait for the writer.
func awaitQueue(db *DB, n int) {
	for len(db.changes.waiting) < n {
		runtime.Gosched()
	}
}

func TestChangesOfOneCommitFailApart(t *testing.T) {
	db := openTest(t, nil)
	broken := errors.New("broken")
	const n = 40
	results := make(chan error, n)
	held(t, db, func() {
		for i := range n {
			go func() {
				results <- db.transact(context.Background(), func(t *tx) error {
					if err := insertMark(fmt.Sprint(i))(t); err != nil || i%2 == 0 {
						return broken
					}
					return nil
				})
			}()
		}
		awaitQueue(db, n)
	})
	failed := 0
	for range n {
		if err := <-results; errors.Is(err, broken) {
			failed++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if got := marks(t, db); failed != n/2 || got != n/2 {
		t.Fatalf("%d failed and %d wrote, want %d of each", failed, got, n/2)
	}
}

// Where many write at once, a commit waits for those who are about to write;
// who is alone is not kept waiting.
func TestCrowdsShareCommits(t *testing.T) {
	db := openTest(t, nil)
	shared := make(chan *tx, 2)
	write := func(t *tx) error {
		shared <- t
		return nil
	}
	rests := 0
	both := make(chan error, 2)
	if err := db.transact(t.Context(), func(*tx) error {
		db.changes.rest = func() {
			rests++
			go func() { both <- db.transact(context.Background(), write) }()
			awaitQueue(db, 1)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	many := make(chan error, crowd)
	held(t, db, func() {
		for range crowd {
			go func() { many <- db.transact(context.Background(), func(*tx) error { return nil }) }()
		}
		awaitQueue(db, crowd)
	})
	for range crowd {
		if err := <-many; err != nil {
			t.Fatal(err)
		}
	}
	both <- db.transact(t.Context(), write)
	if rests != 1 {
		t.Fatalf("the writer rested %d times, want once after the crowd", rests)
	}
	for range cap(both) {
		if err := <-both; err != nil {
			t.Fatal(err)
		}
	}
	if one, other := <-shared, <-shared; one != other {
		t.Error("after a crowd, two that write at about the same time do not share a commit")
	}
	if err := db.transact(t.Context(), func(*tx) error { return nil }); err != nil || rests != 1 {
		t.Errorf("the writer rested again for one alone: %d times, %v", rests, err)
	}
}

func TestWaitingChangeIsWithdrawnWithItsContext(t *testing.T) {
	db := openTest(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	held(t, db, func() {
		result := make(chan error)
		go func() { result <- db.transact(ctx, insertMark("withdrawn")) }()
		awaitQueue(db, 1)
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("withdrawn with %v", err)
		}
	})
	if err := db.transact(t.Context(), insertMark("next")); err != nil {
		t.Fatal(err)
	}
	if n := marks(t, db); n != 1 {
		t.Fatalf("%d marks, want the one that was not withdrawn", n)
	}
}

func TestClosedDatabaseRefuses(t *testing.T) {
	db := openTest(t, nil)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.transact(t.Context(), insertMark("late")); !errors.Is(err, errClosed) {
		t.Fatalf("writing to a closed database = %v", err)
	}
}

func TestClosingDoesNotLoseAcceptedChanges(t *testing.T) {
	path := t.TempDir() + "/rekey.db"
	db := openAt(t, path, nil)
	const n = 64
	results := make(chan error, n)
	for i := range n {
		go func() { results <- db.transact(context.Background(), insertMark(fmt.Sprint(i))) }()
	}
	first := <-results
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i := range n {
		if i > 0 {
			first = <-results
		}
		switch {
		case first == nil:
			accepted++
		case !errors.Is(first, errClosed):
			t.Fatal(first)
		}
	}
	if got := marks(t, openAt(t, path, nil)); got != accepted || accepted == 0 {
		t.Fatalf("%d were accepted, %d are there", accepted, got)
	}
}

// A long transaction of the other kind and changes take turns.
func TestBothKindsOfTransactionsTakeTurns(t *testing.T) {
	db := openTest(t, nil)
	atOnce(20, func(i int) {
		if i%2 == 0 {
			if err := db.transact(t.Context(), insertMark(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
			return
		}
		if err := db.inTx(t.Context(), insertMarkSlowly(t.Context(), i)); err != nil {
			t.Error(err)
		}
	})
	if n := marks(t, db); n != 20 {
		t.Fatalf("%d marks, want 20", n)
	}
}

func insertMarkSlowly(ctx context.Context, i int) func(*sql.Tx) error {
	return func(t *sql.Tx) error {
		_, err := t.ExecContext(ctx, "INSERT INTO marks (name, value) VALUES (?, 1)", fmt.Sprint(i))
		return err
	}
}
