package mail

import (
	"slices"
	"sync"
	"time"
)

// pool keeps idle sessions, the newest last and first to be used. Safe for
// concurrent use.
type pool struct {
	limit    int           // sessions kept
	life     time.Duration // how long one stays idle
	mailsPer int           // mails after which a session is not kept

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// take gives the session that was idle for the shortest time; false when there
// is none.
func (p *pool) take() (*session, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil, false
	}
	x := p.idle[n-1]
	p.idle = p.idle[:n-1]
	x.expiry.Stop()
	return x, true
}

// drain gives all idle sessions.
func (p *pool) drain() []*session {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle := p.idle
	p.idle = nil
	for _, x := range idle {
		x.expiry.Stop()
	}
	return idle
}

// put keeps a session for the next mail, or ends it.
func (p *pool) put(x *session) {
	if !p.keep(x) {
		x.quit()
	}
}

func (p *pool) keep(x *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) == p.limit || x.mails >= p.mailsPer {
		return false
	}
	x.expiry = time.AfterFunc(p.life, func() {
		if p.remove(x) {
			x.quit()
		}
	})
	p.idle = append(p.idle, x)
	return true
}

// remove tells whether the session was idle until now.
func (p *pool) remove(x *session) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.idle, x)
	if i < 0 {
		return false
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	return true
}

// close ends all idle sessions and keeps none from now on.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for _, x := range p.drain() {
		x.quit()
	}
}
