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
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open database file. Safe for concurrent use.
type DB struct {
	write  *sql.DB // one connection: writers queue here instead of meeting SQLITE_BUSY
	read   *sql.DB
	now    func() time.Time
	beside string // the folder of the file

	readers sync.Map // *sql.Stmt by their text
	changes *writer
	bell    bell // rung when a job is due
}

// Open opens the file, creating it and its folder as needed, and brings its
// schema up to date. Close releases it. now tells the time; nil is time.Now.
func Open(ctx context.Context, path string, now func() time.Time) (*DB, error) {
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("creating the database's folder: %w", err)
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	db := &DB{now: now, beside: filepath.Dir(path)}
	var err error
	if db.write, err = sql.Open("sqlite", dsn(path, "immediate")+"&_pragma=cache_size(-8000)"); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.write.SetMaxOpenConns(1)
	db.write.SetConnMaxIdleTime(0)
	if db.read, err = sql.Open("sqlite", dsn(path, "deferred")+"&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), db.Close())
	}
	db.read.SetMaxOpenConns(4)
	db.read.SetMaxIdleConns(4)
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), db.Close())
	}
	db.changes = newWriter(db.write, db.now, db.bell.ring)
	return db, nil
}

// Close finishes the transactions under way and closes the file.
func (db *DB) Close() error {
	var errs []error
	if db.changes != nil {
		errs = append(errs, db.changes.close())
	}
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

func (db *DB) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, files)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// dsn holds every pragma, so that each pooled connection gets them.
func dsn(path, lock string) string {
	q := url.Values{"_txlock": {lock}}
	for _, p := range []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "trusted_schema(0)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)",
	} {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// makePrivate lets the file's owner alone read it, and makes it if need be. The
// files that SQLite puts beside it get the same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("creating the database: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
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
	return nil
}
