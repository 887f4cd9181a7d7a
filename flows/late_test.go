package flows_test

import (
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// sent dates an input.
func sent(in flows.Input, at time.Time) flows.Input {
	in.Sent = at
	return in
}

// TestALateInputDoesNothing drains a backlog that is as old as a conversation
// lives: it is said once that it came too late.
func TestALateInputDoesNothing(t *testing.T) {
	r := newRig(t)
	old := r.now.Add(-30 * time.Minute)
	for _, in := range []flows.Input{
		r.command("start", "recover"), r.text("lena@gmail.com"), r.command("language", ""), r.press(flows.ButtonForgot),
		r.at(flows.Input{Kind: flows.Shared, Text: "+4915112345678", Own: true}), r.text("hello"), r.command("start", "recover"),
	} {
		r.handle(t, sent(in, old))
	}
	if r.saidLast(t, flows.SayLate); len(r.chat.replies) != 1 {
		t.Fatalf("%d replies, want one: %+v", len(r.chat.replies), r.chat.replies)
	}
	if n := strings.Count(r.log.String(), "too old to act on"); n != 7 {
		t.Errorf("%d warnings in the log, want one for each input", n)
	}
	r.handle(t, sent(r.command("start", "recover"), old.Add(time.Second)))
	r.saidLast(t, flows.AskAccount)
	r.holds(t, "no recovery", `SELECT count(*) FROM recoveries`, 0)
}

// TestALatePasswordIsDeleted lets a password arrive when the time of its
// conversation is over, as after an outage.
func TestALatePasswordIsDeleted(t *testing.T) {
	r := newRig(t)
	for _, in := range r.recovery(t)[:3] {
		r.handle(t, in())
	}
	passphrase := sent(r.text("correct horse battery staple"), r.now)
	r.pass(31 * time.Minute)
	r.handle(t, passphrase)
	r.saidLast(t, flows.SayLate)
	said := len(r.chat.replies)
	again := sent(r.text(newPassword), passphrase.Sent)
	r.handle(t, again)
	if d := r.chat.deleted; len(d) != 2 || d[0] != passphrase.Message || d[1] != again.Message {
		t.Errorf("deleted %v, want %d and %d", d, passphrase.Message, again.Message)
	}
	if len(r.chat.replies) != said {
		t.Errorf("said twice: %+v", r.chat.replies[said:])
	}
	r.holds(t, "no grant that lives", `SELECT count(*) FROM grants WHERE state = 'live'`, 0)
}

// TestALateInputLeavesTheNextConversationAlone replays what was parked before
// the person began anew.
func TestALateInputLeavesTheNextConversationAlone(t *testing.T) {
	r := newRig(t)
	parked := sent(r.command("start", "recover"), r.now)
	r.pass(40 * time.Minute)
	r.handle(t, r.command("start", "recover"))
	r.handle(t, r.text("lena@gmail.com"))
	r.saidLast(t, flows.AskCode)
	said := len(r.chat.replies)
	r.handle(t, parked)
	if len(r.chat.replies) != said {
		t.Fatalf("the bot said %s", r.chat.last())
	}
	r.work(t)
	r.handle(t, r.text(r.letters[0].Facts.Code))
	r.saidLast(t, flows.AskPassword)
}
