package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

const (
	// shortPause and longPause bound the time between two polls while updates
	// are in hand. Telegram answers such a poll at once, with what is in hand.
	shortPause = 5 * time.Millisecond
	longPause  = 100 * time.Millisecond
	// overrun is how long work may take to notice that it is given up.
	overrun = time.Second
	// confirmWithin is how long the last poll may take.
	confirmWithin = 2 * time.Second
	// fightOver is after how long without a webhook the next one is the first.
	fightOver = 10 * time.Minute
)

// poller is one run of Receiver.Poll.
type poller struct {
	*Receiver
	window *window
	began  bool // a poll has succeeded

	takenOver   int // how often a webhook was deleted, in one fight
	takenOverAt time.Time
}

// Poll receives updates by asking for them until the context ends; then it
// finishes what runs, confirms it and returns nil, within DrainWithin and three
// seconds. A webhook that is set is deleted, also when somebody sets it later;
// what it was not given yet is polled. The error is for the operator: the token is wrong.
// At most one Poll runs for a bot, anywhere.
func (r *Receiver) Poll(ctx context.Context) error {
	p := &poller{Receiver: r, window: newWindow()}
	base, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	err := p.receive(ctx, base)
	if !p.idle(p.DrainWithin) {
		giveUp()
		p.idle(overrun)
	}
	p.confirm(base)
	return err
}

// receive polls until the context ends. What it starts runs in base.
func (p *poller) receive(ctx, base context.Context) error {
	pause, failures := shortPause, 0
	for p.rest(ctx, pause) == nil {
		now := p.window.state()
		updates, err := p.Client.poll(ctx, now.offset, windowSize, p.PollTimeout)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			failures++
			if err := p.mend(ctx, err, failures); err != nil {
				return err
			}
			continue
		}
		p.window.confirm(now)
		p.began, failures = true, 0
		pause = min(2*pause, longPause)
		if p.dispatch(ctx, base, updates) {
			pause = shortPause
		}
	}
	return nil
}

// rest waits before the next poll: not at all when nothing is in hand, else
// for the pause, and in any case until there is room in the window.
func (p *poller) rest(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	rested := false
	for ctx.Err() == nil {
		inHand := p.window.state().inHand
		if inHand == 0 || rested && inHand < windowSize {
			return nil
		}
		select {
		case <-p.window.news:
		case <-timer.C:
			rested = true
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// dispatch starts the updates that are not in hand yet and tells whether there
// were any.
func (p *poller) dispatch(ctx, base context.Context, updates []json.RawMessage) bool {
	fresh := false
	for _, raw := range updates {
		id, ok := updateID(raw)
		if !ok {
			p.Log.Error("an update without an id is skipped")
			continue
		}
		if !p.window.take(id) {
			continue
		}
		fresh = true
		a, wanted := p.arrive(raw)
		if !wanted {
			p.acknowledge(id)
			continue
		}
		if !p.admit(a, func() { p.work(ctx, base, a) }) {
			p.refuse(ctx, base, a, 1)
		}
	}
	p.crowd.set(p.window.state().inHand >= crowded)
	return fresh
}

// work finishes an update, however often it takes, so that the chat's next one
// does not overtake it; at the end of the program it is left to Telegram.
func (p *poller) work(ctx, base context.Context, a arrival) {
	for try := 1; !p.finish(base, a); try++ {
		if ctx.Err() != nil || p.Client.wait(ctx, p.backOff(try)) != nil {
			p.window.leave()
			return
		}
		a.due = time.Now().Add(p.Within)
	}
	p.acknowledge(a.update)
}

// refuse finishes an update that its chat has no room for, however often it takes.
func (p *poller) refuse(ctx, base context.Context, a arrival, try int) {
	p.shed(base, a, func(finished bool) {
		if finished {
			p.acknowledge(a.update)
			return
		}
		go func() {
			if ctx.Err() != nil || p.Client.wait(ctx, p.backOff(try)) != nil {
				p.window.leave()
				return
			}
			p.refuse(ctx, base, a, try+1)
		}()
	})
}

func (p *poller) acknowledge(update int64) {
	moved := p.window.finish(update)
	p.crowd.set(p.window.state().inHand >= crowded)
	if moved {
		p.Point("acknowledged")
	}
}

func (p *poller) backOff(failures int) time.Duration { return p.Client.backOff(failures) }

// mend repairs or waits out a poll's error; what it returns ends the polling.
func (p *poller) mend(ctx context.Context, err error, failures int) error {
	no := refusalOf(err)
	switch {
	case no.is(http.StatusUnauthorized), no.is(http.StatusNotFound):
		if err := p.Client.doubt(ctx); err != nil {
			return err
		}
		p.Log.Warn("Telegram gives no updates, as if it did not know the token; asked again, it does not say so", "err", no)
	case no.isOfWebhook():
		p.takeOver(ctx)
		return nil
	case no.is(http.StatusConflict):
		p.Log.Error("another process receives this bot's updates; stop it, or give it a bot of its own", "telegram", no.Description)
	default:
		p.Log.Warn("asking Telegram for updates", "err", err)
	}
	pause := p.backOff(failures)
	if no.is(http.StatusTooManyRequests) {
		pause = max(pause, time.Duration(no.Parameters.RetryAfter)*time.Second)
	}
	_ = p.Client.wait(ctx, pause)
	return nil
}

// takeOver deletes the webhook that keeps this process from polling. The pause
// after it grows while somebody goes on setting one.
func (p *poller) takeOver(ctx context.Context) {
	if p.Now().Sub(p.takenOverAt) > fightOver {
		p.takenOver = 0
	}
	p.takenOver, p.takenOverAt = p.takenOver+1, p.Now()
	hook, err := p.Client.webhook(ctx)
	if err == nil {
		if p.began {
			p.Log.Warn("another program has set a webhook for this bot; it is deleted. If that program is not yours, "+
				"somebody else has the token: revoke it at BotFather", "host", host(hook.URL))
		} else {
			p.Log.Warn("a webhook receives this bot's updates; it is deleted", "host", host(hook.URL))
		}
		err = p.Client.deleteWebhook(ctx)
	}
	if err != nil {
		p.Log.Warn("deleting the webhook", "err", err)
	}
	_ = p.Client.wait(ctx, p.backOff(p.takenOver))
}

// idle waits until nothing runs; false when that takes longer.
func (p *poller) idle(within time.Duration) bool {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		if p.window.state().running == 0 {
			return true
		}
		select {
		case <-p.window.news:
		case <-late.C:
			return false
		}
	}
}

// confirm tells Telegram what was finished last, so that it does not come
// again.
func (p *poller) confirm(ctx context.Context) {
	now := p.window.state()
	if now.ready == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmWithin)
	defer cancel()
	if _, err := p.Client.poll(ctx, now.offset, 1, 0); err != nil {
		p.Log.Warn("the last updates are not confirmed and will come again", "err", err)
	}
}
