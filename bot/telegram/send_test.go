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

var welcome = flows.Reply{Say: []flows.MessageID{flows.SayWelcome}, Buttons: []flows.ButtonName{flows.ButtonForgot, flows.ButtonSupport}}

func (r *rig) newest() simulator.Message {
	r.Helper()
	chat := r.lena.Chat()
	if len(chat) == 0 {
		r.Fatal("the chat is empty")
	}
	return chat[len(chat)-1]
}

func TestSend(t *testing.T) {
	r := newRig(t)
	r.lena.Start("")
	if err := r.client.Send(t.Context(), 77, "en", welcome); err != nil {
		t.Fatal(err)
	}
	got := r.newest()
	if !got.FromBot || !got.Protected || !strings.Contains(got.Text, "Aurora Shop") {
		t.Errorf("sent %+v", got)
	}
	if len(got.Inline) != 1 || len(got.Inline[0]) != 2 || got.Inline[0][0].Data != "..forgot" {
		t.Errorf("buttons %+v", got.Inline)
	}
}

func TestSendTroubled(t *testing.T) {
	tests := map[string]struct {
		fault simulator.Fault
		want  error // nil: sent after all
		waits []time.Duration
	}{
		"told to wait a moment":   {simulator.Fault{Times: 1, Code: 429, RetryAfter: 2}, nil, []time.Duration{2 * time.Second}},
		"told to wait long":       {simulator.Fault{Times: 1, Code: 429, RetryAfter: 3}, flows.ErrLater{After: 3 * time.Second}, nil},
		"told so again and again": {simulator.Fault{Times: 3, Code: 429, RetryAfter: 1}, flows.ErrLater{After: time.Second}, []time.Duration{time.Second, time.Second}},
		"broken server, twice":    {simulator.Fault{Times: 2, Code: 502}, nil, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}},
		"broken server":           {simulator.Fault{Times: 3, Code: 502}, &brokenError{502}, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond}},
		"lost answer":             {simulator.Fault{Times: 1, DropAfter: true}, nil, nil},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.lena.Start("")
			r.Inject(c.fault)
			err := r.client.Send(t.Context(), 77, "en", welcome)
			if c.want == nil && err != nil || c.want != nil && (err == nil || !strings.Contains(err.Error(), c.want.Error())) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if got := r.waits.taken(); c.waits != nil && !slices.Equal(got, c.waits) {
				t.Errorf("waited %v, want %v", got, c.waits)
			}
		})
	}
}

func TestSendToNobody(t *testing.T) {
	r := newRig(t)
	if err := r.client.Send(t.Context(), 4711, "en", welcome); !errors.Is(err, flows.ErrUnreachable) {
		t.Errorf("a chat that does not exist: %v", err)
	}
	r.lena.Start("")
	r.lena.Block()
	if err := r.client.Send(t.Context(), 77, "en", welcome); !errors.Is(err, flows.ErrUnreachable) {
		t.Errorf("a chat that is blocked: %v", err)
	}
}

// A chat that is told to wait is left alone for so long, and nobody else is,
// however many chats have brought it upon themselves.
func TestAChatPausesAlone(t *testing.T) {
	r := newRig(t)
	people := r.people(10)
	for _, p := range people {
		p.Start("")
	}
	for i := range 9 {
		if err := r.sendTo(i); err != nil {
			t.Fatal(err)
		}
		r.limited(i, 30)
	}
	r.clock.Advance(10 * time.Second)
	if err := r.sendTo(0); !errors.Is(err, flows.ErrLater{After: 20 * time.Second}) {
		t.Errorf("the chat is not paused: %v", err)
	}
	if err := r.client.Delete(t.Context(), 1000, people[0].Say("secret")); err != nil {
		t.Errorf("a deletion waits, too: %v", err)
	}
	r.clock.Advance(21 * time.Second)
	for i := range 9 { // those are slow by now, and still under their own limit
		r.limited(i, 30)
	}
	if err := r.sendTo(9); err != nil {
		t.Errorf("another chat is paused: %v", err)
	}
	r.clock.Advance(29 * time.Second)
	r.waits.taken()
	if err := r.sendTo(0); err != nil {
		t.Error(err)
	}
	if got := r.waits.taken(); !slices.Equal(got, []time.Duration{time.Second}) {
		t.Errorf("a short rest of the pause was not waited for: %v", got)
	}
}

