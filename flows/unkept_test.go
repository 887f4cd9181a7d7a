package flows_test

import (
	"testing"

	"rekey/flows"
)

// TestWhatCannotBeKeptIsTakenUp lets the conversation be kept again only after the
// person was told that something went wrong, at each step of a recovery. They do
// the same again, and it goes on as if nothing had been: no second code is sent,
// no guess is counted, and no right code is lost.
func TestWhatCannotBeKeptIsTakenUp(t *testing.T) {
	for at, step := range []string{"beginning", "account", "code", "password"} {
		t.Run(step, func(t *testing.T) {
			r := newRig(t)
			for i, build := range r.recovery(t) {
				in := build()
				if i == at {
					r.talks.broken = errFull
					r.handle(t, in)
					r.saidLast(t, flows.SayBroken)
					if deleted := len(r.chat.deleted) > 0; deleted != (step == "password") {
						t.Errorf("what was typed is deleted: %t", deleted)
					}
					r.talks.broken = nil
					in.ID = "" // done again, it is another input
					in = r.at(in)
				}
				r.handle(t, in)
			}
			r.saidLast(t, flows.Done)
			r.holds(t, "one recovery", `SELECT count(*) FROM recoveries`, 1)
			r.holds(t, "one code", `SELECT count(*) FROM codes`, 1)
			r.holds(t, "one guess", `SELECT sum(guesses) FROM codes`, 1)
			r.holds(t, "one grant", `SELECT count(*) FROM grants`, 1)
			if len(r.letters) != 1 {
				t.Errorf("%d codes were mailed", len(r.letters))
			}
		})
	}
}

// TestANewCodeThatCannotBeKeptIsTakenUp asks for a new code while the conversation
// cannot be kept, and again: the code that was sent is the one that is told of.
func TestANewCodeThatCannotBeKeptIsTakenUp(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	r.work(t)
	r.pass(r.chat.replies[len(r.chat.replies)-1].Facts.Wait)
	r.talks.broken = errFull
	r.handle(t, r.press(flows.ButtonResend))
	r.saidLast(t, flows.SayBroken)
	r.talks.broken = nil
	r.handle(t, r.press(flows.ButtonResend))
	r.saidLast(t, flows.AskCode)
	r.work(t)
	if told, sent := r.chat.replies[len(r.chat.replies)-1].Facts, r.letters[len(r.letters)-1].Facts; len(r.letters) != 2 || told.Words != sent.Words {
		t.Errorf("%d codes were mailed, the last with the words %v; the chat shows %v", len(r.letters), sent.Words, told.Words)
	}
	r.handle(t, r.press(flows.ButtonResend))
	r.saidLast(t, flows.ResendSoon)
	r.handle(t, inputs[2]())
	r.saidLast(t, flows.AskPassword)
}
