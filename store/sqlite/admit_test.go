package sqlite

import (
	"fmt"
	"testing"
	"time"

	"rekey/flows"
)

func TestAdmitRefusesWhatIsOver(t *testing.T) {
	for name, spoil := range map[string]func(*rig, *flows.CodeJob, *flows.Account){
		"expired code":     func(r *rig, j *flows.CodeJob, _ *flows.Account) { r.set(startOfTests.Add(10 * time.Minute)) },
		"unknown code":     func(_ *rig, j *flows.CodeJob, _ *flows.Account) { j.Code++ },
		"foreign recovery": func(_ *rig, j *flows.CodeJob, _ *flows.Account) { j.Recovery = "another" },
		"disabled account": func(_ *rig, _ *flows.CodeJob, a *flows.Account) { a.Disabled = true },
		"no account":       func(_ *rig, _ *flows.CodeJob, a *flows.Account) { a.ID = "" },
		"changed since then": func(_ *rig, _ *flows.CodeJob, a *flows.Account) {
			a.PasswordChanged = startOfTests.Add(time.Millisecond)
		},
		"conversation given up": func(r *rig, _ *flows.CodeJob, _ *flows.Account) {
			if err := r.Abandon(t.Context(), conversationOf(1)); err != nil {
				r.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			lena := r.account("lena")
			sent, job := r.begin(order(1, "lena@example.org"))
			right, charged := job.Text, r.count("charges")
			spoil(r, &job, &lena)
			if got := r.admitted(job, lena); got != (flows.Admitted{}) {
				t.Fatalf("admitted = %+v, want nothing", got)
			}
			if r.count("charges") != charged || r.count("recoveries WHERE account_id IS NOT NULL") != 0 {
				t.Fatal("a refusal charges, or notes the account")
			}
			r.set(startOfTests)
			if _, ok := r.guess(1, sent.Recovery, right).(flows.CodeAccepted); ok {
				t.Fatal("a refused code is accepted")
			}
		})
	}
}

func TestAdmitNotesTheAccount(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	lena.PasswordChanged, lena.AddressVersion, lena.CredentialVersion = startOfTests, 7, 9
	_, job := r.begin(order(1, "lena@example.org"))
	if got := r.admitted(job, lena); got != (flows.Admitted{OK: true}) {
		t.Fatalf("admitted = %+v", got)
	}
	if r.count("recoveries WHERE account_id = 'lena' AND address_version = 7 AND credential_version = 9") != 1 {
		t.Fatal("the account is not noted")
	}
	if r.count("audit WHERE event = 'code.admitted' AND account = 'lena' AND actor = 'worker'") != 1 {
		t.Fatal("no audit row")
	}
}

// A recovery keeps the account that it noted first, also when the identifier
// passes to another one.
func TestRecoveryNeverPassesToAnotherAccount(t *testing.T) {
	r := newRig(t, testLimits())
	lena, mark := r.account("lena"), r.account("mark")
	sent, _ := r.proven(1, lena)
	e := order(1, "lena@example.org")
	e.Recovery = sent.Recovery
	r.advance(time.Minute)
	_, job := r.begin(e)
	if got := r.admitted(job, mark); got.OK {
		t.Fatal("a recovery passed to another account")
	}
	if r.count("recoveries WHERE account_id = 'lena'") != 1 {
		t.Fatal("the noted account changed")
	}
}

// One account has one budget of sends, by whatever name it is asked for, and
// beyond it the owner is told.
func TestSendsOfAnAccountAreCountedOverAllItsNames(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	ask := func(chat int64, kind, identifier string, channel flows.Channel) flows.Admitted {
		e := order(chat, identifier)
		e.IDKind, e.Channel = kind, channel
		_, job := r.begin(e)
		return r.admitted(job, lena)
	}
	for chat, name := range [][2]string{{"email", "lena@example.org"}, {"phone", lena.Addresses[1].Canonical}, {"username", "lena"}} {
		if got := ask(int64(chat), name[0], name[1], flows.SMS); !got.OK {
			t.Fatalf("send %d: %+v", chat+1, got)
		}
	}
	want := flows.Admitted{}
	if got := ask(10, "email", "lena@example.org", flows.Email); got != want {
		t.Fatalf("the fourth send of an hour: %+v, want %+v", got, want)
	}
	r.advance(time.Hour)
	for chat := range int64(2) {
		if got := ask(20+chat, "email", "lena@example.org", flows.Email); !got.OK {
			t.Fatalf("an hour later: %+v", got)
		}
	}
	if got := ask(30, "email", "lena@example.org", flows.Email); got != want {
		t.Fatalf("the sixth send of a day: %+v, want %+v", got, want)
	}
	if letters := r.letters(); len(letters) != 1 || letters[0].Text != flows.LetterPressure {
		t.Fatalf("within a day the owner gets %+v, want one letter of pressure", letters)
	}
	job := r.codeJob(expectKind[flows.CodeSent](t, r.send(order(31, "lena@example.org"))).Recovery)
	for range 2 {
		if got := r.admitted(job, lena); got != want {
			t.Fatalf("asked again: %+v, want %+v", got, want)
		}
	}
}

func TestMailsOfADeploymentWaitTheirTurn(t *testing.T) {
	r := newRig(t, testLimits())
	var lateAccount flows.Account
	var lateJob flows.CodeJob
	for i := range int64(61) {
		a := r.account(fmt.Sprintf("account%d", i))
		_, job := r.begin(order(i, a.Addresses[0].Canonical))
		lateAccount, lateJob = a, job
		if i < 60 && !r.admitted(job, a).OK {
			t.Fatalf("mail %d is not admitted", i+1)
		}
		r.advance(time.Millisecond)
	}
	want := flows.Admitted{Again: startOfTests.Add(time.Minute)}
	for range 2 {
		if got := r.admitted(lateJob, lateAccount); got != want {
			t.Fatalf("the 61st mail of a minute: %+v, want %+v", got, want)
		}
	}
	r.set(want.Again)
	if got := r.admitted(lateJob, lateAccount); !got.OK {
		t.Fatalf("when one is free: %+v", got)
	}
}
