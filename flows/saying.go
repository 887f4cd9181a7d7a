package flows

import (
	"context"
	"strconv"
	"time"
)

const (
	// replyFor is how long an owed reply is worth saying.
	replyFor = 24 * time.Hour
	// sameMoment is how soon nobody has read an answer and pressed again, and how
	// finely Telegram dates what is sent.
	sameMoment = time.Second
	// waitsAtMost is how long something counts as done before an answer though it
	// came after it: a webhook is given a chat's updates one by one, and clocks differ.
	waitsAtMost = 10 * time.Second
)

// say sends replies, and owes those that cannot be sent now. A text is owed to
// a chat once, with its newest facts: however much a person types while nothing
// can be said, what is owed stays bounded by the texts that there are, and the
// result of no step goes missing. What the person was told since they did this, or
// was told of the same album, is not said again; nor is what was told a moment
// before a press.
func (r *Runner) say(ctx context.Context, h *handling, language string, past Recent) error {
	if h.said == 0 && r.answered(h.Input, past.Replies) {
		return nil
	}
	begun := r.Now() // a person may read a reply, and answer, before Send returns
	for h.said < len(past.Replies) {
		err := r.Messenger.Send(ctx, h.Chat, language, past.Replies[h.said])
		switch {
		case err == nil:
			h.said++
		case final(err):
			h.said = len(past.Replies)
		default:
			r.Log.Warn("a reply is owed", "input", past.Input, "err", err)
			if err := r.oweReplies(ctx, h.Chat, language, past.Replies[h.said:], after(err)); err != nil {
				return err
			}
			h.said = len(past.Replies)
			return nil
		}
	}
	r.said.note(h.Chat, past.Replies, h.Album, begun)
	return nil
}

// answered tells whether there is nothing to say to an input that has not been
// said in answer to another.
func (r *Runner) answered(in Input, replies []Reply) bool {
	since := in.Arrived
	if in.Kind == Pressed {
		since = since.Add(-sameMoment)
	} else if !in.Sent.IsZero() {
		waited := min(max(in.Arrived.Sub(in.Sent.Add(sameMoment)), 0), waitsAtMost)
		since = since.Add(-waited)
	}
	return len(replies) == 0 || !in.Arrived.IsZero() && r.said.heard(in.Chat, replies, in.Album, since)
}

func (r *Runner) oweReplies(ctx context.Context, chat int64, language string, replies []Reply, wait time.Duration) error {
	job, err := newReply(r.Now(), chat, language, replies, wait)
	if err != nil {
		return err
	}
	return r.Jobs.Owe(ctx, job)
}

// newReply builds the job that says replies after a wait.
func newReply(now time.Time, chat int64, language string, replies []Reply, wait time.Duration) (Job, error) {
	job, err := NewJob(JobReply, replyKey(chat, replies), now.Add(wait), now.Add(replyFor),
		ReplyJob{At: now, Chat: chat, Language: language, Replies: replies})
	job.Replaces = true
	return job, err
}

// replyKey names what is owed to a chat by the texts in it.
func replyKey(chat int64, replies []Reply) string {
	key := "reply:" + strconv.FormatInt(chat, 10)
	for _, r := range replies {
		for _, id := range r.Say {
			key += ":" + string(id)
		}
	}
	return key
}

// answer ends the waiting mark of a pressed button.
func (r *Runner) answer(ctx context.Context, in Input, language string, toast MessageID) error {
	if in.Press.Callback == "" {
		return nil
	}
	if err := r.Messenger.Answer(ctx, in.Chat, in.Press.Callback, language, toast); err != nil {
		r.Log.Warn("a press stays unanswered", "input", in.ID, "err", err)
	}
	return nil
}
