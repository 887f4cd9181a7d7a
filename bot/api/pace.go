package api

import (
	"sync"
	"time"
)

// requests is how many a key may make in any minute.
const requests = 60

// pace bounds the requests of one key.
type pace struct {
	mu   sync.Mutex
	made [requests]time.Time // when, as a ring
	next int                 // the oldest
}

// wait counts a request, or tells how long to wait before the next one.
func (p *pace) wait(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.made[p.next].Add(time.Minute).Sub(now); wait > 0 {
		return wait
	}
	p.made[p.next], p.next = now, (p.next+1)%requests
	return 0
}
