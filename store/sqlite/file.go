package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	engine "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// companions are what SQLite keeps beside an open file, by the end of their names:
// the log of what was changed last, and what the processes that have it open share.
var companions = []string{"-wal", "-shm"}

// realPath gives the absolute path of the file itself, which may not be there yet:
// what is kept beside it is beside it under each name that a symbolic link gives it.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 { // as many links as Linux follows
		found, err := filepath.EvalSymlinks(path)
		if err == nil || !missing(err) {
			return found, err
		}
		to, err := os.Readlink(path)
		if err != nil { // no link: the folder may be one
			if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
				return filepath.Join(folder, filepath.Base(path)), nil
			}
			return path, nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", fmt.Errorf("%s is a symbolic link that leads nowhere", path)
}

// missing tells that nothing is at a path.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// Find tells what is wrong where a database is expected and there is none. It looks
// no further than that.
func Find(path string) error {
	real, err := realPath(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(real); !missing(err) {
		return fileError(real, err)
	}
	if err := wasThere(real); err != nil {
		return err
	}
	return fmt.Errorf("%s does not exist yet: rekey run or rekey accounts import creates it. Is the path right?", real)
}

// wasThere tells by what is left beside it that a file which is not there once was.
// To begin with an empty one in its place would hide that.
func wasThere(real string) error {
	for _, left := range []string{".lock", "-wal"} {
		if info, err := os.Stat(real + left); err == nil && (left == ".lock" || info.Size() > 0) {
			return fmt.Errorf("%s is not there, but %s is: it was deleted or moved, or its disk is not mounted. "+
				"Put it back, or a backup in its place (rekey restore FILE); to begin with an empty one, delete %[2]s", real, real+left)
		}
	}
	return nil
}

// create makes an empty file that only its owner may read, if there is none. The
// files that SQLite puts beside it get the same mode.
func create(real string) error {
	if _, err := os.Stat(real); !missing(err) {
		return fileError(real, err)
	}
	if err := wasThere(real); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(real), 0o700); err != nil {
		return fmt.Errorf("creating the database's folder: %w", fileError(filepath.Dir(real), err))
	}
	f, err := os.OpenFile(real, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fileError(real, err)
	}
	return errors.Join(f.Close(), giveTo(filepath.Dir(real), real))
}

// suitable tells what is wrong with a file, before it is opened as a database.
func suitable(real string) error {
	info, err := os.Stat(real)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder: name a file in it", real)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", real)
	}
	return nil
}

// oneName tells what is wrong with a file that has several.
func oneName(f *os.File) error {
	n, err := linksOf(f)
	if err == nil && n > 1 {
		err = fmt.Errorf("%s has %d names (hard links): SQLite keeps what was changed last beside one of them, so that "+
			"under another it is missing. Delete the others, which are found by: find FOLDER -samefile %[1]s", f.Name(), n)
	}
	return err
}

// setAside renames what is left beside a file and is not its own, or of no use.
func setAside(real, kept string) error {
	for _, end := range companions {
		if err := os.Rename(real+end, kept+end); err != nil && !missing(err) {
			return err
		}
	}
	return nil
}

// fileError says what to do about an error of the file system, or of SQLite, at a
// file; other errors stay as they are, and so do those that say it already.
func fileError(path string, err error) error {
	if _, said := errors.AsType[*advised](err); said || err == nil {
		return err
	}
	folder := filepath.Dir(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return advise(err, "this user may not use it, nor make files in its folder. Give %s to the user that runs the bot", folder)
	case errors.Is(err, syscall.ENOSPC), failed(err, codes.SQLITE_FULL):
		return advise(err, "the disk of %s is full. Make room", folder)
	case failed(err, codes.SQLITE_NOTADB):
		return advise(err, "%s is no SQLite database, or a damaged one. Is the path right?", path)
	case failed(err, codes.SQLITE_CORRUPT), errors.Is(err, errDamaged):
		return advise(err, "%s is damaged. Stop the bot and put a backup in its place: rekey restore FILE", path)
	case errors.Is(err, syscall.EROFS), failed(err, codes.SQLITE_READONLY), failed(err, codes.SQLITE_CANTOPEN):
		return advise(err, "this user must be able to write %s, and to make files beside it", path)
	case failed(err, codes.SQLITE_IOERR):
		return advise(err, "the disk of %s fails, or is full", folder)
	}
	return err
}

// advised is an error with what to do about it.
type advised struct {
	error
	advice string
}

func advise(err error, format string, args ...any) error {
	return &advised{err, fmt.Sprintf(format, args...)}
}

// Error says both.
func (a *advised) Error() string { return a.error.Error() + ": " + a.advice }

// Unwrap gives the error alone.
func (a *advised) Unwrap() error { return a.error }

// failed tells that SQLite gave an error, by its code without the details.
func failed(err error, code int) bool {
	e, is := errors.AsType[*engine.Error](err)
	return is && e.Code()&0xff == code
}
