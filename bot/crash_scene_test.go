package bot

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	s.stage.Telegram.SetRetryUnit(20 * time.Millisecond) // about as long as the bot takes to be there again
	s.environ = append(append(s.stage.Environ("http://127.0.0.1:1/"), cheap), environ...)
	if mode == "webhook" {
		s.environ = append(s.environ, webhook(t)...)
	}
	settle(t, s.environ, s.lena)
	withBot(t, s.environ, func(h *bot) {
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
	eventually(s.t, s, s.at+": "+what, func() bool {
		select {
		case err := <-s.process.ended:
			s.t.Fatalf("%s: the bot ended with %v while we waited until %s; its log is\n%s", s.at, err, what, &s.process.log)
		default:
		}
		return so()
	})
}

// once checks that what is counted is there once.
func (s *scene) once(counts map[string]string) {
	s.t.Helper()
	for what, query := range counts {
		if n := count(s.t, s.dir, query); n != 1 {
			s.t.Errorf("%s: %d %s, want 1", s.at, n, what)
		}
	}
}

// recoveredOnce checks that what one recovery leaves is there once.
func (s *scene) recoveredOnce() {
	s.t.Helper()
	s.once(map[string]string{
		"recoveries": `SELECT count(*) FROM recoveries`,
		"codes":      `SELECT count(*) FROM codes`,
		"guesses":    `SELECT sum(guesses) FROM codes`,
		"passwords":  `SELECT count(*) FROM audit WHERE event = 'password.set'`,
	})
}

// String gives the chat and the log, for a test that fails.
func (s *scene) String() string {
	var b strings.Builder
	for _, m := range s.person.Chat() {
		fmt.Fprintf(&b, "%s: %s\n", m.From, m.Text)
	}
	return b.String() + s.process.log.String()
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
		// The race detector, if it watches, keeps each process for a second at its end.
		cmd.Env = append(append(os.Environ(), environ...), crashAt+"="+at, "GORACE=atexit_sleep_ms=0")
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
	if err := <-p.ended; err != nil {
		t.Fatalf("the bot ended with %v; its log is\n%s", err, p.log.String())
	}
}

// settle gives a person an account before the bot runs.
func settle(t *testing.T, environ []string, s demo.Sample) {
	withBot(t, environ, func(h *bot) {
		if err := h.move(t.Context(), []demo.Sample{s}); err != nil {
			t.Fatal(err)
		}
	})
}

// signsIn checks that the new password signs in and the old one does not.
func signsIn(t *testing.T, environ []string, s demo.Sample, next string) {
	withBot(t, environ, func(h *bot) {
		shop := h.shop()
		if _, _, ok, err := shop.SignIn(t.Context(), s.Email, s.Password); ok || err != nil {
			t.Errorf("the old password signs in (%v)", err)
		}
		if _, _, ok, err := shop.SignIn(t.Context(), s.Email, next); !ok || err != nil {
			t.Errorf("the new password does not sign in (%v)", err)
		}
	})
}

func withBot(t *testing.T, environ []string, do func(*bot)) {
	w := Env{Environ: environ, Now: time.Now, Out: &journal{}, Err: &journal{}}
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
	t.Helper()
	db := lookInto(t, dir)
	defer func() { _ = db.Close() }()
	return number(t, db, query)
}

// lookInto opens the database of a stage beside the bot. Meanwhile nobody finds
// the file as a bot leaves it that ends or is killed.
func lookInto(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "rekey.db")+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func number(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
