package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// place is where a file stands that is open. Whoever deletes, replaces or overwrites
// it leaves this process writing what nobody will ever read, so that is looked for:
// before anything is told as done, and every second.
type place struct {
	names []string // of the database, as it was given, and of what SQLite keeps beside it
	was   []fileID
	file  *os.File // the database, to read how it begins

	mu      sync.Mutex
	settled int64         // when the folder changed last before all was found in place
	changes uint32        // that the file counts; it never counts back
	lost    *lostFile     // nil while all stands where it stood
	gone    chan struct{} // closed once it does not
}

// fileID is what a file has alone as long as it is open: its device and number.
type fileID struct{ device, number uint64 }

// watchEvery is how often Watch looks.
const watchEvery = time.Second

// newPlace notes what stands at the path, under its name as given, and beside the
// file itself.
func newPlace(path, real string, file *os.File) (*place, error) {
	p := &place{names: append([]string{path}, beside(real)...), file: file, gone: make(chan struct{})}
	for _, name := range p.names {
		id, err := identity(name)
		if err != nil {
			return nil, err
		}
		p.was = append(p.was, id)
	}
	return p, nil
}

// beside gives the paths of the companions of a file.
func beside(real string) (paths []string) {
	for _, end := range companions {
		paths = append(paths, real+end)
	}
	return paths
}

// look tells whether all stands where it stood. Once it does not, it never does.
func (p *place) look() error { return p.find(true) }

// glance does the same at half the cost: as long as no name in the folder has
// changed, what they stand for has not. It misses that another folder has changed,
// above it or that of a symbolic link.
func (p *place) glance() error { return p.find(false) }

func (p *place) find(all bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost == nil {
		if p.lost = p.search(all); p.lost == nil {
			return nil
		}
		close(p.gone)
	}
	return p.lost
}

func (p *place) search(all bool) *lostFile {
	changed, err := changedAt(filepath.Dir(p.names[1]))
	if all || err != nil || changed != p.settled {
		if lost := p.missed(); lost != nil {
			return lost
		}
		p.settled = 0
		if time.Since(time.Unix(0, changed)) > clockTick { // another change would show
			p.settled = changed
		}
	}
	if p.overwritten() {
		return &lostFile{name: p.names[0], what: "was overwritten", over: true}
	}
	return nil
}

// clockTick is more than the time between two times that a folder can have.
const clockTick = 50 * time.Millisecond

func (p *place) missed() *lostFile {
	for i, name := range p.names {
		id, err := identity(name)
		switch {
		case missing(err):
			return &lostFile{name: name, what: "was deleted or moved away", log: i > 0}
		case err == nil && id != p.was[i]:
			return &lostFile{name: name, what: "was replaced by another file", log: i > 0}
		}
	}
	return nil
}

// taken tells whether another process keeps something of its own beside the file by
// now.
func (p *place) taken() bool {
	for i, name := range p.names[1:] {
		if id, err := identity(name); err == nil && id != p.was[1+i] {
			return true
		}
	}
	return false
}

// magic is how a database of SQLite begins.
const magic = "SQLite format 3\x00"

// overwritten tells by how the file begins that something else than SQLite wrote to
// it, such as cp: SQLite's mark is there as long as a log of changes is kept, and the
// changes of this part are counted (SQLite, Database File Format, 1.3).
func (p *place) overwritten() bool {
	var header [28]byte
	if _, err := p.file.ReadAt(header[:], 0); err != nil {
		return errors.Is(err, io.EOF)
	}
	changes := binary.BigEndian.Uint32(header[24:])
	back := int32(changes-p.changes) < 0 && p.changes > 0
	p.changes = changes
	return back || string(header[:len(magic)]) != magic || header[18] != 2
}

// logSize gives how large the log of changes is, in bytes.
func (p *place) logSize() int64 {
	info, err := os.Stat(p.names[1])
	if err != nil {
		return 0
	}
	return info.Size()
}

// lostFile is the error of a database that is not where it was.
type lostFile struct {
	name string
	what string
	log  bool // it is one of those beside the database
	over bool // it is the same file with something else in it
}

// Error says what happened.
func (l *lostFile) Error() string {
	if l.log {
		return fmt.Sprintf("%s %s while the database was open: what was changed last is kept there", l.name, l.what)
	}
	return fmt.Sprintf("%s %s while it was open: what is changed now would be lost", l.name, l.what)
}

// Watch looks after the file of a process that serves from it, until the context
// ends. Once the file, or what SQLite keeps beside it, was deleted, replaced or
// overwritten, it calls lost, and the process must end, since nothing that it
// changes is found there any more. Then it saves what a file held that has no name
// any more, which takes as long as a backup, and gives an error that says what
// happened and what to do. Watch also gives back the room of a log that grew while
// something read for long.
func (db *DB) Watch(ctx context.Context, lost func()) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := db.place.look(); err != nil {
			lost()
			return db.rescued(context.WithoutCancel(ctx), err)
		}
		if db.place.logSize() > largeLog {
			db.changes.trim()
		}
		select {
		case <-tick.C:
		case <-db.place.gone:
		case <-ctx.Done():
			return nil
		}
	}
}

// rescued says what to do about a file that is not where it was, and saves what it
// held when only this process can still read it.
func (db *DB) rescued(ctx context.Context, why error) error {
	lost, _ := errors.AsType[*lostFile](why)
	links, err := linksOf(db.file)
	switch {
	case lost.log && !db.place.taken():
		return fmt.Errorf("%w. Leave what is beside the database alone; start again, and try rekey check", why)
	case !lost.log && (links > 0 || err != nil):
		return fmt.Errorf("%w. Start again, to serve from what is there now; rekey restore FILE is how to replace it", why)
	}
	target := unused(db.real + ".rescued-" + stamp(db.now()))
	if err := copyTo(ctx, db.write, target); err != nil {
		return fmt.Errorf("%w; nor could what it held be saved (%w). Put a backup in its place: rekey restore FILE", why, err)
	}
	return fmt.Errorf("%w. What it held is saved: put it in its place with rekey restore %s", why, target)
}

// stamp is a time as it stands in names of files, in UTC.
func stamp(at time.Time) string { return at.UTC().Format("20060102-150405") }
