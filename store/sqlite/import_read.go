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

const (
	// progressEvery is how many lines lie between two calls of Progress.
	progressEvery = 10_000
	// readBlock is how many lines are checked at the same time.
	readBlock = 4096
)

// accountsFile is a file of accounts, read and checked by itself. The good
// lines are on disk and the others known by their numbers: memory holds some 40
// bytes a line.
type accountsFile struct {
	columns   []column // in the file's order
	count     int      // lines
	ids       *register
	usernames *register
	bad       numbers  // lines with problems
	wrong     problems // of single lines
	repeated  problems // ids and usernames of earlier lines
	notices   problems // of good lines
	good      *spool
}

// accountLine is one line of the file.
type accountLine struct {
	number   int
	cells    []string
	says     uint16  // by a bit for each of the file's columns, whether the cell says something
	given    account // what the cells say
	problems []Problem
	notices  []Problem
}

// put sets in an account what a line says.
func (f *accountsFile) put(to *account, l *accountLine) {
	for i, c := range f.columns {
		if l.says&(1<<i) != 0 {
			c.put(to, l.given)
		}
	}
}

// has tells whether the file has a column.
func (f *accountsFile) has(name string) bool {
	return slices.ContainsFunc(f.columns, func(c column) bool { return c.name == name })
}

// letsGo tells whether the file takes a username away from the account id.
func (f *accountsFile) letsGo(id, username string) bool {
	line, ok := f.ids.first(id)
	return ok && f.has(kindUsername) && !f.usernames.has(username, line)
}

// readAccountsFile reads and checks a whole file, with a spool in a folder.
// Problems of single lines are no error. Close the file after use.
func readAccountsFile(
	ctx context.Context, r io.Reader, o ImportOptions, valid func(phc string) error, now time.Time, folder string,
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
	f := &accountsFile{ids: newRegister(), usernames: newRegister()}
	if f.columns, err = readHeader(cr, knownColumns(o, inner, valid, now)); err != nil {
		return nil, err
	}
	if f.good, err = newSpool(folder); err != nil {
		return nil, err
	}
	if err := f.readLines(ctx, cr, o.Progress); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *accountsFile) close() { f.good.close() }

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

func (f *accountsFile) readLines(ctx context.Context, cr *csv.Reader, progress func(checked, written int)) error {
	for ended := false; !ended; {
		var block []*accountLine
		for len(block) < readBlock && !ended {
			l, err := f.readLine(cr)
			switch {
			case errors.Is(err, io.EOF):
				ended = true
			case err != nil:
				return fmt.Errorf("reading the file: %w", err)
			case ctx.Err() != nil:
				return ctx.Err()
			case l != nil:
				block = append(block, l)
				if f.count++; progress != nil && f.count%progressEvery == 0 {
					progress(f.count, 0)
				}
			}
		}
		f.check(block)
		for _, l := range block {
			if err := f.take(l); err != nil {
				return err
			}
		}
	}
	f.ids.settle()
	f.usernames.settle()
	f.refuseRepeats()
	return f.good.rewind()
}

// readLine reads the next line; nil when nothing is in it.
func (f *accountsFile) readLine(cr *csv.Reader) (*accountLine, error) {
	cells, err := cr.Read()
	if err == nil && !slices.ContainsFunc(cells, isFilled) {
		return nil, nil
	}
	l := &accountLine{cells: cells}
	if broken, is := errors.AsType[*csv.ParseError](err); is {
		l.number = broken.StartLine
		l.problems = []Problem{shapeProblem(broken, len(cells), len(f.columns))}
		return l, nil
	}
	if err == nil {
		l.number, _ = cr.FieldPos(0)
	}
	return l, err
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

// check reads the cells of lines, on all cores: phone numbers take long.
func (f *accountsFile) check(lines []*accountLine) {
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		group.Go(func() {
			for i := worker; i < len(lines); i += workers {
				f.checkLine(lines[i])
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
		says, wrong := c.read(cell, &l.given)
		if wrong != "" {
			l.refuse(c.name, wrong, c.mend)
			continue
		}
		if says {
			l.says |= 1 << i
		}
		if c.note == nil {
			continue
		}
		if odd, means := c.note(l.given); odd != "" {
			l.notices = append(l.notices, Problem{Line: l.number, Column: c.name, Wrong: odd, Mend: means})
		}
	}
}

func (l *accountLine) refuse(column, wrong, mend string) {
	l.problems = append(l.problems, Problem{Line: l.number, Column: column, Wrong: wrong, Mend: mend})
}

// take notes a line that was checked, and keeps it if it is good.
func (f *accountsFile) take(l *accountLine) error {
	if l.given.id != "" {
		f.ids.note(l.given.id, l.number)
	}
	for _, username := range l.given.canonicals(kindUsername) {
		f.usernames.note(username, l.number)
	}
	if len(l.problems) == 0 {
		f.notices.add(l.notices...)
		return f.good.add(l)
	}
	f.bad.add(l.number)
	f.wrong.add(l.problems...)
	return nil
}

// refuseRepeats refuses an id or a username that an earlier line has.
func (f *accountsFile) refuseRepeats() {
	var ids, usernames problems
	for _, r := range f.ids.repeats() {
		f.bad.add(r.line)
		ids.add(Problem{r.line, "id", fmt.Sprintf("is the same as on line %d", r.first), "keep one line for each account"})
	}
	for _, r := range f.usernames.repeats() {
		f.bad.add(r.line)
		usernames.add(Problem{r.line, kindUsername, fmt.Sprintf("is the same as on line %d", r.first), "give each account its own username"})
	}
	f.repeated = inOneList(ids, usernames)
}
