package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/bot/texts"
	"rekey/flows"
)

// tokenSecret is what must never appear: the part of the simulator's token
// that is secret.
const tokenSecret = "simulated-token-that-opens-nothing"

// rig is a client and the simulated Telegram that it speaks to. Waiting takes
// no time and is noted.
type rig struct {
	testing.TB
	*simulator.Server
	client *Client
	clock  *clock
	log    *journal
	waits  *waits
	lena   *simulator.Person
}

func newRig(t testing.TB) *rig {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	r := &rig{TB: t, clock: c, log: &journal{}, waits: &waits{clock: c}}
	var err error
	if r.Server, err = simulator.New(simulator.Options{Strict: true, Now: r.clock.Now, RetryUnit: time.Millisecond,
		AnswerWithin: time.Hour}); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(r.Server)
	t.Cleanup(func() {
		_ = r.Server.Close()
		api.Close()
		if strings.Contains(r.log.String(), tokenSecret) {
			t.Errorf("the log holds the token:\n%s", r.log)
		}
	})
	r.client = r.newClient(api.URL, r.Token())
	r.lena = r.Person(simulator.Profile{ID: 77, FirstName: "Lena", Language: "en", Phone: "+4915112345678"})
	return r
}

func (r *rig) newClient(api, token string) *Client {
	r.Helper()
	catalogue, err := texts.New(texts.Options{Brand: "Aurora Shop"})
	if err != nil {
		r.Fatal(err)
	}
	c, err := NewClient(ClientOptions{Token: token, APIURL: api, Texts: catalogue, Log: r.log.logger(),
		SignInURL: "https://shop.example/sign-in", Now: r.clock.Now, Random: func() float64 { return 0.5 }})
	if err != nil {
		r.Fatal(err)
	}
	c.wait = r.waits.wait
	return c
}

// receiver builds a Receiver that has as much time as it takes; change adjusts
// its options.
func (r *rig) receiver(h Handler, change func(*ReceiverOptions)) *Receiver {
	o := ReceiverOptions{Client: r.client, Handler: h, BotID: 1000001, Username: r.Username(), Log: r.log.logger(), Now: r.clock.Now,
		Within: time.Hour, AnswerWithin: time.Hour, DrainWithin: time.Hour}
	if change != nil {
		change(&o)
	}
	return NewReceiver(o)
}

// poll polls until stop is called, which returns what Poll returned.
func (r *rig) poll(receiver *Receiver) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- receiver.Poll(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return await(r, ended)
	})
	r.Cleanup(func() { _ = stop() })
	return stop
}

// await takes one value from a channel, however long that takes: the suite's own
// limit tells where it waits in vain.
func await[T any](_ testing.TB, from <-chan T) T { return <-from }

// script is a Handler made of functions. One without Overdue or Surplus fails the
// test when that is called.
type script struct {
	testing.TB
	handle  func(context.Context, flows.Input) error
	overdue func(context.Context, flows.Input, json.RawMessage) error
	surplus func(context.Context, []flows.Input) error
}

func (s script) Handle(ctx context.Context, in flows.Input) error { return s.handle(ctx, in) }

func (s script) Overdue(ctx context.Context, in flows.Input, update json.RawMessage) error {
	if s.overdue == nil {
		s.Errorf("%s is overdue", in.ID)
		return nil
	}
	return s.overdue(ctx, in, update)
}

func (s script) Surplus(ctx context.Context, inputs []flows.Input) error {
	if s.surplus == nil {
		s.Errorf("%d inputs are surplus", len(inputs))
		return nil
	}
	return s.surplus(ctx, inputs)
}

// clock is a time that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// waits notes how long the client would have waited, and lets the clock pass.
type waits struct {
	clock *clock
	mu    sync.Mutex
	all   []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	w.clock.Advance(d)
	return ctx.Err()
}

// taken gives the waits so far and forgets them.
func (w *waits) taken() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.all
	w.all = nil
	return all
}

// journal is a log in memory.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
