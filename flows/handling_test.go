package flows_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/flows"
)

var errFull = errors.New("the store is full")

// breaks lets conversations be kept no more, until an input has waited so often for
// its next try.
func (r *rig) breaks(rests int64) {
	r.talks.broken, r.resting = errFull, func(nth int64) {
		if nth == rests {
			r.talks.broken = nil
		}
	}
	r.rests.Store(0)
}

// TestAnInputIsTriedUntilItCanBeKept breaks the store for a while at every step of a
// recovery. The person sees nothing of it.
func TestAnInputIsTriedUntilItCanBeKept(t *testing.T) {
	plain := newRig(t)
	for _, in := range plain.recovery(t) {
		plain.handle(t, in())
	}
	for at, step := range []string{"beginning", "account", "code", "password", "confirm"} {
		t.Run(step, func(t *testing.T) {
			r := newRig(t)
			for i, in := range r.recovery(t) {
				if i == at {
					r.breaks(5)
				}
				r.handle(t, in())
			}
			if r.rests.Load() != 5 || len(r.chat.replies) != len(plain.chat.replies) {
				t.Fatalf("after %d tries the person heard %+v", r.rests.Load(), r.chat.replies)
			}
			for i, reply := range r.chat.replies {
				if reply.Say[0] != plain.chat.replies[i].Say[0] {
					t.Errorf("the person heard %s, want %s", reply.Say[0], plain.chat.replies[i].Say[0])
				}
			}
			r.holds(t, "one code", `SELECT count(*) FROM codes`, 1)
			r.holds(t, "one guess", `SELECT sum(guesses) FROM codes`, 1)
			r.holds(t, "one password", `SELECT count(*) FROM audit WHERE event = 'password.set'`, 1)
			r.holds(t, "no closing job that is still owed", `SELECT count(*) FROM jobs WHERE kind = 'reply' AND done_at = 0`, 0)
			r.handle(t, r.text("thank you"))
			r.saidLast(t, flows.SayWelcome)
		})
	}
}

// TestWhatStaysBrokenIsSaidInTime bounds the tries by their sum and by what the
// context leaves.
func TestWhatStaysBrokenIsSaidInTime(t *testing.T) {
	r := newRig(t)
	var waited time.Duration
	r.options.Pause = func(_ context.Context, d time.Duration) { waited += d }
	r.talks.broken = errFull
	r.handleBy(t, flows.NewRunner(r.options), r.command("start", "recover"))
	r.saidLast(t, flows.SayBroken)
	if r.chat.count(flows.SayBroken) != 1 || waited < 15*time.Second || waited > 22*time.Second {
		t.Errorf("said %d times, after %s", r.chat.count(flows.SayBroken), waited)
	}
	waited = 0
	soon, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := flows.NewRunner(r.options).Handle(soon, r.command("start", "recover")); err != nil {
		t.Fatal(err)
	}
	if r.chat.count(flows.SayBroken) != 2 || waited != 0 {
		t.Errorf("with three seconds left it was said %d times, after %s", r.chat.count(flows.SayBroken), waited)
	}
}

// TestTooManyThatWaitAreToldAtOnce breaks everything for many chats at once.
func TestTooManyThatWaitAreToldAtOnce(t *testing.T) {
	r := newRig(t)
	r.talks.broken = errFull
	mended, told := make(chan struct{}), make(chan struct{}, 100)
	r.options.Pause = func(context.Context, time.Duration) { <-mended }
	r.options.Reference = func() string { told <- struct{}{}; return "RK-TEST-0001" }
	runner := flows.NewRunner(r.options)
	var all sync.WaitGroup
	for i := range 60 {
		in := r.command("start", "recover")
		in.Chat = int64(100 + i)
		all.Go(func() { r.handleBy(t, runner, in) })
	}
	for range 60 - 48 {
		<-told
	}
	r.talks.broken = nil
	close(mended)
	all.Wait()
	if broken, asked := r.chat.count(flows.SayBroken), r.chat.count(flows.AskAccount); broken != 12 || asked != 48 {
		t.Errorf("%d were told that something is broken, and %d were asked who they are", broken, asked)
	}
}

// TestAnInputStaysWithItsStep changes the address while a right code waits for its
// next try. The code is no address, and what it proved is void.
func TestAnInputStaysWithItsStep(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	code, change := inputs[2](), r.press(flows.ButtonChange)
	r.talks.broken, r.resting = errFull, func(nth int64) {
		if nth == 1 {
			r.talks.broken = nil
			r.handleBy(t, r.replica(), change)
		}
	}
	r.handle(t, code)
	r.saidLast(t, flows.AskAccount)
	r.holds(t, "no grant that lives", `SELECT count(*) FROM grants WHERE state = 'live'`, 0)
	r.holds(t, "one recovery", `SELECT count(*) FROM recoveries`, 1)
}

