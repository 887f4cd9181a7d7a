package sqlite

import (
	"fmt"
	"testing"
	"time"

	"rekey/flows"
)

// A code that is typed in another chat is wrong there, and its owner is warned
// once a day.
func TestACodeOfAnotherChatWarnsItsOwner(t *testing.T) {
	r := newRig(t, generous())
	lena := r.account("lena")
	other, _ := r.proven(2, lena)
	_, job := r.proven(1, lena)
	for tries := 4; tries > 2; tries-- {
		expectOutcome(t, r.guess(2, other.Recovery, job.Text), flows.CodeWrong{Tries: tries})
	}
	letters := r.letters()
	want := flows.Letter{
		ID: "letter.relay:lena:2026-11-23", Channel: flows.Email, To: "Lena@example.org",
		Text: flows.LetterRelay, Facts: flows.Facts{Time: startOfTests},
	}
	if len(letters) != 1 || fmt.Sprintf("%+v", letters[0]) != fmt.Sprintf("%+v", want) {
		t.Fatalf("letters = %+v, want one: %+v", letters, want)
	}
	if n := r.count("audit WHERE event = 'code.relayed' AND account = 'lena' AND recovery = ?", other.Recovery); n != 2 {
		t.Fatalf("%d audit rows, want one for each time", n)
	}
	expectKind[flows.CodeAccepted](t, r.guess(1, job.Recovery, job.Text))

	r.advance(day)
	other, _ = r.proven(2, lena)
	_, job = r.proven(1, lena)
	r.guess(2, other.Recovery, job.Text)
	if letters := r.letters(); len(letters) != 1 {
		t.Fatalf("a day later: letters = %+v, want one", letters)
	}
}

// What is no code of another chat, or no longer, warns nobody.
func TestOtherWrongCodesWarnNobody(t *testing.T) {
	for name, typed := range map[string]func(r *rig, lena flows.Account) string{
		"a guess": func(r *rig, lena flows.Account) string {
			_, job := r.proven(1, lena)
			return wrongOf(job.Text)
		},
		"another account's code": func(r *rig, _ flows.Account) string {
			_, job := r.proven(1, r.account("mark"))
			return job.Text
		},
		"nobody's code": func(r *rig, _ flows.Account) string {
			_, job := r.begin(order(1, "nobody@example.org"))
			return job.Text
		},
		"an earlier code of the same chat": func(r *rig, lena flows.Account) string {
			_, job := r.proven(2, lena)
			return job.Text
		},
		"an expired code": func(r *rig, lena flows.Account) string {
			_, job := r.proven(1, lena)
			r.advance(10 * time.Minute)
			return job.Text
		},
		"a code given up": func(r *rig, lena flows.Account) string {
			_, job := r.proven(1, lena)
			if err := r.Abandon(t.Context(), conversationOf(1)); err != nil {
				t.Fatal(err)
			}
			return job.Text
		},
		"a code too many ago": func(r *rig, lena flows.Account) string {
			_, job := r.proven(1, lena)
			for chat := range int64(relaysCompared) {
				r.advance(time.Millisecond)
				r.proven(10+chat, lena)
			}
			return job.Text
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, generous())
			lena := r.account("lena")
			code := typed(r, lena)
			e := order(2, "lena@example.org")
			e.Conversation = "another of chat 2"
			sent, job := r.begin(e)
			if !r.admitted(job, lena).OK {
				t.Fatal("the code is not admitted")
			}
			expectKind[flows.CodeWrong](t, r.guess(2, sent.Recovery, code))
			if letters := r.letters(); len(letters) != 0 {
				t.Fatalf("letters = %+v, want none", letters)
			}
		})
	}
}
