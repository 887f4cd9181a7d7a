package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// look reads one row outside any transaction, from what is committed; false
// when there is none. It is for reads so short that only their beginning heeds
// the context: watching one costs more than they do.
func (db *DB) look(ctx context.Context, dest into, query string, args ...any) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx)
	s, err := db.reader(ctx, query)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%q: %w", query, err)
	}
	return true, nil
}

// each reads rows outside any transaction, from what is committed: each one goes
// to dest before it is taken. It stops at the first error of take.
func (db *DB) each(ctx context.Context, dest into, take func() error, query string, args ...any) error {
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%q: %w", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("%q: %w", query, err)
		}
		if err := take(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%q: %w", query, err)
	}
	return nil
}

// reader gives the query, prepared once for the file.
func (db *DB) reader(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := db.readers.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := db.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", query, err)
	}
	if first, raced := db.readers.LoadOrStore(query, s); raced {
		return first.(*sql.Stmt), s.Close()
	}
	return s, nil
}
