package flows_test

import (
	"slices"
	"testing"
	"time"

	"rekey/flows"
)

// TestWhatIsOwedToAChatIsBounded plays a recovery in which nothing can be said
// while the person goes on typing. What is said in the end holds the result of
// every step once, and of what was repeated the newest.
func TestWhatIsOwedToAChatIsBounded(t *testing.T) {
	r := newRig(t)
	r.chat.refuse = flows.ErrLater{After: time.Hour}
	chatter := func() {
		for range 30 {
			r.handle(t, r.text("are you there?"))
			r.handle(t, r.at(flows.Input{Kind: flows.Unread}))
			r.handle(t, r.command("help", ""))
		}
	}
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	chatter()
	r.work(t)
	code := r.letters[0].Facts.Code
	for range 2 {
		r.handle(t, r.text(wrongOf(code)))
	}
	r.handle(t, r.text(code))
	r.handle(t, r.text(newPassword))
	r.handle(t, r.text(newPassword))
	chatter()
	if !r.signsIn(t, newPassword) {
		t.Fatal("the new password does not sign in")
	}
	r.holds(t, "a reply for each text", `SELECT count(*) FROM jobs WHERE kind = 'reply' AND done_at = 0`, 11)

	r.chat.refuse = nil
	r.pass(time.Hour)
	r.work(t)
	var said []flows.MessageID
	tries := 0
	for _, reply := range r.chat.replies {
		said = append(said, reply.Say...)
		if reply.Say[0] == flows.CodeIsWrong {
			tries = reply.Facts.Tries
		}
	}
	for _, id := range []flows.MessageID{
		flows.AskAccount, flows.AskCode, flows.CodeIsWrong, flows.ThatsYou, flows.AskPassword, flows.AskConfirm, flows.Done, flows.SayWelcome,
	} {
		if n := len(slices.DeleteFunc(slices.Clone(said), func(s flows.MessageID) bool { return s != id })); n != 1 {
			t.Errorf("%s was said %d times in %v", id, n, said)
		}
	}
	if tries != 3 {
		t.Errorf("%d tries left after two wrong codes, want 3", tries)
	}
}

// wrongOf gives a code that is not this one.
func wrongOf(code string) string {
	b := []byte(code)
	b[0] = '0' + (b[0]-'0'+1)%10
	return string(b)
}
