package flows

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	// jobLease is how long a claim holds; longer than jobTime, which is longer
	// than any carrier's own time-out, so that no job runs twice at once.
	jobLease = time.Minute
	jobTime  = 45 * time.Second
	// maxBackoff bounds the wait between two tries of a job.
	maxBackoff = time.Minute
	// claimPause is how long the worker waits after a claim that failed.
	claimPause = time.Second
	// finishWithin is how long the jobs in hand may take at the end.
	finishWithin = 2 * time.Second
)

// WorkerOptions is what a Worker is built from. Point is optional.
type WorkerOptions struct {
	Jobs      Jobs
	Ledger    Ledger
	Directory Directory
	Carriers  map[Channel]Carrier
	Messenger Messenger
	Handle    func(context.Context, Input) error // the Runner's
	// Replay hands a parked update back to the edge, with when it was sent.
	Replay func(ctx context.Context, update json.RawMessage, sent time.Time) error
	// DrawCase shows staff a case as it is now; not called where there are none.
	DrawCase func(ctx context.Context, number int64) error
	// Relay says what waits in a case's talk; not called where there are none.
	Relay func(ctx context.Context, number int64) error
	// PostHook tells a program of its case; not called where there are none.
	PostHook func(context.Context, HookJob) error
	// PostWeek shows staff the figures of a week; not called where there are none.
	PostWeek func(context.Context, WeekJob) error
	Now      func() time.Time
	Log      *slog.Logger
	Parallel int // jobs at once; at least 1
	Point    func(name string)
}

// Worker carries out jobs: it looks accounts up and sends codes and letters,
// says owed replies, deletes messages, and tells conversations that their time
// is over. Any number of workers may share a store.
type Worker struct{ WorkerOptions }

// NewWorker builds a Worker.
func NewWorker(o WorkerOptions) *Worker {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	o.Parallel = max(1, o.Parallel)
	return &Worker{o}
}

// Run carries out jobs until the context ends, then finishes those it has as
// far as they can be in two seconds; the others come again.
func (w *Worker) Run(ctx context.Context) {
	working, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	context.AfterFunc(ctx, func() { time.AfterFunc(finishWithin, giveUp) })
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, w.Parallel)
	for ctx.Err() == nil {
		slots <- struct{}{} // one slot for the first job; the claim takes as many as are free
		free := cap(slots) - len(slots) + 1
		jobs, err := w.Jobs.Claim(ctx, free, jobLease)
		<-slots
		if err != nil && ctx.Err() == nil {
			w.Log.Error("jobs cannot be claimed", "err", err)
		}
		for _, j := range jobs {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				w.Do(working, j)
			})
		}
		switch {
		case err != nil:
			pause(ctx, claimPause)
		case len(jobs) == 0:
			w.Jobs.Wait(ctx, w.Now().Add(time.Minute))
		}
	}
}

// pause waits, but not beyond the context.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Do carries out one claimed job and completes, fails or postpones it.
func (w *Worker) Do(ctx context.Context, j Job) {
	ctx, cancel := context.WithTimeout(ctx, jobTime)
	defer cancel()
	again, err := w.attempt(ctx, j)
	if err != nil {
		level := slog.LevelWarn
		if after(err) > 0 { // it was asked to wait, as often happens
			level = slog.LevelDebug
		}
		w.Log.Log(ctx, level, "a job did not succeed", "job", j.ID, "kind", j.Kind, "attempt", j.Attempts, "final", again.IsZero(), "err", err)
	}
	switch {
	case !again.IsZero():
		err = w.Jobs.Postpone(ctx, j, again)
	case err != nil:
		_, err = w.Jobs.Fail(ctx, j)
	default:
		_, err = w.Jobs.Complete(ctx, j)
	}
	if err != nil {
		w.Log.Error("a job's end could not be noted; it will run again", "job", j.ID, "kind", j.Kind, "err", err)
	}
}

