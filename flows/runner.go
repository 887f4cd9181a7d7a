package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

const (
	// maxRaces bounds how often an input is taken again after a lost save.
	maxRaces = 8
	// closingGrace is how long the runner has to say what a closing job
	// would say otherwise.
	closingGrace = 30 * time.Second
	// deletableFor is how long a job tries to delete a message; Telegram lets
	// bots delete for 48 hours (Bot API, deleteMessage).
	deletableFor = 47 * time.Hour
	// replyFor is how long an owed reply is worth saying.
	replyFor = 24 * time.Hour
)

// RunnerOptions is what a Runner is built from. Point is optional.
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
}

// Runner carries inputs through the machine and the ports: load, step,
// perform, resolve, save, reply. One read and one save an input. It expects
// the inputs of one chat one after the other within a process; across
// processes the conversation's revision decides. Safe for concurrent use.
type Runner struct{ RunnerOptions }

// NewRunner builds a Runner.
func NewRunner(o RunnerOptions) *Runner {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	return &Runner{o}
}

// Handle finishes an input: when it returns nil, the conversation is saved and
// the replies are sent or owed as jobs. Handled again, the same input sends
// what it sent and does nothing else. When something is broken the person is
// told so; an error means that not even that was possible, and the input must
// come again.
func (r *Runner) Handle(ctx context.Context, in Input) error {
	err := r.handle(ctx, in)
	if err == nil || ctx.Err() != nil {
		return err
	}
	reference := r.Reference()
	r.Log.Error("an input could not be handled", "reference", reference, "input", in.ID, "kind", in.Kind, "err", err)
	if in.Kind.byNobody() {
		return err // the job comes again
	}
	broken := []Reply{{Say: []MessageID{SayBroken}, Facts: Facts{Reference: reference}}}
	return r.give(ctx, in, in.Language, Recent{Input: in.ID, Replies: broken, Delete: secretMessage(in)})
}

// secretMessage is the message to delete where the step is not known. An edit may
// hold a password as much as what is typed.
func secretMessage(in Input) int {
	if hasText(in) {
		return in.Message
	}
	return 0
}

// Overdue finishes an input that Handle could not finish in time. A text may
// be a secret: it is deleted and the person asked to send it again. Anything
// else is parked, update being its JSON.
func (r *Runner) Overdue(ctx context.Context, in Input, update json.RawMessage) error {
	if in.Kind == Typed || in.Kind == Unread {
		busy := []Reply{{Say: []MessageID{SayBusy}}}
		return r.give(ctx, in, in.Language, Recent{Input: in.ID, Replies: busy, Delete: in.Message})
	}
	now := r.Now()
	job, err := NewJob(JobParked, "parked:"+string(in.ID), now.Add(time.Second), now.Add(replyFor), ParkedJob{Update: update, Sent: in.Sent})
	if err != nil {
		return err
	}
	return r.Jobs.Owe(ctx, job)
}

func (r *Runner) handle(ctx context.Context, in Input) error {
	first, err := r.load(ctx, in)
	if err != nil {
		return err
	}
	c := first
	for range maxRaces {
		if past, ok := c.seen(in.ID); ok {
			return r.repeat(ctx, c, in, past)
		}
		saved, err := r.take(ctx, c, in)
		if saved || err != nil {
			return err
		}
		if c, err = r.load(ctx, in); err != nil {
			return err
		}
		if c.ID != first.ID || c.Step != first.Step {
			return r.overtaken(ctx, first, c, in)
		}
	}
	return fmt.Errorf("the conversation changed %d times meanwhile", maxRaces)
}

// repeat says again what became of a redelivered input.
func (r *Runner) repeat(ctx context.Context, c Conversation, in Input, past Recent) error {
	if err := r.give(ctx, in, c.language(), past); err != nil || past.Delete == 0 {
		return err
	}
	return r.Jobs.Settle(ctx, closingKey(c.ID, in.ID))
}

// take carries an input through once; false when another replica saved first.
func (r *Runner) take(ctx context.Context, c Conversation, in Input) (bool, error) {
	now := r.Now()
	in, err := r.suspect(ctx, c, in, now)
	if err != nil {
		return false, err
	}
	turn, err := r.Machine.Answer(c, in, now)
	if err != nil {
		return false, err
	}
	if r.Machine.late(c, in, now) {
		r.Log.Warn("an input is too old to act on; if it is not, this machine's clock is wrong", "input", in.ID, "sent", in.Sent)
	}
	deletion := r.startDeleting(ctx, in, turn.Delete)
	defer func() { _ = deletion.wait() }()
	if turn.Abandon != "" {
		if err := r.Ledger.Abandon(ctx, turn.Abandon); err != nil {
			return false, err
		}
	}
	closing := ""
	if turn.Order != nil {
		order := turn.Order
		if turn, err = r.perform(ctx, turn, in); err != nil {
			return false, err
		}
		if _, last := order.(SetPassword); last {
			closing = closingKey(c.ID, in.ID)
		}
	}
	if turn.Idle {
		return true, r.answer(ctx, in, c.language(), turn.Toast)
	}
	past := Recent{Input: in.ID, Replies: turn.Replies}
	if turn.Delete || deletion.started() {
		past.Delete = in.Message
	}
	switch saved, err := r.saveSurely(ctx, c.Revision, turn.To.remember(past)); {
	case err != nil && closing != "":
		// The password is set: that is said even if the conversation is lost.
		r.Log.Error("a conversation could not be saved", "input", in.ID, "err", err)
	case err != nil:
		return false, err
	case !saved:
		return false, nil
	}
	r.Point("saved")
	if err := r.finish(ctx, in, turn.To.language(), past, deletion); err != nil {
		return true, err
	}
	if closing != "" {
		return true, r.Jobs.Settle(ctx, closing)
	}
	return true, nil
}

