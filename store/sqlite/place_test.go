package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Whoever deletes, replaces or overwrites a file that is open finds the process at
// its end, told what it was, with nothing said to be done that is lost; and what
// stands there is whole when the process has ended.
func TestAFileThatIsNotWhereItWasIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(path, other string) error // "first" is in one, "other" in the other
		says string
		then func(t *testing.T, path string)
	}{
		"deleted": {
			harm: func(path, _ string) error { return os.Remove(path) },
			says: "rekey.db was deleted or moved away while it was open",
			then: func(t *testing.T, path string) { expectNotes(t, only(t, path+".rescued-*"), "first") },
		},
		"moved away": {
			harm: func(path, _ string) error { return os.Rename(path, path+".moved") },
			says: "rekey.db was deleted or moved away",
			then: func(t *testing.T, path string) { expectNotes(t, path+".moved", "first") },
		},
		"moved away and replaced": {
			harm: func(path, other string) error {
				return errors.Join(os.Rename(path, path+".moved"), os.Rename(other, path))
			},
			says: "rekey.db was replaced by another file",
			then: func(t *testing.T, path string) {
				expectNotes(t, path, "other")
				expectNotes(t, path+".moved", "first")
			},
		},
		"replaced": {
			harm: func(path, other string) error { return os.Rename(other, path) },
			says: "rekey.db was replaced by another file",
			then: func(t *testing.T, path string) {
				expectNotes(t, path, "other")
				expectNotes(t, only(t, path+".rescued-*"), "first")
			},
		},
		"overwritten": {
			harm: func(path, other string) error { return cp(other, path) },
			says: "rekey.db was overwritten",
			then: func(t *testing.T, path string) { // which this process holds to its end
				if left, err := filepath.Glob(path + "-*"); len(left) > 0 || err != nil {
					t.Errorf("beside it are %q, %v", left, err)
				}
				copied := filepath.Join(t.TempDir(), "copied.db")
				mustDo(t, os.WriteFile(copied, nil, 0o600), cp(path, copied))
				expectNotes(t, copied, "other")
			},
		},
		"cut": {
			harm: func(path, _ string) error { return os.Truncate(path, 0) },
			says: "rekey.db was overwritten",
			then: func(*testing.T, string) {},
		},
		"log deleted": {
			harm: func(path, _ string) error { return os.Remove(path + "-wal") },
			says: "rekey.db-wal was deleted or moved away",
			then: func(t *testing.T, path string) { expectNotes(t, path, "first") },
		},
		"log deleted, and another process comes": {
			harm: func(path, _ string) error {
				return errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm"), opening(path, "theirs").Run())
			},
			says: "rekey.db-wal was replaced by another file",
			then: func(t *testing.T, path string) {
				process := opening(path, "theirs, later") // this one holds the file to its end
				process.Stderr = os.Stderr
				mustDo(t, process.Run())
				copied := filepath.Join(t.TempDir(), "copied.db")
				for _, end := range []string{"", "-wal"} {
					mustDo(t, os.WriteFile(copied+end, nil, 0o600), cp(path+end, copied+end))
				}
				expectNotes(t, copied, "theirs", "theirs, later")
				expectNotes(t, only(t, path+".rescued-*"), "first")
			},
		},
		"what is shared deleted": {
			harm: func(path, _ string) error { return os.Remove(path + "-shm") },
			says: "rekey.db-shm was deleted or moved away",
			then: func(t *testing.T, path string) { expectNotes(t, path, "first") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, other := filepath.Join(t.TempDir(), "rekey.db"), filepath.Join(t.TempDir(), "other.db")
			holding(t, other, "other")
			backup(t, &other)
			db, err := Open(t.Context(), path, nil)
			mustDo(t, err)
			mustDo(t, note(db, "first"), c.harm(path, other))
			for what, err := range map[string]error{
				"a change": note(db, "second"), "a long change": db.inTx(t.Context(), func(*sql.Tx) error { return nil }),
				"a check": db.Check(t.Context()), "watching": db.Watch(t.Context(), func() {}),
			} {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s says %v; want that %s", what, err, c.says)
				}
			}
			mustDo(t, db.Close())
			c.then(t, path)
		})
	}
}

// backup exchanges a file for a backup of it.
func backup(t *testing.T, path *string) {
	t.Helper()
	db, err := OpenAsItIs(t.Context(), *path, nil)
	mustDo(t, err)
	mustDo(t, copyTo(t.Context(), db.write, *path+".backup"), db.Close())
	*path += ".backup"
}

// Closing a file that was replaced leaves alone what is beside the one that is there
// now, although it has the same name.
func TestClosingALostFileHarmsNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	lost, err := Open(t.Context(), path, nil)
	mustDo(t, err)
	mustDo(t, note(lost, "first"))
	for _, end := range []string{"", "-wal", "-shm"} {
		mustDo(t, os.Rename(path+end, path+".moved"+end))
	}
	db := openAt(t, path, nil)
	mustDo(t, note(db, "second"))
	if err := note(lost, "third"); err == nil {
		t.Error("a change is told as done")
	}
	mustDo(t, lost.Close(), note(db, "fourth"))
	if err := db.Check(t.Context()); err != nil {
		t.Fatalf("after another process has closed: %v", err)
	}
	mustDo(t, db.Close())
	expectNotes(t, path, "second", "fourth")
	expectNotes(t, path+".moved", "first")
}

// A symbolic link that comes to lead elsewhere is a replaced file too.
func TestALinkThatLeadsElsewhereIsNoticed(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link.db")
	mustDo(t, os.Symlink("one.db", link))
	db := openAt(t, link, nil) // a link to nothing makes what it leads to
	mustDo(t, note(db, "one"))
	holding(t, filepath.Join(dir, "two.db"), "two")
	mustDo(t, os.Remove(link), os.Symlink("two.db", link))
	if err := db.Watch(t.Context(), func() {}); err == nil || !strings.Contains(err.Error(), "link.db was replaced") {
		t.Fatalf("watching a link that leads elsewhere = %v", err)
	}
}

// A log that grew while something read for long is cut once nothing does, whether
// others go on writing or nobody does.
func TestTheLogIsCutAfterALongReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	db, reader := openAt(t, path, nil), openAt(t, path, nil)
	grow := func() (done func() error) {
		t.Helper()
		reading, err := reader.read.BeginTx(t.Context(), nil)
		mustDo(t, err)
		var n int
		mustDo(t, reading.QueryRow("SELECT count(*) FROM marks").Scan(&n))
		for range 50 {
			mustDo(t, db.transact(t.Context(), func(t *tx) error {
				_, err := t.exec("INSERT OR REPLACE INTO conversations (chat, revision, body, expires) VALUES (1, 1, randomblob(1048576), 1)")
				return err
			}))
		}
		if size := db.place.logSize(); size < 2*largeLog {
			t.Fatalf("the log has %d bytes beside a long reader", size)
		}
		return reading.Rollback
	}

	mustDo(t, grow()(), note(db, "writes it into the file"), note(db, "begins it anew"))
	if size := db.place.logSize(); size > largeLog {
		t.Errorf("the log has %d bytes", size)
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	done := grow()
	go func() { ended <- db.Watch(ctx, func() {}) }()
	mustDo(t, note(db, "while it reads"), done())
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for db.place.logSize() > largeLog {
		select {
		case err := <-ended:
			t.Fatalf("watching ended with %v", err)
		case <-tick.C:
		}
	}
	stop()
	mustDo(t, <-ended, note(db, "afterwards"))
	expectNotes(t, path, "while it reads", "afterwards")
}
