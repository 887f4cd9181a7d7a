package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rekey/bot/demo"
	"rekey/bot/demo/play"
	"rekey/bot/demo/stage"
	"rekey/bot/simulator"
)

// crashAt names the variable that makes the test binary a bot which kills
// itself: "point:n" at the nth time that the point is passed.
const crashAt = "CRASH_AT"

// points are all places where the bot can be told to die: within an update's
// way and within each job of a recovery.
var points = []string{
	"received", "performed", "saved", "replied", "acknowledged",
	"job.code.admitted", "job.code.carried", "job.letter.carried",
}

// TestCrashes kills the bot at each point, each time that the point is passed
// in a recovery, and starts it again. The person always finishes, and what
// must happen once has happened once.
func TestCrashes(t *testing.T) {
	for _, mode := range []string{"polling", "webhook"} {
		for _, point := range points {
			t.Run(mode+" "+point, func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n++ {
					if crashed := recoverThrough(t, mode, fmt.Sprintf("%s:%d", point, n)); crashed {
						continue
					}
					if n == 1 {
						t.Fatal("the point was never passed")
					}
					return
				}
			})
		}
	}
}

// crashingBot is the bot's process in these tests.
func crashingBot(at string) int {
	point, nth, _ := strings.Cut(at, ":")
	var passed atomic.Int64
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return run(ctx, []string{"run"}, world{
		Environ: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now,
		Point: func(name string) {
			if name == point && fmt.Sprint(passed.Add(1)) == nth {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	})
}

// TestCrashesInLateJobs kills the bot within the jobs that a smooth recovery
// never comes to: telling of an expiry, and saying what Telegram delayed.
func TestCrashesInLateJobs(t *testing.T) {
	for point, c := range map[string]struct {
		setting string
		fault   simulator.Fault
		says    []string
	}{
		"job.expiry.told": {setting: "REKEY_CODE_LIFE=1s", says: []string{"Step 1 of 4", "Step 2 of 4", "That code has expired"}},
		"job.reply.said":  {fault: simulator.Fault{Method: "sendMessage", Times: 1, Code: 429, RetryAfter: 3}, says: []string{"Step 1 of 4"}},
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, "polling", point+":1", c.setting)
			if c.fault.Times > 0 {
				s.stage.Telegram.Inject(c.fault)
			}
			s.person.Start("recover")
			for i, fragment := range c.says {
				s.awaits(fragment)
				if i == 0 {
					s.person.Say(s.lena.Email)
				}
			}
			s.until("the bot died", s.process.crashed.Load)
			s.settles()
			s.process.end(t)
		})
	}
}

// TestCrashesAmongStaff kills the bot while a case is opened, approved and drawn,
// each time that a point is passed. The case goes on as if nothing had been.
func TestCrashesAmongStaff(t *testing.T) {
	for _, point := range []string{"staff.decided", "case.shown", "job.letter.carried"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				if crashed := helpThrough(t, fmt.Sprintf("%s:%d", point, n)); crashed {
					continue
				}
				if n == 1 {
					t.Fatal("the point was never passed")
				}
				return
			}
		})
	}
}

// helpThrough lets Anna open a case and Vera approve a link while the bot dies
// once, and tells whether it did.
func helpThrough(t *testing.T, at string) bool {
	s := newScene(t, "polling", at)
	anna, vera := s.stage.Telegram.Person(demo.Staff()[0].Profile), s.stage.Telegram.Person(demo.Staff()[2].Profile)
	anna.SayIn(s.stage.Staff, "/reset "+s.lena.Email)
	card := s.card("Why do they need help?")
	press := func(by *simulator.Person, label string) {
		if err := by.PressIn(s.stage.Staff, card.ID, label); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
	}
	press(anna, "Forgot the password")
	card = s.card("What is the ticket number?")
	press(anna, "No ticket")
	card = s.card("[Send a link]")
	press(anna, "Send a link")
	card = s.card("A second person must agree")
	press(vera, "Approve")
	s.card("Approved: Send a link")
	s.until("the link is mailed", func() bool { return len(mails(s.stage, "Set a new")) > 0 })
	s.settles()
	s.process.end(t)
	for what, query := range map[string]string{
		"cases": `SELECT count(*) FROM cases`, "links": `SELECT count(*) FROM links`,
		"approvals": `SELECT count(*) FROM audit WHERE event = 'case.approved'`,
	} {
		if n := count(t, s.dir, query); n != 1 {
			t.Errorf("%s: %d %s, want 1", at, n, what)
		}
	}
	if n := len(mails(s.stage, "Set a new")); n != 1 {
		t.Errorf("%s: %d different mails with links, want 1", at, n)
	}
	return s.process.crashed.Load()
}

// TestCrashesInATalk kills the bot while a person and Anna write with each other,
// each time that a point is passed. Each line arrives, and the talk ends.
func TestCrashesInATalk(t *testing.T) {
	for _, point := range []string{"performed", "saved", "staff.decided", "talk.passed"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				if crashed := talkThrough(t, fmt.Sprintf("%s:%d", point, n)); crashed {
					continue
				}
				if n == 1 {
					t.Fatal("the point was never passed")
				}
				return
			}
		})
	}
}

