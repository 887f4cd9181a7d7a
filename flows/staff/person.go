package staff

import (
	"time"

	"rekey/flows"
)

// What the owner does, and what time does, to a case. All of it is pure.

// Tapped is the owner's choice among the numbers in the chat.
func (c Case) Tapped(number int, now time.Time, verifiedFor time.Duration) Case {
	switch {
	case !c.asksChat(now):
		return c
	case number == c.Caller.Number:
		return c.verified(now, verifiedFor)
	default:
		return c.failed(now)
	}
}

// CallerDenied is the owner saying, where they saw numbers, that somebody else is
// on the phone. It matters most once that caller was verified. Said again it is
// not news.
func (c Case) CallerDenied(chat int64, now time.Time) Case {
	if chat == 0 || chat != c.Shown || len(c.Events) > 0 && c.Events[len(c.Events)-1].What == CallerDenied {
		return c
	}
	return c.note(Event{At: now, What: CallerDenied}).denied()
}

// denied ends what a caller proved and what waits: it was not the owner.
func (c Case) denied() Case {
	c.Caller, c.Pending = Caller{}, Pending{}
	if c.Status == Waiting {
		c.Status = Open
	}
	return c.unasked()
}

func (c Case) asksChat(now time.Time) bool {
	return c.Caller.Method == "chat" && !c.Caller.Checked && now.Before(c.Caller.Until)
}

// Happened notes what the owner did: opened a link, denied having asked for
// it, set a password. A denial ends what a caller proved, and what waits. A
// password that is set closes the case, unless they still talk.
func (c Case) Happened(what What, now time.Time) Case {
	c = c.note(Event{At: now, What: what})
	if what == LinkDenied {
		c = c.denied()
	}
	if what == PasswordSet && c.Status != Closed && !c.Talk.Live {
		c = c.closed()
	}
	return c
}

// Tick ends what time has ended: a check, what a check opened, and an act for
// which nobody agreed. It tells whether there was anything.
func (c Case) Tick(now time.Time) (ticked Case, changed bool) {
	ticked = c.tick(now)
	return ticked, ticked.Status != c.Status || ticked.Caller != c.Caller
}

func (c Case) tick(now time.Time) Case {
	stepped := c.steppedBack(now)
	if c.Status == Waiting && (stepped || !now.Before(c.Pending.Until)) {
		c = c.note(Event{At: now, What: ActExpired, Act: c.Pending.Act})
		c.Status, c.Pending = Open, Pending{}
	}
	if c.Caller.Method != "" && (stepped || !now.Before(c.Caller.Until)) {
		if !c.Caller.Checked {
			return c.failed(now)
		}
		c.Caller = Caller{}
	}
	return c
}

// steppedBack tells that the clock was stepped back behind what happened last: by
// it, what is under way would last longer than it may.
func (c Case) steppedBack(now time.Time) bool {
	return len(c.Events) > 0 && now.Add(flows.StepTolerance).Before(c.Events[len(c.Events)-1].At)
}

// Due is when Tick has something to do; the zero time is never.
func (c Case) Due() time.Time {
	var due time.Time
	for _, t := range []time.Time{c.Pending.Until, c.Caller.Until} {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	return due
}

func (c Case) verified(now time.Time, lasts time.Duration) Case {
	c = c.note(Event{At: now, What: CallerVerified})
	c.Caller = Caller{Checked: true, Method: c.Caller.Method, Until: now.Add(lasts), Away: !c.Talk.Live}
	return c.unasked()
}

func (c Case) failed(now time.Time) Case {
	c = c.note(Event{At: now, What: CallerFailed})
	c.Caller = Caller{}
	return c.unasked()
}

// unasked stops asking for what no check waits for any more.
func (c Case) unasked() Case {
	if c.Asks == AskCode || c.Asks == AskWords {
		c.Asks = ""
	}
	return c
}
