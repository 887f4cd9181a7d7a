package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// state is what the server remembers over a restart, in the form of its file.
type state struct {
	UpdateIDs   ids                       `json:"updateIDs"`
	MessageIDs  ids                       `json:"messageIDs"`
	Unconfirmed []*update                 `json:"unconfirmed"` // filled for the file only; see queue
	Allowed     []string                  `json:"allowed"`     // allowed_updates; empty is the default set
	Hook        webhook                   `json:"hook"`
	Chats       map[int64]*chat           `json:"chats"`
	Menus       map[string][]Command      `json:"menus"`           // by scope and language; see commands.go
	Files       []*file                   `json:"files,omitempty"` // that were uploaded, oldest first
	Texts       map[string]string         `json:"texts"`           // name and descriptions, by kind and language
	Buttons     map[int64]json.RawMessage `json:"buttons"`         // menu buttons, by chat; 0 is the default one
}

// ids hands out increasing numbers. Reserved is what the file holds: after a
// crash the numbers go on above it, so none is ever used twice.
type ids struct {
	Last     int64 `json:"-"`
	Reserved int64 `json:"reserved"`
}

const (
	reserve   = 1_000       // ids reserved at a time
	firstID   = 500_000_000 // of updates: Telegram begins somewhere, too
	saveEvery = 200 * time.Millisecond
)

// next returns the next number. When the reserve is used up it writes the
// state with a new one first.
func (s *Server) next(i *ids) int64 {
	i.Last++
	if i.Last > i.Reserved {
		i.Reserved = i.Last + reserve
		if err := s.save(); err != nil {
			s.options.Log.Error("simulator state", "error", err)
		}
	}
	return i.Last
}

// load reads the state's file, or begins anew when there is none.
func (s *Server) load() error {
	s.state = state{UpdateIDs: ids{Reserved: firstID}, Chats: map[int64]*chat{}, Menus: map[string][]Command{},
		Texts: map[string]string{}, Buttons: map[int64]json.RawMessage{}}
	raw, err := os.ReadFile(s.options.Path)
	if err == nil {
		err = json.Unmarshal(raw, &s.state)
	}
	fresh := s.options.Path == "" || errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return fmt.Errorf("reading the simulator's state in %s: %w", s.options.Path, err)
	}
	s.UpdateIDs.Last, s.MessageIDs.Last = s.UpdateIDs.Reserved, s.MessageIDs.Reserved
	s.queue = newQueue(s.Unconfirmed)
	s.Unconfirmed = nil
	for id, c := range s.Chats {
		c.attach(s, id)
	}
	return s.save() // to learn now whether it can be written
}

// save writes the state, whole or not at all. The caller holds the lock, so
// that an older state never replaces a newer one.
func (s *Server) save() error {
	if s.options.Path == "" {
		return nil
	}
	file := s.state
	file.Unconfirmed = s.queue.list()
	raw, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("saving the simulator's state: %w", err)
	}
	next := s.options.Path + ".new"
	if err := os.WriteFile(next, raw, 0o600); err != nil {
		return fmt.Errorf("saving the simulator's state: %w", err)
	}
	if err := os.Rename(next, s.options.Path); err != nil {
		return fmt.Errorf("saving the simulator's state: %w", err)
	}
	return nil
}

// saveChanges writes the state behind the changes, several at a time.
func (s *Server) saveChanges() {
	pause := time.NewTicker(saveEvery)
	defer pause.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.changed:
		}
		s.mu.Lock()
		err := s.save()
		s.mu.Unlock()
		if err != nil {
			s.options.Log.Error("simulator state", "error", err)
		}
		select {
		case <-s.ctx.Done():
			return
		case <-pause.C:
		}
	}
}
