package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

func atStart() time.Time { return startOfTests }

// backedUp makes a file that holds a note, and a backup of it.
func backedUp(t *testing.T, name string) (path, file string) {
	t.Helper()
	path, file = filepath.Join(t.TempDir(), "rekey.db"), filepath.Join(t.TempDir(), "backup.db")
	holding(t, path, name)
	db := openAt(t, path, nil)
	mustDo(t, db.Backup(t.Context(), file), db.Close())
	return path, file
}

// killed leaves a file as a process that was killed does, with its last change in
// the log alone.
func killed(t *testing.T, path, name string) {
	t.Helper()
	db, err := Open(t.Context(), path, nil)
	mustDo(t, err)
	mustDo(t, note(db, name))
	copied := filepath.Join(t.TempDir(), "copied.db")
	for _, end := range []string{"", "-wal"} {
		mustDo(t, os.WriteFile(copied+end, nil, 0o600), cp(path+end, copied+end))
	}
	mustDo(t, db.Close())
	for _, end := range []string{"", "-wal"} {
		mustDo(t, os.Rename(copied+end, path+end))
	}
}

// A backup comes in the place of a file whose process was killed, beside whose log
// it would be malformed; nothing of that file is lost.
func TestRestoreBesideALogThatWasLeft(t *testing.T) {
	path, file := backedUp(t, "backed up")
	killed(t, path, "later")
	done, err := Restore(t.Context(), path, file, atStart)
	if want := (Restored{path, SchemaVersion(), path + ".replaced-20261123-120000"}); err != nil || done != want {
		t.Fatalf("restored %+v, %v; want %+v", done, err, want)
	}
	if left, err := filepath.Glob(path + "-*"); len(left) > 0 || err != nil {
		t.Errorf("%q is beside it, %v", left, err)
	}
	expectNotes(t, path, "backed up")
	expectNotes(t, done.Kept, "backed up", "later")
	if again, err := Restore(t.Context(), path, done.Kept, atStart); err != nil || again.Kept != done.Kept+".2" {
		t.Errorf("restoring what was replaced = %+v, %v", again, err)
	}
	expectNotes(t, path, "backed up", "later")
}

func TestRestoreWhereNothingIsOrWhatIsIsDamaged(t *testing.T) {
	_, file := backedUp(t, "backed up")
	path := filepath.Join(t.TempDir(), "a folder", "rekey.db")
	done, err := Restore(t.Context(), path, file, atStart)
	if err != nil || done.Kept != "" {
		t.Fatalf("restored %+v, %v", done, err)
	}
	expectNotes(t, path, "backed up")
	mustDo(t, os.WriteFile(path, []byte("something"), 0o600), os.WriteFile(path+"-wal", []byte("its log"), 0o600))
	done, err = Restore(t.Context(), path, file, atStart)
	mustDo(t, err)
	expectNotes(t, path, "backed up")
	for end, want := range map[string]string{"": "something", "-wal": "its log"} {
		if kept, err := os.ReadFile(done.Kept + end); string(kept) != want || err != nil {
			t.Errorf("kept is %q, %v; want %q", kept, err, want)
		}
	}
}

// A symbolic link goes on leading to the file.
func TestRestoreThroughALink(t *testing.T) {
	path, file := backedUp(t, "backed up")
	link := filepath.Join(t.TempDir(), "link.db")
	mustDo(t, os.Symlink(path, link))
	done, err := Restore(t.Context(), link, file, atStart)
	if err != nil || done.Path != path {
		t.Fatalf("restored %+v, %v", done, err)
	}
	if to, err := os.Readlink(link); to != path || err != nil {
		t.Errorf("the link leads to %s, %v", to, err)
	}
	expectNotes(t, link, "backed up")
}

// What cannot be restored, or not now, leaves all as it is.
func TestWhatIsNotRestored(t *testing.T) {
	for name, c := range map[string]struct {
		hinder func(t *testing.T, path, file string)
		says   string
	}{
		"a bot serves": {func(t *testing.T, path, _ string) {
			release, err := LockServing(path)
			mustDo(t, err)
			t.Cleanup(func() { mustDo(t, release()) })
		}, "another process"},
		"something has it open": {func(t *testing.T, path, _ string) { openAt(t, path, nil) }, "something has " /* the path */},
		"damaged":               {func(t *testing.T, _, file string) { damage(t, file) }, "Take another backup"},
		"no database": {func(t *testing.T, _, file string) {
			mustDo(t, os.WriteFile(file, []byte(strings.Repeat("text ", 200)), 0o600))
		}, "is no SQLite database, or a damaged one. Take another backup"},
		"cut short": {func(t *testing.T, _, file string) {
			info, err := os.Stat(file)
			mustDo(t, err, os.Truncate(file, info.Size()/2))
		}, "Take another backup"},
		"empty": {func(t *testing.T, _, file string) { mustDo(t, os.Truncate(file, 0)) }, "is empty"},
		"another's": {func(t *testing.T, _, file string) {
			mustDo(t, os.Remove(file))
			tamper(t, file, "CREATE TABLE users (id TEXT)")
		}, "other tables than Rekey's"},
		"a newer program's": {func(t *testing.T, _, file string) {
			tamper(t, file, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)", "PRAGMA user_version = 98")
		}, "only a rekey that knows schema 98"},
		"missing":         {func(t *testing.T, _, file string) { mustDo(t, os.Remove(file)) }, "does not exist: name a backup"},
		"a folder":        {func(t *testing.T, _, file string) { mustDo(t, os.Remove(file), os.Mkdir(file, 0o700)) }, "is no file"},
		"the file itself": {func(t *testing.T, path, file string) { mustDo(t, os.Remove(file), os.Symlink(path, file)) }, "is in its place already"},
	} {
		t.Run(name, func(t *testing.T) {
			path, file := backedUp(t, "backed up")
			killed(t, path, "later")
			c.hinder(t, path, file)
			done, err := Restore(t.Context(), path, file, atStart)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("restored %+v, %v; want %q", done, err, c.says)
			}
			expectNotes(t, path, "backed up", "later")
			if left, err := filepath.Glob(path + ".replaced*"); len(left) > 0 || err != nil {
				t.Errorf("%q is left, %v", left, err)
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp")); len(left) > 0 || err != nil {
				t.Errorf("%q is left, %v", left, err)
			}
		})
	}
}

// A code or a grant that was used after the backup was taken does not come alive
// again with it.
func TestARestoredFileProvesNothing(t *testing.T) {
	r := newRig(t, generous())
	lena, omar := r.account("lena"), r.account("omar")
	mustDo(t, r.Resume(t.Context()))
	sent, job := r.proven(1, lena)
	proved, granted := r.grant(2, omar)
	file := filepath.Join(r.TempDir(), "backup.db")
	mustDo(t, r.db.Backup(t.Context(), file))
	expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
	expectKind[flows.PasswordSet](t, r.change(setting(2, proved.Recovery, granted.Grant, "Marigold&Rain7")))
	mustDo(t, r.db.Close())
	_, err := Restore(t.Context(), r.path, file, r.now)
	mustDo(t, err)
	r.reopen(generous())
	mustDo(t, r.Resume(t.Context()))
	expectKind[flows.CodeExpired](t, r.guess(1, sent.Recovery, job.Text))
	expectKind[flows.GrantVoid](t, r.change(setting(2, proved.Recovery, granted.Grant, "Marigold&Rain8")))
}
