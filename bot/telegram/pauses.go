package telegram

import (
	"context"
	"sync"
	"time"

	"rekey/flows"
)

const (
	// limitedTogether chats that are told to wait within limitedWithin mean
	// that the whole bot is too fast.
	limitedTogether = 3
	limitedWithin   = time.Second
)

// pauses remembers who must not be written to for now. Deletions and answers
// to presses do not ask it: they go first.
type pauses struct {
	now func() time.Time

	mu    sync.Mutex
	chats map[int64]limit
	bot   time.Time // until when nobody is written to
}

// limit is Telegram's request to wait with a chat.
type limit struct{ told, until time.Time }

// pass waits until a chat may be written to, or asks to be owed.
func (p *pauses) pass(ctx context.Context, chat int64, wait func(context.Context, time.Duration) error) error {
	left := p.left(chat)
	if left <= 0 {
		return nil
	}
	if left > waitAtMost {
		return flows.ErrLater{After: left}
	}
	return wait(ctx, left)
}

func (p *pauses) left(chat int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.chats) == 0 && p.bot.IsZero() {
		return 0
	}
	now := p.now()
	return max(p.bot.Sub(now), p.chats[chat].until.Sub(now), 0)
}

// heed notes what Telegram said about a chat and hands the error on.
func (p *pauses) heed(chat int64, err error) error {
	after, limited := retryAfter(err)
	if !limited {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.chats == nil {
		p.chats = map[int64]limit{}
	}
	p.chats[chat] = limit{told: now, until: now.Add(after)}
	together := 0
	for id, l := range p.chats {
		if now.Sub(l.told) < limitedWithin {
			together++
		} else if !l.until.After(now) {
			delete(p.chats, id)
		}
	}
	if until := now.Add(after); together >= limitedTogether && until.After(p.bot) {
		p.bot = until
	}
	return err
}
