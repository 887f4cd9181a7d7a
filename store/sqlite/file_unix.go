//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// linksOf tells how many names (hard links) an open file has.
func linksOf(f *os.File) (uint64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return uint64(info.Sys().(*syscall.Stat_t).Nlink), nil //nolint:unconvert // it is narrower on macOS
}

// identity tells which file is at a path: as os.SameFile does, at a fraction of the
// cost.
func identity(path string) (fileID, error) {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		return fileID{}, err
	}
	return fileID{uint64(s.Dev), s.Ino}, nil //nolint:unconvert // it is narrower on macOS
}

// changedAt tells when a name in a folder changed last, in Unix nanoseconds.
func changedAt(folder string) (int64, error) {
	var s unix.Stat_t
	err := unix.Stat(folder, &s)
	return s.Mtim.Nano(), err
}

// giveTo gives a file to the owner of another one. Only root can.
func giveTo(like, path string) error {
	info, err := os.Stat(like)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return os.Chown(path, int(owner.Uid), int(owner.Gid))
}

// syncFolder makes the names in a folder last.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) { // a file system that needs no such thing
		err = nil
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("writing the folder %s: %w", folder, err)
	}
	return nil
}
