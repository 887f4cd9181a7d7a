package telegram

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/flows"
)

// known is who the simulator's bot is.
var known = Identity{ID: 1000001, Username: "rekey_demo_bot"}

func TestAwaitOutlastsTrouble(t *testing.T) {
	r := newRig(t)
	r.Inject(simulator.Fault{Method: "getMe", Times: 2 * maxTries, Code: http.StatusBadGateway})
	r.Inject(simulator.Fault{Method: "getMe", Times: 1, Code: http.StatusTooManyRequests, RetryAfter: 70})
	r.Inject(simulator.Fault{Method: "getMe", Times: 1, Code: http.StatusUnauthorized})
	me, err := r.client.Await(t.Context())
	if me != known || err != nil {
		t.Errorf("%+v, %v", me, err)
	}
	ofCalls := []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}
	want := slices.Concat(ofCalls, []time.Duration{750 * time.Millisecond}, ofCalls,
		[]time.Duration{1500 * time.Millisecond, 70 * time.Second, 6 * time.Second})
	if got := r.waits.taken(); !slices.Equal(got, want) {
		t.Errorf("waited %v, want %v", got, want)
	}
	log := r.log.String()
	if n := strings.Count(log, "the start waits for Telegram"); n != 2 { // 70 s lie between
		t.Errorf("said %d times, want 2:\n%s", n, log)
	}
	if !strings.Contains(log, "REKEY_TELEGRAM_API_URL: no Bot API answers at") || !strings.Contains(log, "Telegram answers") {
		t.Error(log)
	}
}

func TestAwaitEndsWithTheContext(t *testing.T) {
	r := newRig(t)
	client := r.newClient("http://127.0.0.1:1", r.Token())
	ctx, cancel := context.WithCancel(t.Context())
	client.wait = func(ctx context.Context, d time.Duration) error {
		if d > time.Second { // not between the tries of one call
			cancel()
		}
		return ctx.Err()
	}
	if _, err := client.Await(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What Telegram says twice is believed, with the code that it says.
func TestATokenThatTelegramDoesNotKnow(t *testing.T) {
	for code, want := range map[int]string{http.StatusUnauthorized: "(401)", http.StatusNotFound: "(404)"} {
		r := newRig(t)
		r.Inject(simulator.Fault{Code: code})
		_, identified := r.client.Identify(t.Context())
		_, awaited := r.client.Await(t.Context())
		receiver := r.receiver(script{TB: t}, nil)
		registered := receiver.Webhook(WebhookOptions{URL: "http://127.0.0.1:1/", Secret: hookSecret}).Register(t.Context())
		polled := receiver.Poll(t.Context())
		for what, err := range map[string]error{"Identify": identified, "Await": awaited, "Register": registered, "Poll": polled} {
			if !errors.Is(err, ErrToken) || !strings.HasPrefix(err.Error(), "REKEY_TELEGRAM_TOKEN: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %d: %v", what, code, err)
			}
		}
	}
}

// What Telegram says once may be one server's mistake.
func TestATokenThatTelegramForgetsOnce(t *testing.T) {
	for _, code := range []int{http.StatusUnauthorized, http.StatusNotFound} {
		r := newRig(t)
		for _, method := range []string{"getMe", "setWebhook", "getUpdates"} {
			r.Inject(simulator.Fault{Method: method, Times: 1, Code: code})
		}
		if me, err := r.client.Identify(t.Context()); me != known || err != nil {
			t.Errorf("Identify: %+v, %v", me, err)
		}
		handled := make(chan struct{}, 1)
		receiver := r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
			handled <- struct{}{}
			return nil
		}}, nil)
		if err := receiver.Webhook(WebhookOptions{URL: "http://127.0.0.1:1/", Secret: hookSecret}).Register(t.Context()); err != nil {
			t.Errorf("Register: %v", err)
		}
		if err := r.client.deleteWebhook(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop := r.poll(receiver)
		r.lena.Say("hello")
		await(t, handled)
		if err := stop(); err != nil {
			t.Errorf("Poll: %v", err)
		}
	}
}

// The code that counts is the one of the second answer.
func TestPollNamesWhatTelegramSaysWhenAskedAgain(t *testing.T) {
	r := newRig(t)
	r.Inject(simulator.Fault{Method: "getUpdates", Times: 1, Code: http.StatusNotFound})
	r.Inject(simulator.Fault{Method: "getMe", Code: http.StatusUnauthorized})
	if err := r.receiver(script{TB: t}, nil).Poll(t.Context()); !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), "(401)") {
		t.Error(err)
	}
}

func TestRegisterOutlastsTrouble(t *testing.T) {
	r := newRig(t)
	r.Inject(simulator.Fault{Method: "setWebhook", Times: maxTries, Code: http.StatusBadGateway})
	r.hooked(r.receiver(script{TB: t}, nil))
	if log := r.log.String(); !strings.Contains(log, "the start waits for Telegram") {
		t.Error(log)
	}
}
