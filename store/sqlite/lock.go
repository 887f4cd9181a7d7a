package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var errLocked = errors.New("locked")

// LockServing makes this process the only one that serves from the database
// file at path, until release is called or the process ends. It holds a lock on
// a file beside it, which stays behind unlocked; commands that do not serve
// need no lock. It follows symbolic links: a file has one lock under all of them.
func LockServing(path string) (release func() error, err error) {
	real, err := realPath(path)
	if err != nil {
		return nil, err
	}
	path = real + ".lock"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("creating the database's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the database: %w", fileError(path, err))
	}
	if err := lockFile(f); err != nil {
		defer func() { _ = f.Close() }()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another process%s serves from this database already (it holds %s): stop it, or give this one a database of its own",
				holder(f), path)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if err := errors.Join(giveTo(filepath.Dir(path), path), sign(f)); err != nil {
		return nil, errors.Join(fmt.Errorf("writing %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}

// sign leaves the number of this process for the message to a second one.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holder names the process that holds the lock, as well as it can be known.
func holder(f *os.File) string {
	b := make([]byte, 20)
	n, _ := f.ReadAt(b, 0)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n]))); err == nil {
		return fmt.Sprintf(" (number %d)", pid)
	}
	return ""
}

// lockMaking makes this process the only one that makes the database file or
// changes its schema, as soon as no other does. It holds a lock on a file beside
// it, which goes with it.
func lockMaking(ctx context.Context, real string) (release func(), err error) {
	path := real + ".making"
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fileError(real, err)
		}
		err = lockFile(f)
		if err == nil && stillThere(f) {
			return func() {
				_ = os.Remove(path) // Windows cannot yet; the file may stay
				_ = f.Close()
			}, nil
		}
		_ = f.Close()
		if err != nil && !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

// lookAgain is how long a process waits before it looks whether another is done.
const lookAgain = 20 * time.Millisecond

// stillThere tells that a file was not deleted before it was locked.
func stillThere(f *os.File) bool {
	locked, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(f.Name())
	return err == nil && os.SameFile(locked, there)
}
