package telegram

import (
	"sync"
	"time"
)

// groupPerMinute is how many messages a bot may send to a group in a minute, and
// edits count (core.telegram.org/bots/faq).
const groupPerMinute = 20

// pace bounds what is written in a group within any minute.
type pace struct {
	now func() time.Time

	mu     sync.Mutex
	writes [groupPerMinute]time.Time // the latest ones, as a ring
	oldest int
}

// take counts one more write, or tells how long to wait before there is room for
// it.
func (p *pace) take() (left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if left = p.writes[p.oldest].Add(time.Minute).Sub(now); left > 0 {
		return left
	}
	p.writes[p.oldest] = now
	p.oldest = (p.oldest + 1) % groupPerMinute
	return 0
}
