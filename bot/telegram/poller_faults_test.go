package telegram

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"

	"rekey/bot/simulator"
	"rekey/flows"
)

func TestPollThroughTrouble(t *testing.T) {
	r := newRig(t)
	r.Inject(simulator.Fault{Method: "getUpdates", Times: 2, Code: http.StatusBadGateway})
	r.Inject(simulator.Fault{Method: "getUpdates", Times: 2, DropBefore: true}) // net/http itself tries a second time
	r.Inject(simulator.Fault{Method: "getUpdates", Times: 1, Code: http.StatusTooManyRequests, RetryAfter: 70})
	handled := make(chan struct{}, 1)
	r.poll(r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		handled <- struct{}{}
		return nil
	}}, nil))
	r.lena.Say("hello")
	await(t, handled)
	want := []time.Duration{750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second, 70 * time.Second}
	if got := r.waits.taken(); !slices.Equal(got, want) {
		t.Errorf("waited %v, want %v", got, want)
	}
	for _, said := range []string{`err="no answer from Telegram: EOF"`, `err="Telegram's server answers with status 502"`} {
		if !strings.Contains(r.log.String(), said) {
			t.Errorf("the log does not say %s:\n%s", said, r.log)
		}
	}
}

func TestPollWithAWrongToken(t *testing.T) {
	r := newRig(t)
	receiver := r.receiver(script{TB: t}, nil)
	receiver.Client = r.newClient(r.client.options.APIURL, "1000001:another")
	err := receiver.Poll(t.Context())
	if err == nil || !strings.Contains(err.Error(), "REKEY_TELEGRAM_TOKEN") || strings.Contains(err.Error(), "another") {
		t.Error(err)
	}
}

func TestPollTakesOverFromAWebhook(t *testing.T) {
	r := newRig(t)
	hook := &bot.SetWebhookParams{URL: "https://old.example/path-secret"}
	if err := r.client.do(t.Context(), "setWebhook", hook, new(bool)); err != nil {
		t.Fatal(err)
	}
	r.lena.Say("hello")
	handled := make(chan struct{}, 1)
	r.poll(r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		handled <- struct{}{}
		return nil
	}}, nil))
	await(t, handled)
	if log := r.log.String(); !strings.Contains(log, "host=old.example") || strings.Contains(log, "path-secret") {
		t.Error(log)
	}
}

// Somebody else who has the token sets a webhook again and again. It is deleted
// each time, later and later, and no update is lost.
func TestPollUndoesForeignWebhooks(t *testing.T) {
	r := newRig(t)
	handled := make(chan struct{}, 1)
	r.poll(r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		handled <- struct{}{}
		return nil
	}}, nil))
	r.lena.Say("hello")
	await(t, handled)
	r.waits.taken()
	foreign := func() {
		t.Helper()
		hook := &bot.SetWebhookParams{URL: "https://127.0.0.1:1/path-secret"}
		if err := r.client.do(t.Context(), "setWebhook", hook, new(bool)); err != nil {
			t.Fatal(err)
		}
		r.lena.Say("hello")
		await(t, handled)
	}
	for range 3 {
		foreign()
	}
	want := []time.Duration{750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second}
	if got := r.waits.taken(); !slices.Equal(got, want) {
		t.Errorf("waited %v, want %v", got, want)
	}
	if log := r.log.String(); strings.Count(log, "host=127.0.0.1:1") != 3 || !strings.Contains(log, "BotFather") ||
		strings.Contains(log, "path-secret") || strings.Contains(log, "another process receives") {
		t.Error(log)
	}
	r.clock.Advance(fightOver + time.Second)
	foreign()
	if got := r.waits.taken(); !slices.Equal(got, want[:1]) {
		t.Errorf("when it was over, waited %v, want %v", got, want[:1])
	}
}

func TestPollBesideAnotherPoller(t *testing.T) {
	r := newRig(t)
	handled := make(chan struct{}, 1)
	r.poll(r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		handled <- struct{}{}
		return nil
	}}, nil))
	for !strings.Contains(r.log.String(), "another process receives") {
		_, _ = r.client.poll(t.Context(), 0, 1, 0) // or it notices the same conflict from the other side
	}
	r.lena.Say("hello")
	await(t, handled)
}

func TestWindow(t *testing.T) {
	w := newWindow()
	for id := int64(1); id <= windowSize; id++ {
		if !w.take(id) {
			t.Fatalf("%d does not fit", id)
		}
	}
	if w.take(500) || w.take(7) {
		t.Error("took one too many, or one twice")
	}
	if w.finish(2) || !w.finish(1) {
		t.Error("the offset did not wait for the first")
	}
	then := w.state()
	if want := (progress{offset: 3, ready: 2, inHand: 98, running: 98}); then != want {
		t.Errorf("got %+v, want %+v", then, want)
	}
	if w.take(1) {
		t.Error("an update was taken again before Telegram knew that it is finished")
	}
	w.finish(3)
	w.confirm(then)
	if got, want := w.state(), (progress{offset: 4, ready: 1, inHand: 97, running: 97}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Telegram goes on with any number, a lower one too.
	if !w.take(1) || w.take(3) {
		t.Error("what Telegram knows is not forgotten, or what it does not is")
	}
}
