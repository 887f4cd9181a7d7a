package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// delivery is a request at the bot's webhook; the test decides the answer.
type delivery struct {
	got
	header http.Header
	answer chan<- reply
}

type reply struct {
	code       int
	retryAfter string
}

func (d delivery) ok() { d.answer <- reply{code: http.StatusOK} }

// hookBot is a bot's webhook that hands every delivery to the test.
type hookBot struct {
	testing.TB
	url        string
	deliveries chan delivery
}

func newHookBot(t testing.TB) *hookBot {
	h := &hookBot{TB: t, deliveries: make(chan delivery)}
	ended := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		answer := make(chan reply, 1)
		d := delivery{header: r.Header, answer: answer}
		if err := json.Unmarshal(raw, &d.got); err != nil {
			t.Errorf("update %s: %v", raw, err)
		}
		select {
		case h.deliveries <- d:
		case <-ended:
			return
		}
		select {
		case a := <-answer:
			if a.retryAfter != "" {
				w.Header().Set("Retry-After", a.retryAfter)
			}
			w.WriteHeader(a.code)
		case <-ended:
		}
	}))
	t.Cleanup(func() { close(ended); web.Close() })
	h.url = web.URL
	return h
}

func (h *hookBot) next() delivery { return <-h.deliveries }

func TestWebhookOrder(t *testing.T) {
	hook := newHookBot(t)
	r := newRig(t, Options{Strict: true})
	r.must("setWebhook", params{"url": hook.url, "secret_token": "s3cret_-"}, nil)
	id := r.lena.Say("one")
	r.lena.Say("two")
	r.lena.Edit(id, "one!")
	one := hook.next()
	if one.Message.Text != "one" || one.header.Get("X-Telegram-Bot-Api-Secret-Token") != "s3cret_-" ||
		one.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v", one)
	}
	// While the text waits, a press of hers and another chat's text are not held up.
	r.lena.PressData(id, "x")
	if press := hook.next(); press.Press == nil || press.Press.Data != "x" {
		t.Errorf("got %+v, want the press", press)
	} else {
		press.ok()
	}
	r.Person(Profile{ID: 78, FirstName: "Tom"}).Say("tom")
	if other := hook.next(); other.Message.Text != "tom" {
		t.Errorf("got %+v, want Tom's", other)
	} else {
		other.ok()
	}
	one.ok()
	two := hook.next()
	two.ok()
	edited := hook.next()
	edited.ok()
	if two.Message.Text != "two" || edited.Edited.Text != "one!" {
		t.Errorf("got %+v, then %+v", two, edited)
	}
}

func TestWebhookRetries(t *testing.T) {
	hook := newHookBot(t)
	r := newRig(t, Options{RetryUnit: time.Millisecond})
	r.must("setWebhook", params{"url": hook.url}, nil)
	r.lena.Say("one")
	r.lena.Say("two")
	for _, a := range []reply{{code: 500}, {code: 410}, {code: 503, retryAfter: "2"}, {code: 302}} {
		d := hook.next()
		if d.Message.Text != "one" {
			t.Errorf("got %q before the first is taken", d.Message.Text)
		}
		d.answer <- a
	}
	hook.next().answer <- reply{code: http.StatusNoContent}
	var info struct {
		URL       string
		Pending   int    `json:"pending_update_count"`
		LastError string `json:"last_error_message"`
	}
	if d := hook.next(); d.Message.Text != "two" {
		t.Errorf("got %q after the first", d.Message.Text)
	} else {
		r.must("getWebhookInfo", params{}, &info)
		d.ok()
	}
	if info.URL != hook.url || info.Pending != 1 || info.LastError != "Wrong response from the webhook: 302 Found" {
		t.Errorf("info %+v", info)
	}
}

func TestWebhookDelays(t *testing.T) {
	r := newRig(t, Options{})
	u := &update{Expires: time.Now().Add(time.Hour).Unix()}
	r.mu.Lock()
	r.Hook = webhook{URL: "http://127.0.0.1:9/", MaxConnections: 1}
	h := r.startHook()
	l := &lane{delay: 1}
	l.waiting = append(l.waiting, r.queue.pending.PushBack(u))
	r.mu.Unlock()
	var waits []time.Duration
	for range 6 {
		waits = append(waits, h.settle(l, 0, "down")/time.Second)
	}
	if want := []time.Duration{0, 2, 4, 8, 16, 32}; !slices.Equal(waits, want) {
		t.Errorf("delays %v, want %v", waits, want)
	}
	for range 10 {
		if wait := h.settle(l, 0, "down"); wait < time.Minute || wait > 2*time.Minute {
			t.Errorf("delay %v, want one to two minutes", wait)
		}
	}
	if wait := h.settle(l, 90, "busy"); wait != 90*time.Second {
		t.Errorf("Retry-After 90 gives %v", wait)
	}
	if h.settle(l, 3601, "busy"); r.Pending() != 0 {
		t.Error("an update stays that would be too old at the next try")
	}
}

