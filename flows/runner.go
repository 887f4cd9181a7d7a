package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// maxRaces bounds how often an input is taken again after a lost save.
	maxRaces = 8
	// closingGrace is how long the runner has to say what a closing job
	// would say otherwise.
	closingGrace = 30 * time.Second
	// replyFor is how long an owed reply is worth saying.
	replyFor = 24 * time.Hour
	// sameMoment is how soon nobody has read an answer and pressed again, and how
	// finely Telegram dates what is sent.
	sameMoment = time.Second
	// waitsAtMost is how long something counts as done before an answer though it
	// came after it: a webhook is given a chat's updates one by one, and clocks differ.
	waitsAtMost = 10 * time.Second
)

// RunnerOptions is what a Runner is built from. Point and Pause are optional.
type RunnerOptions struct {
	Machine       *Machine
	Ledger        Ledger
	Jobs          Jobs
	Conversations Conversations
	Messenger     Messenger
	Sealer        Sealer
	Reference     func() string // a fresh reference number for the log
	Now           func() time.Time
	Log           *slog.Logger
	Point         func(name string) // told what has just been done; crash tests end the process there
	// Pause lets time pass between two tries, unless the context ends first.
	Pause func(context.Context, time.Duration)
}

// Runner carries inputs through the machine and the ports: load, step,
// perform, resolve, save, reply. One read and one save an input. It expects
// the inputs of one chat one after the other within a process; across
// processes the conversation's revision decides. Safe for concurrent use.
type Runner struct {
	RunnerOptions
	said    lately
	flooded lately       // the chats that were told that they send too much
	waiting atomic.Int64 // inputs between two tries
}

// NewRunner builds a Runner.
func NewRunner(o RunnerOptions) *Runner {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	return &Runner{RunnerOptions: o}
}

// Handle finishes an input: when it returns nil, the conversation is saved and
// the replies are sent or owed as jobs. Handled again, the same input sends
// what it sent and does nothing else. While something is broken the input is
// tried again, for 20 seconds at most and as long as the context leaves time to
// tell the person, who is told so then. An error means that not even that was
// possible, and the input must come again.
func (r *Runner) Handle(ctx context.Context, in Input) error {
	h := &handling{Input: in}
	err := r.persist(ctx, h)
	switch {
	case err == nil:
		return nil
	case h.told:
		r.Log.Error("a conversation could not be saved", "input", in.ID, "err", err)
		r.settleLater(ctx, h)
		return nil
	case ctx.Err() != nil:
		return err
	}
	if in.Kind.byNobody() {
		return err // the job comes again, and says why
	}
	reference := r.Reference()
	r.Log.Error("an input could not be handled", "reference", reference, "input", in.ID, "kind", in.Kind, "err", err)
	broken := []Reply{{Say: []MessageID{SayBroken}, Facts: Facts{Reference: reference}}}
	return r.give(ctx, h.anew(), h.language(), Recent{Input: in.ID, Replies: broken, Delete: r.secretMessage(h)})
}

// Overdue finishes an input that Handle could not finish in time. One that is
// saved is owed its replies. Of the others a text may be a secret: it is deleted
// and the person asked to send it again. Anything else is parked, update being
// its JSON.
func (r *Runner) Overdue(ctx context.Context, in Input, update json.RawMessage) error {
	h := &handling{Input: in}
	if c, err := r.load(ctx, in); err == nil {
		h.first = &c
		if past, done := c.seen(in.ID); done {
			return r.owe(ctx, h, past)
		}
	}
	if in.Kind == Typed || in.Kind == Unread || hasText(in) {
		late := []Reply{{Say: []MessageID{SayOverdue}}}
		return r.give(ctx, h, h.language(), Recent{Input: in.ID, Replies: late, Delete: in.Message})
	}
	now := r.Now()
	job, err := NewJob(JobParked, "parked:"+string(in.ID), now.Add(time.Second), now.Add(replyFor), ParkedJob{Update: update, Sent: in.Sent})
	if err != nil {
		return err
	}
	return r.Jobs.Owe(ctx, job)
}

