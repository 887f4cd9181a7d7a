package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/flows"
)

const hookSecret = "hook-secret_1"

// hooked serves a webhook and tells the simulator of it.
func (r *rig) hooked(receiver *Receiver) *Webhook {
	r.Helper()
	var hook *Webhook
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { hook.ServeHTTP(w, q) }))
	r.Cleanup(server.Close)
	hook = receiver.Webhook(WebhookOptions{URL: server.URL, Secret: hookSecret})
	if err := hook.Register(r.Context()); err != nil {
		r.Fatal(err)
	}
	return hook
}

func TestWebhook(t *testing.T) {
	r := newRig(t)
	handled, acknowledged := make(chan string, 10), make(chan string, 10)
	broken := true
	r.hooked(r.receiver(script{TB: t,
		handle: func(_ context.Context, in flows.Input) error {
			if broken {
				broken = false
				return errors.New("no ledger")
			}
			handled <- in.Text.Reveal()
			return nil
		},
		overdue: func(context.Context, flows.Input, json.RawMessage) error { return errors.New("no ledger") },
	}, func(o *ReceiverOptions) {
		o.Point = func(name string) {
			if name == "acknowledged" {
				acknowledged <- name
			}
		}
	}))
	r.lena.Say("comes again")
	if got := await(t, handled); got != "comes again" {
		t.Errorf("handled %q", got)
	}
	await(t, acknowledged)
	if len(acknowledged) != 0 {
		t.Error("an update was acknowledged that was not finished")
	}
}

// post hands a webhook a request as Telegram would; change adjusts it.
func post(w *Webhook, body io.Reader, change func(*http.Request)) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodPost, "/", body)
	q.Header.Set(secretHeader, hookSecret)
	if change != nil {
		change(q)
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, q)
	return answer
}

const hello = `{"update_id":7,"message":{"message_id":1,"from":{"id":77},"chat":{"id":77,"type":"private"},"text":"hello"}}`

// unread fails the test when it is read.
type unread struct{ testing.TB }

func (u unread) Read([]byte) (int, error) {
	u.Error("the body of a stranger's request was read")
	return 0, io.EOF
}

func TestWebhookRefuses(t *testing.T) {
	r := newRig(t)
	hook := r.receiver(script{TB: t}, nil).Webhook(WebhookOptions{Secret: hookSecret})
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"another method":  {func(q *http.Request) { q.Method = http.MethodGet }, http.StatusMethodNotAllowed},
		"no secret":       {func(q *http.Request) { q.Header.Del(secretHeader) }, http.StatusForbidden},
		"a wrong secret":  {func(q *http.Request) { q.Header.Set(secretHeader, "hook-secret_2") }, http.StatusForbidden},
		"an empty secret": {func(q *http.Request) { q.Header.Set(secretHeader, "") }, http.StatusForbidden},
		"two secrets":     {func(q *http.Request) { q.Header.Add(secretHeader, hookSecret) }, http.StatusForbidden},
	} {
		if got := post(hook, unread{t}, c.change).Code; got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
	open := r.receiver(script{TB: t}, nil).Webhook(WebhookOptions{})
	if got := post(open, unread{t}, func(q *http.Request) { q.Header.Set(secretHeader, "") }).Code; got != http.StatusForbidden {
		t.Errorf("a webhook without secret answers %d", got)
	}
	long := strings.NewReader(strings.Repeat("x", maxUpdate+1))
	if got := post(hook, long, nil).Code; got != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: status %d", got)
	}
	if got := post(hook, strings.NewReader("marked-body"), nil).Code; got != http.StatusOK {
		t.Errorf("poison: status %d", got)
	}
	if log := r.log.String(); strings.Contains(log, "marked-body") {
		t.Errorf("the log quotes an update:\n%s", log)
	}
}

