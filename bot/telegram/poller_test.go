package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/flows"
)

func (r *rig) people(n int) []*simulator.Person {
	all := make([]*simulator.Person, n)
	for i := range all {
		all[i] = r.Person(simulator.Profile{ID: int64(1000 + i), FirstName: "P"})
	}
	return all
}

func TestPollKeepsTheOrderOfAChat(t *testing.T) {
	r := newRig(t)
	const chats, messages = 8, 12
	var mu sync.Mutex
	said := map[int64][]string{}
	all := make(chan struct{}, chats*messages)
	stop := r.poll(r.receiver(script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		mu.Lock()
		defer mu.Unlock()
		said[in.Chat] = append(said[in.Chat], in.Text.Reveal())
		all <- struct{}{}
		return nil
	}}, nil))
	for i := range messages {
		for _, p := range r.people(chats) {
			p.Say(fmt.Sprint(i))
		}
	}
	for range chats * messages {
		await(t, all)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for chat, texts := range said {
		for i, text := range texts {
			if text != fmt.Sprint(i) {
				t.Fatalf("chat %d: %v", chat, texts)
			}
		}
	}
	if n := r.Pending(); n != 0 {
		t.Errorf("%d updates are not confirmed", n)
	}
}

// A slow chat holds up neither the others nor, by confirming too early, itself.
func TestPollBesideASlowChat(t *testing.T) {
	r := newRig(t)
	release, handled := make(chan struct{}), make(chan string, 10)
	stop := r.poll(r.receiver(script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		if in.Chat == 77 {
			<-release
		}
		handled <- in.Text.Reveal()
		return nil
	}}, nil))
	quick := r.people(1)[0]
	r.lena.Say("slow")
	for _, text := range []string{"one", "two", "three"} {
		quick.Say(text)
		if got := await(t, handled); got != text {
			t.Fatalf("handled %q, want %q", got, text)
		}
	}
	if n := r.Pending(); n != 4 {
		t.Errorf("%d updates wait at Telegram while the first of 4 runs", n)
	}
	close(release)
	await(t, handled)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := r.Pending(); n != 0 {
		t.Errorf("%d updates are not confirmed", n)
	}
	if len(handled) != 0 {
		t.Errorf("%q was handled again while in hand", <-handled)
	}
}

func TestPollMoreThanTheWindow(t *testing.T) {
	r := newRig(t)
	const people = windowSize + 30
	var mu sync.Mutex
	running, most := 0, 0
	full, release, all := make(chan struct{}), make(chan struct{}), make(chan struct{}, people)
	stop := r.poll(r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		mu.Lock()
		running++
		most = max(most, running)
		if running == windowSize {
			close(full)
		}
		mu.Unlock()
		<-release
		mu.Lock()
		running--
		mu.Unlock()
		all <- struct{}{}
		return nil
	}}, nil))
	for _, p := range r.people(people) {
		p.Say("hello")
	}
	await(t, full)
	close(release)
	for range people {
		await(t, all)
	}
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
	if most != windowSize {
		t.Errorf("%d ran at once, want %d", most, windowSize)
	}
}

func TestPollHandlesARepeatedUpdateOnce(t *testing.T) {
	r := newRig(t)
	handled := make(chan string, 10)
	stop := r.poll(r.receiver(script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		handled <- in.Text.Reveal()
		return nil
	}}, nil))
	r.Duplicate(1)
	r.lena.Say("twice")
	r.lena.Say("once")
	if first, second := await(t, handled), await(t, handled); first != "twice" || second != "once" {
		t.Errorf("handled %q and then %q", first, second)
	}
	for r.Pending() > 0 {
		runtime.Gosched()
	}
	if err := stop(); err != nil || len(handled) > 0 {
		t.Errorf("%v, %d handled again", err, len(handled))
	}
}

func TestPollDrains(t *testing.T) {
	r := newRig(t)
	began, release := make(chan struct{}), make(chan struct{})
	stop := r.poll(r.receiver(script{TB: t, handle: func(ctx context.Context, _ flows.Input) error {
		close(began)
		<-release
		return ctx.Err()
	}}, nil))
	r.lena.Say("hello")
	await(t, began)
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	close(release)
	if err := await(t, ended); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
}

func TestPollGivesUpWhatTakesTooLong(t *testing.T) {
	r := newRig(t)
	began := make(chan struct{})
	stop := r.poll(r.receiver(script{TB: t, handle: func(ctx context.Context, _ flows.Input) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}}, func(o *ReceiverOptions) { o.DrainWithin = time.Millisecond }))
	r.lena.Say("hello")
	await(t, began)
	if err := stop(); err != nil || r.Pending() != 1 {
		t.Errorf("%v, %d wait for the next process, want 1", err, r.Pending())
	}
}

