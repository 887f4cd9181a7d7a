package flows

import (
	"context"
	"errors"
	"sync"
	"time"
)

// deletion is a secret message on its way out of the chat, beside the
// handling of what it says. The zero value deletes nothing.
type deletion struct {
	once sync.Once
	done chan error
	err  error
}

// startDeleting starts to delete the input's message.
func (r *Runner) startDeleting(ctx context.Context, in Input, wanted bool) *deletion {
	if !wanted || in.Message == 0 {
		return &deletion{}
	}
	d := &deletion{done: make(chan error, 1)}
	go func() { d.done <- r.Messenger.Delete(ctx, in.Chat, in.Message) }()
	return d
}

func (d *deletion) started() bool { return d.done != nil }

// wait gives what came of it; it may be called again.
func (d *deletion) wait() error {
	d.once.Do(func() {
		if d.done != nil {
			d.err = <-d.done
		}
	})
	return d.err
}

// oweDeletion warns the person about a message that stays, and keeps trying
// where that can help.
func (r *Runner) oweDeletion(ctx context.Context, in Input, language string, why error) error {
	r.Log.Warn("a secret message is not deleted yet", "input", in.ID, "err", why)
	now := r.Now()
	if !final(why) {
		job, err := NewJob(JobReply, "delete:"+string(in.ID), now.Add(after(why)), now.Add(deletableFor),
			ReplyJob{Chat: in.Chat, Language: language, Delete: []int{in.Message}})
		if err != nil {
			return err
		}
		if err := r.Jobs.Owe(ctx, job); err != nil {
			return err
		}
	}
	warning := Recent{Input: in.ID + ":warning", Replies: []Reply{{Say: []MessageID{SayNotDeleted}}}}
	return r.say(ctx, in, language, warning)
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