func TestWebhookConnections(t *testing.T) {
	hook := newHookBot(t)
	r := newRig(t, Options{})
	for id := range int64(10) {
		r.Person(Profile{ID: 100 + id, FirstName: "P"}).Say("hello")
	}
	r.must("setWebhook", params{"url": hook.url, "max_connections": 2}, nil)
	first, second := hook.next(), hook.next()
	r.mu.Lock()
	lanes, used := len(r.hook.lanes), len(r.hook.connections)
	r.mu.Unlock()
	if lanes != 4 || used != 2 {
		t.Errorf("%d lanes over %d connections, want 4 over 2", lanes, used)
	}
	first.ok()
	second.ok()
	for range 8 {
		hook.next().ok()
	}
}

func TestWebhookSettings(t *testing.T) {
	r := newRig(t, Options{})
	for _, c := range []struct {
		params params
		want   string
	}{
		{params{"url": "http://bot.example/"}, "bad webhook: An HTTPS URL must be provided for webhook"},
		{params{"url": "https://bot.example:444/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"},
		{params{"url": "bot"}, "invalid webhook URL specified"},
		{params{"url": "https://bot.example/", "secret_token": "a b"}, "secret token contains unallowed characters"},
		{params{"url": "https://bot.example/", "secret_token": strings.Repeat("a", 257)}, "secret token is too long"},
	} {
		r.fails(400, "Bad Request: "+c.want, "setWebhook", c.params)
	}
	r.lena.Say("dropped")
	r.must("setWebhook", params{"url": "http://127.0.0.1:9/", "drop_pending_updates": true, "max_connections": 900,
		"allowed_updates": []string{"message"}}, nil)
	if r.Pending() != 0 {
		t.Error("pending updates are not dropped")
	}
	if a := r.call("setWebhook", params{"url": "http://127.0.0.1:9/", "max_connections": 100}); a.Description != "Webhook is already set" {
		t.Errorf("got %+v", a)
	}
	a := r.call("getWebhookInfo", params{})
	if want := `{"url":"http://127.0.0.1:9/","has_custom_certificate":false,"pending_update_count":0,` +
		`"max_connections":100,"allowed_updates":["message"]}`; string(a.Result) != want {
		t.Errorf("got %s, want %s", a.Result, want)
	}
	if a := r.call("setWebhook", params{"url": ""}); a.Description != "Webhook was deleted" {
		t.Errorf("got %+v", a)
	}
	if a := r.call("deleteWebhook", params{}); a.Description != "Webhook is already deleted" {
		t.Errorf("got %+v", a)
	}
}

func TestWebhookTakesOverFromPolling(t *testing.T) {
	hook := newHookBot(t)
	r := newRig(t, Options{})
	r.lena.Say("waiting")
	r.must("setWebhook", params{"url": hook.url}, nil)
	held := hook.next()
	r.must("deleteWebhook", params{}, nil)
	held.ok()
	if got := texts(r.poll(params{})); !slices.Equal(got, []string{"waiting"}) {
		t.Errorf("after the webhook is gone: %v", got)
	}
}

func TestDuplicateForWebhook(t *testing.T) {
	hook := newHookBot(t)
	r := newRig(t, Options{})
	r.must("setWebhook", params{"url": hook.url}, nil)
	r.Duplicate(1)
	r.lena.Say("twice")
	r.lena.Say("once")
	var seen []string
	for range 3 {
		d := hook.next()
		seen = append(seen, d.Message.Text)
		d.ok()
	}
	if want := []string{"twice", "twice", "once"}; !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

// TestWebhookUnderLoad sends from many people at once and holds every chat's
// order against what was sent.
func TestWebhookUnderLoad(t *testing.T) {
	const people, each = 40, 20
	var mu sync.Mutex
	seen := map[int64][]string{}
	done := make(chan struct{})
	total := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		var u got
		if err := json.NewDecoder(hr.Body).Decode(&u); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen[u.Message.Chat.ID] = append(seen[u.Message.Chat.ID], u.Message.Text)
		if total++; total == people*each {
			close(done)
		}
	}))
	t.Cleanup(web.Close)
	r := newRig(t, Options{})
	r.must("setWebhook", params{"url": web.URL, "max_connections": 8}, nil)
	var senders sync.WaitGroup
	for id := range int64(people) {
		senders.Go(func() {
			p := r.Person(Profile{ID: 1000 + id, FirstName: "P"})
			for n := range each {
				p.Say(string(rune('a' + n)))
			}
		})
	}
	senders.Wait()
	<-done
	mu.Lock()
	defer mu.Unlock()
	for id, texts := range seen {
		if len(texts) != each || !slices.IsSorted(texts) {
			t.Errorf("chat %d got %v", id, texts)
		}
	}
}
