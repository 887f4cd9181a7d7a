package telegram

import (
	"context"
	"maps"
	"sync"
	"time"

	"rekey/flows"
)

const (
	// A limit is a chat's own doing when the chat was written to within
	// slowChat, or was told to wait within ownLimit.
	slowChat = 3 * time.Second
	ownLimit = time.Minute
	// When limitedTogether chats of which it is not are told to wait within
	// limitedWithin, and half of all such calls with them, the whole bot is too
	// fast and rests, botRest at most.
	limitedTogether = 3
	limitedWithin   = time.Second
	botRest         = 5 * time.Second
	// repliesFirst is how much longer groups wait then.
	repliesFirst = time.Second
)

// pauses remembers where nothing must be written, or deleted, for now. Answers to
// presses do not ask it: they go first.
type pauses struct {
	now func() time.Time

	mu    sync.Mutex
	chats map[int64]chatPace // those written to lately
	swept time.Time
	bot   time.Time // until when nobody is written to
	// The calls to slow chats since a moment, and how many were limited.
	since          time.Time
	calls, limited int
}

// chatPace is when a chat was written to last, and until when Telegram asked to
// wait with it.
type chatPace struct{ wrote, until time.Time }

// pass waits until a chat may be written to, or asks to be owed.
func (p *pauses) pass(ctx context.Context, chat int64, linger func(context.Context, time.Duration) bool) error {
	left := p.left(chat)
	if left <= 0 || left <= waitAtMost && linger(ctx, left) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return flows.ErrLater{After: left}
}

func (p *pauses) left(chat int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.chats) == 0 && p.bot.IsZero() {
		return 0
	}
	now, rest := p.now(), p.bot
	if chat < 0 {
		rest = rest.Add(repliesFirst)
	}
	return max(rest.Sub(now), p.chats[chat].until.Sub(now), 0)
}

// heed notes what came of writing to a chat and hands the error on.
func (p *pauses) heed(chat int64, err error) error {
	after, limited := retryAfter(err)
	if err != nil && !limited {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	was, known := p.chats[chat]
	pace := chatPace{wrote: now, until: was.until}
	if limited {
		pace.until = now.Add(after)
	}
	p.remember(chat, pace, now)
	if !known || now.Sub(was.wrote) >= slowChat && now.Sub(was.until) >= ownLimit {
		p.count(now, after, limited)
	}
	return err
}

// remember notes a chat's pace, and now and then forgets those that tell nothing
// any more.
func (p *pauses) remember(chat int64, pace chatPace, now time.Time) {
	if now.Sub(p.swept) >= slowChat {
		maps.DeleteFunc(p.chats, func(_ int64, c chatPace) bool {
			return now.Sub(c.wrote) >= slowChat && now.Sub(c.until) >= ownLimit
		})
		p.swept = now
	}
	if p.chats == nil {
		p.chats = map[int64]chatPace{}
	}
	p.chats[chat] = pace
}

// count counts a call to a slow chat, and lets the bot rest when too many of
// them are limited.
func (p *pauses) count(now time.Time, after time.Duration, limited bool) {
	if now.Sub(p.since) >= limitedWithin {
		p.since, p.calls, p.limited = now, 0, 0
	}
	p.calls++
	if !limited {
		return
	}
	p.limited++
	if p.limited >= limitedTogether && 2*p.limited >= p.calls {
		p.bot = now.Add(min(after, botRest))
	}
}

// crowd tells those who wait for a limit when others need their places. The zero
// value is ready.
type crowd struct {
	mu    sync.Mutex
	hurry chan struct{} // closed while the places are scarce
	dense bool
}

// set tells whether places are scarce.
func (c *crowd) set(dense bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if dense == c.dense {
		return
	}
	c.dense = dense
	if dense {
		close(c.channel())
	} else {
		c.hurry = nil
	}
}

// context gives the context of an update in hand.
func (c *crowd) context(ctx context.Context) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return flows.WithHurry(ctx, c.channel())
}

func (c *crowd) channel() chan struct{} {
	if c.hurry == nil {
		c.hurry = make(chan struct{})
	}
	return c.hurry
}
