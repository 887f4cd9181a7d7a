package flows_test

import (
	"testing"
	"time"

	"rekey/flows"
)

// TestThatAConversationWasLostIsSaid loses the conversation at the code, for an
// account that exists and for one that does not. Whatever the person does then,
// they are told so, until they begin anew.
func TestThatAConversationWasLostIsSaid(t *testing.T) {
	for name, do := range map[string]func(*rig) flows.Input{
		"a code":     func(r *rig) flows.Input { return r.text("12345678") },
		"an address": func(r *rig) flows.Input { return r.text("lena@gmail.com") },
		"talk":       func(r *rig) flows.Input { return r.text("hello?") },
		"a sticker":  func(r *rig) flows.Input { return r.at(flows.Input{Kind: flows.Unread}) },
		"a contact": func(r *rig) flows.Input {
			return r.at(flows.Input{Kind: flows.Shared, Text: "+4915112345678", Own: true})
		},
		"to stop":  func(r *rig) flows.Input { return r.command("cancel", "") },
		"a button": func(r *rig) flows.Input { return r.press(flows.ButtonResend) },
	} {
		for _, address := range []string{"lena@gmail.com", "nobody@gmail.com"} {
			t.Run(name+" of "+address, func(t *testing.T) {
				r := newRig(t)
				r.handle(t, r.command("start", "recover"))
				r.handle(t, r.text(address))
				r.work(t)
				in := do(r)
				r.exec(t, "DELETE FROM conversations")
				for range 2 {
					r.handle(t, in)
					r.saidLast(t, flows.SayLost)
					in.ID = ""
					in = r.at(in)
				}
				if last := r.chat.replies[len(r.chat.replies)-1]; last.Buttons[0] != flows.ButtonForgot {
					t.Errorf("the buttons are %v", last.Buttons)
				}
				r.handle(t, r.command("start", "recover"))
				r.handle(t, r.at(flows.Input{Kind: flows.Unread}))
				r.saidLast(t, flows.WaitAccount)
			})
		}
	}
}

// TestAButtonOfAConversationThatIsGone presses a button when nobody knows of its
// conversation any more, neither the store nor the ledger.
func TestAButtonOfAConversationThatIsGone(t *testing.T) {
	r := newRig(t)
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, r.text("lena@gmial.com"))
	r.saidLast(t, flows.AskSpelling)
	yes := r.press(flows.ButtonSpellingYes)
	r.exec(t, "DELETE FROM conversations")
	r.handle(t, yes)
	if got := r.chat.toasts; len(got) == 0 || got[len(got)-1] != flows.SayGone {
		t.Errorf("the press was answered with %v", got)
	}
}

// TestNothingIsLostThatWasFinished empties the store when nothing goes on.
func TestNothingIsLostThatWasFinished(t *testing.T) {
	for name, c := range map[string]struct {
		steps int
		then  func(*rig)
	}{
		"nothing was begun": {0, func(*rig) {}},
		"it was given up":   {2, func(r *rig) { r.handle(t, r.command("cancel", "")) }},
		"it is done":        {5, func(*rig) {}},
		"it is long ago":    {2, func(r *rig) { r.pass(30 * time.Minute) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for _, in := range r.recovery(t)[:c.steps] {
				r.handle(t, in())
			}
			c.then(r)
			r.exec(t, "DELETE FROM conversations")
			r.handle(t, r.text("hello?"))
			r.saidLast(t, flows.SayWelcome)
		})
	}
}

// TestThatATalkWasLostIsSaid loses the conversation of a talk with support.
func TestThatATalkWasLostIsSaid(t *testing.T) {
	r := newRig(t)
	r.talk()
	r.handle(t, r.command("start", "recover"))
	r.handle(t, r.text("lena@gmail.com"))
	r.handle(t, r.command("support", ""))
	r.saidLast(t, flows.AskTalk)
	r.exec(t, "DELETE FROM conversations")
	r.handle(t, r.text("are you there?"))
	r.saidLast(t, flows.SayLostTalk)
	r.handle(t, r.text(newPassword))
	r.saidLast(t, flows.SayLostTalkSecret)
	r.handle(t, r.command("cancel", ""))
	r.saidLast(t, flows.SayLostTalk)
	r.handle(t, r.command("support", ""))
	r.saidLast(t, flows.AskTalk)
	r.holds(t, "one case", `SELECT count(*) FROM cases`, 1)
	r.handle(t, r.command("cancel", ""))
	r.exec(t, "DELETE FROM conversations")
	r.handle(t, r.text("thank you"))
	r.saidLast(t, flows.SayLost)
}
