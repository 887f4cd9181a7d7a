package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// copyTo writes what a database holds now to a file that must not be there yet.
// The file is complete as soon as it has its name.
func copyTo(ctx context.Context, pool *sql.DB, target string) error {
	draft, err := draftCopy(ctx, pool, filepath.Dir(target))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()
	return publish(draft, target)
}

// draftCopy writes what a database holds now to a file under a passing name, which
// only its owner may read. The copy is one of what was committed at one moment,
// whatever is written meanwhile, without the remains of what was deleted.
func draftCopy(ctx context.Context, pool *sql.DB, folder string) (draft string, err error) {
	f, err := os.CreateTemp(folder, "rekey-*.tmp")
	if err != nil {
		return "", fileError(filepath.Join(folder, "a copy"), err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := pool.ExecContext(ctx, "VACUUM INTO ?", f.Name()); err != nil {
		return "", fileError(f.Name(), err)
	}
	if err := f.Sync(); err != nil {
		return "", fileError(f.Name(), err)
	}
	return f.Name(), nil
}

// publish gives a finished file its name, unless something has that: then the error
// is fs.ErrExist.
func publish(draft, name string) error {
	err := os.Link(draft, name)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links
		if _, err = os.Lstat(name); err == nil {
			err = fmt.Errorf("%s: %w", name, fs.ErrExist)
		} else {
			err = os.Rename(draft, name)
		}
	} else if err == nil {
		err = os.Remove(draft)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// unused gives a name that no file has: the one given, or one like it.
func unused(name string) string {
	free := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); missing(err) {
			return free
		}
		free = name + "." + strconv.Itoa(n)
	}
}

func sameContent(one, other string) (bool, error) {
	a, err := os.Open(one)
	if err != nil {
		return false, err
	}
	defer func() { _ = a.Close() }()
	b, err := os.Open(other)
	if err != nil {
		return false, err
	}
	defer func() { _ = b.Close() }()
	for x, y := make([]byte, 1<<16), make([]byte, 1<<16); ; {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		switch {
		case !bytes.Equal(x[:n], y[:m]):
			return false, nil
		case ended(errA) && ended(errB):
			return true, nil
		case errA != nil || errB != nil:
			return false, errors.Join(errA, errB)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
