package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes what was committed until now to a new file, while others go on
// writing: whole and sound, on disk, and for its owner alone to read. A file of that
// name that is there stays as it is.
func (db *DB) Backup(ctx context.Context, file string) error {
	if err := free(file); err != nil {
		return err
	}
	draft, err := draftCopy(ctx, db.write, filepath.Dir(file))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()
	if err := db.place.look(); err != nil {
		return err
	}
	if err := sound(ctx, draft); err != nil {
		return fileError(db.real, err)
	}
	if err := publish(draft, file); errors.Is(err, fs.ErrExist) {
		return free(file)
	} else if err != nil {
		return fileError(file, err)
	}
	return nil
}

// free tells what is wrong with the name of a file that is to be made.
func free(file string) error {
	info, err := os.Stat(file)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder: name a file in it", file)
	case err == nil:
		return fmt.Errorf("%s exists already and is left as it is: give another name", file)
	case !missing(err):
		return fileError(file, err)
	}
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return fmt.Errorf("the folder of %s: %w. Make it first", file, err)
	}
	return nil
}

// sound tells whether a file that nobody has open is free of damage. It reads all of
// it, and writes nothing.
func sound(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", fileURL(path, "mode=ro&immutable=1"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return checkAll(ctx, db, "integrity_check")
}
