package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"time"
)

const (
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
	// Progress, unless nil, is called with the number of lines read, after
	// every 10,000.
	Progress func(lines int)
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
// language, disabled, privileged and password_hash in any order and case; the separator is
// the comma or the semicolon, as that line has it. Several values within a cell
// are separated by semicolons, in a file separated by semicolons by | too; the
// first is the primary.
//
// A line with the id of an account updates that account: what its columns hold
// replaces what was there, an empty cell of disabled, privileged or password_hash leaves it,
// and a column that the file lacks leaves it too. A line without id updates the
// one account that has exactly the identifiers of its columns, and otherwise
// adds an account under a generated id. So importing a file again changes
// nothing. An identifier that the file writes otherwise, in another case say, is
// from then on written so.
//
// A file that is taken whole keeps other processes from writing for some 35 µs
// an account; a partial import lets them write in between.
//
// The error is for what makes the whole file unreadable, which it names, and
// for what breaks while writing. In a partial import that breaks, the report
// tells what was taken before. What is wrong with single lines is in the report.
func (d *Directory) Import(ctx context.Context, r io.Reader, o ImportOptions) (ImportReport, error) {
	file, err := readAccountsFile(ctx, r, o, d.passwords.Valid, d.db.now())
	if err != nil {
		return ImportReport{}, err
	}
	im := &importing{dir: d, file: file, whole: !o.Partial, used: map[string]bool{}}
	for _, l := range file.lines {
		if len(l.problems) > 0 {
			im.reject(l.problems...)
			continue
		}
		im.lines = append(im.lines, l)
		im.used[l.given.id] = true
	}
	err = im.run(ctx)
	im.report.Lines = len(file.lines)
	slices.SortStableFunc(im.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	kept := min(len(im.problems), maxProblems)
	im.report.Problems, im.report.More = im.problems[:kept:kept], len(im.problems)-kept
	return im.report, err
}

// importing is one import under way.
type importing struct {
	dir      *Directory
	file     *accountsFile
	whole    bool
	lines    []*accountLine  // those without problems of their own
	used     map[string]bool // ids of accounts that a line of the file is about
	problems []Problem
	report   ImportReport
}

// reject counts one line and its problems.
func (im *importing) reject(problems ...Problem) {
	im.report.Rejected++
	im.problems = append(im.problems, problems...)
}

func (im *importing) run(ctx context.Context) error {
	if im.whole && len(im.problems) > 0 {
		_, err := im.plan(ctx, im.dir.db.read, im.lines) // to report all problems at once
		return err
	}
	if im.whole {
		return im.take(ctx, im.lines)
	}
	for i, lines := range slices.Collect(slices.Chunk(im.lines, importChunk)) {
		if i > 0 {
			rest(ctx)
		}
		if err := im.take(ctx, lines); err != nil {
			return err
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

// take plans and writes lines in one transaction.
func (im *importing) take(ctx context.Context, lines []*accountLine) error {
	var added, updated, unchanged int
	err := im.dir.db.inTx(ctx, func(tx *sql.Tx) error {
		changes, err := im.plan(ctx, tx, lines)
		if err != nil || im.whole && len(im.problems) > 0 {
			return err
		}
		for _, c := range changes {
			switch {
			case c.was.id == "":
				added++
			case c.same():
				unchanged++
			default:
				updated++
			}
		}
		return writeChanges(ctx, tx, changes)
	})
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	im.report.Added += added
	im.report.Updated += updated
	im.report.Unchanged += unchanged
	return nil
}

func writeChanges(ctx context.Context, tx *sql.Tx, changes []accountChange) error {
	if err := setCache(ctx, tx, importCache); err != nil {
		return err
	}
	w, err := newAccountWriter(ctx, tx)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.same() {
			continue
		}
		if err := w.write(ctx, c.was, c.next); err != nil {
			return err
		}
	}
	return setCache(ctx, tx, usualCache)
}

func setCache(ctx context.Context, tx *sql.Tx, size int) error {
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size = %d", size)); err != nil {
		return fmt.Errorf("sizing the page cache: %w", err)
	}
	return nil
}
