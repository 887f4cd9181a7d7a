package sqlite

import (
	"context"
	"fmt"
)

// Check tells whether the file can be read and written now; it is quick at any
// size. A full disk or a file that became read-only is an error that says so.
func (db *DB) Check(ctx context.Context) error {
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
	return nil
}

// CheckIntegrity reads the whole file and tells the first damage that it finds.
func (db *DB) CheckIntegrity(ctx context.Context) error {
	var found string
	if err := db.read.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("checking the database: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("the database is damaged: %s; restore it from a backup", found)
	}
	return nil
}