// handle tries to finish an input. It is interpreted at the step where it was
// loaded first.
func (r *Runner) handle(ctx context.Context, h *handling) error {
	for range maxRaces {
		c, err := r.load(ctx, h.Input)
		if err != nil {
			return err
		}
		if past, ok := c.seen(h.ID); ok {
			return r.repeat(ctx, c, h, past)
		}
		if h.first == nil {
			h.first = &c
		}
		if c.ID != h.first.ID || c.Step != h.first.Step {
			return r.overtaken(ctx, c, h)
		}
		if saved, err := r.take(ctx, c, h); saved || err != nil {
			return err
		}
	}
	return fmt.Errorf("the conversation changed %d times meanwhile", maxRaces)
}

// repeat says again what became of a redelivered input.
func (r *Runner) repeat(ctx context.Context, c Conversation, h *handling, past Recent) error {
	if err := r.give(ctx, h, c.language(), past); err != nil || past.Delete == 0 {
		return err
	}
	return r.Jobs.Settle(ctx, closingKey(c.ID, h.ID))
}

// take carries an input through once; false when another replica saved first.
func (r *Runner) take(ctx context.Context, c Conversation, h *handling) (bool, error) {
	now := r.Now()
	in, err := r.suspect(ctx, c, h.Input, now)
	if err != nil {
		return false, err
	}
	turn, err := r.Machine.Answer(c, in, now)
	if err != nil {
		return false, faulty{err}
	}
	if r.Machine.late(c, in, now) {
		r.Log.Warn("an input is too old to act on; if it is not, this machine's clock is wrong", "input", in.ID, "sent", in.Sent)
	}
	r.startDeleting(ctx, h, turn.Delete)
	defer func() { _ = h.deletion.wait() }()
	if turn.Abandon != "" {
		if err := r.Ledger.Abandon(ctx, turn.Abandon); err != nil {
			return false, err
		}
	}
	closing := ""
	if turn.Order != nil {
		var outcome Outcome
		if turn, outcome, err = r.perform(ctx, turn, in); err != nil {
			return false, err
		}
		if _, set := outcome.(PasswordSet); set {
			closing = closingKey(c.ID, in.ID)
			h.told = true // by the closing job, at the latest
		}
	}
	if turn.Idle {
		return true, r.answer(ctx, in, c.language(), turn.Toast)
	}
	past := Recent{Input: in.ID, Replies: turn.Replies}
	if turn.Delete || h.deletion.started() {
		past.Delete = in.Message
	}
	saved, unkept := r.save(ctx, c.Revision, turn.To.remember(past))
	switch {
	case unkept != nil && closing == "" && !turn.To.standsAs(c):
		return false, unkept
	case unkept == nil && !saved && closing == "":
		return false, nil
	case saved:
		r.Point("saved")
	case closing == "":
		r.Log.Warn("a conversation is not saved", "input", in.ID, "err", unkept)
	}
	// A new password is said even if that cannot be kept, and so is what leaves the
	// conversation as it was.
	if err := r.finish(ctx, h, turn.To.language(), past); err != nil {
		return true, err
	}
	if closing == "" {
		return true, nil
	}
	if !saved && unkept == nil { // it is another one by now, or lost
		r.settleLater(ctx, h)
	}
	return true, errors.Join(r.Jobs.Settle(ctx, closing), unkept)
}

// suspect asks the ledger about what no step waits for: where a code was accepted
// and no password set within two lives of a conversation, a text may be that
// password, its conversation having ended or been lost. So may be what is said in a
// talk that begins then. And a chat without a conversation in which a recovery or a
// talk goes on has lost it.
func (r *Runner) suspect(ctx context.Context, c Conversation, in Input, now time.Time) (Input, error) {
	unasked := hasText(in) && (c.Flow == "" || r.Machine.late(c, in, now))
	bare := c.ID == "" && in.expectsConversation()
	if !unasked && !bare && !wantsSupport(in) {
		return in, nil
	}
	if !in.Sent.IsZero() {
		now = in.Sent
	}
	life := r.Machine.life()
	trail, err := r.Ledger.Trail(ctx, in.Chat, now.Add(-2*life))
	in.Suspect, in.Lost, in.LostTalk = trail.Unspent, bare && now.Sub(trail.Open) < life, bare && trail.Talk != ""
	return in, err
}

