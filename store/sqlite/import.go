package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
)

const (
	// planBlock is how many lines are planned and written at a time.
	planBlock = 1000
	// maxProblems bounds a report that nobody would read to its end.
	maxProblems = 100
	// importChunk is how many accounts a partial import writes in one
	// transaction, so that a serving process waits little for its turn.
	importChunk = 5000
	// importPause lies between two of these transactions: who waits for
	// SQLite's lock looks for it every 100 ms, and would miss a shorter gap.
	importPause = 120 * time.Millisecond
	// importCache is SQLite's page cache while an import writes, in KiB as a
	// negative number: with the default of 2 MiB, pages are written several
	// times and the import takes half as long again.
	importCache, usualCache = -65536, -2000
)

// IdentifierReader reads an identifier of one kind, or tells what is wrong with
// the text in words that follow "the column …". It is safe for concurrent use.
type IdentifierReader func(text string) (id Identifier, wrong string)

// ImportOptions say how to import.
type ImportOptions struct {
	// Partial takes the good lines of a file that has bad ones, in several
	// transactions. Otherwise a file is taken whole or not at all.
	Partial bool
	// Email, Phone and Username read the values of the columns of these names.
	// All three are required.
	Email, Phone, Username IdentifierReader
	// Speaks tells whether mails can be in a language, given as an IETF tag. A line
	// with another is taken, and noted in the report. Nil: they can be in any.
	Speaks func(tag string) bool
	// Progress, unless nil, is told after every 10,000 lines how many are checked,
	// and when all are, how many are planned and written.
	Progress func(checked, written int)
}

// ImportReport tells what became of a file. Lines is the sum of the numbers
// after it, except that a file which is not taken adds and updates nothing.
type ImportReport struct {
	Lines     int // accounts in the file; the header and empty lines are none
	Added     int
	Updated   int // accounts that were there and changed
	Unchanged int // accounts that were there and are as the file has them
	Rejected  int // lines with problems
	// Problems are the first 100, in the order of their lines. More is how many
	// there are beyond them.
	Problems []Problem
	More     int
	// Notices are likewise of what is odd about lines but keeps none from being
	// taken.
	Notices     []Problem
	MoreNotices int
}

// Problem is what is wrong with one line. It repeats nothing of the line but
// usernames.
type Problem struct {
	Line   int    // the line's number within the file, from 1
	Column string // empty: the line as a whole
	Wrong  string
	Mend   string
}

// String gives the problem on one line for an operator.
func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d %s: %s", p.Line, p.Wrong, p.Mend)
	}
	return fmt.Sprintf("line %d, column %s %s: %s", p.Line, p.Column, p.Wrong, p.Mend)
}

// Import adds and updates accounts from a CSV file in UTF-8. Its first line
// names the columns, any of id, username, email, phone, display_name, birthday,
// language, disabled, privileged and password_hash in any order and case; the
// separator is the comma or the semicolon, as that line has it. Several values
// within a cell are separated by semicolons, in a file separated by semicolons by |
// too; the first is the primary.
//
// A line with the id of an account updates that account: what its columns hold
// replaces what was there, an empty cell of disabled, privileged or password_hash
// leaves it, and so does a column that the file lacks. A line without id updates the
// one account that has exactly the identifiers of its columns, and otherwise
// adds an account under a generated id. So importing a file again changes
// nothing. An identifier that the file writes otherwise, in another case say, is
// from then on written so.
//
// The file is first checked to its end; its good lines wait on disk meanwhile,
// in the database's folder, and some 40 bytes a line in memory. A file that is
// taken whole then keeps other processes from writing for some 35 µs an account;
// a partial import lets them write in between.
//
// The error is for what makes the whole file unreadable, which it names, and
// for what breaks while writing. In a partial import that breaks, the report
// tells what was taken before. What is wrong with single lines is in the report.
func (d *Directory) Import(ctx context.Context, r io.Reader, o ImportOptions) (ImportReport, error) {
	file, err := readAccountsFile(ctx, r, o, d.passwords.Valid, d.db.now(), filepath.Dir(d.db.real))
	if err != nil {
		return ImportReport{}, err
	}
	defer file.close()
	im := &importing{dir: d, file: file, whole: !o.Partial, progress: o.Progress}
	err = im.run(ctx)
	all := inOneList(file.wrong, file.repeated, im.wrong)
	im.report.Lines, im.report.Rejected = file.count, file.bad.count
	im.report.Problems, im.report.More = all.first, all.count-len(all.first)
	im.report.Notices, im.report.MoreNotices = file.notices.first, file.notices.count-len(file.notices.first)
	return im.report, err
}