// talkThrough lets Lena and Anna write with each other while the bot dies once,
// and tells whether it did.
func talkThrough(t *testing.T, at string) bool {
	s := newScene(t, "polling", at)
	anna := s.stage.Telegram.Person(demo.Staff()[0].Profile)
	s.person.Start("recover")
	s.awaits("Step 1 of 4")
	s.person.Say("/support")
	s.awaits("You are writing with the support")
	card := s.card("[I take this]")
	s.person.Say("Hello Anna")
	s.group("Hello Anna")
	if err := anna.PressIn(s.stage.Staff, card.ID, "I take this"); err != nil {
		t.Fatal(err)
	}
	s.awaits("is here now")
	card = s.card("works on it") // which a bot that died while drawing it draws anew elsewhere
	anna.Post(s.stage.Staff, simulator.Post{Text: "Hello Lena", Topic: card.Topic})
	s.awaits("Hello Lena")
	card = s.card("[End the chat]")
	if err := anna.PressIn(s.stage.Staff, card.ID, "End the chat"); err != nil {
		t.Fatal(err)
	}
	s.awaits("ended the chat")
	s.settles()
	s.process.end(t)
	for what, query := range map[string]string{
		"cases": `SELECT count(*) FROM cases`, "ends": `SELECT count(*) FROM audit WHERE event = 'case.talk_ended'`,
		"talks closed": `SELECT count(*) FROM cases WHERE talk = '' AND NOT EXISTS (SELECT 1 FROM lines)`,
	} {
		if n := count(t, s.dir, query); n != 1 {
			t.Errorf("%s: %d %s, want 1", at, n, what)
		}
	}
	return s.process.crashed.Load()
}

// group waits until the bot says something in the staff group.
func (s *scene) group(fragment string) {
	s.t.Helper()
	s.until("staff read "+fragment, func() bool {
		return slices.ContainsFunc(s.stage.Staff.Chat(), func(m simulator.Message) bool { return m.FromBot && strings.Contains(m.Text, fragment) })
	})
}

// card waits until the newest card shows a fragment, or has such a [button].
func (s *scene) card(fragment string) (found simulator.Message) {
	s.t.Helper()
	s.until("the card shows "+fragment, func() bool {
		for _, m := range slices.Backward(s.stage.Staff.Chat()) {
			if m.FromBot && strings.HasPrefix(m.Text, "Case 1 ·") {
				found = m
				return strings.Contains(m.Text+fmt.Sprint(labels(m)), fragment)
			}
		}
		return false
	})
	return found
}

// labels gives a message's buttons, each in brackets.
func labels(m simulator.Message) (all []string) {
	for _, row := range m.Inline {
		for _, b := range row {
			all = append(all, "["+b.Text+"]")
		}
	}
	return all
}

// recoverThrough lets Lena recover her password while the bot dies once, and
// tells whether it did.
func recoverThrough(t *testing.T, mode, at string) bool {
	const next = "Marigold&Rain7"
	s := newScene(t, mode, at)
	s.recover(next)
	s.until("the notice is mailed", func() bool { return len(mails(s.stage, "password was changed")) > 0 })
	s.settles()
	s.process.end(t)

	for what, query := range map[string]string{
		"recoveries": `SELECT count(*) FROM recoveries`,
		"codes":      `SELECT count(*) FROM codes`,
		"guesses":    `SELECT sum(guesses) FROM codes`,
		"passwords":  `SELECT count(*) FROM audit WHERE event = 'password.set'`,
	} {
		if n := count(t, s.dir, query); n != 1 {
			t.Errorf("%s: %d %s, want 1", at, n, what)
		}
	}
	if n := len(mails(s.stage, "password was changed")); n != 1 {
		t.Errorf("%s: %d different notices, want 1", at, n)
	}
	if n := len(mails(s.stage, "code")); n != 1 {
		t.Errorf("%s: %d different mails with codes, want 1", at, n)
	}
	for _, m := range s.person.Chat() {
		if strings.Contains(m.Text, next) {
			t.Errorf("%s: a password is left in the chat", at)
		}
	}
	signsIn(t, s.environ, s.lena, next)
	return s.process.crashed.Load()
}

// scene is one person and a bot that is going to die, on a stage. The person
// is patient with a bot that repeats itself.
type scene struct {
	t       *testing.T
	at      string
	dir     string
	environ []string
	stage   *stage.Stage
	lena    demo.Sample
	person  *simulator.Person
	process *process
}

// newScene lets the bot run that dies at a point.
func newScene(t *testing.T, mode, at string, environ ...string) *scene {
	s := &scene{t: t, at: at, dir: t.TempDir(), lena: demo.Samples()[0]}
	var err error
	if s.stage, err = stage.Open(s.dir, time.Now, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.stage.Close() })
	s.environ = append(append(s.stage.Environ("http://127.0.0.1:1/"), cheap), environ...)
	if mode == "webhook" {
		s.environ = append(s.environ, webhook(t)...)
	}
	settle(t, s.environ, s.lena)
	withHouse(t, s.environ, func(h *house) {
		if err := h.hire(t.Context(), demo.Staff()); err != nil {
			t.Fatal(err)
		}
	})
	s.person = s.stage.Telegram.Person(s.lena.Profile)
	s.process = keepRunning(t, s.environ, at)
	return s
}

