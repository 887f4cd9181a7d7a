package argon2

import (
	"context"
	"slices"
	"sync"
	"time"
)

// slots lets a fixed number of callers work at once and the others wait in the
// order in which they came.
type slots struct {
	total   int
	maxWait time.Duration

	mu    sync.Mutex
	free  int
	queue []*waiter
	mean  time.Duration // moving average of the time in a slot
}

// waiter is one place in the queue. Its turn is closed when a slot is its own.
type waiter struct {
	key  string
	turn chan struct{}
}

func newSlots(total int, maxWait, mean time.Duration) *slots {
	return &slots{total: total, maxWait: maxWait, free: total, mean: mean}
}

// acquire waits for a slot, which the caller must release. It returns ErrBusy
// without waiting, or the error of ctx when that ends first.
func (s *slots) acquire(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := s.enter(key)
	if err != nil {
		return err
	}
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		s.leave(w)
		return ctx.Err()
	}
}

// enter takes a free slot or the last place in the queue.
func (s *slots) enter(key string) (*waiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waiter{key: key, turn: make(chan struct{})}
	if s.free > 0 {
		s.free--
		close(w.turn)
		return w, nil
	}
	if s.waits(key) || s.estimate() > s.maxWait {
		return nil, ErrBusy
	}
	s.queue = append(s.queue, w)
	return w, nil
}

// waits reports whether a key has a place in the queue.
func (s *slots) waits(key string) bool {
	return key != "" && slices.ContainsFunc(s.queue, func(w *waiter) bool { return w.key == key })
}

// estimate is how long one more waiter would wait.
func (s *slots) estimate() time.Duration {
	return s.mean * time.Duration(len(s.queue)+1) / time.Duration(s.total)
}

// leave gives up the place of a waiter, or the slot it was just given.
func (s *slots) leave(w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.queue, w); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
		return
	}
	s.pass()
}

// release gives back a slot that was used for took.
func (s *slots) release(took time.Duration) {
	const weight = 8 // of the past against the newest
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mean += (took - s.mean) / weight
	s.pass()
}

// pass gives one slot to the first in the queue, or to nobody.
func (s *slots) pass() {
	if len(s.queue) == 0 {
		s.free++
		return
	}
	close(s.queue[0].turn)
	s.queue = slices.Delete(s.queue, 0, 1)
}
