package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Check tells whether the file can be read and written now, and still is where it
// was; it is quick at any size. A full disk, a file that became read-only and one
// that was deleted or replaced are errors that say so.
func (db *DB) Check(ctx context.Context) error {
	return fileError(db.real, db.check(ctx))
}

func (db *DB) check(ctx context.Context) error {
	err := db.transact(ctx, func(t *tx) error {
		_, err := t.exec("INSERT INTO marks (name, value) VALUES ('checked', ?1) ON CONFLICT DO UPDATE SET value = ?1", t.now)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing to the database: %w", err)
	}
	var checked int64
	if err := db.read.QueryRowContext(ctx, "SELECT value FROM marks WHERE name = 'checked'").Scan(&checked); err != nil {
		return fmt.Errorf("reading the database: %w", err)
	}
	return db.place.look()
}

// CheckIntegrity reads the whole file and tells the first damage that it finds.
func (db *DB) CheckIntegrity(ctx context.Context) error {
	return fileError(db.real, checkAll(ctx, db.read, "quick_check"))
}

var errDamaged = errors.New("what it holds contradicts itself")

// checkAll has SQLite read the whole file, by one of its pragmas for that.
func checkAll(ctx context.Context, db *sql.DB, pragma string) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA "+pragma+"(1)").Scan(&found); err != nil {
		return fmt.Errorf("checking the database: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, found)
	}
	return nil
}
