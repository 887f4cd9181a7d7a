// Package simulator is a local Telegram: a server of the Bot API for one bot,
// and the people who chat with it. It serves the demo, the tests and anyone
// who develops a bot, without a network and without a token from Telegram.
//
// A [Server] has two sides. The bot's side is HTTP, as at api.telegram.org:
// methods at /bot<token>/<method>, updates by long polling or webhook, errors
// in Telegram's words and codes. The people's side is Go: [Server.Person]
// returns someone who can write, press buttons, share a contact, block the
// bot, and see what the bot did to the chat; [Server.NewGroup] returns a group
// in which people do so together.
//
// It is strict where Telegram is: every request is held against the Bot API's
// own description (see the command in ./spec), and a bot that works here keeps
// to the documented limits. In a group it has privacy mode: a bot that is not an
// administrator learns of commands and of answers to it alone.
//
// Where it is not Telegram: nothing limits the rate but Options.GroupLimit and
// [Server.LimitChat] (see [Server.Inject] for more); a chat keeps its last 500 messages; message ids
// count through all chats; my_chat_member alone tells a new group's bot that it
// is in, and nothing that it has left by itself; the general topic cannot be
// closed, hidden or renamed; a photo has one size; copyMessage refuses protected
// content, which Telegram lets a bot copy; a method named in the answer to a
// webhook is not carried out; and what is not simulated says so when it is
// called.
//
// Inside, all that the server remembers is one [state] under one lock. Calls
// and people change it; each change that the bot should hear of becomes an
// update in a queue, from which getUpdates or the webhook takes it.
package simulator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options configure a [Server]. The zero value is a working in-memory server.
type Options struct {
	// Token, Username and Name are the bot's. By default they are
	// "1000001:simulated-token-that-opens-nothing", "rekey_demo_bot" and "Rekey".
	Token, Username, Name string
	// Path is the file that keeps the state over a restart; it is created when
	// missing. With "" everything stays in memory.
	Path string
	// Strict makes a parameter that the Bot API does not know an error.
	// Telegram ignores those, and by default so does the server, with a warning.
	Strict bool
	// GroupLimit is how many messages a minute the bot can send to a group; more
	// get a 429. The constant of this name is Telegram's; 0 is without limit.
	GroupLimit int
	// Now dates messages and decides about their ages: expiry, the 48 hours in
	// which they can be deleted. Default time.Now.
	Now func() time.Time
	// Log receives warnings, never the contents of a message. Default: discards.
	Log *slog.Logger
	// RetryUnit is how long one second lasts where a webhook waits before it
	// tries again: the doubling delays and a Retry-After. Default time.Second.
	RetryUnit time.Duration
	// AnswerWithin is the real time in which a button press can be answered.
	// Default 15 s, as seen at Telegram.
	AnswerWithin time.Duration
	// Random gives numbers in [0, 1), for faults with a probability and the
	// longest delays. Default math/rand/v2.
	Random func() float64
}

const defaultToken = "1000001:simulated-token-that-opens-nothing"

var tokenForm = regexp.MustCompile(`^[0-9]{1,15}:[A-Za-z0-9_-]+$`)

// Server is the simulated Telegram. It is an [http.Handler] and safe for
// concurrent use.
type Server struct {
	options Options
	botID   int64
	spec    *spec
	methods map[string]handler

	mu sync.Mutex // guards everything below and all that hangs on it
	state
	queue     *queue
	poller    *poller
	hook      *hook
	people    map[int64]*Person
	groups    map[int64]*Group
	presses   presses
	faults    []*Fault
	apart     map[int64]time.Duration // by chat; see LimitChat
	duplicate int
	calls     map[string]int
	refusals  map[int]int

	changed chan struct{} // wakes the saver
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
}