// suspect asks the ledger about a text that no step waits for: where a code was
// accepted and no password set within two lives of a conversation, the text may
// be that password, its conversation having ended or been lost. So may be what
// is said in a talk that begins then.
func (r *Runner) suspect(ctx context.Context, c Conversation, in Input, now time.Time) (Input, error) {
	unasked := hasText(in) && (c.Flow == "" || r.Machine.late(c, in, now))
	if !unasked && !wantsSupport(in) {
		return in, nil
	}
	if !in.Sent.IsZero() {
		now = in.Sent
	}
	var err error
	in.Suspect, err = r.Ledger.Unspent(ctx, in.Chat, now.Add(-2*r.Machine.life()))
	return in, err
}

// perform carries out the turn's order and resolves what comes of it.
func (r *Runner) perform(ctx context.Context, t Turn, in Input) (Turn, error) {
	key := Key{Conversation: t.To.ID, Input: in.ID, Kind: t.Order.Kind()}
	outcome, err := t.Order.perform(ctx, r.Ledger, key, r.closing(t.To, in))
	if err != nil {
		return Turn{}, fmt.Errorf("performing %s: %w", key.Kind, err)
	}
	r.Point("performed")
	resolved, err := r.Machine.Resolve(t.To, outcome, r.Now())
	resolved.Delete = resolved.Delete || t.Delete
	return resolved, err
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
func (r *Runner) overtaken(ctx context.Context, was, now Conversation, in Input) error {
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
	default:
		past.Replies = []Reply{again(SayTimeUp)}
	}
	return r.give(ctx, in, now.language(), past)
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

// saveSurely saves, and tries again where that fails: what was performed cannot
// be taken back.
func (r *Runner) saveSurely(ctx context.Context, was uint64, c Conversation) (saved bool, err error) {
	for _, wait := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 900 * time.Millisecond, 0} {
		if saved, err = r.save(ctx, was, c); err == nil || wait == 0 {
			return saved, err
		}
		pause(ctx, wait)
	}
	return saved, err
}

func (r *Runner) save(ctx context.Context, was uint64, c Conversation) (bool, error) {
	stored, err := c.seal(r.Sealer, r.Now())
	if err != nil {
		return false, err
	}
	return r.Conversations.Save(ctx, c.Chat, was, stored)
}

// give says and deletes what became of an input.
func (r *Runner) give(ctx context.Context, in Input, language string, past Recent) error {
	return r.finish(ctx, in, language, past, r.startDeleting(ctx, in, past.Delete != 0))
}

// finish sees to it that the message is deleted and the replies are sent, or
// owes both.
func (r *Runner) finish(ctx context.Context, in Input, language string, past Recent, d *deletion) error {
	if past.Delete != 0 && !d.started() {
		d = r.startDeleting(ctx, in, true)
	}
	if err := r.say(ctx, in.Chat, language, past); err != nil {
		return err
	}
	r.Point("replied")
	if err := d.wait(); err != nil {
		if err := r.oweDeletion(ctx, in, language, err); err != nil {
			return err
		}
	}
	return r.answer(ctx, in, language, "")
}

// say sends replies, and owes those that cannot be sent now. A text is owed to
// a chat once, with its newest facts: however much a person types while nothing
// can be said, what is owed stays bounded by the texts that there are, and the
// result of no step goes missing.
func (r *Runner) say(ctx context.Context, chat int64, language string, past Recent) error {
	for i, reply := range past.Replies {
		err := r.Messenger.Send(ctx, chat, language, reply)
		if err == nil {
			continue
		}
		if final(err) {
			return nil
		}
		now := r.Now()
		job, jobErr := NewJob(JobReply, replyKey(chat, past.Replies[i:]), now.Add(after(err)), now.Add(replyFor),
			ReplyJob{Chat: chat, Language: language, Replies: past.Replies[i:]})
		if jobErr != nil {
			return jobErr
		}
		job.Replaces = true
		r.Log.Warn("a reply is owed", "input", past.Input, "err", err)
		return r.Jobs.Owe(ctx, job)
	}
	return nil
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
