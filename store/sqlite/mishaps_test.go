package sqlite

import (
	"bytes"
	"os"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/keyring"
)

// Short codes that are out when the deployment's budget of wrong guesses is
// spent are not compared any more.
func TestShortCodesEndWhenTheDeploymentIsPressed(t *testing.T) {
	limits := generous()
	limits.WrongPer10Min = 10
	r := newRig(t, limits)
	lena := r.account("lena")
	sent, job := r.proven(1, lena)
	for chat := range int64(10) {
		other, wrong := r.begin(order(100+chat, "nobody@example.org"))
		expectKind[flows.CodeWrong](t, r.guess(100+chat, other.Recovery, wrongOf(wrong.Text)))
	}
	if n := r.count("audit WHERE event = 'guesses.budget_spent'"); n != 1 {
		t.Fatalf("the alarm was raised %d times", n)
	}
	expectKind[flows.CodeExpired](t, r.guess(1, sent.Recovery, job.Text))
	r.advance(time.Minute)
	next := order(1, lena.Addresses[0].Canonical)
	next.Recovery = sent.Recovery
	if again := expectKind[flows.CodeSent](t, r.send(next)); !again.Long {
		t.Fatal("the next code is short")
	}
	long := r.codeJob(sent.Recovery)
	r.admitted(long, lena)
	expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, long.Text))
}

// A new secret ends what cannot be recognised any more, instead of calling a
// right code wrong.
func TestARotatedSecretEndsCodesAndGrants(t *testing.T) {
	r := newRig(t, testLimits())
	lena, omar := r.account("lena"), r.account("omar")
	r.proven(1, lena)
	proved, granted := r.grant(2, omar)
	if err := r.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.count("codes WHERE state = 'void'"); n != 1 {
		t.Fatalf("the first process to serve ends %d codes, want the one that lives", n)
	}
	sent, job := r.proven(3, lena)
	ring, err := keyring.New(bytes.Repeat([]byte("n"), keyring.MinSecret), bytes.Repeat([]byte("k"), keyring.MinSecret))
	if err != nil {
		t.Fatal(err)
	}
	r.reopen(testLimits(), func(o *LedgerOptions) { o.Sealer, o.MAC = ring, ring.MAC })
	if err := r.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectKind[flows.CodeExpired](t, r.guess(3, sent.Recovery, job.Text))
	expectKind[flows.GrantVoid](t, r.change(setting(2, proved.Recovery, granted.Grant, "Marigold&Rain7")))
}

// A clock that ran ahead leaves no change of password in the future, where it
// would make every later recovery too old.
func TestAClockThatRanAheadLocksNobodyOut(t *testing.T) {
	r := newRig(t, generous())
	lena := r.account("lena")
	r.advance(30 * day)
	sent, granted := r.grant(1, lena)
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, granted.Grant, "Marigold&Rain7")))
	r.advance(-30 * day)
	r.send(order(9, "nobody@example.org"))
	r.grant(2, r.asKnown("lena"))
}

func TestAnOwnerWithOnlyAPhoneHearsOfPressure(t *testing.T) {
	r := newRig(t, generous())
	lena := r.account("lena")
	r.sql("DELETE FROM identifiers WHERE account_id = 'lena' AND kind = 'email'")
	r.limits.SendsPerAccountHour = 1
	for chat := range int64(2) {
		e := order(chat, lena.Addresses[1].Canonical)
		e.IDKind, e.Channel = "phone", flows.SMS
		_, job := r.begin(e)
		r.admitted(job, lena)
	}
	letters := r.letters()
	if len(letters) != 1 || letters[0].Channel != flows.SMS || letters[0].To != lena.Addresses[1].Value {
		t.Fatalf("letters = %+v, want one by SMS", letters)
	}
}

func TestOpenTakesTheFileForItsOwnerAlone(t *testing.T) {
	r := newRig(t, testLimits())
	if err := os.Chmod(r.path, 0o644); err != nil {
		t.Fatal(err)
	}
	r.reopen(testLimits())
	info, err := os.Stat(r.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
}

// After a code whose guesses were used up the next one waits, longer each time,
// whether or not anyone has the identifier.
func TestFailedCodesMakeTheNextOneWait(t *testing.T) {
	limits := generous()
	limits.ResendFirst = time.Second
	for _, identifier := range []string{"lena@example.org", "nobody@example.org"} {
		r := newRig(t, limits)
		r.account("lena")
		for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
			sent, job := r.begin(order(1, identifier))
			for range limits.GuessesPerCode {
				r.guess(1, sent.Recovery, wrongOf(job.Text))
			}
			until := r.now().Add(wait)
			expectOutcome(t, r.send(order(1, identifier)), flows.TooOften{Until: until})
			again := order(1, identifier)
			again.Recovery = sent.Recovery
			r.advance(wait - time.Millisecond)
			expectOutcome(t, r.send(again), flows.TooSoon{Until: until})
			expectKind[flows.CodeSent](t, r.send(order(2, identifier)))
			r.advance(time.Millisecond)
		}
	}
}
