// Package pace bounds how often something is done.
package pace

import (
	"sync"
	"time"
)

// Pace lets something be done so many times within any stretch of time of a
// length. Safe for concurrent use.
type Pace struct {
	length time.Duration

	mu   sync.Mutex
	done []time.Time // when, as a ring
	next int         // the oldest
}

// New gives a pace of so many times, at least one, within a length of time.
func New(times int, length time.Duration) *Pace {
	return &Pace{length: length, done: make([]time.Time, times)}
}

// Take counts one more time, or tells how long to wait before there is room for
// it.
func (p *Pace) Take(now time.Time) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait = p.done[p.next].Add(p.length).Sub(now); wait > 0 {
		return wait
	}
	p.done[p.next] = now
	p.next = (p.next + 1) % len(p.done)
	return 0
}
