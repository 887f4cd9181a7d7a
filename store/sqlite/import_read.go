package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// progressEvery is how many lines lie between two calls of Progress.
const progressEvery = 10_000

// accountsFile is a file of accounts, read and checked by itself.
type accountsFile struct {
	columns []column // in the file's order
	lines   []*accountLine
	byID    map[string]*accountLine
}

// accountLine is one line of the file.
type accountLine struct {
	number   int
	cells    []string
	sets     []func(*account) // what the cells set
	given    account          // an empty account with that set
	problems []Problem
}

// has tells whether the file has a column.
func (f *accountsFile) has(name string) bool {
	return slices.ContainsFunc(f.columns, func(c column) bool { return c.name == name })
}

// letsGo tells whether the file takes a username away from the account id.
func (f *accountsFile) letsGo(id, username string) bool {
	l, ok := f.byID[id]
	return ok && f.has(kindUsername) && !slices.Contains(l.given.canonicals(kindUsername), username)
}

// readAccountsFile reads and checks a whole file. Problems of single lines stay
// with them.
func readAccountsFile(
	ctx context.Context, r io.Reader, o ImportOptions, valid func(phc string) error, now time.Time,
) (*accountsFile, error) {
	text, comma, err := openCSV(r)
	if err != nil {
		return nil, err
	}
	inner := ";"
	if comma == ';' {
		inner = ";|"
	}
	cr := csv.NewReader(text)
	cr.Comma = comma
	f := &accountsFile{byID: map[string]*accountLine{}}
	if f.columns, err = readHeader(cr, knownColumns(o, inner, valid, now)); err != nil {
		return nil, err
	}
	if err := f.readLines(ctx, cr, o.Progress); err != nil {
		return nil, err
	}
	f.check()
	f.refuseRepeats()
	return f, nil
}

// openCSV steps over a byte order mark and finds the separator, which is the
// one that the first line has: no column's name holds either.
func openCSV(r io.Reader) (text *bufio.Reader, comma rune, err error) {
	text = bufio.NewReader(r)
	mark, _ := text.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte("\xff\xfe")) || bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return nil, 0, errors.New("the file is in UTF-16: save it as CSV in UTF-8")
	case string(mark) == "\ufeff":
		_, _ = text.Discard(len(mark))
	}
	start, err := text.Peek(text.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, fmt.Errorf("reading the file: %w", err)
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(start, "\r\n"), []byte("\n"))
	if bytes.ContainsRune(first, ';') {
		return text, ';', nil
	}
	return text, ',', nil
}

func readHeader(cr *csv.Reader, known []column) ([]column, error) {
	names, err := cr.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the file is empty: its first line names the columns, any of %s", namesOf(known))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	var columns []column
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		is := func(c column) bool { return c.name == name }
		at := slices.IndexFunc(known, is)
		switch {
		case at < 0:
			return nil, fmt.Errorf("column %d of the header, %s, is unknown: name the columns in the first line, any of %s",
				i+1, shownName(name), namesOf(known))
		case slices.ContainsFunc(columns, is):
			return nil, fmt.Errorf("the header has column %s twice: keep one", name)
		}
		columns = append(columns, known[at])
	}
	return columns, nil
}

// shownName quotes a name unless it may be data, of a file without a header.
func shownName(name string) string {
	notOfName := func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(" _-,;.", r) }
	if utf8.RuneCountInString(name) > 40 || strings.ContainsFunc(name, notOfName) {
		return "which looks like data"
	}
	return fmt.Sprintf("%q", name)
}

func namesOf(columns []column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

func (f *accountsFile) readLines(ctx context.Context, cr *csv.Reader, progress func(int)) error {
	for {
		cells, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && !slices.ContainsFunc(cells, isFilled) {
			continue
		}
		l := &accountLine{cells: cells}
		var broken *csv.ParseError
		switch {
		case err == nil:
			l.number, _ = cr.FieldPos(0)
		case errors.As(err, &broken):
			l.number = broken.StartLine
			l.problems = []Problem{shapeProblem(broken, len(cells), len(f.columns))}
		default:
			return fmt.Errorf("reading the file: %w", err)
		}
		f.lines = append(f.lines, l)
		if progress != nil && len(f.lines)%progressEvery == 0 {
			progress(len(f.lines))
		}
	}
}

func isFilled(cell string) bool { return strings.TrimSpace(cell) != "" }

func shapeProblem(broken *csv.ParseError, cells, columns int) Problem {
	if errors.Is(broken, csv.ErrFieldCount) {
		return Problem{
			Line:  broken.StartLine,
			Wrong: fmt.Sprintf("has %d cells where the header has %d", cells, columns),
			Mend:  "put quotes around a cell that holds the separator, as an Argon2id string holds commas",
		}
	}
	return Problem{
		Line: broken.StartLine, Wrong: "has a quote out of place",
		Mend: `close every quoted cell, and write "" for a quote within it`,
	}
}

// check reads the cells of all lines, on all cores: phone numbers take long.
func (f *accountsFile) check() {
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		group.Go(func() {
			for i := worker; i < len(f.lines); i += workers {
				f.checkLine(f.lines[i])
			}
		})
	}
	group.Wait()
}

func (f *accountsFile) checkLine(l *accountLine) {
	if len(l.problems) > 0 {
		return
	}
	for i, c := range f.columns {
		cell := strings.TrimSpace(l.cells[i])
		if !utf8.ValidString(cell) {
			l.refuse(c.name, "is not in UTF-8", "save the file as CSV in UTF-8")
			continue
		}
		set, wrong := c.read(cell)
		if wrong != "" {
			l.refuse(c.name, wrong, c.mend)
			continue
		}
		if set != nil {
			l.sets = append(l.sets, set)
			set(&l.given)
		}
	}
	l.cells = nil
}

func (l *accountLine) refuse(column, wrong, mend string) {
	l.problems = append(l.problems, Problem{Line: l.number, Column: column, Wrong: wrong, Mend: mend})
}

// refuseRepeats refuses an id or a username that an earlier line has.
func (f *accountsFile) refuseRepeats() {
	usernames := map[string]int{}
	for _, l := range f.lines {
		if id := l.given.id; id != "" {
			if first, ok := f.byID[id]; ok {
				l.refuse("id", fmt.Sprintf("is the same as on line %d", first.number), "keep one line for each account")
			} else {
				f.byID[id] = l
			}
		}
		for _, username := range l.given.canonicals(kindUsername) {
			first, ok := usernames[username]
			if ok && first != l.number {
				l.refuse(kindUsername, fmt.Sprintf("is the same as on line %d", first), "give each account its own username")
			}
			if !ok {
				usernames[username] = l.number
			}
		}
	}
}