// attempt tells when to try again; the zero time means never.
func (w *Worker) attempt(ctx context.Context, j Job) (again time.Time, err error) {
	defer func() {
		if p := recover(); p != nil {
			again, err = w.backoff(j, nil), fmt.Errorf("panic of type %T", p)
		}
	}()
	again, err = w.carryOut(ctx, j)
	if err != nil && again.IsZero() && !final(err) {
		again = w.backoff(j, err)
	}
	return again, err
}

func (w *Worker) backoff(j Job, err error) time.Time {
	wait := min(maxBackoff, time.Second<<min(j.Attempts, 6))
	wait = max(wait/2+rand.N(wait/2+1), after(err))
	return w.Now().Add(wait)
}

func (w *Worker) carryOut(ctx context.Context, j Job) (time.Time, error) {
	switch j.Kind {
	case JobCode:
		return withPayload(j, func(p CodeJob) (time.Time, error) { return w.sendCode(ctx, p) })
	case JobLetter:
		return withPayload(j, func(p LetterJob) (time.Time, error) { return time.Time{}, w.carry(ctx, "letter", p.Letter) })
	case JobReply:
		return withPayload(j, func(p ReplyJob) (time.Time, error) { return time.Time{}, w.speak(ctx, p) })
	case JobDelete:
		return withPayload(j, func(p DeletionJob) (time.Time, error) { return w.remove(ctx, j, p) })
	case JobExpiry:
		return withPayload(j, func(p ExpiryJob) (time.Time, error) { return time.Time{}, w.expire(ctx, p) })
	case JobParked:
		return withPayload(j, func(p ParkedJob) (time.Time, error) { return time.Time{}, w.Replay(ctx, p.Update, p.Sent) })
	case JobCase:
		return withPayload(j, func(p CaseJob) (time.Time, error) { return time.Time{}, w.DrawCase(ctx, p.Number) })
	case JobTalk:
		return withPayload(j, func(p CaseJob) (time.Time, error) { return time.Time{}, w.Relay(ctx, p.Number) })
	case JobHook:
		return withPayload(j, func(p HookJob) (time.Time, error) { return time.Time{}, w.PostHook(ctx, p) })
	case JobWeek:
		return withPayload(j, func(p WeekJob) (time.Time, error) { return time.Time{}, w.PostWeek(ctx, p) })
	default:
		return time.Time{}, fmt.Errorf("job of unknown kind %q: %w", j.Kind, ErrUnreachable)
	}
}

func withPayload[P any](j Job, do func(P) (time.Time, error)) (time.Time, error) {
	var p P
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return time.Time{}, errors.Join(fmt.Errorf("decoding %s job: %w", j.Kind, err), ErrUnreachable)
	}
	return do(p)
}

// sendCode looks the account up and sends it the code, if it may.
func (w *Worker) sendCode(ctx context.Context, p CodeJob) (time.Time, error) {
	found, err := w.Directory.Find(ctx, p.IDKind, p.Identifier)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking up an account: %w", err)
	}
	// Without an account the ledger is asked all the same: it refuses, at the
	// cost of a refusal for one, so that the load does not tell them apart.
	letter, ask := w.compose(p, enabled(found))
	admitted, err := w.Ledger.Admit(ctx, ask)
	mail, has := w.mailOf(ask.Account)
	has = has && letter.Channel == SMS && letter.Text == LetterCode
	if has && err == nil && admitted.Elsewhere {
		letter, ask.Address = letter.to(mail), mail
		admitted, err = w.Ledger.Admit(ctx, ask)
	}
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("admitting a code: %w", err)
	case !admitted.Again.IsZero():
		return admitted.Again, nil
	case !admitted.OK:
		return time.Time{}, nil
	}
	w.Point("job.code.admitted")
	err = w.carry(ctx, "code", letter)
	if has && letter.Channel == SMS && errors.Is(err, ErrUndeliverable) {
		w.Log.Warn("a code goes by mail, because its SMS cannot be delivered", "recovery", p.Recovery, "err", err)
		err = w.carry(ctx, "code", letter.to(mail))
	}
	return time.Time{}, err
}

