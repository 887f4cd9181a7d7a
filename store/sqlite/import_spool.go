package sqlite

import (
	"bufio"
	"encoding/gob"
	"fmt"
	"io"
	"os"
)

// spool keeps the good lines of a file on disk, so that the file is checked to
// its end before anything is written, however large it is. What it writes has
// no name while it is open, where the system allows that, and is gone with it.
type spool struct {
	file  *os.File
	out   *bufio.Writer
	write *gob.Encoder
	read  *gob.Decoder
	left  int // lines to read
}

// spooled is an accountLine on disk.
type spooled struct {
	Number                       int
	Says                         uint16
	ID, Name, Birthday, Language string
	Hash                         string
	Disabled, Privileged         bool
	Identifiers                  []Identifier
}

func newSpool(folder string) (*spool, error) {
	file, err := os.CreateTemp(folder, "import-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("making a file for the lines that are checked: %w", err)
	}
	_ = os.Remove(file.Name()) // Windows cannot yet; close does
	out := bufio.NewWriterSize(file, 1<<16)
	return &spool{file: file, out: out, write: gob.NewEncoder(out)}, nil
}

// add writes a line.
func (s *spool) add(l *accountLine) error {
	s.left++
	a := &l.given
	if err := s.write.Encode(spooled{
		l.number, l.says, a.id, a.name, a.birthday, a.language, a.hash, a.disabled, a.privileged, a.identifiers,
	}); err != nil {
		return fmt.Errorf("setting a line aside: %w", err)
	}
	return nil
}

// rewind ends the writing; next gives the lines from the first on.
func (s *spool) rewind() error {
	err := s.out.Flush()
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("setting lines aside: %w", err)
	}
	s.read = gob.NewDecoder(bufio.NewReaderSize(s.file, 1<<16))
	return nil
}

// next reads up to n lines, none at the end.
func (s *spool) next(n int) ([]*accountLine, error) {
	lines := make([]*accountLine, 0, min(n, s.left))
	for range cap(lines) {
		var on spooled
		if err := s.read.Decode(&on); err != nil {
			return nil, fmt.Errorf("reading lines that were set aside: %w", err)
		}
		l := &accountLine{number: on.Number, says: on.Says}
		l.given = account{
			accountRow: accountRow{
				id: on.ID, name: on.Name, birthday: on.Birthday, language: on.Language, hash: on.Hash,
				disabled: on.Disabled, privileged: on.Privileged,
			},
			identifiers: on.Identifiers,
		}
		lines = append(lines, l)
	}
	s.left -= len(lines)
	return lines, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
