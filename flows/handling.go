package flows

import (
	"context"
	"errors"
	"time"
)

const (
	// firstPause and longestPause bound the waits between the tries of an input,
	// and persistFor their sum: with what the tries take it is within the 25
	// seconds that the edge gives.
	firstPause   = 200 * time.Millisecond
	longestPause = 3 * time.Second
	persistFor   = 20 * time.Second
	// tellWithin is what is left of the time then, for telling the person.
	tellWithin = 5 * time.Second
	// mostWaiting bounds how many inputs wait for their next try. When everything
	// is broken, those beyond are told at once, so that whatever needs nothing of
	// it, such as the work of staff, still finds room.
	mostWaiting = 48
)

// handling is an input on its way through the Runner, over all its tries.
type handling struct {
	Input
	first    *Conversation // as it was loaded first; nil: not yet
	deletion deletion      // of the person's message
	said     int           // how many of the replies are sent or owed
	told     bool          // what came of it reaches the person, whatever fails from now on
}

// anew gives an input of which something else is said.
func (h *handling) anew() *handling { return &handling{Input: h.Input, first: h.first} }

// language is the conversation's, or else that of the person's Telegram.
func (h *handling) language() string {
	if h.first == nil {
		return h.Language
	}
	return h.first.hear(h.Input).language()
}

// faulty is an error of the program's own, which no other try can mend.
type faulty struct{ error }

// Unwrap gives the error itself.
func (f faulty) Unwrap() error { return f.error }

// persist tries to finish an input, again while that fails and may still help. An
// input that nobody made comes again by itself.
func (r *Runner) persist(ctx context.Context, h *handling) error {
	err := r.handle(ctx, h)
	if err == nil || h.Kind.byNobody() || errors.As(err, &faulty{}) {
		return err
	}
	defer r.waiting.Add(-1)
	if r.waiting.Add(1) > mostWaiting {
		return err
	}
	r.Log.Warn("an input is tried again", "input", h.ID, "kind", h.Kind, "err", err)
	waited := time.Duration(0)
	for pause := firstPause; err != nil && waited < persistFor && roomFor(ctx, pause); pause = min(2*pause, longestPause) {
		r.Pause(ctx, pause)
		waited += pause
		r.Point("retried")
		err = r.handle(ctx, h)
	}
	return err
}

// roomFor tells whether there is time for a pause, a try, and telling the person
// that it was in vain.
func roomFor(ctx context.Context, pause time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return ctx.Err() == nil && (!bounded || time.Until(deadline) > pause+tellWithin)
}

// secretMessage is the message to delete of an input that failed: one that may hold
// a secret at its step, or at any where the step is not known. An edit may hold a
// password as much as what is typed.
func (r *Runner) secretMessage(h *handling) int {
	known := h.first != nil && h.first.Flow != ""
	if !hasText(h.Input) || known && !r.Machine.Secret(*h.first) && !removable(h.Input) {
		return 0
	}
	return h.Message
}

// settleLater owes it to a conversation that was not saved to learn that its
// password is set. It would go on asking for one otherwise.
func (r *Runner) settleLater(ctx context.Context, h *handling) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
	defer cancel()
	now, c := r.Now(), h.first
	job, err := NewJob(JobExpiry, "settled:"+c.ID, now.Add(time.Second), now.Add(r.Machine.life()),
		ExpiryJob{Chat: c.Chat, Conversation: c.ID, Revision: c.Revision, Settled: true})
	if err == nil {
		err = r.Jobs.Owe(ctx, job)
	}
	if err != nil {
		r.Log.Error("a conversation will not learn that its password is set", "input", h.ID, "err", err)
	}
}

// owe owes what became of an input that is saved.
func (r *Runner) owe(ctx context.Context, h *handling, past Recent) error {
	if past.Delete != 0 {
		if err := r.oweDeletion(ctx, h, h.language(), 0); err != nil {
			return err
		}
	}
	if len(past.Replies) == 0 {
		return nil
	}
	return r.oweReplies(ctx, h.Chat, h.language(), past.Replies, 0)
}
