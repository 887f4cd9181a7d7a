package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"rekey/flows"
)

const (
	// overdueWithin is how long Overdue may take.
	overdueWithin = 5 * time.Second
	// maxPanics is after how many panics an update is set aside.
	maxPanics = 3
	// windowSize is how many updates are in hand at most. Telegram gives no
	// more than 100 at once (Bot API, getUpdates).
	windowSize = 100
	// crowded is from how many on nobody keeps a place while waiting for a limit.
	crowded = windowSize / 2
)

// Handler finishes what people do. It is called for one input of a chat at a
// time, and for many chats at once.
type Handler interface {
	// Handle finishes an input. After an error, such as that of the
	// context's end, Overdue is called.
	Handle(ctx context.Context, in flows.Input) error
	// Overdue finishes an input that could not be handled in time: a text is
	// deleted and the person asked to send it again, anything else is parked.
	// After an error the input comes again.
	Overdue(ctx context.Context, in flows.Input, update json.RawMessage) error
	// Surplus finishes inputs of chats that sent more than a few at once,
	// without interpreting them: what is written is deleted and the person
	// told. After an error they come again.
	Surplus(ctx context.Context, inputs []flows.Input) error
}

// ReceiverOptions is what a Receiver is built from. The first four and Log are
// required.
type ReceiverOptions struct {
	Client   *Client
	Handler  Handler
	BotID    int64
	Username string // the bot's, without "@"
	Log      *slog.Logger
	Staff    Staff            // default: none
	Now      func() time.Time // default time.Now
	// Within is how long an update may take from its arrival until it is
	// handled. Default 25 s, so that with Overdue a webhook answers within
	// the minute that Telegram waits.
	Within time.Duration
	// AnswerWithin is after how long a press gets an empty answer. Default 3 s.
	AnswerWithin time.Duration
	// PollTimeout is how long Telegram holds a poll without updates. Default
	// 50 s, the longest it does; shorter than a second polls all the time.
	PollTimeout time.Duration
	// DrainWithin is how long what runs may take at the end. Default 7 s.
	DrainWithin time.Duration
	// Point is told what has just been done: an update "received", before it is
	// handled, and "acknowledged", when Telegram may forget it. Crash tests end
	// the process there. It is called by many at once. Default: nobody.
	Point func(name string)
}

// Receiver brings updates to the Handler, by [Receiver.Poll] or by
// [Receiver.Webhook]. Safe for concurrent use.
type Receiver struct {
	ReceiverOptions
	decoder  decoder
	lanes    lanes
	crowd    crowd
	surplus  surplus
	asides   asides
	finished finished
	groups   groups
}

// NewReceiver builds a Receiver. It calls nobody.
func NewReceiver(o ReceiverOptions) *Receiver {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Point == nil {
		o.Point = func(string) {}
	}
	byDefault(&o.Within, 25*time.Second)
	byDefault(&o.AnswerWithin, 3*time.Second)
	byDefault(&o.PollTimeout, 50*time.Second)
	byDefault(&o.DrainWithin, 7*time.Second)
	return &Receiver{ReceiverOptions: o, decoder: decoder{bot: o.BotID, username: o.Username, staff: o.Staff.group()},
		surplus: surplus{finish: o.Handler.Surplus}, asides: newAsides(), groups: groups{now: o.Now}}
}

func byDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// Replay handles an update that Overdue parked, in its chat's lane; sent is when
// the input was that Overdue was called with. An error means that it is not
// done.
func (r *Receiver) Replay(ctx context.Context, update json.RawMessage, sent time.Time) error {
	e, err := r.decoder.decode(update)
	if err != nil {
		return err
	}
	if e.input == nil {
		return nil
	}
	e.sentBy(sent)
	done := make(chan error, 1)
	r.lanes.run(e.chat, func() { done <- r.handle(ctx, e) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// arrival is an update on its way through the Receiver.
type arrival struct {
	event
	raw json.RawMessage
	due time.Time // when it is to be handled; a context's, not a person's time
}

// arrive reads an update; false when there is nothing to do about it.
func (r *Receiver) arrive(raw json.RawMessage) (arrival, bool) {
	e, err := r.decoder.decode(raw)
	if err != nil {
		id, _ := updateID(raw)
		r.Log.Error("an update cannot be read and is set aside", "update", id)
		return arrival{}, false
	}
	if r.finished.has(e.update) {
		return arrival{}, false
	}
	if e.input != nil {
		e.input.Arrived = r.Now()
		e.sentBy(e.input.Arrived)
	}
	if callback := e.callback(); callback != "" {
		r.watch(callback)
	}
	return arrival{event: e, raw: raw, due: time.Now().Add(r.Within)}, e.wanted()
}

// admit puts an update's work in its chat's lane; false when the chat has no room
// for it.
func (r *Receiver) admit(a arrival, work func()) bool {
	if a.input == nil && a.staff == nil {
		r.lanes.run(a.chat, work)
		return true
	}
	return r.lanes.offer(a.chat, work)
}

// finish does what an update asks for and tells whether it can be acknowledged.
// The context ends when the program gives up waiting.
func (r *Receiver) finish(ctx context.Context, a arrival) bool {
	if r.finished.has(a.update) { // it came twice at once
		return true
	}
	r.Point("received")
	defer r.unwatch(ctx, a.callback())
	if !r.treat(r.crowd.context(ctx), a) {
		return false
	}
	r.finished.add(a.update)
	return true
}

func (r *Receiver) treat(ctx context.Context, a arrival) bool {
	switch {
	case a.group != nil:
		r.answerGroup(ctx, a)
		return true
	case a.moved != 0:
		r.Staff.Group.move(a.moved)
		return true
	case a.staff != nil:
		return r.finishStaff(ctx, a)
	}
	within, cancel := context.WithDeadline(ctx, a.due)
	err := r.handle(within, a.event)
	cancel()
	if err == nil {
		return true
	}
	if ctx.Err() != nil {
		return false
	}
	r.Log.Error("an update is not handled", "update", a.update, "err", err)
	return r.putOff(ctx, a, err)
}

// putOff hands an update that was not handled to Overdue.
func (r *Receiver) putOff(ctx context.Context, a arrival, why error) bool {
	within, cancel := context.WithTimeout(ctx, overdueWithin)
	defer cancel()
	err := r.safely(a.update, func() error { return r.Handler.Overdue(within, *a.input, a.raw) })
	if err == nil {
		return true
	}
	if errors.Is(why, errPanic) && errors.Is(err, errPanic) {
		r.Log.Error("an update is set aside: nothing can be done with it", "update", a.update)
		return true
	}
	r.Log.Error("an update is neither handled nor parked", "update", a.update, "err", err)
	return false
}

// handle hands an input to the Handler, again after a panic.
func (r *Receiver) handle(ctx context.Context, e event) error {
	var err error
	for range maxPanics {
		err = r.safely(e.update, func() error { return r.Handler.Handle(ctx, *e.input) })
		if !errors.Is(err, errPanic) {
			return err
		}
	}
	return err
}

var errPanic = errors.New("the program panicked")

// safely turns a panic into an error. What the panic says is logged only when
// it is the runtime's: any other could quote the update.
func (r *Receiver) safely(update int64, work func() error) (err error) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		what := fmt.Sprintf("%T", cause)
		if fault, ok := cause.(runtime.Error); ok {
			what = fault.Error()
		}
		r.Log.Error("a panic", "update", update, "cause", what, "stack", string(debug.Stack()))
		err = errPanic
	}()
	return work()
}

// watch sees to it that a press is answered in time.
func (r *Receiver) watch(callback string) {
	r.Client.presses.begin(callback, r.AnswerWithin, func() {
		if r.Client.presses.claim(callback) {
			r.answerEmpty(context.Background(), callback)
		}
	})
}

// unwatch ends that when the press is handled.
func (r *Receiver) unwatch(ctx context.Context, callback string) {
	if r.Client.presses.end(callback) {
		r.answerEmpty(ctx, callback)
	}
}

func (r *Receiver) answerEmpty(ctx context.Context, callback string) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	if err := r.Client.answer(ctx, callback, ""); err != nil {
		r.Log.Warn("a press stays unanswered", "err", err)
	}
}