// recover goes through a whole recovery.
func (s *scene) recover(next string) {
	s.person.Start("recover")
	s.awaits("Step 1 of 4")
	s.person.Say(s.lena.Email)
	s.awaits("Step 2 of 4")
	s.until("the code is mailed", func() bool { return len(s.stage.Mail.Mails()) > 0 })
	s.person.Say(play.Codes(s.stage.Mail.Mails()[0].Text)[0])
	s.awaits("Step 3 of 4")
	s.person.Say(next)
	s.awaits("Step 4 of 4")
	s.person.Say(next)
	s.awaits("Your password is changed")
}

// settles waits until nothing is owed to anybody but what is due later, such as
// the end of codes that live on.
func (s *scene) settles() {
	s.until("every update is acknowledged", func() bool { return s.stage.Telegram.Pending() == 0 })
	s.until("every job is done", func() bool {
		return count(s.t, s.dir, `SELECT count(*) FROM jobs WHERE done_at = 0 AND due_at < 1000 * unixepoch() + 5000`) == 0
	})
}

func (s *scene) awaits(fragment string) {
	s.until("the bot says "+fragment, func() bool {
		for _, m := range s.person.Chat() {
			if m.FromBot && strings.Contains(m.Text, fragment) {
				return true
			}
		}
		return false
	})
}

// until waits until something is so.
func (s *scene) until(what string, so func() bool) {
	s.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("%s: waited in vain until %s; the chat is\n%s\nthe log is\n%s", s.at, what, s.transcript(), &s.process.log)
		}
	}
}

func (s *scene) transcript() string {
	var b strings.Builder
	for _, m := range s.person.Chat() {
		fmt.Fprintf(&b, "%s: %s\n", m.From, m.Text)
	}
	return b.String()
}

// process is the bot's process, started again after it was killed.
type process struct {
	log     journal
	crashed atomic.Bool
	current atomic.Pointer[exec.Cmd]
	ended   chan error
}

func keepRunning(t *testing.T, environ []string, at string) *process {
	p := &process{ended: make(chan error, 1)}
	start := func(at string) error {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(append(os.Environ(), environ...), crashAt+"="+at)
		cmd.Stdout, cmd.Stderr = &p.log, &p.log
		if err := cmd.Start(); err != nil {
			return err
		}
		p.current.Store(cmd)
		return nil
	}
	if err := start(at); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := p.current.Load().Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
			p.crashed.Store(true)
			if err = start("never:0"); err == nil {
				err = p.current.Load().Wait()
			}
		}
		p.ended <- err
	}()
	t.Cleanup(func() { _ = p.current.Load().Process.Kill() })
	return p
}

// end stops the process kindly and checks that it ends well.
func (p *process) end(t *testing.T) {
	_ = p.current.Load().Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.ended:
		if err != nil {
			t.Fatalf("the bot ended with %v; its log is\n%s", err, p.log.String())
		}
	case <-time.After(15 * time.Second):
		t.Fatalf("the bot did not end within ten seconds; its log is\n%s", p.log.String())
	}
}

// settle gives a person an account before the bot runs.
func settle(t *testing.T, environ []string, s demo.Sample) {
	withHouse(t, environ, func(h *house) {
		if err := h.move(t.Context(), []demo.Sample{s}); err != nil {
			t.Fatal(err)
		}
	})
}

// signsIn checks that the new password signs in and the old one does not.
func signsIn(t *testing.T, environ []string, s demo.Sample, next string) {
	withHouse(t, environ, func(h *house) {
		shop := h.shop()
		if _, _, ok, err := shop.SignIn(t.Context(), s.Email, s.Password); ok || err != nil {
			t.Errorf("the old password signs in (%v)", err)
		}
		if _, _, ok, err := shop.SignIn(t.Context(), s.Email, next); !ok || err != nil {
			t.Errorf("the new password does not sign in (%v)", err)
		}
	})
}

func withHouse(t *testing.T, environ []string, do func(*house)) {
	w := world{Environ: environ, Now: time.Now, Out: &journal{}, Err: &journal{}}
	cfg, err := (&commands{}).load(w)
	if err != nil {
		t.Fatal(err)
	}
	h, err := build(t.Context(), cfg, w)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	do(h)
}

// mails gives the different mails whose subject holds a fragment, by Message-ID.
func mails(set *stage.Stage, subject string) map[string]bool {
	found := map[string]bool{}
	for _, m := range set.Mail.Mails() {
		if strings.Contains(m.Subject, subject) {
			found[m.MessageID] = true
		}
	}
	return found
}

// count asks the database of a stage for a number.
func count(t *testing.T, dir, query string) int {
	db, err := sql.Open("sqlite", filepath.Join(dir, "rekey.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	n := 0
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
