package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// note leaves something in a file by which it is known again.
func note(db *DB, name string) error {
	return db.transact(context.Background(), func(t *tx) error {
		_, err := t.exec("INSERT INTO marks (name, value) VALUES (?, 1)", name)
		return err
	})
}

// holding makes a file that holds a note, and nothing beside it.
func holding(t *testing.T, path, name string) {
	t.Helper()
	db, err := Open(t.Context(), path, nil)
	mustDo(t, err)
	mustDo(t, note(db, name), db.Close())
}

func expectNotes(t *testing.T, path string, names ...string) {
	t.Helper()
	db, err := OpenAsItIs(t.Context(), path, nil)
	mustDo(t, err)
	for _, name := range names {
		var n int
		if _, err := db.look(t.Context(), into{&n}, "SELECT count(*) FROM marks WHERE name = ?", name); n != 1 || err != nil {
			t.Errorf("%s does not hold %q (%v)", path, name, err)
		}
	}
	mustDo(t, db.CheckIntegrity(t.Context()), db.Close())
}

func mustDo(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// only gives the one path that matches.
func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v; want one", pattern, found, err)
	}
	return found[0]
}

// cp overwrites the file that is there, as the program of that name does.
func cp(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// tamper does something to a file behind the back of the program.
func tamper(t *testing.T, path string, queries ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	mustDo(t, err)
	for _, query := range queries {
		_, err := db.Exec(query)
		mustDo(t, err)
	}
	mustDo(t, db.Close())
}

func expectOpens(t *testing.T, path string) {
	t.Helper()
	db, err := Open(t.Context(), path, nil)
	mustDo(t, err)
	mustDo(t, db.Close())
}
