package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
)

// tx is a write transaction. It speaks to the driver without database/sql in
// between, which halves what a statement costs; statements are prepared once
// for a connection. Arguments are int64, string, []byte (nil is empty) or nil.
type tx struct {
	w     *writer
	now   int64 // the ledger's time: one for a whole transaction, in Unix milliseconds
	wrote bool
	owed  bool // a job that is due was added
}

// row is one row of a result; it is valid until the next one is asked for.
type row []driver.Value

// into lists where the columns of a row go: *int64, *string, *[]byte or *bool.
type into []any

func (t *tx) stmt(query string) (driver.Stmt, error) {
	if s, ok := t.w.prepared[query]; ok {
		return s, nil
	}
	s, err := t.w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", query, err)
	}
	t.w.prepared[query] = s
	return s, nil
}

func (t *tx) run(query string, args ...driver.Value) (driver.Result, error) {
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(context.Background(), t.w.named(args))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", query, err)
	}
	return result, nil
}

// exec runs a statement that writes and tells how many rows it changed.
func (t *tx) exec(query string, args ...driver.Value) (int64, error) {
	result, err := t.run(query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, err
	}
	t.wrote = t.wrote || n > 0
	return n, nil
}

// changes tells whether something that is done here writes. What else the
// transaction holds, which may be another's, does not count.
func (t *tx) changes(do func() error) (bool, error) {
	before := t.wrote
	t.wrote = false
	err := do()
	changed := t.wrote
	t.wrote = before || changed
	return changed, err
}

// first reads the first row, if there is one.
func (t *tx) first(dest into, query string, args ...driver.Value) (bool, error) {
	for r, err := range t.rows(query, args...) {
		if err != nil {
			return false, err
		}
		return true, r.scan(dest...)
	}
	return false, nil
}

// rows gives all rows. A failure is the last thing it gives.
func (t *tx) rows(query string, args ...driver.Value) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		s, err := t.stmt(query)
		if err != nil {
			yield(nil, err)
			return
		}
		rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), t.w.named(args))
		if err != nil {
			yield(nil, fmt.Errorf("%q: %w", query, err))
			return
		}
		defer func() { _ = rows.Close() }()
		r := make(row, len(rows.Columns()))
		for {
			if err := rows.Next(r); err != nil {
				if !errors.Is(err, io.EOF) {
					yield(nil, fmt.Errorf("%q: %w", query, err))
				}
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (r row) scan(dest ...any) error {
	for i, d := range dest {
		ok := false
		switch d := d.(type) {
		case *int64:
			*d, ok = r[i].(int64)
		case *string:
			*d, ok = r[i].(string)
		case *[]byte:
			*d, ok = r[i].([]byte)
		case *bool:
			var n int64
			n, ok = r[i].(int64)
			*d = n != 0
		}
		if !ok {
			return fmt.Errorf("column %d holds %T, which does not go into %T", i, r[i], d)
		}
	}
	return nil
}

// named gives arguments in the driver's form, valid until the next call: the
// driver copies them into the statement.
func (w *writer) named(args []driver.Value) []driver.NamedValue {
	w.args = w.args[:0]
	for i, a := range args {
		if b, ok := a.([]byte); ok && b == nil {
			a = []byte{}
		}
		w.args = append(w.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return w.args
}
