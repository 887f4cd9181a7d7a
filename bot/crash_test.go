package bot

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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
	t.Parallel()
	for _, mode := range []string{"polling", "webhook"} {
		for _, point := range points {
			t.Run(mode+" "+point, func(t *testing.T) {
				t.Parallel()
				eachTime(t, point, func(t *testing.T, at string) bool { return recoverThrough(t, mode, at) })
			})
		}
	}
}

// eachTime kills the bot the first time that a point is passed, then the second
// time, and so on as long as it comes to that, and gives how often it did.
func eachTime(t *testing.T, point string, through func(t *testing.T, at string) (crashed bool)) (passed int) {
	for through(t, fmt.Sprintf("%s:%d", point, passed+1)) {
		passed++
	}
	if passed == 0 {
		t.Error("the point was never passed")
	}
	return passed
}

// crashingBot is the bot's process in these tests.
func crashingBot(at string) int {
	point, nth, _ := strings.Cut(at, ":")
	var passed atomic.Int64
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return Main(ctx, []string{"run"}, Env{
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
	t.Parallel()
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

// TestCrashesWhileAPasswordStays kills the bot within the job that deletes a message:
// once it is deleted, and once the person was told that it cannot be.
func TestCrashesWhileAPasswordStays(t *testing.T) {
	const warning = "I could not delete your message"
	for point, fault := range map[string]simulator.Fault{
		"job.delete.done": {Method: "deleteMessage", Times: 1, Code: 429, RetryAfter: 3},
		"job.delete.told": {Method: "deleteMessage", Code: 403},
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, "polling", point+":1")
			s.stage.Telegram.Inject(fault)
			s.person.Say("Tr0ub4dor&3")
			s.awaits("looked like a password")
			s.until("the bot died", s.process.crashed.Load)
			s.settles()
			s.process.end(t)
			if told, stays := strings.Contains(s.String(), warning), strings.Contains(s.String(), "Tr0ub4dor&3"); told != stays || stays != (fault.Times == 0) {
				t.Errorf("the message stays: %t; the person was told so: %t", stays, told)
			}
		})
	}
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

	s.recoveredOnce()
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
