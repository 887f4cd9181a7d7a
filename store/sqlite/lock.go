package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

var errLocked = errors.New("locked")

// LockServing makes this process the only one that serves from the database
// file at path, until release is called or the process ends. It holds a lock on
// a file beside it, which stays behind unlocked; commands that do not serve
// need no lock.
func LockServing(path string) (release func() error, err error) {
	path += ".lock"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("creating the database's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the database: %w", err)
	}
	if err := lockFile(f); err != nil {
		defer func() { _ = f.Close() }()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another process%s serves from this database already (it holds %s): stop it, or give this one a database of its own",
				holder(f), path)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	if err := sign(f); err != nil {
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