// TestWhatChangesNothingIsSaidThoughItCannotBeKept asks and chats while the store
// takes nothing.
func TestWhatChangesNothingIsSaidThoughItCannotBeKept(t *testing.T) {
	r := newRig(t)
	r.handle(t, r.text("hello"))
	r.handle(t, r.command("start", "recover"))
	r.talks.broken = errFull
	r.handle(t, r.command("help", ""))
	r.saidLast(t, flows.WaitAccount)
	r.handle(t, r.text("one@example.org, two@example.org"))
	r.saidLast(t, flows.AccountSeveral)
	if r.rests.Load() != 0 {
		t.Errorf("it was tried again %d times", r.rests.Load())
	}
	r.handle(t, r.text("lena@gmial.com")) // leads on
	r.saidLast(t, flows.SayBroken)
}

// TestANewPasswordIsSaidOnce cannot keep its conversation, or runs out of time, once
// the password is set. Nobody is told that it was not.
func TestANewPasswordIsSaidOnce(t *testing.T) {
	for _, name := range []string{"unkept", "late", "lost"} {
		t.Run(name, func(t *testing.T) {
			late := name == "late"
			r := newRig(t)
			inputs := r.recovery(t)
			for _, in := range inputs[:4] {
				r.handle(t, in())
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if r.talks.broken = errFull; name == "lost" {
				r.talks.broken, r.talks.lose = nil, func() { r.exec(t, "DELETE FROM conversations") }
			}
			if late {
				r.options.Point = func(string) { cancel() }
				r.chat.refuse = context.Canceled
			}
			if err := flows.NewRunner(r.options).Handle(ctx, inputs[4]()); err != nil {
				t.Fatalf("the input comes again: %v", err)
			}
			r.chat.refuse = nil
			r.pass(time.Minute)
			r.work(t)
			r.talks.broken = nil
			r.pass(time.Minute)
			r.work(t)
			if done, all := r.chat.count(flows.Done), len(r.chat.replies); done != 1 || all != 5 {
				t.Errorf("done is said %d times; all is %+v", done, r.chat.replies)
			}
			r.pass(9 * time.Minute)
			r.handle(t, r.text(newPassword))
			r.saidLast(t, flows.SaySecretRemoved)
		})
	}
}

// TestAnOverdueInputThatIsKeptIsAnswered runs out of time once a right code is kept.
func TestAnOverdueInputThatIsKeptIsAnswered(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	code := inputs[2]()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.chat.refuse = context.Canceled
	r.options.Point = func(name string) {
		if name == "saved" {
			cancel()
		}
	}
	if err := flows.NewRunner(r.options).Handle(ctx, code); err == nil {
		t.Fatal("an input was finished without a reply")
	}
	r.chat.refuse = nil
	if err := r.runner.Overdue(t.Context(), code, nil); err != nil {
		t.Fatal(err)
	}
	r.work(t)
	r.saidLast(t, flows.AskPassword)
	if n := r.chat.count(flows.SayOverdue); n != 0 {
		t.Errorf("the person was asked %d times to send it again", n)
	}
}

// TestWhatIsSaidIsNotRepeatedByATry cannot owe the deletion of a password at first.
func TestWhatIsSaidIsNotRepeatedByATry(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	for _, in := range inputs[:3] {
		r.handle(t, in())
	}
	r.chat.keep = errPostponed
	r.options.Jobs = &debtless{Jobs: r.jobs, left: 3}
	r.handleBy(t, flows.NewRunner(r.options), inputs[3]())
	if n := r.chat.count(flows.AskConfirm); n != 1 || r.rests.Load() != 3 {
		t.Errorf("the next question was asked %d times in %d tries", n, r.rests.Load())
	}
	r.holds(t, "one deletion", `SELECT count(*) FROM jobs WHERE kind = 'delete'`, 1)
	if strings.Contains(r.log.String(), "could not be handled") {
		t.Error("the log says that it failed")
	}
}

// debtless are jobs that cannot be owed at first.
type debtless struct {
	flows.Jobs
	left int
}

func (d *debtless) Owe(ctx context.Context, jobs ...flows.Job) error {
	if d.left--; d.left >= 0 {
		return errFull
	}
	return d.Jobs.Owe(ctx, jobs...)
}
