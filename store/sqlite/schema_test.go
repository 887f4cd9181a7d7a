package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

// opensAt names the variable that makes the test binary a process which opens a
// file and leaves a note there.
const opensAt = "OPENS_AT"

func TestMain(m *testing.M) {
	path, name, opens := strings.Cut(os.Getenv(opensAt), "|")
	if !opens {
		os.Exit(m.Run())
	}
	db, err := Open(context.Background(), path, nil)
	if err == nil {
		err = note(db, name)
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// opening gives a process that opens a file and leaves a note.
func opening(path, name string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), opensAt+"="+path+"|"+name)
	return c
}

// Processes that come to a file at once, a new one or one of an older schema, all
// find it ready.
func TestProcessesThatComeAtOnceAllOpenAFile(t *testing.T) {
	for name, make := range map[string]func(*testing.T, string){
		"new":   func(*testing.T, string) {},
		"empty": func(t *testing.T, path string) { mustDo(t, os.WriteFile(path, nil, 0o600)) },
		"older": func(t *testing.T, path string) { ofSchema(t, path, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rekey.db")
			make(t, path)
			said := map[string]*bytes.Buffer{}
			var names []string
			for i := range 8 {
				names = append(names, fmt.Sprint("process ", i))
				said[names[i]] = &bytes.Buffer{}
			}
			atOnce(len(names), func(i int) {
				process := opening(path, names[i])
				process.Stderr = said[names[i]]
				_ = process.Run()
			})
			for name, said := range said {
				if said.Len() > 0 {
					t.Errorf("%s: %s", name, said)
				}
			}
			expectNotes(t, path, names...)
			if left, err := filepath.Glob(path + ".making"); len(left) > 0 || err != nil {
				t.Errorf("%q is left, %v", left, err)
			}
		})
	}
}

// ofSchema makes a file as an older program left it.
func ofSchema(t *testing.T, path string, version int64) {
	t.Helper()
	mustDo(t, os.WriteFile(path, nil, 0o600))
	db, err := sql.Open("sqlite", dsn(path, "immediate"))
	mustDo(t, err)
	files, err := fs.Sub(migrations, "migrations")
	mustDo(t, err)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	mustDo(t, err)
	_, err = p.UpTo(t.Context(), version)
	mustDo(t, err)
	_, err = db.Exec("INSERT INTO marks (name, value) VALUES ('before', 1)")
	mustDo(t, err, keepLog(t.Context(), db), db.Close())
}

// A file that a newer program has changed is opened by this one if it says so, and
// otherwise refused with what to do, which is to go back to the newest copy that was
// kept of a schema known here.
func TestANewerSchemaIsOpenedIfItAllows(t *testing.T) {
	known := SchemaVersion()
	path := filepath.Join(t.TempDir(), "rekey.db")
	holding(t, path, "newer")
	tamper(t, path, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, 1)", known+2))
	for _, c := range []struct {
		oldest, needs int64 // 0: nothing is needed
		kept, advised string
	}{
		{oldest: known - 1},
		{oldest: known},
		{oldest: known + 1, needs: known + 1, advised: "Start the newer rekey again"},
		{oldest: known + 2, needs: known + 2, kept: ".schema-2", advised: "rekey restore " + path + ".schema-2"},
		{oldest: 0, needs: known + 2, kept: ".schema-3", advised: "rekey restore " + path + ".schema-3"},
		{oldest: 0, needs: known + 2, kept: fmt.Sprint(".schema-", known+1), advised: "rekey restore " + path + ".schema-3"},
	} {
		tamper(t, path, fmt.Sprint("PRAGMA user_version = ", c.oldest))
		if c.kept != "" {
			mustDo(t, os.WriteFile(path+c.kept, nil, 0o600))
		}
		if c.needs == 0 {
			expectNotes(t, path, "newer")
			continue
		}
		for _, open := range []func(context.Context, string, func() time.Time) (*DB, error){Open, OpenAsItIs} {
			db, err := open(t.Context(), path, nil)
			if err == nil {
				mustDo(t, db.Close())
			}
			says := fmt.Sprintf("schema %d, which only a rekey that knows schema %d or a later one may open; this one knows %d", known+2, c.needs, known)
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), c.advised) {
				t.Errorf("a file for %d and later = %v", c.oldest, err)
			}
		}
	}
}

// What a file held before its schema changes is kept, once, for its owner alone.
func TestACopyIsKeptBeforeTheSchemaChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	ofSchema(t, path, 3)
	before := filepath.Join(t.TempDir(), "before.db")
	mustDo(t, os.WriteFile(before, nil, 0o600), cp(path, before))
	for range 2 {
		expectOpens(t, path)
	}
	kept := only(t, path+".schema*")
	if kept != path+".schema-3" {
		t.Fatalf("kept as %s", kept)
	}
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kept with mode %v, %v", info.Mode(), err)
	}
	expectNotes(t, path, "before")
	expectNotes(t, kept, "before")
	if db, err := OpenAsItIs(t.Context(), kept, nil); err != nil || db.Schema() != 3 {
		t.Errorf("what is kept has schema %d, %v", db.Schema(), err)
	} else {
		mustDo(t, db.Close())
	}

	// Whatever is kept already stays; the same is not kept twice.
	mustDo(t, os.Remove(path), os.Remove(kept), os.WriteFile(kept, []byte("something else"), 0o600))
	for range 2 {
		mustDo(t, os.RemoveAll(path), os.WriteFile(path, nil, 0o600), cp(before, path))
		expectOpens(t, path)
	}
	if found, err := filepath.Glob(path + ".schema*"); len(found) != 2 || err != nil {
		t.Errorf("kept are %q, %v", found, err)
	}
	expectNotes(t, kept+".2", "before")
	if content, err := os.ReadFile(kept); string(content) != "something else" || err != nil {
		t.Errorf("what was there before holds %q, %v", content, err)
	}
}

func TestNothingIsKeptOfANewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	expectOpens(t, path)
	only(t, filepath.Join(filepath.Dir(path), "*"))
}

// Where no copy can be kept, and where a bot serves, the schema stays as it is.
func TestASchemaStaysWhereItCannotChange(t *testing.T) {
	longest := strings.Repeat("n", 255-len("-journal")) // a name for the copy is too long then
	for name, c := range map[string]struct {
		file   string
		hinder func(t *testing.T, path string)
		says   []string
	}{
		"no copy": {
			longest, func(*testing.T, string) {},
			[]string{"nothing was changed", "keeping a copy before schema 3 becomes"},
		},
		"a bot serves": {
			"rekey.db", func(t *testing.T, path string) {
				release, err := LockServing(path)
				mustDo(t, err)
				t.Cleanup(func() { mustDo(t, release()) })
			},
			[]string{"its schema 3 has to become", fmt.Sprintf("another process (number %d) serves", os.Getpid())},
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			ofSchema(t, path, 3)
			c.hinder(t, path)
			_, err := Open(t.Context(), path, nil)
			for _, what := range c.says {
				if err == nil || !strings.Contains(err.Error(), what) {
					t.Errorf("err = %v, want %q", err, what)
				}
			}
			db, err := OpenAsItIs(t.Context(), path, nil)
			mustDo(t, err)
			if db.Schema() != 3 {
				t.Errorf("the schema is %d", db.Schema())
			}
			mustDo(t, db.Close())
		})
	}
}
