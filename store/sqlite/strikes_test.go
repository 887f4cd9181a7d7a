package sqlite

import (
	"testing"

	"rekey/flows"
)

// struckOut types wrong codes for an account until its recovery is closed, and
// gives the next free chat.
func struckOut(r *rig, a flows.Account) (chat int64) {
	r.Helper()
	for chat = 1; r.count("strikes WHERE account = ? AND count >= ?", a.ID, r.limits.GuessesInARow) == 0; chat++ {
		sent, job := r.proven(chat, a)
		for range r.limits.GuessesPerCode {
			r.guess(chat, sent.Recovery, wrongOf(job.Text))
		}
	}
	return chat
}

func rowLimits() flows.Limits {
	l := generous()
	l.GuessesInARow = 12
	return l
}

func TestManyWrongGuessesInARowCloseTheRecovery(t *testing.T) {
	r := newRig(t, rowLimits())
	lena := r.account("lena")
	chat := struckOut(r, lena)
	letters := r.letters()
	if len(letters) != 1 || letters[0].Text != flows.LetterClosed || letters[0].To != "Lena@example.org" {
		t.Fatalf("the owner gets %+v, want one letter that names support", letters)
	}
	if r.count("audit WHERE event = 'recovery.closed' AND account = 'lena'") != 1 {
		t.Fatal("the audit log does not tell it once")
	}
	for range 2 {
		r.advance(day)
		sent, job := r.begin(order(chat, "lena@example.org"))
		if r.admitted(job, lena).OK {
			t.Fatal("a code is sent for a closed recovery")
		}
		expectOutcome(t, r.guess(chat, sent.Recovery, job.Text), flows.CodeWrong{Tries: 4})
		if letters := r.letters(); len(letters) != 1 || letters[0].Text != flows.LetterClosed {
			t.Fatalf("who asks for a code gets %+v, want one letter a day", letters)
		}
		chat++
	}
	n, err := NewDirectory(r.db, Passwords{}).Unlock(t.Context(), "email", "lena@example.org")
	if err != nil || n != 1 {
		t.Fatalf("unlocking = %d, %v", n, err)
	}
	if r.count("audit WHERE event = 'recovery.unlocked' AND account = 'lena' AND actor = 'operator'") != 1 {
		t.Fatal("the audit log does not tell who unlocked it")
	}
	r.grant(chat, lena)
}

// A code that was sent before the row was full matches no more.
func TestACodeThatIsOutEndsWithTheRow(t *testing.T) {
	r := newRig(t, rowLimits())
	lena := r.account("lena")
	early, job := r.proven(1000, lena)
	struckOut(r, lena)
	expectOutcome(t, r.guess(1000, early.Recovery, job.Text), flows.CodeWrong{Tries: 4})
}

func TestARightCodeEndsTheRow(t *testing.T) {
	r := newRig(t, rowLimits())
	lena, chat := r.account("lena"), int64(0)
	for range 3 {
		chat++
		sent, job := r.proven(chat, lena)
		for range 4 {
			r.guess(chat, sent.Recovery, wrongOf(job.Text))
		}
		expectKind[flows.CodeAccepted](t, r.guess(chat, sent.Recovery, job.Text))
	}
	if n := r.count("strikes"); n != 0 {
		t.Fatalf("%d rows are left", n)
	}
}

// A guess costs the same where there is no account.
func TestStrikesAreKeptForNobodyToo(t *testing.T) {
	r := newRig(t, rowLimits())
	for chat := range int64(4) {
		sent, job := r.begin(order(chat, "nobody@example.org"))
		for range r.limits.GuessesPerCode {
			r.guess(chat, sent.Recovery, wrongOf(job.Text))
		}
	}
	if r.count("strikes WHERE known = 0 AND count = 12") != 1 || len(r.letters()) != 0 {
		t.Fatal("the row of an unknown identifier is not counted like an account's")
	}
}