func TestPollSetsPoisonAside(t *testing.T) {
	r := newRig(t)
	handled := make(chan string, 10)
	stop := r.poll(r.receiver(script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		handled <- in.Text.Reveal()
		return nil
	}}, nil))
	poison := r.Deliver(json.RawMessage(`{"message":{"message_id":"marked-body","chat":{"id":77}}}`))
	r.Deliver(json.RawMessage(`{"unheard_of":{"text":"marked-body"}}`))
	r.lena.Say("after")
	if got := await(t, handled); got != "after" {
		t.Errorf("handled %q", got)
	}
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
	if log := r.log.String(); !strings.Contains(log, fmt.Sprint(poison)) || strings.Contains(log, "marked-body") {
		t.Errorf("the log has not the id alone:\n%s", log)
	}
}

func TestPollPanics(t *testing.T) {
	r := newRig(t)
	var tries int
	parked, after := make(chan flows.Input, 1), make(chan struct{}, 1)
	stop := r.poll(r.receiver(script{TB: t,
		handle: func(_ context.Context, in flows.Input) error {
			if in.Text.Reveal() == "after" {
				after <- struct{}{}
				return nil
			}
			tries++
			panic("the body is " + in.Text.Reveal())
		},
		overdue: func(_ context.Context, in flows.Input, _ json.RawMessage) error {
			parked <- in
			panic("again")
		}}, nil))
	r.lena.Say("marked-body")
	r.lena.Say("after")
	if in := await(t, parked); in.Text.Reveal() != "marked-body" || tries != 3 {
		t.Errorf("%d tries, then %q is overdue", tries, in.Text.Reveal())
	}
	await(t, after)
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
	if log := r.log.String(); !strings.Contains(log, "poller_test.go") || strings.Contains(log, "marked-body") {
		t.Errorf("the log has not the stack alone:\n%s", log)
	}
}

// An update that is neither handled nor parked stays Telegram's, and nothing
// of its chat overtakes it.
func TestPollKeepsWhatFails(t *testing.T) {
	r := newRig(t)
	var handled []string
	failures, both, last := 0, make(chan struct{}), make(chan struct{})
	stop := r.poll(r.receiver(script{TB: t,
		handle: func(_ context.Context, in flows.Input) error {
			if in.Text.Reveal() == "first" && failures < 3 {
				return errors.New("no ledger")
			}
			handled = append(handled, in.Text.Reveal())
			if len(handled) == 2 {
				close(last)
			}
			return nil
		},
		overdue: func(context.Context, flows.Input, json.RawMessage) error {
			<-both
			failures++
			if n := r.Pending(); n != 2 {
				t.Errorf("%d of 2 updates are left at Telegram", n)
			}
			return errors.New("no ledger")
		}}, nil))
	r.lena.Say("first")
	r.lena.Say("second")
	close(both)
	await(t, last)
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
	if !slices.Equal(handled, []string{"first", "second"}) || failures != 3 {
		t.Errorf("after %d failures %v", failures, handled)
	}
}

func TestPollParksWhatIsLate(t *testing.T) {
	r := newRig(t)
	parked := make(chan json.RawMessage, 1)
	receiver := r.receiver(script{TB: t,
		handle: func(ctx context.Context, _ flows.Input) error {
			<-ctx.Done()
			return ctx.Err()
		},
		overdue: func(ctx context.Context, _ flows.Input, update json.RawMessage) error {
			parked <- update
			return ctx.Err()
		}}, func(o *ReceiverOptions) { o.Within = time.Millisecond })
	stop := r.poll(receiver)
	r.lena.Say("hello")
	update := await(t, parked)
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
	again := r.receiver(script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		if in.Text.Reveal() != "hello" {
			t.Errorf("replayed %q", in.Text.Reveal())
		}
		return errors.New("broken")
	}}, nil)
	if err := again.Replay(t.Context(), update, time.Time{}); err == nil || err.Error() != "broken" {
		t.Errorf("replay: %v", err)
	}
	if err := again.Replay(t.Context(), json.RawMessage(`{}`), time.Time{}); err == nil {
		t.Error("nothing was replayed without an error")
	}
}

// A message says when it was sent. A press does not: it was when it arrived,
// also when it is replayed.
func TestInputsAreDated(t *testing.T) {
	r := newRig(t)
	arrived := make(chan flows.Input, 1)
	receiver := r.receiver(script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		arrived <- in
		return nil
	}}, nil)
	r.poll(receiver)
	r.lena.Say("hello")
	if got := await(t, arrived).Sent; !got.Equal(r.clock.Now()) {
		t.Errorf("a message is of %s", got)
	}
	const press = `{"update_id":9,"callback_query":{"id":"c","from":{"id":77},"message":{"chat":{"id":77,"type":"private"}}}}`
	early := r.clock.Now().Add(-time.Hour)
	a, _ := receiver.arrive(json.RawMessage(press))
	if got := a.input.Sent; !got.Equal(r.clock.Now()) {
		t.Errorf("a press that arrives is of %s", got)
	}
	receiver.unwatch(t.Context(), "c")
	if err := receiver.Replay(t.Context(), json.RawMessage(press), early); err != nil {
		t.Fatal(err)
	}
	if got := await(t, arrived).Sent; !got.Equal(early) {
		t.Errorf("a press that is replayed is of %s", got)
	}
}
