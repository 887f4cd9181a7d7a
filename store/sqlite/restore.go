package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	codes "modernc.org/sqlite/lib"
)

// Restored tells what Restore did.
type Restored struct {
	Path   string // of the file that is in place now
	Schema int64
	Kept   string // where the file is that was in its place; empty: there was none
}

// Restore puts a copy of a backup in the place of the database file at path, which
// is kept under another name. It refuses while a bot serves from the file or
// anything else has it open, and a backup that is damaged, not Rekey's or not for
// this program, before it touches anything. Whenever it is interrupted, the file
// that was there or the backup is in place, whole, if the file system has hard
// links. Codes and grants that live in the
// backup end when the bot starts: some were used since.
func Restore(ctx context.Context, path, backup string, now func() time.Time) (r Restored, err error) {
	if r.Path, err = realPath(path); err != nil {
		return r, err
	}
	if err := usable(backup, r.Path); err != nil {
		return r, err
	}
	release, err := LockServing(r.Path)
	if err != nil {
		return r, fmt.Errorf("nothing was restored: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	unlock, err := lockMaking(ctx, r.Path)
	if err != nil {
		return r, err
	}
	defer unlock()
	folder, err := os.MkdirTemp(filepath.Dir(r.Path), "rekey-restore-*.tmp")
	if err != nil {
		return r, fileError(r.Path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ready := filepath.Join(folder, filepath.Base(r.Path))
	if r.Schema, err = makeReady(ctx, backup, ready); err != nil {
		return r, fmt.Errorf("nothing was restored: %w", fileError(r.Path, err))
	}
	r.Kept, err = exchange(ctx, r.Path, ready, now())
	return r, err
}

// usable tells what is wrong with a backup, or the place it is for, at first sight.
func usable(backup, real string) error {
	from, err := os.Stat(backup)
	switch {
	case missing(err):
		return fmt.Errorf("%s does not exist: name a backup", backup)
	case err != nil:
		return fileError(backup, err)
	case !from.Mode().IsRegular():
		return fmt.Errorf("%s is no file", backup)
	}
	to, err := os.Stat(real)
	switch {
	case missing(err):
		return nil
	case err != nil:
		return fileError(real, err)
	case !to.Mode().IsRegular():
		return fmt.Errorf("%s is no file: name one in it", real)
	case os.SameFile(from, to):
		return fmt.Errorf("%s is in its place already", backup)
	}
	return nil
}

// makeReady copies a backup, and what may be beside it, and looks whether it can be
// used. The backup itself is not opened as a database, which would write beside it.
func makeReady(ctx context.Context, backup, ready string) (version int64, err error) {
	for _, end := range append([]string{""}, companions[:1]...) {
		if err := copyFile(backup+end, ready+end); err != nil && (end == "" || !missing(err)) {
			return 0, err
		}
	}
	db, err := sql.Open("sqlite", dsn(ready, "immediate"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close(), syncFile(ready)) }()
	db.SetMaxOpenConns(1)
	s, err := readSchema(ctx, db, backup)
	if err == nil && s.version == 0 {
		err = fmt.Errorf("%s is empty", backup)
	}
	if err == nil {
		err = settle(ctx, db)
	}
	if err == nil {
		err = checkAll(ctx, db, "integrity_check")
	}
	if failed(err, codes.SQLITE_NOTADB) || failed(err, codes.SQLITE_CORRUPT) || errors.Is(err, errDamaged) {
		err = advise(err, "%s is no SQLite database, or a damaged one. Take another backup", backup)
	}
	if err != nil {
		return 0, err
	}
	// What has another secret than the process before it ends codes and grants.
	_, err = db.ExecContext(ctx, "DELETE FROM marks WHERE name = 'secret'")
	return s.version, err
}

// settle writes the log of changes into the file, which then needs nothing beside
// it. It fails while another process has the file open.
func settle(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	return err
}

// exchange puts the ready file in its place, in one step, and tells under which name
// the one before it is kept.
func exchange(ctx context.Context, real, ready string, now time.Time) (kept string, err error) {
	kept = unused(real + ".replaced-" + stamp(now))
	if _, err := os.Stat(real); missing(err) {
		return "", errors.Join(giveTo(filepath.Dir(real), ready), setAside(real, kept), put(ready, real))
	}
	if err := errors.Join(giveTo(real, ready), settleFile(ctx, real)); err != nil {
		return "", err
	}
	if err := setAside(real, kept); err != nil {
		return "", err
	}
	if os.Link(real, kept) != nil { // a file system without links
		if err := os.Rename(real, kept); err != nil {
			return "", err
		}
	}
	return kept, put(ready, real)
}

func put(ready, real string) error {
	if err := os.Rename(ready, real); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(real))
}

// settleFile settles the file that is to be replaced, unless it is too damaged for
// that.
func settleFile(ctx context.Context, real string) error {
	if is, err := isDatabase(real); err != nil || !is { // SQLite would delete its log
		return err
	}
	db, err := sql.Open("sqlite", dsn(real, "immediate"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	err = settle(ctx, db)
	if failed(err, codes.SQLITE_BUSY) {
		err = fmt.Errorf("nothing was restored: something has %s open (%w). Stop it; the service that reads accounts there too", real, err)
	} else {
		err = nil
	}
	return errors.Join(err, db.Close())
}

// isDatabase tells whether a file begins as SQLite's do.
func isDatabase(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	begins := make([]byte, len(magic))
	_, err = io.ReadFull(f, begins)
	if ended(err) {
		err = nil
	}
	return string(begins) == magic, errors.Join(err, f.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