// When chats that are written to slowly are limited, the whole bot is too fast.
func TestTheBotPauses(t *testing.T) {
	r := newRig(t)
	for _, p := range r.people(300) {
		p.Start("")
	}
	slow := 0
	send := func(n int) {
		for range n {
			if err := r.sendTo(slow); err != nil {
				t.Fatalf("chat %d: %v", slow, err)
			}
			slow++
		}
	}
	limited := func(after int) { r.limited(slow, after); slow++ }
	for range 4 {
		send(40)
		limited(40)
	}
	r.clock.Advance(time.Second)
	limited(40)
	limited(40)
	send(1)
	limited(40)
	for chat, want := range map[int64]time.Duration{1299: botRest, -5: botRest + repliesFirst} {
		if left := r.client.pauses.left(chat); left != want {
			t.Errorf("chat %d is paused for %s, want %s", chat, left, want)
		}
	}
	r.clock.Advance(botRest)
	send(1)
}

// What is in a hurry is not waited for.
func TestNobodyWaitsInAHurry(t *testing.T) {
	r := newRig(t)
	r.lena.Start("")
	r.client.wait = func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
	var crowd crowd
	ctx := crowd.context(t.Context())
	later := make(chan error, 1)
	r.Inject(simulator.Fault{Method: "sendMessage", Times: 1, Code: 429, RetryAfter: 1})
	go func() { later <- r.client.Send(ctx, 77, "en", welcome) }()
	crowd.set(true)
	if err := await(t, later); !errors.Is(err, flows.ErrLater{After: time.Second}) {
		t.Error(err)
	}
	if err := r.client.Send(crowd.context(t.Context()), 77, "en", welcome); !errors.Is(err, flows.ErrLater{After: time.Second}) {
		t.Error(err)
	}
	crowd.set(false)
	r.client.wait = r.waits.wait
	if err := r.client.Send(crowd.context(t.Context()), 77, "en", welcome); err != nil {
		t.Error(err)
	}
}

func (r *rig) sendTo(i int) error { return r.client.Send(r.Context(), int64(1000+i), "en", welcome) }

// limited has a message to a chat refused.
func (r *rig) limited(i, after int) {
	r.Helper()
	r.Inject(simulator.Fault{Method: "sendMessage", Times: 1, Code: 429, RetryAfter: after})
	if err := r.sendTo(i); !errors.As(err, new(flows.ErrLater)) {
		r.Fatalf("chat %d: %v", i, err)
	}
}

