package flows_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"rekey/flows"
)

var errPostponed = fmt.Errorf("deleting: %w", flows.ErrLater{After: 3 * time.Second})

// typesPassword goes to the step of the password and types one, which Telegram does
// not delete.
func typesPassword(t *testing.T, keep error) (r *rig, typed flows.Input) {
	r = newRig(t)
	for _, in := range r.recovery(t)[:3] {
		r.handle(t, in())
	}
	r.chat.keep = keep
	typed = r.text(newPassword)
	r.handle(t, typed)
	r.saidLast(t, flows.AskConfirm)
	return r, typed
}

// tries lets a time pass in which the owed deletion is tried whenever it is due.
func (r *rig) tries(t *testing.T, length time.Duration) {
	for end := r.now.Add(length); r.now.Before(end); r.pass(time.Second) {
		r.work(t)
	}
}

func TestADeletionThatTelegramPostponesIsNotToldOf(t *testing.T) {
	r, typed := typesPassword(t, errPostponed)
	r.tries(t, 30*time.Second)
	r.chat.keep = nil
	r.tries(t, 2*time.Minute)
	if d := r.chat.deleted; len(d) != 1 || d[0] != typed.Message {
		t.Errorf("deleted %v, want the one message with the password", d)
	}
	if n := r.chat.count(flows.SayNotDeleted); n != 0 {
		t.Errorf("the person was told %d times that it stays", n)
	}
	r.holds(t, "no deletion that is still owed", `SELECT count(*) FROM jobs WHERE kind = 'delete' AND done_at = 0`, 0)
}

func TestASecretThatStaysIsToldOfOnceAndTriedOn(t *testing.T) {
	r, typed := typesPassword(t, errors.New("no connection"))
	r.tries(t, time.Minute)
	if n := r.chat.count(flows.SayNotDeleted); n != 0 {
		t.Fatalf("the person was told %d times within a minute", n)
	}
	r.tries(t, time.Second)
	r.handle(t, typed) // it comes again
	r.tries(t, 10*time.Minute)
	if n := r.chat.count(flows.SayNotDeleted); n != 1 {
		t.Errorf("the person was told %d times that it stays", n)
	}
	r.chat.keep = nil
	r.tries(t, 2*time.Minute)
	if d := r.chat.deleted; len(d) != 1 || d[0] != typed.Message {
		t.Errorf("deleted %v, want the one message with the password", d)
	}
}

// Of several that stay together the person is told once, and of one that stays later
// again.
func TestSeveralSecretsThatStayAreToldOfOnce(t *testing.T) {
	r, _ := typesPassword(t, errors.New("no connection"))
	for range 5 {
		r.handle(t, r.text(newPassword+"2")) // not the same, and so on
		r.pass(time.Second)
	}
	r.tries(t, 90*time.Second)
	if n := r.chat.count(flows.SayNotDeleted); n != 1 {
		t.Errorf("the person was told %d times that they stay", n)
	}
	r.pass(time.Minute)
	r.handle(t, r.text(newPassword+"3"))
	r.tries(t, 90*time.Second)
	if n := r.chat.count(flows.SayNotDeleted); n != 2 {
		t.Errorf("the person was told %d times, once for one that came later", n)
	}
}

func TestASecretThatCannotBeDeletedIsToldOfAtOnceAndOnce(t *testing.T) {
	r, typed := typesPassword(t, fmt.Errorf("too old: %w", flows.ErrUnreachable))
	r.tries(t, 2*time.Second)
	if n := r.chat.count(flows.SayNotDeleted); n != 1 {
		t.Fatalf("the person was told %d times that it stays", n)
	}
	r.handle(t, typed)
	r.tries(t, 10*time.Minute)
	if n := r.chat.count(flows.SayNotDeleted); n != 1 {
		t.Errorf("the person was told %d times that it stays", n)
	}
	r.holds(t, "no deletion that is still owed", `SELECT count(*) FROM jobs WHERE kind = 'delete' AND done_at = 0`, 0)
}

// The person is told also if that is not possible at first.
func TestThatASecretStaysIsToldWhenItCanBe(t *testing.T) {
	r, _ := typesPassword(t, fmt.Errorf("too old: %w", flows.ErrUnreachable))
	r.chat.refuse = flows.ErrLater{After: 5 * time.Second}
	r.tries(t, 10*time.Second)
	r.chat.refuse = nil
	r.tries(t, time.Minute)
	if n := r.chat.count(flows.SayNotDeleted); n != 1 {
		t.Errorf("the person was told %d times that it stays", n)
	}
}

// TestANewPasswordIsSaidThoughItsMessageStays lets the process end once the
// password is set. The job that says so does not wait for Telegram to delete the
// message, and sees to it that it goes.
func TestANewPasswordIsSaidThoughItsMessageStays(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	for _, in := range inputs[:4] {
		r.handle(t, in())
	}
	r.chat.keep = errPostponed
	r.options.Point = func(string) { panic("the end") }
	func() {
		defer func() { _ = recover() }()
		r.handleBy(t, flows.NewRunner(r.options), inputs[4]())
	}()
	r.tries(t, 32*time.Second)
	r.saidLast(t, flows.Done)
	r.chat.keep = nil
	deleted := len(r.chat.deleted)
	r.tries(t, 30*time.Second)
	if len(r.chat.deleted) != deleted+1 || r.chat.count(flows.SayNotDeleted) != 0 {
		t.Errorf("deleted %v; told %d times that it stays", r.chat.deleted, r.chat.count(flows.SayNotDeleted))
	}
}
