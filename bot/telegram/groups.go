package telegram

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/go-telegram/bot"

	"rekey/flows"
)

// groupPause is how often the bot says the same in a group.
const groupPause = time.Minute

// groups remembers in which groups the bot has just spoken.
type groups struct {
	now func() time.Time

	mu    sync.Mutex
	spoke map[int64]time.Time
}

// maySpeak tells whether the bot has been silent in a group for long enough,
// and takes it that it speaks now.
func (g *groups) maySpeak(chat int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	maps.DeleteFunc(g.spoke, func(_ int64, at time.Time) bool { return now.Sub(at) >= groupPause })
	if _, recent := g.spoke[chat]; recent {
		return false
	}
	if g.spoke == nil {
		g.spoke = map[int64]time.Time{}
	}
	g.spoke[chat] = now
	return true
}

// answerGroup says in a group that the bot works in private, and leaves one
// that has just added it. What fails is not tried again.
func (r *Receiver) answerGroup(ctx context.Context, a arrival) {
	if r.Staff.Group != nil && r.Staff.Group.movedTo.Load() == a.chat {
		return // it is to work there soon
	}
	ctx, cancel := context.WithDeadline(ctx, a.due)
	defer cancel()
	if !a.group.silent && r.groups.maySpeak(a.chat) {
		if err := r.Client.say(ctx, a.chat, a.group.language, flows.SayPrivateOnly); err != nil {
			r.Log.Warn("a group is not answered", "err", err)
		}
	}
	if !a.group.added {
		return
	}
	if err := r.Client.do(ctx, "leaveChat", &bot.LeaveChatParams{ChatID: a.chat}, new(bool)); err != nil {
		r.Log.Warn("a group is not left", "err", err)
	}
}