func TestWebhookFullAndDraining(t *testing.T) {
	r := newRig(t)
	began, release := make(chan struct{}), make(chan struct{})
	hook := r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		close(began)
		<-release
		return nil
	}}, nil).Webhook(WebhookOptions{Secret: hookSecret})
	codes := make(chan int, 1)
	go func() { codes <- post(hook, strings.NewReader(hello), nil).Code }()
	await(t, began)
	for range places - 1 {
		hook.enter()
	}
	if full := post(hook, unread{t}, nil); full.Code != http.StatusServiceUnavailable || full.Header().Get("Retry-After") == "" {
		t.Errorf("a full window answers %d", full.Code)
	}
	for range places - 1 {
		hook.exit()
	}
	drained := make(chan struct{})
	go func() { hook.Drain(); close(drained) }()
	for hook.enter() { // until it drains
		hook.exit()
		runtime.Gosched()
	}
	close(release)
	if code := await(t, codes); code != http.StatusOK {
		t.Errorf("what ran was answered with %d", code)
	}
	await(t, drained)
	if got := post(hook, unread{t}, nil).Code; got != http.StatusServiceUnavailable {
		t.Errorf("a draining webhook answers %d", got)
	}
}

func TestWebhookGivesUpWhatTakesTooLong(t *testing.T) {
	r := newRig(t)
	began := make(chan struct{})
	hook := r.receiver(script{TB: t, handle: func(ctx context.Context, _ flows.Input) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}}, func(o *ReceiverOptions) { o.DrainWithin = time.Millisecond }).Webhook(WebhookOptions{Secret: hookSecret})
	codes := make(chan int, 1)
	go func() { codes <- post(hook, strings.NewReader(hello), nil).Code }()
	await(t, began)
	hook.Drain()
	if code := await(t, codes); code != http.StatusServiceUnavailable {
		t.Errorf("answered with %d", code)
	}
}

func TestRegisterRefused(t *testing.T) {
	r := newRig(t)
	err := r.receiver(script{TB: t}, nil).Webhook(WebhookOptions{URL: "http://plain.example", Secret: hookSecret}).Register(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "REKEY_WEBHOOK_URL: ") {
		t.Error(err)
	}
}

func TestCheckWebhook(t *testing.T) {
	r := newRig(t)
	const address = "http://127.0.0.1:1/path-secret"
	if err := r.client.CheckWebhook(t.Context(), address); !errors.Is(err, ErrNoWebhook) {
		t.Errorf("without a webhook: %v", err)
	}
	hook := r.receiver(script{TB: t}, nil).Webhook(WebhookOptions{URL: address, Secret: hookSecret})
	if err := hook.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.client.CheckWebhook(t.Context(), address); err != nil {
		t.Errorf("with its own: %v", err)
	}
	err := r.client.CheckWebhook(t.Context(), "https://bot.example.org/telegram")
	if err == nil || !strings.Contains(err.Error(), "another address, at 127.0.0.1:1.") || strings.Contains(err.Error(), "path-secret") {
		t.Errorf("with another: %v", err)
	}
	r.lena.Say("hello") // nobody answers there
	another := r.newClient(r.client.options.APIURL, r.client.options.Token)
	err = nil
	eventually(t, func() bool { err = another.CheckWebhook(t.Context(), address); return err != nil })
	if !strings.Contains(err.Error(), "could not deliver an update to 127.0.0.1:1 at 2026-11-23T12:00:00Z, and 1 wait: ") || strings.Contains(err.Error(), "path-secret") {
		t.Error(err)
	}
	if err := r.client.CheckWebhook(t.Context(), address); err != nil {
		t.Errorf("with trouble from before it was set: %v", err)
	}
	r.clock.Advance(time.Second)
	r.Person(simulator.Profile{ID: 78, FirstName: "Omar"}).Say("hello")
	eventually(t, func() bool { return r.client.CheckWebhook(t.Context(), address) != nil })
	r.Inject(simulator.Fault{Method: "getWebhookInfo", Code: http.StatusUnauthorized})
	if err := r.client.CheckWebhook(t.Context(), address); !errors.Is(err, ErrToken) {
		t.Errorf("with a token that is not known: %v", err)
	}
}
