package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A backup that is taken while others write holds all that was told as done before
// it began, and is sound.
func TestABackupWhileOthersWrite(t *testing.T) {
	r := newRig(t, generous())
	r.account("lena")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := int64(2); ; n++ {
			select {
			case <-stop:
				return
			default:
				if err := note(r.db, fmt.Sprint("note ", n)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	files := filepath.Join(r.TempDir(), "%d")
	for i := range 3 {
		told := fmt.Sprint("told ", i)
		mustDo(t, note(r.db, told))
		beside, err := OpenAsItIs(t.Context(), r.path, nil)
		mustDo(t, err)
		file := fmt.Sprintf(files, i)
		mustDo(t, beside.Backup(t.Context(), file), beside.Close())
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		expectNotes(t, file, told)
	}
	close(stop)
	<-stopped
}

func TestABackupThatCannotBe(t *testing.T) {
	r := newRig(t, generous())
	dir := r.TempDir()
	there := filepath.Join(dir, "there")
	mustDo(t, os.WriteFile(there, []byte("something"), 0o600))
	for file, says := range map[string]string{
		there:                              "exists already and is left as it is",
		dir:                                "is a folder: name a file in it",
		filepath.Join(dir, "none", "a.db"): "Make it first",
		r.path:                             "exists already",
	} {
		if err := r.db.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("a backup at %s = %v; want %q", file, err, says)
		}
	}
	if content, err := os.ReadFile(only(t, filepath.Join(dir, "*"))); string(content) != "something" || err != nil {
		t.Errorf("it holds %q, %v", content, err)
	}
}

// No backup is made of what is damaged.
func TestADamagedFileIsNotBackedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	holding(t, path, "something")
	damage(t, path)
	db := openAt(t, path, nil)
	if err := db.Backup(t.Context(), path+".backup"); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("a backup of a damaged file = %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp")); len(left) > 0 || err != nil {
		t.Errorf("%q is left, %v", left, err)
	}
}

// damage takes from a table what its index goes on holding.
func damage(t *testing.T, path string) {
	t.Helper()
	tamper(t, path, "INSERT INTO accounts (id) VALUES ('a'), ('b')", "PRAGMA writable_schema = 1",
		"UPDATE sqlite_schema SET sql = replace(sql, 'id                   TEXT PRIMARY KEY', 'id TEXT NOT NULL COLLATE NOCASE PRIMARY KEY') WHERE name = 'accounts'",
		"INSERT INTO accounts (id) VALUES ('B'), ('A')")
}
