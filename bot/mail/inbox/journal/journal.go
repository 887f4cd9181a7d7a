// Package journal keeps the newest entries of what arrives, and shows each to
// whoever watches.
package journal

import (
	"slices"
	"sync"
)

// Journal is a bounded list of entries, oldest first. Safe for concurrent use.
type Journal[T any] struct {
	limit int

	mu       sync.Mutex
	entries  []T
	watchers map[chan T]struct{}
}

// New gives an empty journal that keeps the newest limit entries.
func New[T any](limit int) *Journal[T] {
	return &Journal[T]{limit: limit, watchers: map[chan T]struct{}{}}
}

// Add enters an entry and shows it to all watchers. It never blocks: a watcher
// that is limit entries behind misses it.
func (j *Journal[T]) Add(entry T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == j.limit {
		j.entries = slices.Delete(j.entries, 0, 1)
	}
	j.entries = append(j.entries, entry)
	for w := range j.watchers {
		select {
		case w <- entry:
		default:
		}
	}
}

// Entries gives a copy of the list, oldest first.
func (j *Journal[T]) Entries() []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

// Watch shows what is entered from now on, until cancel, which closes the
// channel and may be called more than once.
func (j *Journal[T]) Watch() (entries <-chan T, cancel func()) {
	w := make(chan T, j.limit)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watchers[w] = struct{}{}
	return w, sync.OnceFunc(func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.watchers, w)
		close(w)
	})
}
