package simulator

import (
	"slices"
	"testing"
)

func TestFaults(t *testing.T) {
	r := newRig(t, Options{})
	r.lena.Start("")
	hello := params{"chat_id": 77, "text": "hello"}

	r.Inject(Fault{Method: "sendMessage", Times: 1, Code: 429, RetryAfter: 7})
	a := r.call("sendMessage", hello)
	if a.Code != 429 || a.Parameters.RetryAfter != 7 || a.Description != "Too Many Requests: retry after 7" {
		t.Errorf("got %+v", a)
	}
	r.Inject(Fault{Times: 2, Code: 502})
	r.fails(502, "Bad Gateway", "getMe", params{})
	r.fails(502, "Bad Gateway", "sendMessage", hello)

	r.Inject(Fault{Method: "sendMessage", Times: 1, DropBefore: true})
	if _, err := r.post("sendMessage", "application/json", `{"chat_id":77,"text":"lost"}`); err == nil {
		t.Error("a connection to cut before is answered")
	}
	r.Inject(Fault{Method: "sendMessage", Times: 1, DropAfter: true})
	if _, err := r.post("sendMessage", "application/json", `{"chat_id":77,"text":"done"}`); err == nil {
		t.Error("a connection to cut after is answered")
	}
	r.must("sendMessage", hello, nil)
	var seen []string
	for _, m := range r.lena.Chat() {
		seen = append(seen, m.Text)
	}
	if want := []string{"/start", "done", "hello"}; !slices.Equal(seen, want) {
		t.Errorf("chat %v, want %v", seen, want)
	}
	if got := r.Calls()["sendMessage"]; got != 2 {
		t.Errorf("%d calls carried out, want 2", got)
	}
}

func TestFaultWithProbability(t *testing.T) {
	dice := 0.5
	r := newRig(t, Options{Random: func() float64 { return dice }})
	r.Inject(Fault{Probability: 0.3, Code: 500})
	r.must("getMe", params{}, nil)
	dice = 0.1
	for range 3 {
		r.fails(500, "Internal Server Error", "getMe", params{})
	}
	r.ClearFaults()
	r.must("getMe", params{}, nil)
}

func TestDuplicateForPoller(t *testing.T) {
	r := newRig(t, Options{})
	r.Duplicate(1)
	r.lena.Say("twice")
	r.lena.Say("once")
	first := r.poll(params{})
	second := r.poll(params{"offset": first[1].ID + 1})
	if len(first) != 2 || len(second) != 1 || second[0].ID != first[0].ID {
		t.Errorf("first %+v, then %+v", first, second)
	}
	if third := r.poll(params{"offset": first[1].ID + 1}); len(third) != 0 || r.Pending() != 0 {
		t.Errorf("a third time: %+v", third)
	}
}
