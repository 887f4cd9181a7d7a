package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOneProcessServes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not there yet", "rekey.db")
	release, err := LockServing(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockServing(path)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("another process (number %d) serves", os.Getpid())) {
		t.Fatalf("a second lock = %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := LockServing(path)
	if err != nil {
		t.Fatalf("locking a released database = %v", err)
	}
	if err := again(); err != nil {
		t.Fatal(err)
	}
}

func TestLockWhereNothingCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LockServing(filepath.Join(file, "rekey.db")); err == nil {
		t.Fatal("a lock in a folder that cannot be")
	}
}

// A file has one lock under all names that symbolic links give it.
func TestOneProcessServesUnderEachName(t *testing.T) {
	dir := t.TempDir()
	path, link, folder := filepath.Join(dir, "rekey.db"), filepath.Join(dir, "link.db"), filepath.Join(t.TempDir(), "folder")
	mustDo(t, os.Symlink("rekey.db", link), os.Symlink(dir, folder))
	for _, there := range []bool{false, true} {
		if there {
			holding(t, path, "something")
		}
		release, err := LockServing(link)
		mustDo(t, err)
		for _, name := range []string{path, link, filepath.Join(folder, "rekey.db"), filepath.Join(folder, "link.db")} {
			if second, err := LockServing(name); err == nil {
				t.Errorf("a second process serves under %s", name)
				mustDo(t, second())
			}
		}
		mustDo(t, release())
		mustDo(t, os.Remove(path+".lock"))
	}
}
