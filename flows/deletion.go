package flows

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// deletableFor is how long a job tries to delete a message; Telegram lets
	// bots delete for 48 hours (Bot API, deleteMessage).
	deletableFor = 47 * time.Hour
	// warnAfter is for how long a deletion may be tried before the person is told
	// that their message stays: Telegram often asks to wait for seconds.
	warnAfter = time.Minute
)

// deletion is a secret message on its way out of the chat, beside the
// handling of what it says. The zero value deletes nothing.
type deletion struct {
	done  chan error
	ended bool
	err   error
}

// startDeleting starts to delete the input's message, unless that is under way or
// done.
func (r *Runner) startDeleting(ctx context.Context, h *handling, wanted bool) {
	if !wanted || h.Message == 0 || h.deletion.started() && h.deletion.err == nil {
		return
	}
	done := make(chan error, 1)
	h.deletion = deletion{done: done}
	go func() { done <- r.Messenger.Delete(ctx, h.Chat, h.Message) }()
}

func (d *deletion) started() bool { return d.done != nil }

// wait gives what came of it; it may be called again.
func (d *deletion) wait() error {
	if d.done != nil && !d.ended {
		d.err, d.ended = <-d.done, true
	}
	return d.err
}

// oweDeletion owes the deletion of the input's message.
func (r *Runner) oweDeletion(ctx context.Context, h *handling, language string, wait time.Duration) error {
	job, err := newDeletion(r.Now(), h.Chat, language, wait, h.Message)
	if err != nil {
		return err
	}
	return r.Jobs.Owe(ctx, job)
}

// newDeletion builds the job that deletes messages from a chat, at least one. There
// is one job for the same message, so that the person is told once if it stays.
func newDeletion(now time.Time, chat int64, language string, wait time.Duration, messages ...int) (Job, error) {
	return NewJob(JobDelete, fmt.Sprintf("delete:%d:%d", chat, messages[0]), now.Add(wait), now.Add(deletableFor),
		DeletionJob{Chat: chat, Language: language, Messages: messages, Warn: now.Add(warnAfter)})
}

// remove deletes messages. When that has failed for good, or for a minute, the
// person is told, and what can still be tried is tried on.
func (w *Worker) remove(ctx context.Context, j Job, p DeletionJob) (again time.Time, err error) {
	err = w.Messenger.Delete(ctx, p.Chat, p.Messages...)
	if err == nil {
		w.Point("job.delete.done")
		return time.Time{}, nil
	}
	now := w.Now()
	switch {
	case p.Warn.IsZero():
		return time.Time{}, err
	case !final(err) && now.Before(p.Warn):
		return earlier(w.backoff(j, err), p.Warn), err
	}
	if untold := w.warn(ctx, p, now); untold != nil {
		return time.Time{}, fmt.Errorf("telling that a message stays: %w", untold)
	}
	w.Point("job.delete.told")
	if final(err) {
		return time.Time{}, err
	}
	p.Warn = time.Time{}
	on, mistake := NewJob(JobDelete, j.Key, now.Add(max(maxBackoff, after(err))), j.Deadline, p)
	if mistake != nil {
		return time.Time{}, mistake
	}
	on.Replaces = true
	return time.Time{}, w.Jobs.Owe(ctx, on)
}

// warn tells the person that a message stays: once for all that stay together.
func (w *Worker) warn(ctx context.Context, p DeletionJob, now time.Time) error {
	stays := Reply{Say: []MessageID{SayNotDeleted}}
	if !w.warned.begin(p.Chat, []Reply{stays}, now.Add(-rememberSaid), now) {
		return nil
	}
	err := w.Messenger.Send(ctx, p.Chat, p.Language, stays)
	if err == nil || final(err) {
		return nil
	}
	w.warned.forget(p.Chat)
	return err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// errNever tells that a job can never be done.
var errNever = errors.New("it can never be done")

// final tells whether trying again cannot help.
func final(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrUndeliverable) || errors.Is(err, errNever)
}

// after tells how long to wait before the next try.
func after(err error) time.Duration {
	var later ErrLater
	if errors.As(err, &later) {
		return later.After
	}
	return time.Second
}