// New returns a running server and reads its state, when there is one, from
// Options.Path. Close it when done.
func New(o Options) (*Server, error) {
	o.Token = cmp.Or(o.Token, defaultToken)
	o.Username = cmp.Or(o.Username, "rekey_demo_bot")
	o.Name = cmp.Or(o.Name, "Rekey")
	o.RetryUnit = cmp.Or(o.RetryUnit, time.Second)
	o.AnswerWithin = cmp.Or(o.AnswerWithin, 15*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if !tokenForm.MatchString(o.Token) {
		return nil, fmt.Errorf("simulated bot token: it must look like 1000001:letters-and-digits")
	}
	sp, err := loadSpec()
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, spec: sp, methods: methods(), calls: map[string]int{}, refusals: map[int]int{},
		people: map[int64]*Person{}, groups: map[int64]*Group{}, apart: map[int64]time.Duration{}, changed: make(chan struct{}, 1)}
	s.botID, _ = strconv.ParseInt(o.Token[:strings.IndexByte(o.Token, ':')], 10, 64)
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.load(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.hook = s.startHook()
	s.mu.Unlock()
	if o.Path != "" {
		s.running.Go(s.saveChanges)
	}
	return s, nil
}

// Close ends waiting calls and webhook deliveries and writes the state.
func (s *Server) Close() error {
	s.mu.Lock()
	s.stop() // under the lock: nothing starts once it is given back
	s.mu.Unlock()
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.UpdateIDs.Reserved, s.MessageIDs.Reserved = s.UpdateIDs.Last, s.MessageIDs.Last
	return s.save()
}

// Token returns the bot's token.
func (s *Server) Token() string { return s.options.Token }

// Username returns the bot's username, without "@".
func (s *Server) Username() string { return s.options.Username }

// Pending returns how many updates the bot has not confirmed yet.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.pending.Len()
}

// Calls returns how often each method was carried out, by its documented name.
// Calls that ended in an error are not counted.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Refusals returns how often calls ended in an error, by its code.
func (s *Server) Refusals() map[int]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.refusals)
}

// change takes the lock for a change of the state and returns what gives it
// back: defer s.change()().
func (s *Server) change() (done func()) {
	s.mu.Lock()
	return func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
		s.mu.Unlock()
	}
}

// ServeHTTP answers one call of the Bot API.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	result, err := s.serve(w, hr)
	if err != nil {
		code := writeError(w, err)
		s.mu.Lock()
		s.refusals[code]++
		s.mu.Unlock()
		return
	}
	writeResult(w, result)
}

func (s *Server) serve(w http.ResponseWriter, hr *http.Request) (any, error) {
	token, name, ok := strings.Cut(strings.TrimPrefix(hr.URL.Path, "/bot"), "/")
	if !ok || !strings.HasPrefix(hr.URL.Path, "/bot") {
		return nil, &apiError{code: http.StatusNotFound, text: "Not Found"}
	}
	if token != s.options.Token {
		return nil, &apiError{code: http.StatusUnauthorized, text: "Unauthorized"}
	}
	method := s.spec.methods[strings.ToLower(name)]
	if method == nil {
		return nil, &apiError{code: http.StatusNotFound, text: "Not Found: method not found"}
	}
	r, err := readRequest(w, hr)
	if err != nil {
		return nil, err
	}
	r.method = method.name
	fault := s.strike(r.method)
	if err := fault.before(); err != nil {
		return nil, err
	}
	result, err := s.call(method, r)
	if fault.DropAfter {
		panic(http.ErrAbortHandler)
	}
	return result, err
}

// call checks a request and carries it out.
func (s *Server) call(method *object, r *request) (any, error) {
	unknown, err := check(method, r)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 && s.options.Strict {
		return nil, badRequest("unknown parameter %q", unknown[0])
	}
	if len(unknown) > 0 {
		s.options.Log.Warn("unknown parameters, which Telegram would ignore", "method", r.method, "parameters", unknown)
	}
	handle := s.methods[r.method]
	if handle == nil {
		return nil, notSimulated("method " + r.method)
	}
	result, err := handle(s, r)
	if err == nil {
		s.mu.Lock()
		s.calls[r.method]++
		s.mu.Unlock()
	}
	return result, err
}

// described is a result that comes with a sentence, as those of setWebhook do.
type described struct {
	result any
	text   string
}

func writeResult(w http.ResponseWriter, result any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(envelope(result))
}

// envelope wraps a result. One that is JSON already, as all the large ones
// are, is not encoded again.
func envelope(result any) []byte {
	if raw, ok := result.(json.RawMessage); ok {
		return append(append([]byte(`{"ok":true,"result":`), raw...), '}')
	}
	answer := struct {
		OK          bool   `json:"ok"`
		Result      any    `json:"result"`
		Description string `json:"description,omitempty"`
	}{OK: true, Result: result}
	if d, ok := result.(described); ok {
		answer.Result, answer.Description = d.result, d.text
	}
	raw, _ := json.Marshal(answer)
	return raw
}
