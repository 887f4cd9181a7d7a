package flows

import (
	"context"
	"errors"
	"sync"
	"time"
)

// doorOpens is how long after a try in vain the next letter may ask a server that
// takes none.
const doorOpens = time.Second

// doors are the ways to the channels' servers, one each. Safe for concurrent use.
type doors struct {
	mu  sync.Mutex
	all map[Channel]*door
}

// of gives a channel's door, which lets so many letters in at a time.
func (d *doors) of(c Channel, room int) *door {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[Channel]*door{}
	}
	if d.all[c] == nil {
		d.all[c] = &door{room: room}
	}
	return d.all[c]
}

// door lets one letter at a time ask a server that takes none just now. The
// others would come late once it is back. While it takes letters, so many are with
// it that slow ones, which keep no slot of the worker's, stay bounded.
type door struct {
	room int

	mu     sync.Mutex
	inside int
	shut   error     // why; nil: it is open
	opens  time.Time // to one letter
	asking bool      // that one is on its way
}

// errCrowded tells that a server has all the letters that it is given at a time.
var errCrowded = errors.New("the server is slow, and other letters are before this one")

// heldUp tells a letter to come again: another one asks the server.
type heldUp struct{ why error } // what came of it last

// Error implements error.
func (h heldUp) Error() string { return h.why.Error() }

// Unwrap tells that it is no failure.
func (heldUp) Unwrap() error { return ErrLater{After: doorOpens} }

// through lets a letter pass, if it may, and notes what came of it. It tells
// whether the server takes letters again.
func (d *door) through(ctx context.Context, now func() time.Time, carry func() error) (again bool, err error) {
	asks, err := d.enter(now())
	if err != nil {
		return false, err
	}
	defer func() { again = d.leave(ctx, err, now(), asks) }()
	err = carry()
	return false, err
}

// enter tells whether a letter asks for all others.
func (d *door) enter(now time.Time) (asks bool, held error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.inside >= d.room:
		return false, heldUp{errCrowded}
	case d.shut != nil && (d.asking || now.Before(d.opens)):
		return false, heldUp{d.shut}
	}
	d.inside++
	d.asking = d.shut != nil
	return d.asking, nil
}

func (d *door) leave(ctx context.Context, err error, now time.Time, asked bool) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside--
	d.asking = d.asking && !asked
	var server ServerError
	switch {
	case ctx.Err() != nil: // the process or the time of the letter ends, which tells nothing
	case errors.As(err, &server) && server.Down:
		d.shut, d.opens = err, now.Add(doorOpens)
	default:
		again, d.shut = d.shut != nil, nil
	}
	return again
}
