package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaVersion is the number of the newest schema that this program knows.
func SchemaVersion() int64 {
	files, err := migrations.ReadDir("migrations") // in order
	if err != nil {
		panic(err) // they are embedded
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(err) // goose numbers them so
	}
	return version
}

// schema is what a file says of itself.
type schema struct {
	version int64 // 0: nothing is in it yet
	oldest  int64 // what a newer one wants of a program that opens it
}

// readSchema tells what a file holds, and whether that is a database of Rekey
// which this program may open.
func readSchema(ctx context.Context, db *sql.DB, real string) (schema, error) {
	s, err := identify(ctx, db)
	switch {
	case errors.Is(err, errForeign):
		return s, fmt.Errorf("%s holds other tables than Rekey's: give Rekey a file of its own", real)
	case err != nil:
		return s, err
	case s.oldest > SchemaVersion():
		return s, tooNew(real, s)
	}
	return s, nil
}

var errForeign = errors.New("the tables are not Rekey's")

func identify(ctx context.Context, db *sql.DB) (s schema, err error) {
	var tables, noted, ours int
	if err := db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version'),
		count(*) FILTER (WHERE name IN ('accounts', 'identifiers')) FROM sqlite_schema
		WHERE type = 'table' AND name NOT GLOB 'sqlite_*'`).Scan(&tables, &noted, &ours); err != nil {
		return s, err
	}
	switch {
	case tables == noted: // nothing has been made yet
		return s, nil
	case noted+ours < 3:
		return s, errForeign
	}
	// What a newer program has made says which ones it takes; if it does not, none.
	err = db.QueryRowContext(ctx, `SELECT version, CASE WHEN oldest > 0 THEN oldest ELSE version END FROM
		(SELECT max(version_id) AS version FROM goose_db_version WHERE is_applied), (SELECT user_version AS oldest FROM pragma_user_version)`).
		Scan(&s.version, &s.oldest)
	if s.version <= SchemaVersion() {
		s.oldest = 0
	}
	return s, err
}

// tooNew says what to do about a file that a newer program has changed.
func tooNew(real string, s schema) error {
	err := fmt.Errorf("%s has schema %d, which only a rekey that knows schema %d or a later one may open; this one knows %d. "+
		"Start the newer rekey again (rekey --version tells what one knows)", real, s.version, s.oldest, SchemaVersion())
	if kept := newestKept(real, SchemaVersion()); kept != "" {
		err = fmt.Errorf("%w; or go back to what was kept before the update, without all that happened since: rekey restore %s", err, kept)
	}
	return err
}

// migrate brings the schema up to date. One process at a time does; the others
// wait for it. Of a file that holds anything a copy is kept first, and no bot may
// serve from it meanwhile.
func (db *DB) migrate(ctx context.Context) error {
	was, err := readSchema(ctx, db.read, db.real)
	if err != nil || was.version >= SchemaVersion() {
		return err
	}
	unlock, err := lockMaking(ctx, db.real)
	if err != nil {
		return err
	}
	defer unlock()
	if was, err = readSchema(ctx, db.read, db.real); err != nil || was.version >= SchemaVersion() {
		return err
	}
	if was.version > 0 {
		release, err := LockServing(db.real)
		if err != nil {
			return fmt.Errorf("its schema %d has to become %d for this rekey, but %w", was.version, SchemaVersion(), err)
		}
		defer func() { _ = release() }()
		if err := keepCopy(ctx, db.write, db.real, was.version); err != nil {
			return fmt.Errorf("nothing was changed: keeping a copy before schema %d becomes %d: %w", was.version, SchemaVersion(), err)
		}
	}
	return bring(ctx, db.write)
}

// bring carries out the migrations that are missing.
func bring(ctx context.Context, pool *sql.DB) error {
	if err := keepLog(ctx, pool); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, pool, files)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// keepCopy keeps what a file holds before its schema changes, beside it and under
// the schema's number. What is kept already is not kept twice.
func keepCopy(ctx context.Context, pool *sql.DB, real string, version int64) error {
	draft, err := draftCopy(ctx, pool, filepath.Dir(real))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()
	name := keptName(real, version)
	for n := 2; ; n++ {
		err := publish(draft, name)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if same, err := sameContent(draft, name); same || err != nil {
			return err
		}
		name = keptName(real, version) + "." + strconv.Itoa(n)
	}
}

func keptName(real string, version int64) string {
	return real + ".schema-" + strconv.FormatInt(version, 10)
}

// newestKept gives the newest copy that was kept of a schema which this program
// knows, or nothing.
func newestKept(real string, known int64) string {
	type copied struct {
		name    string
		version int64
		at      time.Time
	}
	var newest copied
	beside, _ := os.ReadDir(filepath.Dir(real))
	for _, e := range beside {
		number, is := strings.CutPrefix(e.Name(), filepath.Base(real)+".schema-")
		number, _, _ = strings.Cut(number, ".")
		version, err := strconv.ParseInt(number, 10, 64)
		if !is || err != nil || version > known {
			continue
		}
		if info, err := e.Info(); err == nil {
			c := copied{filepath.Join(filepath.Dir(real), e.Name()), version, info.ModTime()}
			if cmp.Or(cmp.Compare(c.version, newest.version), c.at.Compare(newest.at)) > 0 {
				newest = c
			}
		}
	}
	return newest.name
}

// keepLog has SQLite keep a log of changes (WAL), which lasts in the file. Nothing
// of a file changes by it that has one.
func keepLog(ctx context.Context, pool *sql.DB) error {
	_, err := pool.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return err
}
