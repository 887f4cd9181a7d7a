package flows_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/identifier"
	"rekey/flows/keyring"
	"rekey/flows/password"
	"rekey/store/sqlite"
)

// TestARedeliveredInputOnlySpeaks plays a recovery in which every input comes
// three times.
func TestARedeliveredInputOnlySpeaks(t *testing.T) {
	r := newRig(t)
	for _, in := range r.recovery(t) {
		for range 3 {
			if err := r.runner.Handle(t.Context(), in()); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.saidLast(t, flows.Done)
	if n := r.chat.count(flows.Done); n != 3 {
		t.Errorf("the closing message was said %d times, want 3: replies may repeat", n)
	}
	r.holds(t, "one code", `SELECT count(*) FROM codes`, 1)
	r.holds(t, "one guess", `SELECT sum(guesses) FROM codes`, 1)
	r.holds(t, "one password", `SELECT count(*) FROM audit WHERE event = 'password.set'`, 1)
	r.holds(t, "no closing job that is still owed", `SELECT count(*) FROM jobs WHERE kind = 'reply' AND done_at = 0`, 0)
	if !r.signsIn(t, newPassword) {
		t.Error("the new password does not sign in")
	}
}

// TestTwoReplicasMeetInOneConversation lets a code and a press for a new code
// arrive at the same time, at two replicas.
func TestTwoReplicasMeetInOneConversation(t *testing.T) {
	for range 20 {
		r := newRig(t)
		inputs := r.recovery(t)
		r.handle(t, inputs[0]())
		r.handle(t, inputs[1]())
		code := inputs[2]()
		press := r.press(flows.ButtonChange)
		other := r.replica()
		var both sync.WaitGroup
		both.Go(func() { r.handle(t, code) })
		both.Go(func() {
			if err := other.Handle(t.Context(), press); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		// Whoever was slower: the conversation asks one question, and a grant
		// lives only if it is for the password that is asked for.
		grants := r.number(t, `SELECT count(*) FROM grants WHERE state = 'live'`)
		asked := r.chat.last()
		if asksPassword := asked == flows.AskPassword; asksPassword != (grants == 1) {
			t.Fatalf("the last question is %s, with %d live grants", asked, grants)
		}
	}
}

func TestABrokenLedgerIsSaidWithAReference(t *testing.T) {
	r := newRig(t)
	r.handle(t, r.command("start", "recover"))
	_ = r.db.Close()
	r.handle(t, r.text("lena@gmail.com"))
	r.saidLast(t, flows.SayBroken)
	reference := r.chat.replies[len(r.chat.replies)-1].Facts.Reference
	if reference == "" || !strings.Contains(r.log.String(), reference) {
		t.Errorf("the reference %q is not in the log", reference)
	}
	if strings.Contains(r.log.String(), "lena@") {
		t.Error("the log holds what was typed")
	}
	r.chat.refuse = errors.New("no connection")
	if err := r.runner.Handle(t.Context(), r.text("lena@gmail.com")); err == nil {
		t.Error("an input that could be neither handled nor answered was finished")
	}
}

func TestWhatMayBeAPasswordGoesAlsoWhenTheStoreIsBroken(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	for _, in := range inputs[:3] {
		r.handle(t, in())
	}
	_ = r.db.Close()
	typed, edited, sticker := r.text(newPassword), r.text(newPassword), r.text("")
	edited.Kind, edited.Edited, sticker.Kind = flows.Unread, true, flows.Unread
	for _, in := range []flows.Input{typed, edited, sticker} {
		r.handle(t, in)
		r.saidLast(t, flows.SayBroken)
	}
	if d := r.chat.deleted; !slices.Equal(d, []int{typed.Message, edited.Message}) {
		t.Errorf("deleted %v, want %d and %d", d, typed.Message, edited.Message)
	}
}

func TestASavedPasswordIsSaidEvenWhenTheConversationIsLost(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	for _, in := range inputs[:4] {
		r.handle(t, in())
	}
	r.talks.broken = errors.New("the store is gone")
	r.handle(t, inputs[4]())
	r.saidLast(t, flows.Done)
	if !r.signsIn(t, newPassword) {
		t.Error("the new password does not sign in")
	}
}

// TestALostConversationIsSaid loses the conversation while a right code is
// checked.
func TestALostConversationIsSaid(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	code := inputs[2]()
	r.talks.lose = func() { r.exec(t, "DELETE FROM conversations") }
	r.handle(t, code)
	r.saidLast(t, flows.SayLost)
	r.holds(t, "no grant that lives", `SELECT count(*) FROM grants WHERE state = 'live'`, 0)
}

func TestWhatCannotBeSaidNowIsOwed(t *testing.T) {
	r := newRig(t)
	r.chat.refuse = flows.ErrLater{After: 3 * time.Second}
	r.handle(t, r.command("start", ""))
	r.chat.refuse = nil
	r.work(t)
	if n := len(r.chat.replies); n != 0 {
		t.Fatalf("%d replies were sent before their time", n)
	}
	r.pass(4 * time.Second)
	r.work(t)
	r.saidLast(t, flows.SayWelcome)
}

func TestAnOverdueInputIsParkedOrDeleted(t *testing.T) {
	r := newRig(t)
	secret := r.text("Marigold&Rain7")
	if err := r.runner.Overdue(t.Context(), secret, nil); err != nil {
		t.Fatal(err)
	}
	r.saidLast(t, flows.SayOverdue)
	if len(r.chat.deleted) != 1 || r.chat.deleted[0] != secret.Message {
		t.Fatalf("deleted %v, want %d", r.chat.deleted, secret.Message)
	}
	const update = `{"update_id":9}`
	for range 2 {
		if err := r.runner.Overdue(t.Context(), r.at(flows.Input{ID: "u:1:9", Kind: flows.Pressed, Sent: r.now}), json.RawMessage(update)); err != nil {
			t.Fatal(err)
		}
	}
	r.pass(2 * time.Second)
	r.work(t)
	if len(r.replayed) != 1 || r.replayed[0] != update+" of 03:04:05" {
		t.Fatalf("replayed %q, want the one update", r.replayed)
	}
}

// TestStoredConversationsDecodeOrAreStale reads conversations as released
// versions wrote them: each one goes on or is told to start again.
func TestStoredConversationsDecodeOrAreStale(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stored conversations: %v", err)
	}
	for _, file := range files {
		r := newRig(t)
		r.store(t, file)
		r.handle(t, r.text("12345678"))
		if said := r.chat.last(); said != flows.SayStale && said != flows.CodeIsExpired && said != flows.SayTimeUp {
			t.Errorf("%s: the bot said %s", file, said)
		}
	}
}

const newPassword = "Marigold&Rain7"

// rig is a runner on a real database, with a chat that writes down what is said.
type rig struct {
	now      time.Time
	path     string
	db       *sqlite.DB
	chat     *chat
	talks    *talks
	log      *bytes.Buffer
	keys     *keyring.Keyring
	runner   *flows.Runner
	options  flows.RunnerOptions
	worker   *flows.Worker
	jobs     *sqlite.Jobs
	accounts *sqlite.Directory
	letters  []flows.Letter
	replayed []string
	inputs   int64
	rests    atomic.Int64 // how often an input waited for its next try
	resting  func(nth int64)
}

func newRig(t *testing.T) *rig {
	r := &rig{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), chat: &chat{}, log: &bytes.Buffer{}}
	clock := func() time.Time { return r.now }
	var err error
	r.path = filepath.Join(t.TempDir(), "rekey.db")
	if r.db, err = sqlite.Open(t.Context(), r.path, clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.db.Close() })
	if r.keys, err = keyring.New(bytes.Repeat([]byte("k"), 32)); err != nil {
		t.Fatal(err)
	}
	hash := func(_ context.Context, _ string, p []byte) (string, error) { return "plain:" + string(p), nil }
	r.accounts = sqlite.NewDirectory(r.db, sqlite.Passwords{
		Hash: hash, Valid: func(string) error { return nil },
		Verify: func(_ context.Context, phc string, p []byte) (bool, error) { return phc == "plain:"+string(p), nil },
	})
	if _, err := r.accounts.Add(t.Context(), sqlite.NewAccount{
		ID: "1", Name: "Lena", Password: []byte("Teapot#1947"),
		Identifiers: []sqlite.Identifier{{Kind: "email", Canonical: "lena@gmail.com", Written: "Lena@gmail.com"}},
	}); err != nil {
		t.Fatal(err)
	}
	ledger := sqlite.NewLedger(r.db, sqlite.LedgerOptions{
		Limits: limits(), Sealer: r.keys, MAC: r.keys.MAC, Random: rand.Reader, Hash: hash, Region: identifier.Region,
	})
	r.jobs = sqlite.NewJobs(r.db, r.keys)
	r.talks = &talks{Conversations: sqlite.NewConversations(r.db)}
	r.options = flows.RunnerOptions{
		Machine: machine(), Ledger: ledger, Jobs: r.jobs, Conversations: r.talks, Messenger: r.chat, Sealer: r.keys,
		Reference: func() string { return "RK-TEST-0001" }, Now: clock, Log: slog.New(slog.NewTextHandler(r.log, nil)),
		Pause: func(context.Context, time.Duration) {
			if nth := r.rests.Add(1); r.resting != nil {
				r.resting(nth)
			}
		},
	}
	r.runner = flows.NewRunner(r.options)
	r.worker = flows.NewWorker(flows.WorkerOptions{
		Jobs: r.jobs, Ledger: ledger, Directory: r.accounts, Messenger: r.chat, Handle: r.runner.Handle, Now: clock,
		Carriers: map[flows.Channel]flows.Carrier{flows.Email: carrier{r}},
		Replay: func(_ context.Context, update json.RawMessage, sent time.Time) error {
			r.replayed = append(r.replayed, string(update)+sent.Format(" of 15:04:05"))
			return nil
		},
		Log: slog.New(slog.NewTextHandler(r.log, nil)),
	})
	return r
}

func limits() flows.Limits {
	return flows.Limits{
		ConversationLife: 30 * time.Minute, CodeLife: 10 * time.Minute, GrantLife: 10 * time.Minute, CodeDigits: 8,
		ResendFirst: time.Minute, ResendSecond: 2 * time.Minute, ResendsPerFlow: 2, BackoffFirst: 30 * time.Second, BackoffMost: time.Hour, GuessesPerCode: 5,
		GuessesPerAccountDay: 10, GuessesPerChatDay: 20, GuessesInARow: 50, SMSPerCountryFree: 50, SMSPerCountryMean: 3, FlowsPerChat15Min: 3, FlowsPerChatDay: 10, IdentifiersPerChatDay: 5,
		SendsPerAccountHour: 3, SendsPerAccountDay: 5, SMSPerPrefix10Min: 5, SMSPerPrefixDay: 20, SMSPerDay: 1000,
		MailsPerMinute: 60, WrongPer10Min: 200, WrongPerDay: 2000,
	}
}

func machine() *flows.Machine {
	return flows.NewMachine(flows.Recovery(options(nil)), []string{"en"}, func(chat int64, in flows.InputID) string { return fmt.Sprintf("c%d-%s", chat, in) })
}

func options(slow func(flows.Channel) bool) flows.RecoveryOptions {
	reader, policy := identifier.Reader{}, password.Policy{}
	return flows.RecoveryOptions{
		Life: 30 * time.Minute, CodeLife: 10 * time.Minute, GrantLife: 10 * time.Minute, Channels: []flows.Channel{flows.Email}, Slow: slow,
		Identify: reader.Read, Contact: reader.Contact, Suggest: reader.Suggest, Policy: "classic", MinLength: 8,
		Check: policy.Reasons, Tag: func(conversation, text string) string { return conversation + text },
		Typewritten: password.Typewritten, Alike: password.Alike,
		AsksForHelp: func(text string) bool { return text == "help" },
	}
}

// talk puts people into the chat with whom one can talk.
func (r *rig) talk() {
	l := limits()
	l.TalksPerChatDay, l.TalksPerHour, l.LinesPerMinute = 10, 10, 10
	r.options.Ledger = sqlite.NewLedger(r.db, sqlite.LedgerOptions{
		Limits: l, Sealer: r.keys, MAC: r.keys.MAC, Random: rand.Reader, Region: identifier.Region,
		ReadWords: func(string) [][3]uint8 { return nil },
		Hash:      func(_ context.Context, _ string, p []byte) (string, error) { return "plain:" + string(p), nil },
	})
	r.options.Machine = machine().Staffed(flows.Talk(flows.TalkOptions{
		Life: 48 * time.Hour, Digits: 8, Tag: func(conversation, text string) string { return conversation + text },
		Opens: func(time.Time) time.Time { return time.Time{} }, Mask: func(id flows.Identifier) string { return "•••" },
	}))
	r.runner = flows.NewRunner(r.options)
}

// replica is a second process on the same stores.
func (r *rig) replica() *flows.Runner { return flows.NewRunner(r.options) }

// recovery gives the inputs of a whole recovery, each built when its time comes.
func (r *rig) recovery(t *testing.T) []func() flows.Input {
	once := func(build func() flows.Input) func() flows.Input { return sync.OnceValue(build) }
	return []func() flows.Input{
		once(func() flows.Input { return r.command("start", "recover") }),
		once(func() flows.Input { return r.text("lena@gmail.com") }),
		once(func() flows.Input {
			r.work(t)
			return r.text(r.letters[len(r.letters)-1].Facts.Code)
		}),
		once(func() flows.Input { return r.text(newPassword) }),
		once(func() flows.Input { return r.text(newPassword) }),
	}
}

// at gives an input its place.
func (r *rig) at(in flows.Input) flows.Input {
	r.inputs++
	if in.ID == "" {
		in.ID = flows.UpdateInput(1, r.inputs)
	}
	in.Chat, in.Language = 7, "en"
	if in.Kind != flows.Pressed {
		in.Message = int(r.inputs)
	}
	return in
}

func (r *rig) text(text string) flows.Input {
	return r.at(flows.Input{Kind: flows.Typed, Text: flows.Secret(text)})
}

func (r *rig) command(name, param string) flows.Input {
	return r.at(flows.Input{Kind: flows.Ordered, Name: name, Param: param})
}

// press presses a button of the newest message that has buttons.
func (r *rig) press(b flows.ButtonName) flows.Input {
	r.chat.mu.Lock()
	defer r.chat.mu.Unlock()
	in := flows.Input{Kind: flows.Pressed, Name: string(b), Press: flows.Press{Callback: "q"}}
	for _, said := range r.chat.replies {
		if len(said.Buttons) > 0 {
			in.Press.Conversation, in.Press.Revision = said.Conversation, said.Revision
		}
	}
	return r.at(in)
}

func (r *rig) handle(t *testing.T, in flows.Input) {
	t.Helper()
	r.handleBy(t, r.runner, in)
}

func (r *rig) handleBy(t *testing.T, runner *flows.Runner, in flows.Input) {
	t.Helper()
	if err := runner.Handle(t.Context(), in); err != nil {
		t.Errorf("handling %s: %v", in.ID, err)
	}
}

func (r *rig) pass(d time.Duration) { r.now = r.now.Add(d) }

// work carries out all jobs that are due.
func (r *rig) work(t *testing.T) {
	t.Helper()
	due, _, err := r.jobs.Claim(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range due {
		r.worker.Do(t.Context(), j)
	}
}

func (r *rig) signsIn(t *testing.T, secret string) bool {
	_, ok, err := r.accounts.SignIn(t.Context(), "email", "lena@gmail.com", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func (r *rig) saidLast(t *testing.T, want flows.MessageID) {
	t.Helper()
	if got := r.chat.last(); got != want {
		t.Fatalf("the bot said %q last, want %q", got, want)
	}
}
