package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"
)

func texts(updates []got) []string {
	var all []string
	for _, u := range updates {
		if u.Message != nil {
			all = append(all, u.Message.Text)
		}
	}
	return all
}

func TestOffsets(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	for _, text := range []string{"a", "b", "c", "d"} {
		r.lena.Say(text)
	}
	first := r.poll(params{})
	id := first[0].ID
	for _, step := range []struct {
		params params
		want   []string
		left   int
	}{
		{params{"limit": 2}, []string{"a", "b"}, 4},
		{params{"limit": 0}, []string{"a"}, 4},
		{params{"limit": 1000}, []string{"a", "b", "c", "d"}, 4},
		{params{"offset": id}, []string{"a", "b", "c", "d"}, 4},
		{params{"offset": id + 1}, []string{"b", "c", "d"}, 3},
		{params{"offset": id - 5}, []string{"b", "c", "d"}, 3},
		{params{"offset": -2}, []string{"c", "d"}, 2},
		{params{"offset": -9}, []string{"c", "d"}, 2},
		{params{}, []string{"c", "d"}, 2},
		{params{"offset": id + 4}, nil, 0},
		{params{}, nil, 0},
	} {
		got := r.poll(step.params)
		if !slices.Equal(texts(got), step.want) || r.Pending() != step.left {
			t.Errorf("%v: got %v with %d left, want %v with %d", step.params, texts(got), r.Pending(), step.want, step.left)
		}
	}
	for i, u := range first {
		if u.ID != id+int64(i) {
			t.Errorf("update %d has id %d after %d", i, u.ID, id)
		}
	}
}

// waitForPoll waits until a call of getUpdates waits, other than one given.
func (r *rig) waitForPoll(other *poller) *poller {
	for {
		r.mu.Lock()
		p := r.poller
		r.mu.Unlock()
		if p != nil && p != other {
			return p
		}
		runtime.Gosched()
	}
}

type polled struct {
	updates []got
	answer  answer
}

func (r *rig) pollLater(p params) <-chan polled {
	out := make(chan polled, 1)
	go func() {
		a := r.call("getUpdates", p)
		var updates []got
		_ = json.Unmarshal(a.Result, &updates)
		out <- polled{updates, a}
	}()
	return out
}

func TestLongPolling(t *testing.T) {
	r := newRig(t, Options{})
	later := r.pollLater(params{"timeout": 50})
	r.waitForPoll(nil)
	r.lena.Say("hello")
	if got := texts((<-later).updates); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("got %v", got)
	}
}

func TestOnePollerAtATime(t *testing.T) {
	r := newRig(t, Options{})
	first := r.pollLater(params{"timeout": 50})
	waiting := r.waitForPoll(nil)
	second := r.pollLater(params{"timeout": 50})
	want := "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	if a := (<-first).answer; a.Code != 409 || a.Description != want {
		t.Errorf("got %d %q", a.Code, a.Description)
	}
	r.waitForPoll(waiting)
	r.must("setWebhook", params{"url": "http://127.0.0.1:9/"}, nil)
	if a := (<-second).answer; a.Code != 409 || a.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("got %d %q", a.Code, a.Description)
	}
	r.fails(409, "Conflict: can't use getUpdates method while webhook is active; "+
		"use deleteWebhook to delete the webhook first", "getUpdates", params{})
	r.must("deleteWebhook", params{}, nil)
	r.poll(params{})
}

func TestPollerThatHangsUp(t *testing.T) {
	r := newRig(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "GET", r.url+"/bot"+r.Token()+"/getUpdates?timeout=50", nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(request)
		ended <- err
	}()
	r.waitForPoll(nil)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	r.lena.Say("still there")
	if got := texts(r.poll(params{})); !slices.Equal(got, []string{"still there"}) {
		t.Errorf("got %v", got)
	}
}

func TestCloseEndsPolling(t *testing.T) {
	r := newRig(t, Options{})
	later := r.pollLater(params{"timeout": 50})
	r.waitForPoll(nil)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if a := (<-later).answer; a.Code != 500 {
		t.Errorf("got %+v", a)
	}
}

func TestAllowedUpdates(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Say("before")
	r.poll(params{"allowed_updates": []string{"callback_query"}})
	r.lena.Say("after")
	r.lena.PressData(1, "x")
	updates := r.poll(params{}) // the list is remembered
	if len(updates) != 2 || updates[0].Message.Text != "before" || updates[1].Press == nil {
		t.Errorf("got %+v", updates)
	}
	r.poll(params{"allowed_updates": []string{}})
	r.lena.Say("again")
	if updates = r.poll(params{}); len(updates) != 3 {
		t.Errorf("the empty list does not restore the default: %+v", updates)
	}
}

func TestExpiry(t *testing.T) {
	clock := newClock()
	r := newRig(t, Options{Now: clock.Now})
	r.lena.Say("text")
	r.lena.PressData(1, "x")
	clock.Advance(151 * time.Second)
	if updates := r.poll(params{}); len(updates) != 1 || updates[0].Message == nil {
		t.Errorf("after 151 s: %+v", updates)
	}
	clock.Advance(24 * time.Hour)
	if updates := r.poll(params{}); len(updates) != 0 || r.Pending() != 0 {
		t.Errorf("after a day: %+v", updates)
	}
}

func TestDeliver(t *testing.T) {
	r := newRig(t, Options{})
	id := r.Deliver(json.RawMessage(`{ "message": {"chat": "poison"} }`))
	empty := r.Deliver(json.RawMessage(`{}`))
	a := r.call("getUpdates", params{})
	want := fmt.Sprintf(`[{"update_id":%d,"message":{"chat":"poison"}},{"update_id":%d}]`, id, empty)
	if string(a.Result) != want {
		t.Errorf("got %s, want %s", a.Result, want)
	}
	if id := r.Deliver(json.RawMessage(`[1]`)); id != 0 {
		t.Errorf("an array is delivered as %d", id)
	}
	for raw, want := range map[string]string{
		`{"message":{"chat":{"id":5}}}`:                             chatLane(5),
		`{"edited_message":{"chat":{"id":-5}}}`:                     chatLane(-5),
		`{"callback_query":{"from":{"id":5},"message":{"chat":7}}}`: pressLane(5),
		`{"poll":{}}`: "update 9",
	} {
		if got := rawLane(json.RawMessage(raw), 9); got != want {
			t.Errorf("%s: lane %q, want %q", raw, got, want)
		}
	}
}
