// Package sqlite remembers in one SQLite file: the built-in directory of
// accounts, the ledger, the outbox of jobs and, where no Redis is configured,
// the conversations.
//
// One connection writes, several read. A transaction that commits is on disk
// (WAL with synchronous=FULL); transactions that wait at the same time are
// committed together and share that cost. One process serves from a file at a time,
// held by a lock beside it; commands such as an import may run beside it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// largeLog is how large the log of changes may stay once it is written into the
// file, in bytes: more than it is when that happens in the usual course, after 4000
// pages, so that its room is given back only after something read for long.
const largeLog = 24 << 20

// busyTimeout is how long a change waits for one of another process, in milliseconds.
const busyTimeout = "5000"

// DB is an open database file. Safe for concurrent use.
type DB struct {
	write *sql.DB // one connection: writers queue here instead of meeting SQLITE_BUSY
	read  *sql.DB
	now   func() time.Time
	real  string // the path of the file itself
	known schema // what it was found to have
	// file is the file once more: when it is closed, the locks end that SQLite has on
	// it in this process (POSIX), so that it is opened first and closed last.
	file *os.File

	readers sync.Map // *sql.Stmt by their text
	changes *writer
	bell    bell // rung when a job is due
	place   *place
	held    *sql.Conn // open as long as the file is, so that SQLite keeps what is beside it
	closed  func() error
}

// Open opens the file, creating it and its folder as needed, and brings its
// schema up to date; what it held before is kept beside it then. It refuses a file
// that is not Rekey's, that a newer program has changed beyond what this one can
// live with, or that has several names (hard links). A file that is missing
// although a bot has served from it is not created anew. Close releases it. now
// tells the time; nil is time.Now.
func Open(ctx context.Context, path string, now func() time.Time) (*DB, error) {
	return open(ctx, path, now, true)
}

// OpenAsItIs opens a file that is there and leaves its schema alone, older or newer
// than this program's within what it can live with. A database that is not there
// is an error.
func OpenAsItIs(ctx context.Context, path string, now func() time.Time) (*DB, error) {
	if err := Find(path); err != nil {
		return nil, err
	}
	return open(ctx, path, now, false)
}

func open(ctx context.Context, path string, now func() time.Time, prepare bool) (*DB, error) {
	if now == nil {
		now = time.Now
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db := &DB{now: now}
	db.closed = sync.OnceValue(db.close)
	if db.real, err = realPath(path); err != nil {
		return nil, err
	}
	if prepare {
		if err := create(db.real); err != nil {
			return nil, err
		}
	}
	if err := suitable(db.real); err != nil {
		return nil, fileError(db.real, err)
	}
	if db.file, err = os.Open(db.real); err != nil {
		return nil, fileError(db.real, err)
	}
	if err := db.open(ctx, path, prepare); err != nil {
		return nil, errors.Join(fileError(db.real, err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, path string, prepare bool) (err error) {
	if db.write, err = sql.Open("sqlite", dsn(db.real, "immediate")+"&_pragma=cache_size(-8000)"); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	db.write.SetConnMaxIdleTime(0)
	if db.read, err = sql.Open("sqlite", dsn(db.real, "deferred")+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(5) // one is held
	db.read.SetMaxIdleConns(5)
	if err = oneName(db.file); err == nil && prepare {
		err = db.migrate(ctx)
	}
	if err == nil {
		db.known, err = readSchema(ctx, db.read, db.real)
	}
	if err == nil && db.known.version == 0 {
		err = fmt.Errorf("%s is empty: rekey run or rekey accounts import fills it. Is the path right?", db.real)
	}
	if err != nil {
		return err
	}
	// Only now is it known to be ours to change.
	if err := os.Chmod(db.real, 0o600); err != nil {
		return err
	}
	if err := keepLog(ctx, db.write); err != nil {
		return err
	}
	if db.held, err = db.read.Conn(ctx); err != nil {
		return err
	}
	var tables int
	if err := db.held.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if db.place, err = newPlace(path, db.real, db.file); err != nil {
		return err
	}
	db.changes = newWriter(db.write, db.now, db.bell.ring, db.place.glance)
	return nil
}

// Path is where the file itself is.
func (db *DB) Path() string { return db.real }

// Schema is the number of the schema that the file has.
func (db *DB) Schema() int64 { return db.known.version }

// Close finishes the transactions under way and closes the file.
func (db *DB) Close() error { return db.closed() }

func (db *DB) close() error {
	var errs []error
	if db.changes != nil {
		errs = append(errs, db.changes.close())
		if lost, is := errors.AsType[*lostFile](db.place.look()); is {
			return errors.Join(append(errs, db.leave(lost))...)
		}
	}
	return errors.Join(append(errs, db.closeFiles())...)
}

func (db *DB) closeFiles() error {
	var errs []error
	for _, pool := range []*sql.DB{db.write, db.read} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if db.held != nil {
		errs = append(errs, db.held.Close())
	}
	return errors.Join(append(errs, db.file.Close())...)
}

// leave closes a file that is not where it was, and harms none that is there now.
// What was changed last goes into the file that is open, wherever that is, so that
// nothing of it is left beside another one, which SQLite would take for its own.
func (db *DB) leave(lost *lostFile) error {
	switch {
	case lost.over: // nothing may go into it; SQLite would write while closing
		return setAside(db.real, unused(db.real+".overwritten-"+stamp(db.now())))
	case lost.log && db.place.taken(): // the same
		return nil
	case lost.log: // SQLite writes it in while closing
		return db.closeFiles()
	}
	_, err := db.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, db.closeFiles())
}

// dsn holds every pragma, so that each pooled connection gets them.
func dsn(path, lock string) string {
	q := url.Values{"mode": {"rw"}, "_txlock": {lock}} // never makes a file
	for _, p := range []string{
		"busy_timeout(" + busyTimeout + ")", "synchronous(FULL)", "foreign_keys(1)", "trusted_schema(0)", "temp_store(MEMORY)",
		"wal_autocheckpoint(4000)", "journal_size_limit(" + strconv.Itoa(largeLog) + ")",
	} {
		q.Add("_pragma", p)
	}
	return fileURL(path, q.Encode())
}

func fileURL(path, query string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}).String()
}

// inTx runs f in one write transaction of its own: for imports and other
// work that is long or rare. What serves people uses transact.
func (db *DB) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return db.place.look()
}
