package bot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/bot/demo/stage"
	"rekey/store/sqlite"
)

// Whoever only looks makes no database at a mistyped path.
func TestLookingMakesNoDatabase(t *testing.T) {
	dir := t.TempDir()
	set, err := stage.Open(dir, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	path := filepath.Join(dir, "mistyped", "rekey.db")
	environ := append(set.Environ("http://127.0.0.1:1/"), "REKEY_DATABASE="+path)
	for _, command := range []string{
		"check", "jobs", "backup " + filepath.Join(dir, "backup"), "accounts list", "accounts disable lena", "accounts try-password lena",
		"staff list", "staff remove 1", "staff report --from 2026-11-30 --to 2026-11-30",
	} {
		status, out := rekey(t, environ, "", strings.Fields(command)...)
		expect(t, status, out, 1, "REKEY_DATABASE: "+path+" does not exist yet: rekey run or rekey accounts import creates it. Is the path right?")
		if _, err := os.Stat(filepath.Dir(path)); err == nil {
			t.Fatalf("%s makes a folder", command)
		}
	}
}

// Check reads what is in the file.
func TestCheckFindsADamagedDatabase(t *testing.T) {
	set, err := stage.Open(t.TempDir(), time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	path := filepath.Join(t.TempDir(), "rekey.db")
	environ := append(set.Environ("http://127.0.0.1:1/"), "REKEY_DATABASE="+path)
	status, out := rekey(t, environ, "\n", "accounts", "add", "--username", "lena")
	expect(t, status, out, 0, "is added")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for page := range int64(5) {
		if _, err := f.WriteAt([]byte(strings.Repeat("damage", 50)), (20+page)*4096); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	status, out = rekey(t, environ, "", "check")
	expect(t, status, out, 1, "REKEY_DATABASE: ", path+" is damaged. Stop the bot and put a backup in its place: rekey restore FILE")
}

// A bot whose database is deleted ends, with what it held saved, and begins again
// once that is restored.
func TestABotEndsWithItsDatabase(t *testing.T) {
	b := begin(t, time.Now, cheap)
	path := filepath.Join(b.dir, "rekey.db")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := <-b.ended; err == nil || !strings.Contains(err.Error(), "REKEY_DATABASE: "+path+" was deleted or moved away") {
		t.Errorf("the bot ended with %v", err)
	}
	b.wired.close()
	status, out := rekey(t, b.env.Environ, "", "run")
	expect(t, status, out, 1, "REKEY_DATABASE: "+path+" is not there, but "+path+".lock is")
	saved, err := filepath.Glob(path + ".rescued-*")
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved are %q, %v", saved, err)
	}
	status, out = rekey(t, b.env.Environ, "", "restore", saved[0])
	expect(t, status, out, 0, path+" holds what was in "+saved[0], "There was none before.")
	b.build(t)
	b.run(t)
	if accounts := count(t, b.dir, "SELECT count(*) FROM accounts"); accounts == 0 {
		t.Error("nobody has an account any more")
	}
	b.end(t)
}

// A backup is taken while the bot runs, and restored when it does not.
func TestBackupAndRestore(t *testing.T) {
	b := begin(t, time.Now, cheap)
	file := filepath.Join(t.TempDir(), "backup.db")
	status, out := rekey(t, b.env.Environ, "", "backup", file)
	expect(t, status, out, 0, file+" holds all that was in "+filepath.Join(b.dir, "rekey.db"), "rekey restore "+file)
	status, out = rekey(t, b.env.Environ, "\n", "accounts", "add", "--username", "later")
	expect(t, status, out, 0, "is added")
	status, out = rekey(t, b.env.Environ, "", "restore", file)
	expect(t, status, out, 1, "nothing was restored: another process")
	b.end(t)
	b.wired.close()
	status, out = rekey(t, b.env.Environ, "", "restore", file)
	expect(t, status, out, 0, "The one before is kept as "+filepath.Join(b.dir, "rekey.db.replaced-"))
	b.build(t)
	b.run(t)
	if n := count(t, b.dir, "SELECT count(*) FROM identifiers WHERE canonical = 'later'"); n != 0 {
		t.Error("what came after the backup is there")
	}
	b.end(t)
}

// What waits is seen beside a running bot, without a word about whom it is for.
func TestJobsAreShown(t *testing.T) {
	b := begin(t, time.Now, cheap)
	status, out := rekey(t, b.env.Environ, "", "jobs")
	expect(t, status, out, 0, "JOBS", "NOBODY GOT, IN 48 HOURS", "nothing")
	lena := b.visitor(t, 7001)
	lena.asks("lena@gmail.com")
	lena.mailed("lena@gmail.com", 1)
	status, out = rekey(t, b.env.Environ, "", "jobs")
	expect(t, status, out, 0, "expiry")
	for _, secret := range []string{"lena", "gmail", "7001"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is shown:\n%s", secret, out)
		}
	}
	b.end(t)
}

func TestVersion(t *testing.T) {
	status, out := rekey(t, nil, "", "--version")
	expect(t, status, out, 0, "rekey ", ", go1.", fmt.Sprintf("schema %d\n", sqlite.SchemaVersion()))
}