// importing is one import under way.
type importing struct {
	dir    *Directory
	file   *accountsFile
	whole  bool
	added  numbers  // rows of the accounts that it has added
	met    numbers  // rows of other accounts that a line without id is about
	wrong  problems // that the accounts on record show
	report ImportReport

	progress func(checked, written int) // nil: nobody wants to know
	done     int                        // good lines, so far
}

// errRefused undoes an import of a whole file that has a bad line.
var errRefused = errors.New("the file is refused")

func (im *importing) run(ctx context.Context) error {
	if !im.whole {
		return im.takeInChunks(ctx)
	}
	if im.file.bad.count > 0 { // to report all problems at once
		return im.each(im.file.good.left, func(lines []*accountLine) error {
			_, err := im.plan(ctx, im.dir.db.read, lines)
			return err
		})
	}
	err := im.take(ctx, im.file.good.left)
	if errors.Is(err, errRefused) {
		return nil
	}
	return err
}

func (im *importing) takeInChunks(ctx context.Context) error {
	for im.file.good.left > 0 {
		if err := im.take(ctx, importChunk); err != nil {
			return err
		}
		if im.file.good.left > 0 {
			rest(ctx)
		}
	}
	return nil
}

// each gives the next n good lines of the file to do, in blocks.
func (im *importing) each(n int, do func([]*accountLine) error) error {
	for n > 0 && im.file.good.left > 0 {
		lines, err := im.file.good.next(min(n, planBlock))
		if err != nil {
			return err
		}
		n -= len(lines)
		im.done += len(lines)
		if err := do(slices.DeleteFunc(lines, func(l *accountLine) bool { return im.file.bad.has(l.number) })); err != nil {
			return err
		}
		if im.progress != nil && im.done%progressEvery == 0 {
			im.progress(im.file.count, im.done)
		}
	}
	return nil
}

// rest lets other processes write.
func rest(ctx context.Context) {
	select {
	case <-time.After(importPause):
	case <-ctx.Done():
	}
}

// take plans and writes the next n lines in one transaction.
func (im *importing) take(ctx context.Context, n int) error {
	var added, updated, unchanged int
	err := im.dir.db.inTx(ctx, func(tx *sql.Tx) (err error) {
		if err := setCache(ctx, tx, importCache); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, setCache(context.WithoutCancel(ctx), tx, usualCache)) }()
		w, err := newAccountWriter(ctx, tx)
		if err != nil {
			return err
		}
		if err := im.each(n, func(lines []*accountLine) error {
			changes, err := im.plan(ctx, tx, lines)
			if err != nil {
				return err
			}
			for _, c := range changes {
				if c.same() {
					unchanged++
					continue
				}
				row, err := w.write(ctx, c.was, c.next)
				if err != nil {
					return err
				}
				if c.was.id != "" {
					updated++
					continue
				}
				added++
				im.added.add(row)
			}
			return nil
		}); err != nil {
			return err
		}
		if im.whole && im.file.bad.count > 0 {
			return errRefused
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	im.report.Added += added
	im.report.Updated += updated
	im.report.Unchanged += unchanged
	return nil
}

func setCache(ctx context.Context, tx *sql.Tx, size int) error {
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size = %d", size)); err != nil {
		return fmt.Errorf("sizing the page cache: %w", err)
	}
	return nil
}