// perform carries out the turn's order and resolves what comes of it.
func (r *Runner) perform(ctx context.Context, t Turn, in Input) (Turn, Outcome, error) {
	key := Key{Conversation: t.To.ID, Input: in.ID, Kind: t.Order.Kind()}
	outcome, err := t.Order.perform(ctx, r.Ledger, key, r.closing(t.To, in))
	if err != nil {
		return Turn{}, nil, fmt.Errorf("performing %s: %w", key.Kind, err)
	}
	r.Point("performed")
	resolved, err := r.Machine.Resolve(t.To, outcome, r.Now())
	if err != nil {
		return Turn{}, nil, faulty{err}
	}
	resolved.Delete = resolved.Delete || t.Delete
	return resolved, outcome, nil
}

// closing gives the job that is committed together with a new password: it
// says what the runner says, in case the runner never comes to it.
func (r *Runner) closing(c Conversation, in Input) Closing {
	return func(done PasswordSet) (Job, error) {
		turn, err := r.Machine.Resolve(c, done, done.Time)
		if err != nil {
			return Job{}, err
		}
		return NewJob(JobReply, closingKey(c.ID, in.ID), done.Time.Add(closingGrace), done.Time.Add(deletableFor), ReplyJob{
			Chat: c.Chat, Language: c.language(), Delete: []int{in.Message}, Replies: turn.Replies,
		})
	}
}

func closingKey(conversation string, in InputID) string {
	return "closing:" + string(in) + ":" + conversation
}

// overtaken drops an input whose conversation has moved on: the grant that it
// minted is void, a secret is deleted, the current question is repeated.
func (r *Runner) overtaken(ctx context.Context, now Conversation, h *handling) error {
	was, in := *h.first, h.Input
	held := Secret("")
	if now.ID == was.ID {
		held = r.Machine.holds(now)
	}
	if err := r.Ledger.Forfeit(ctx, Key{Conversation: was.ID, Input: in.ID, Kind: KindCheckCode}, held); err != nil {
		return err
	}
	past := Recent{Input: in.ID}
	if r.Machine.Secret(was) || r.Machine.Secret(now) {
		past.Delete = in.Message
	}
	switch question, ok := r.Machine.Question(now, r.Now()); {
	case in.Kind.byNobody():
	case ok:
		past.Replies = []Reply{question}
	case now.ID == "":
		past.Replies = []Reply{again(lost(past.Delete != 0))}
	default: // it has ended, and said so
		past.Replies = []Reply{welcome()}
	}
	return r.give(ctx, h, now.language(), past)
}

// load reads the chat's conversation; a chat without one is in the lobby, and
// so is one whose conversation does not open any more.
func (r *Runner) load(ctx context.Context, in Input) (Conversation, error) {
	stored, ok, err := r.Conversations.Load(ctx, in.Chat)
	if err != nil || !ok {
		return Conversation{Chat: in.Chat}, err
	}
	c, err := unseal(r.Sealer, in.Chat, stored)
	if err != nil {
		r.Log.Warn("a conversation is dropped", "err", err)
		return Conversation{Chat: in.Chat, Revision: stored.Revision}, nil
	}
	return c, nil
}

func (r *Runner) save(ctx context.Context, was uint64, c Conversation) (bool, error) {
	stored, err := c.seal(r.Sealer, r.Now())
	if err != nil {
		return false, err
	}
	return r.Conversations.Save(ctx, c.Chat, was, stored)
}

// give says and deletes what became of an input.
func (r *Runner) give(ctx context.Context, h *handling, language string, past Recent) error {
	r.startDeleting(ctx, h, past.Delete != 0)
	return r.finish(ctx, h, language, past)
}

// finish sees to it that the message is deleted and the replies are sent, or
// owes both.
func (r *Runner) finish(ctx context.Context, h *handling, language string, past Recent) error {
	r.startDeleting(ctx, h, past.Delete != 0)
	if err := r.say(ctx, h, language, past); err != nil {
		return err
	}
	r.Point("replied")
	if err := h.deletion.wait(); err != nil {
		r.Log.Warn("a secret message is not deleted yet", "input", h.ID, "err", err)
		if err := r.oweDeletion(ctx, h, language, after(err)); err != nil {
			return err
		}
	}
	return r.answer(ctx, h.Input, language, "")
}

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
	r.said.note(h.Chat, past.Replies, h.Album, r.Now())
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
