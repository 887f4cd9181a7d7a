package sqlite

import (
	"testing"

	"rekey/flows"
	"rekey/flows/staff"
)

// explained opens a case about an account and says why.
func (d *desk) explained(a flows.Account) int64 {
	d.Helper()
	number := d.ask(anna, 0, a, staff.Ask{Open: "l•••"}).Case.Number
	for _, next := range []staff.Ask{{Typed: "forgot"}, {Act: staff.ActNoTicket}} {
		d.ask(anna, number, a, next)
	}
	return number
}

// Whoever opens case after case does not flood an owner with letters to read out
// from, and what was not sent is not right; a day later it is again.
func TestLettersToACallerAreLimited(t *testing.T) {
	d := newDesk(t)
	lena, sent := d.account("lena"), map[flows.MessageID]int{}
	for range 4 {
		number := d.explained(lena)
		for i := range 4 {
			d.did(anna, number, []staff.Act{staff.ActAskCode, staff.ActAskChat}[i%2])
		}
		d.did(anna, number, staff.ActClose)
		for _, l := range d.letters() {
			sent[l.Text]++
		}
	}
	if sent[flows.LetterCaller] != callerLettersDay/2 || sent[flows.LetterWords] != callerLettersDay/2 {
		t.Fatalf("sent %v, want %d in all", sent, callerLettersDay)
	}
	for _, want := range []staff.Refusal{staff.WrongCode, ""} {
		number := d.explained(lena)
		d.did(anna, number, staff.ActAskCode)
		if v := d.ask(anna, number, lena, staff.Ask{Typed: "314159"}); v.Refusal != want {
			t.Fatalf("the right code is refused as %q, want %q", v.Refusal, want)
		}
		d.did(anna, number, staff.ActClose)
		d.advance(day)
	}
}

// A caller without a chat reads the words of the letter out.
func TestWordsGoToTheAddressOnRecord(t *testing.T) {
	d := newDesk(t)
	d.fresh.Words = [3]uint8{7, 8, 9}
	d.decider.ReadWords = func(text string) [][3]uint8 { return [][3]uint8{{text[0] - '0', text[1] - '0', text[2] - '0'}} }
	number := d.explained(d.account("lena"))
	d.did(anna, number, staff.ActAskChat)
	letters := d.letters()
	if len(letters) != 1 || letters[0].Text != flows.LetterWords || letters[0].Facts.ReadOut != d.fresh.Words ||
		letters[0].Facts.Staff != "Anna" || letters[0].Facts.Case != number || letters[0].To == "" {
		t.Fatalf("letters %+v", letters)
	}
	if v := d.ask(anna, number, flows.Account{}, staff.Ask{Typed: "789"}); v.Refusal != "" || !d.readCase(number).Caller.Verified(d.now()) {
		t.Fatalf("%+v", v)
	}
}

// An owner who was asked in the chat can say that it is not them also after
// somebody else read the words of the letter out, and after another check began:
// that is when it matters. What that caller asked for does not wait for a second
// person any more.
func TestAnOwnerDeniesACallerWhoWasVerified(t *testing.T) {
	for name, meanwhile := range map[string]staff.Ask{
		"the words were read out":  {Typed: "789"},
		"another check began":      {Act: staff.ActAskCode},
		"the time for it was over": {},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			lena := d.account("lena")
			d.sql("INSERT INTO chats (account, chat, at) VALUES ('lena', 77, 0)")
			d.sql("UPDATE accounts SET privileged = 1")
			d.fresh.Words = [3]uint8{7, 8, 9}
			d.decider.ReadWords = func(text string) [][3]uint8 { return [][3]uint8{{text[0] - '0', text[1] - '0', text[2] - '0'}} }
			number := d.explained(lena)
			d.did(anna, number, staff.ActAskChat)
			if meanwhile != (staff.Ask{}) {
				d.ask(anna, number, lena, meanwhile)
			} else {
				d.advance(d.decider.CheckFor)
			}
			d.did(anna, number, staff.ActLink)
			deny := func(chat int64) flows.Outcome {
				o, err := d.AnswerMatch(t.Context(), d.key("", flows.KindAnswerMatch), flows.AnswerMatch{Case: number, Chat: chat})
				if err != nil {
					t.Fatal(err)
				}
				return o
			}
			expectOutcome(t, deny(78), flows.MatchOver{})
			expectOutcome(t, deny(77), flows.MatchDone{})
			if c := d.readCase(number); c.Caller != (staff.Caller{}) || c.Status != staff.Open || c.Pending.Act != "" || c.Asks != "" {
				t.Fatalf("it goes on: %+v", c)
			}
			expectOutcome(t, deny(77), flows.MatchOver{})
			d.did(anna, number, staff.ActClose)
			expectOutcome(t, deny(77), flows.MatchOver{})
		})
	}
}
