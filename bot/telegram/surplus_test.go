package telegram

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/flows"
)

// stuck is a Handler for which chat 77 takes for ever, until it is released.
type stuck struct {
	script
	release  chan struct{}
	handled  chan flows.Input
	mu       sync.Mutex
	failures int // of Surplus, to come
	shed     []flows.Input
	times    int // Surplus was called
}

func newStuck(t testing.TB) *stuck {
	s := &stuck{release: make(chan struct{}), handled: make(chan flows.Input, 1000)}
	s.script = script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		if in.Chat == 77 {
			<-s.release
		}
		s.handled <- in
		return nil
	}, surplus: func(_ context.Context, inputs []flows.Input) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.failures > 0 {
			s.failures--
			return errors.New("no ledger")
		}
		s.shed = append(s.shed, inputs...)
		s.times++
		return nil
	}}
	return s
}

func (s *stuck) surplusCame(n int) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.shed) == n
	}
}

func eventually(t testing.TB, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !so() {
		<-tick.C
	}
}

func TestPollShedsWhatAChatSendsBeyondItsPlaces(t *testing.T) {
	r, h := newRig(t), newStuck(t)
	h.failures = 1
	stop := r.poll(r.receiver(h, nil))
	const all = 60
	for i := range all {
		r.lena.Say(fmt.Sprint(i))
	}
	quick := r.people(1)[0]
	quick.Say("hello")
	if in := await(t, h.handled); in.Chat == 77 {
		t.Error("the flooder comes first")
	}
	eventually(t, h.surplusCame(all-laneDepth))
	if n := r.Pending(); n != all+1 {
		t.Errorf("%d updates wait at Telegram while the first runs", n)
	}
	close(h.release)
	for i := range laneDepth {
		if in := await(t, h.handled); in.Text.Reveal() != fmt.Sprint(i) {
			t.Fatalf("handled %q as number %d", in.Text.Reveal(), i)
		}
	}
	eventually(t, func() bool { return r.Pending() == 0 })
	if err := stop(); err != nil || len(h.handled) > 0 {
		t.Errorf("%v, %d handled besides", err, len(h.handled))
	}
}

func TestSurplusPressesAreAnsweredEmpty(t *testing.T) {
	r, h := newRig(t), newStuck(t)
	r.lena.Start("")
	if err := r.client.Send(t.Context(), 77, "en", welcome); err != nil {
		t.Fatal(err)
	}
	events, leave := r.lena.Watch()
	defer leave()
	r.poll(r.receiver(h, func(o *ReceiverOptions) { o.AnswerWithin = time.Hour }))
	const all = 40
	for range all {
		r.lena.PressData(r.newest().ID, pressData(flows.Reply{}, flows.ButtonForgot))
	}
	for range all - laneDepth + 1 { // one place is the start's
		if e := await(t, events); e.Kind != "answer" || e.Text != "" {
			t.Errorf("answered with %+v", e)
		}
	}
	close(h.release)
	for range laneDepth - 1 {
		if e := await(t, events); e.Kind != "answer" {
			t.Errorf("answered with %+v", e)
		}
	}
	if !h.surplusCame(0)() {
		t.Error("a press has nothing to delete")
	}
}

func TestWebhookShedsWhatAChatSendsBeyondItsPlaces(t *testing.T) {
	r, h := newRig(t), newStuck(t)
	hook := r.receiver(h, nil).Webhook(WebhookOptions{Secret: hookSecret})
	const all = 3 * windowSize
	status := make(chan int, all)
	for i := range all {
		go func() { status <- post(hook, strings.NewReader(typed(i+1, 77)), nil).Code }()
	}
	eventually(t, h.surplusCame(all-laneDepth))
	if code := post(hook, strings.NewReader(typed(all+1, 78)), nil).Code; code != 200 {
		t.Errorf("another chat is answered with %d", code)
	}
	close(h.release)
	for range all {
		if code := await(t, status); code != 200 {
			t.Errorf("status %d", code)
		}
	}
	if len(h.handled) != laneDepth+1 {
		t.Errorf("%d were handled", len(h.handled))
	}
	h.failures = 1
	h.release = make(chan struct{})
	for i := range laneDepth {
		go func() { status <- post(hook, strings.NewReader(typed(1000+i, 77)), nil).Code }()
	}
	eventually(t, func() bool {
		lanes := &hook.receiver.lanes
		lanes.mu.Lock()
		defer lanes.mu.Unlock()
		return len(lanes.waiting[77]) == laneDepth-1
	})
	if code := post(hook, strings.NewReader(typed(2000, 77)), nil).Code; code != 503 {
		t.Errorf("what the store could not take is answered with %d", code)
	}
	close(h.release)
	for range laneDepth {
		await(t, status)
	}
}

func typed(update, chat int) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%[1]d,"from":{"id":%d},"chat":{"id":%[2]d,"type":"private"},"text":"hello"}}`, update, chat)
}

// Telegram posts an update again when it did not get the answer.
func TestWebhookHandlesAnUpdateOnce(t *testing.T) {
	r, h := newRig(t), newStuck(t)
	hook := r.receiver(h, nil).Webhook(WebhookOptions{Secret: hookSecret})
	status := make(chan int, 2)
	for range 2 {
		go func() { status <- post(hook, strings.NewReader(hello), nil).Code }()
	}
	eventually(t, func() bool { return len(hook.slots) == 2 })
	close(h.release)
	for range 2 {
		await(t, status)
	}
	if code := post(hook, strings.NewReader(hello), nil).Code; code != 200 || len(h.handled) != 1 {
		t.Errorf("status %d, handled %d times", code, len(h.handled))
	}
}

func TestFinishedForgetsTheOldest(t *testing.T) {
	var f finished
	for id := range int64(finishedKept + 10) {
		f.add(id)
		f.add(id)
	}
	if f.has(9) || !f.has(10) || !f.has(finishedKept+9) || len(f.ids) != finishedKept {
		t.Errorf("%d are remembered", len(f.ids))
	}
}