func TestDelete(t *testing.T) {
	r := newRig(t)
	secret, old := r.lena.Say("secret"), r.lena.Say("old")
	for range 2 {
		if err := r.client.Delete(t.Context(), 77, secret); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.newest().ID; len(r.lena.Chat()) != 1 || got != old {
		t.Errorf("message %d is left", got)
	}
	r.clock.Advance(49 * time.Hour)
	if err := r.client.Delete(t.Context(), 77, old); !errors.Is(err, flows.ErrUnreachable) {
		t.Errorf("a message of the day before yesterday: %v", err)
	}
	r.Inject(simulator.Fault{Method: "deleteMessage", Times: 1, Code: 429, RetryAfter: 9})
	if err := r.client.Delete(t.Context(), 77, old); !errors.Is(err, flows.ErrLater{After: 9 * time.Second}) {
		t.Errorf("told to wait: %v", err)
	}
}

func TestAnswer(t *testing.T) {
	r := newRig(t)
	r.lena.Start("")
	if err := r.client.Send(t.Context(), 77, "en", welcome); err != nil {
		t.Fatal(err)
	}
	events, cancel := r.lena.Watch()
	defer cancel()
	stop := r.poll(r.receiver(script{TB: t, handle: func(ctx context.Context, in flows.Input) error {
		if in.Kind != flows.Pressed {
			return nil
		}
		return r.client.Answer(ctx, in.Chat, in.Press.Callback, "en", flows.SayOldButton)
	}}, nil))
	if err := r.lena.Press(r.newest().ID, "Forgot password"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, events); e.Kind != "answer" || !e.Alert || !strings.Contains(e.Text, "earlier message") {
		t.Errorf("answered with %+v", e)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := r.client.Answer(t.Context(), 77, "0", "en", ""); err != nil {
		t.Errorf("a press that is long past: %v", err)
	}
}

// A press that takes long gets an empty answer; what the handler says then
// comes as a message. One that the handler does not answer gets one at the end.
func TestAnswerLate(t *testing.T) {
	r := newRig(t)
	r.lena.Start("")
	if err := r.client.Send(t.Context(), 77, "en", welcome); err != nil {
		t.Fatal(err)
	}
	events, cancel := r.lena.Watch()
	defer cancel()
	slow := make(chan struct{})
	receiver := r.receiver(script{TB: t, handle: func(ctx context.Context, in flows.Input) error {
		if in.Name != string(flows.ButtonForgot) {
			return nil
		}
		<-slow
		if err := r.client.Answer(ctx, in.Chat, in.Press.Callback, "en", ""); err != nil {
			t.Error(err)
		}
		return r.client.Answer(ctx, in.Chat, in.Press.Callback, "en", flows.SayOldButton)
	}}, func(o *ReceiverOptions) { o.AnswerWithin = time.Millisecond })
	r.poll(receiver)
	if err := r.lena.Press(r.newest().ID, "Forgot password"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, events); e.Kind != "answer" || e.Text != "" {
		t.Errorf("answered with %+v", e)
	}
	close(slow)
	if e := await(t, events); e.Kind != "message" || !strings.Contains(e.Message.Text, "earlier message") {
		t.Errorf("then came %+v", e)
	}
	if err := r.lena.Press(r.lena.Chat()[1].ID, "Contact support"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, events); e.Kind != "answer" || e.Text != "" {
		t.Errorf("a press that nobody answered got %+v", e)
	}
}

func TestGroups(t *testing.T) {
	r := newRig(t)
	handled := make(chan struct{}, 1)
	stop := r.poll(r.receiver(script{TB: t, handle: func(context.Context, flows.Input) error {
		handled <- struct{}{}
		return nil
	}}, nil))
	group := r.Group(-500, "Friends")
	r.lena.SayIn(group, "/start@"+r.Username())
	r.lena.SayIn(group, "my password is hunter2")
	r.lena.Say("in private")
	await(t, handled)
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Fatalf("%v, %d not confirmed", err, r.Pending())
	}
	said := 0
	for _, m := range group.Chat() {
		if m.FromBot && strings.Contains(m.Text, "private chat") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("spoke %d times within a minute", said)
	}
	if n := r.Calls()["leaveChat"]; n != 1 {
		t.Errorf("left %d times", n)
	}
}

func TestSetupAndCheck(t *testing.T) {
	r := newRig(t)
	r.client.Setup(t.Context())
	menu := r.lena.Commands()
	if len(menu) != len(flows.Commands()) || menu[0].Command != "start" || menu[0].Description == "" {
		t.Errorf("menu %+v", menu)
	}
	if log := r.log.String(); log != "" {
		t.Errorf("setting up: %s", log)
	}
	r.Inject(simulator.Fault{Method: "setMyDescription", Times: 1, Code: 400})
	r.client.Setup(t.Context())
	if log := r.log.String(); !strings.Contains(log, "the bot's description is not set") {
		t.Errorf("the log does not tell what failed: %s", log)
	}
	if err := r.client.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := r.client.Identify(t.Context()); err != nil || got != (Identity{ID: 1000001, Username: r.Username()}) {
		t.Errorf("got %+v, %v", got, err)
	}
	r.Inject(simulator.Fault{Method: "getMe", Code: http.StatusUnauthorized})
	if err := r.client.Check(t.Context()); err == nil || err.Error() !=
		"REKEY_TELEGRAM_TOKEN: Telegram does not know this token (401). Copy it again from BotFather" {
		t.Error(err)
	}
}

// A chat in which Telegram asks to wait with deletions is left alone until then; others
// are not, and neither is it with what is said.
func TestDeletionsWaitWhereTelegramAsks(t *testing.T) {
	r := newRig(t)
	first, second := r.lena.Say("one"), r.lena.Say("two")
	omar := r.Person(simulator.Profile{ID: 78, FirstName: "Omar"})
	his := omar.Say("three")
	r.Inject(simulator.Fault{Method: "deleteMessage", Times: 1, Code: http.StatusTooManyRequests, RetryAfter: 10})
	for _, message := range []int{first, second} {
		var later flows.ErrLater
		if err := r.client.Delete(t.Context(), 77, message); !errors.As(err, &later) || later.After != 10*time.Second {
			t.Fatalf("deleting %d: %v", message, err)
		}
	}
	if err := r.client.Delete(t.Context(), 78, his); err != nil {
		t.Error(err)
	}
	if err := r.client.Send(t.Context(), 77, "en", flows.Reply{Say: []flows.MessageID{flows.SayHelp}}); err != nil {
		t.Error(err)
	}
	r.clock.Advance(10 * time.Second)
	if err := r.client.Delete(t.Context(), 77, second); err != nil {
		t.Error(err)
	}
}
