package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// jobLease is how long a claim holds; longer than jobTime, which is longer
	// than any carrier's own time-out, so that no job runs twice at once.
	jobLease = time.Minute
	jobTime  = 45 * time.Second
	// maxBackoff bounds the wait between two tries of a job, and waitedBackoff that
	// of one for which somebody waits in the chat.
	maxBackoff    = time.Minute
	waitedBackoff = 10 * time.Second
	// claimPause is how long the worker waits after a claim that failed.
	claimPause = time.Second
	// slowLetter is after how long a letter gives its slot to other jobs.
	slowLetter = time.Second
	// noteWithin is how long it may take to note a job's end, also when the time of
	// the job itself is over or the process ends.
	noteWithin = 5 * time.Second
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
type Worker struct {
	WorkerOptions
	doors  doors
	warned lately // the chats that were told that a message stays
}

// NewWorker builds a Worker.
func NewWorker(o WorkerOptions) *Worker {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	o.Parallel = max(1, o.Parallel)
	return &Worker{WorkerOptions: o}
}

// Run carries out jobs until the context ends, then finishes those it has as
// far as they can be in two seconds; the others come again. A server that is slow
// to take letters holds up no other jobs.
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
		jobs, over, err := w.Jobs.Claim(ctx, free, jobLease)
		<-slots
		if err != nil && ctx.Err() == nil {
			w.Log.Error("jobs cannot be claimed", "err", err)
		}
		for _, j := range over {
			w.tell(ctx, j, time.Time{}, j.Overdue())
		}
		for _, j := range jobs {
			slots <- struct{}{}
			running.Go(func() {
				leave := sync.OnceFunc(func() { <-slots })
				defer leave()
				if j.Kind == JobCode || j.Kind == JobLetter {
					defer time.AfterFunc(slowLetter, leave).Stop()
				}
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
	within, cancel := context.WithTimeout(WithHurry(ctx, atOnce), jobTime)
	again, err := w.attempt(within, j)
	cancel()
	if err != nil {
		j.Cause = clipped(err.Error())
		w.tell(ctx, j, again, err)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
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
		if p := recover(); p != nil { // what it says may quote the payload
			w.Log.Error("a panic", "job", j.ID, "kind", j.Kind, "stack", string(debug.Stack()))
			again, err = w.backoff(j, nil), fmt.Errorf("panic of type %T", p)
		}
	}()
	again, err = w.carryOut(ctx, j)
	if err != nil && again.IsZero() && !final(err) {
		again = w.backoff(j, err)
	}
	return again, err
}

// backoff grows with the attempts, unless Telegram says how long to wait.
func (w *Worker) backoff(j Job, err error) time.Time {
	if later := (ErrLater{}); errors.As(err, &later) && !errors.As(err, new(heldUp)) {
		return w.Now().Add(later.After)
	}
	most := maxBackoff
	switch j.Kind {
	case JobCode, JobReply, JobParked:
		most = waitedBackoff
	default:
	}
	wait := min(most, time.Second<<min(j.Attempts, 6))
	return w.Now().Add(wait/2 + rand.N(wait/2+1))
}

func (w *Worker) carryOut(ctx context.Context, j Job) (time.Time, error) {
	switch j.Kind {
	case JobCode:
		return withPayload(j, func(p CodeJob) (time.Time, error) { return w.sendCode(ctx, j, p) })
	case JobLetter:
		return withPayload(j, func(p LetterJob) (time.Time, error) { return time.Time{}, w.sendLetter(ctx, j, p) })
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
		return time.Time{}, fmt.Errorf("job of unknown kind %q: %w", j.Kind, errNever)
	}
}

func withPayload[P any](j Job, do func(P) (time.Time, error)) (time.Time, error) {
	var p P
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return time.Time{}, errors.Join(fmt.Errorf("decoding %s job: %w", j.Kind, err), errNever)
	}
	return do(p)
}

// speak deletes what is owed to be deleted, then says what is owed to be said.
// What cannot be deleted now is owed on its own.
func (w *Worker) speak(ctx context.Context, p ReplyJob) error {
	if len(p.Delete) > 0 {
		if err := w.Messenger.Delete(ctx, p.Chat, p.Delete...); err != nil {
			job, err := newDeletion(w.Now(), p.Chat, p.Language, after(err), p.Delete...)
			if err == nil {
				err = w.Jobs.Owe(ctx, job)
			}
			if err != nil {
				return err
			}
		}
	}
	for _, reply := range p.Replies {
		if !p.At.IsZero() {
			reply.Facts = reply.Facts.later(w.Now().Sub(p.At))
		}
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
		in.ID, in.Kind = SettledInput(p.Conversation), Settled
	}
	err := w.Handle(ctx, in)
	w.Point("job.expiry.told")
	return err
}