// mailOf gives the address to which a code goes that no SMS can bring; the chat
// does not learn of it.
func (w *Worker) mailOf(a Account) (Address, bool) {
	i := slices.IndexFunc(a.Addresses, func(at Address) bool { return at.Channel == Email })
	if i < 0 || w.Carriers[Email] == nil {
		return Address{}, false
	}
	return a.Addresses[i], true
}

// compose writes the letter for whom the identifier names: the code for one
// account, a hint for several. Who cannot be written to is nobody: the zero
// Account.
func (w *Worker) compose(p CodeJob, accounts []Account) (Letter, Admission) {
	admission := Admission{Recovery: p.Recovery, Code: p.Code}
	if len(accounts) == 0 {
		return Letter{}, admission
	}
	account := accounts[0]
	letter := Letter{
		ID: fmt.Sprintf("code:%s:%d", p.Recovery, p.Code), Text: LetterCode,
		Language: cmp.Or(account.Language, p.Language), WordsIn: p.Language,
		Facts: Facts{Code: p.Text, Words: p.Words, Long: p.Long, Life: p.Life, Username: account.Username},
	}
	if len(accounts) > 1 {
		// Charged and noted as an account of its own, which no code can match.
		account = Account{ID: "several:" + account.ID, Addresses: account.Addresses}
		letter.Text, letter.Facts = LetterSeveral, Facts{}
	}
	to, ok := w.address(account, p)
	if !ok {
		return Letter{}, admission
	}
	admission.Account, admission.Address = account, to
	return letter.to(to), admission
}

// address picks the address on record that was asked for, or else the primary
// one of the wished channel, or else of the other.
func (w *Worker) address(a Account, p CodeJob) (Address, bool) {
	var wished, other []Address
	for _, at := range a.Addresses {
		switch {
		case w.Carriers[at.Channel] == nil:
		case at.Channel == p.Channel && at.Canonical == p.Identifier:
			return at, true
		case at.Channel == p.Channel:
			wished = append(wished, at)
		default:
			other = append(other, at)
		}
	}
	if all := append(wished, other...); len(all) > 0 {
		return all[0], true
	}
	return Address{}, false
}

func (w *Worker) carry(ctx context.Context, name string, l Letter) error {
	carrier := w.Carriers[l.Channel]
	if carrier == nil {
		return fmt.Errorf("no carrier for channel %q: %w", l.Channel, ErrUndeliverable)
	}
	if err := carrier.Carry(ctx, l); err != nil {
		return err
	}
	w.Point("job." + name + ".carried")
	return nil
}

// speak deletes what is owed to be deleted, then says what is owed to be said.
// What cannot be deleted now is owed on its own.
func (w *Worker) speak(ctx context.Context, p ReplyJob) error {
	for _, message := range p.Delete {
		err := w.Messenger.Delete(ctx, p.Chat, message)
		if err == nil {
			continue
		}
		job, err := newDeletion(w.Now(), p.Chat, p.Language, message, after(err))
		if err == nil {
			err = w.Jobs.Owe(ctx, job)
		}
		if err != nil {
			return err
		}
	}
	for _, reply := range p.Replies {
		if err := w.Messenger.Send(ctx, p.Chat, p.Language, reply); err != nil {
			return err
		}
	}
	w.Point("job.reply.said")
	return nil
}

func (w *Worker) expire(ctx context.Context, p ExpiryJob) error {
	in := Input{
		ID: ExpiryInput(p.Conversation, p.Revision), Kind: Expired, Chat: p.Chat,
		Press: Press{Conversation: p.Conversation, Revision: p.Revision},
	}
	if p.Settled {
		in.ID, in.Kind = FinishInput(p.Conversation), Settled
	}
	err := w.Handle(ctx, in)
	w.Point("job.expiry.told")
	return err
}

func enabled(accounts []Account) []Account {
	var on []Account
	for _, a := range accounts {
		if !a.Disabled {
			on = append(on, a)
		}
	}
	return on
}
