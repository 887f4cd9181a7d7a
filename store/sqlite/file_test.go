package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is no database of Rekey's, or could be ruined by opening it, is named and
// left as it is.
func TestOpeningWhatIsNoDatabaseOfRekeys(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		says string
	}{
		"a text": {func(t *testing.T, path string) {
			mustDo(t, os.WriteFile(path, []byte(strings.Repeat("text ", 200)), 0o644))
		}, "is no SQLite database"},
		"another's": {func(t *testing.T, path string) { tamper(t, path, "CREATE TABLE accounts (id TEXT)") }, "holds other tables than Rekey's"},
		"another's, goosed": {func(t *testing.T, path string) {
			tamper(t, path, "CREATE TABLE goose_db_version (id TEXT)", "CREATE TABLE users (id TEXT)")
		}, "holds other tables than Rekey's"},
		"a folder": {func(t *testing.T, path string) { mustDo(t, os.Mkdir(path, 0o755)) }, "is a folder: name a file in it"},
		"of several names": {func(t *testing.T, path string) {
			holding(t, path+".first", "first")
			mustDo(t, os.Chmod(path+".first", 0o644), os.Link(path+".first", path))
		}, "has 2 names (hard links)"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rekey.db")
			c.make(t, path)
			before, err := os.Stat(path)
			mustDo(t, err)
			content, _ := os.ReadFile(path)
			db, err := Open(t.Context(), path, nil)
			if err == nil {
				mustDo(t, db.Close())
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("opening it = %v", err)
			}
			after, err := os.Stat(path)
			mustDo(t, err)
			now, _ := os.ReadFile(path)
			if before.Mode() != after.Mode() || string(content) != string(now) {
				t.Errorf("it is changed: %v, was %v", after, before)
			}
		})
	}
}

// To look at a database makes none, and nothing beside one.
func TestOpeningWhatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a folder", "rekey.db")
	if _, err := OpenAsItIs(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), path+" does not exist yet: rekey run or rekey accounts import") {
		t.Errorf("opening nothing = %v", err)
	}
	empty := filepath.Join(dir, "empty.db")
	mustDo(t, os.WriteFile(empty, nil, 0o600))
	if _, err := OpenAsItIs(t.Context(), empty, nil); err == nil || !strings.Contains(err.Error(), "empty.db is empty") {
		t.Errorf("opening an empty file = %v", err)
	}
	if info, err := os.Stat(only(t, filepath.Join(dir, "*"))); err != nil || info.Size() > 0 {
		t.Errorf("%v is left, %v", info, err)
	}
}

// A file that is missing where a bot has served is not made anew, or the bot would
// know nobody and say so.
func TestAMissingFileIsNotMadeAnew(t *testing.T) {
	for _, left := range []string{".lock", "-wal"} {
		path := filepath.Join(t.TempDir(), "rekey.db")
		mustDo(t, os.WriteFile(path+left, []byte("1\n"), 0o600))
		_, err := Open(t.Context(), path, nil)
		if err == nil || !strings.Contains(err.Error(), "rekey.db is not there, but "+path+left+" is") {
			t.Errorf("opening beside %s = %v", left, err)
		}
		only(t, filepath.Join(filepath.Dir(path), "*"))
		mustDo(t, os.Remove(path+left))
		expectOpens(t, path)
	}
}
