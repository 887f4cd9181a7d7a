package telegram

import (
	"sync"
	"time"
)

// presses remembers the button presses that are being handled, so that each is
// answered once and none waits for long. The zero value is ready.
type presses struct {
	mu   sync.Mutex
	open map[string]*press
}

type press struct {
	answered bool
	late     *time.Timer
}

// begin watches a press; late is called once it has gone unanswered for so
// long. A press that is watched already stays as it is.
func (p *presses) begin(callback string, within time.Duration, late func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[string]*press{}
	}
	if p.open[callback] == nil {
		p.open[callback] = &press{late: time.AfterFunc(within, late)}
	}
}

// claim tells the caller to answer a press; false when it is answered. A press
// that nobody watches is the caller's.
func (p *presses) claim(callback string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.open[callback]
	if known == nil {
		return true
	}
	if known.answered {
		return false
	}
	known.answered = true
	known.late.Stop()
	return true
}

// end forgets a press and tells whether it is still to be answered.
func (p *presses) end(callback string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.open[callback]
	if known == nil {
		return false
	}
	delete(p.open, callback)
	known.late.Stop()
	return !known.answered
}
