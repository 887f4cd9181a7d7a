package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

func TestSetPasswordDoesEverythingAtOnce(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	sent, accepted := r.grant(1, lena)
	r.advance(time.Minute)
	got := r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse"))
	expectOutcome(t, got, flows.PasswordSet{Sessions: flows.SessionsEnded, Reference: sent.Reference, Time: r.now()})
	var hash string
	var changed, sessions, version int64
	if err := r.db.read.QueryRow(`SELECT password_hash, password_changed_at, sessions_valid_after, credential_version
		FROM accounts WHERE id = 'lena'`).Scan(&hash, &changed, &sessions, &version); err != nil {
		t.Fatal(err)
	}
	if hash == "" || changed != r.ms.Load() || sessions != r.ms.Load() || version != 2 {
		t.Fatalf("account: hash %q, changed %d, sessions %d, version %d", hash, changed, sessions, version)
	}
	if r.count("grants WHERE state = 'live'")+r.count("recoveries WHERE void = 0") != 0 {
		t.Fatal("a grant or a recovery is still alive")
	}
	if n := r.count("audit WHERE event = 'password.set' AND account = 'lena' AND reference = ?", sent.Reference); n != 1 {
		t.Fatalf("%d audit rows, want 1", n)
	}
	expectJobs(t, r, sent, lena)
}

// expectJobs finds a notice for each address, and the closing reply.
func expectJobs(t *testing.T, r *rig, sent flows.CodeSent, a flows.Account) {
	t.Helper()
	due, _, err := r.jobs.Claim(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	to, closings := map[string]string{}, 0
	for _, j := range due {
		if j.Kind == flows.JobReply {
			closings++
		}
		if j.Kind != flows.JobLetter {
			continue
		}
		var p flows.LetterJob
		if err := json.Unmarshal(j.Payload, &p); err != nil {
			t.Fatal(err)
		}
		l := p.Letter
		to[string(l.Channel)+" "+l.To] = l.ID
		if l.Text != flows.LetterNotice || l.Facts.Reference != sent.Reference || l.Language != "en" ||
			l.Facts.Sessions != flows.SessionsEnded || !l.Facts.Time.Equal(r.now()) || l.ID != j.Key {
			t.Errorf("notice %+v", l)
		}
	}
	if closings != 1 || len(to) != len(a.Addresses) {
		t.Fatalf("%d closing replies and notices to %v, want one and one for each address", closings, to)
	}
	for _, at := range a.Addresses {
		if id := to[string(at.Channel)+" "+at.Value]; !strings.HasPrefix(id, "notice:"+sent.Recovery+":") {
			t.Errorf("the notice to %s has id %q, of those to %v", at.Value, id, to)
		}
	}
}

// Sixteen writes with one grant arrive at once: one is made.
func TestSimultaneousWritesWithOneGrant(t *testing.T) {
	r := newRig(t, testLimits())
	sent, accepted := r.grant(1, r.account("lena"))
	outcomes := make([]flows.Outcome, 16)
	atOnce(len(outcomes), func(i int) {
		outcomes[i] = r.change(setting(1, sent.Recovery, accepted.Grant, fmt.Sprint("correct horse ", i)))
	})
	set := 0
	for _, o := range outcomes {
		switch o.(type) {
		case flows.PasswordSet:
			set++
		case flows.GrantUsed:
		default:
			t.Fatalf("outcome %s", flows.OutcomeName(o))
		}
	}
	if n := r.count("accounts WHERE credential_version = 2"); set != 1 || n != 1 {
		t.Fatalf("%d writes are told, %d made; want one", set, n)
	}
}

// Two chats have proved themselves; the first write ends the other's proof.
func TestSuccessEndsAllOtherProofs(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	one, first := r.grant(1, lena)
	two, second := r.grant(2, lena)
	expectKind[flows.PasswordSet](t, r.change(setting(1, one.Recovery, first.Grant, "correct horse")))
	expectKind[flows.AccountAltered](t, r.change(setting(2, two.Recovery, second.Grant, "battery staple")))
	expectKind[flows.GrantUsed](t, r.change(setting(1, one.Recovery, first.Grant, "battery staple")))
}

func TestGrantServesItsRecoveryAndChatOnlyAndExpires(t *testing.T) {
	r := newRig(t, testLimits())
	lena, mark := r.account("lena"), r.account("mark")
	sent, accepted := r.grant(1, lena)
	other, _ := r.grant(2, mark)
	for name, e := range map[string]flows.SetPassword{
		"another chat":     setting(2, sent.Recovery, accepted.Grant, "correct horse"),
		"another recovery": setting(2, other.Recovery, accepted.Grant, "correct horse"),
		"no grant":         setting(1, sent.Recovery, "", "correct horse"),
		"a forged grant":   setting(1, sent.Recovery, accepted.Grant[1:]+"A", "correct horse"),
	} {
		if got := r.change(e); got != (flows.GrantVoid{}) {
			t.Errorf("%s gives %s", name, flows.OutcomeName(got))
		}
	}
	r.set(accepted.Until)
	expectKind[flows.GrantExpired](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
	if n := r.hashed.Load(); n != 0 {
		t.Fatalf("%d passwords were hashed without a live grant", n)
	}
	r.advance(-time.Millisecond)
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
}

// The account changes between the steps.
func TestAlteredAccountIsRefused(t *testing.T) {
	for name, alter := range map[string]string{
		"addresses":   "UPDATE accounts SET address_version = address_version + 1",
		"credentials": "UPDATE accounts SET credential_version = credential_version + 1",
		"disabled":    "UPDATE accounts SET disabled = 1",
		"deleted":     "DELETE FROM accounts",
	} {
		t.Run(name+" before the write", func(t *testing.T) {
			r := newRig(t, testLimits())
			sent, accepted := r.grant(1, r.account("lena"))
			r.sql(alter)
			expectKind[flows.AccountAltered](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
			expectKind[flows.GrantVoid](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
			if r.count("accounts WHERE password_hash <> ''") != 0 {
				t.Fatal("the password was written")
			}
		})
		t.Run(name+" while hashing", func(t *testing.T) {
			var r *rig
			r = newRig(t, testLimits(), func(o *LedgerOptions) {
				o.Hash = func(context.Context, string, []byte) (string, error) {
					r.sql(alter)
					return "hash", nil
				}
			})
			sent, accepted := r.grant(1, r.account("lena"))
			expectKind[flows.AccountAltered](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
		})
	}
}

// An import that writes an address in other letters leaves a recovery alone; one
// that changes it ends the recovery.
func TestImportOfAnAddressDuringARecovery(t *testing.T) {
	for address, want := range map[string]string{"LENA@example.org": "PasswordSet", "other@example.org": "AccountAltered"} {
		r := newRig(t, testLimits())
		sent, accepted := r.grant(1, r.account("lena"))
		file := strings.NewReader("id,email\nlena," + address)
		if report, err := NewDirectory(r.db, Passwords{}).Import(t.Context(), file, importOptions()); err != nil || report.Updated != 1 {
			t.Fatalf("report %+v, %v", report, err)
		}
		got := r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse"))
		if name := flows.OutcomeName(got); name != want {
			t.Errorf("%s gives %s, want %s", address, name, want)
		}
		if _, ok := got.(flows.PasswordSet); ok {
			expectJobs(t, r, sent, r.asKnown("lena"))
		}
	}
}

func TestDisabledOrDeletedAccountNeverMatches(t *testing.T) {
	for name, alter := range map[string]string{
		"disabled": "UPDATE accounts SET disabled = 1",
		"deleted":  "DELETE FROM accounts",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			sent, job := r.proven(1, r.account("lena"))
			r.sql(alter)
			expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeWrong{Tries: 4})
		})
	}
}

func TestOverloadIsNotRecorded(t *testing.T) {
	busy := errors.New("too much waits")
	answer := fmt.Errorf("hashing: %w", busy)
	r := newRig(t, testLimits(), func(o *LedgerOptions) {
		o.Busy = busy
		o.Hash = func(_ context.Context, key string, _ []byte) (string, error) {
			if key != "1" {
				return "", fmt.Errorf("the queue's key is %q, want the chat", key)
			}
			return "hash", answer
		}
	})
	sent, accepted := r.grant(1, r.account("lena"))
	k := r.key(conversationOf(1), flows.KindSetPassword)
	for _, want := range []flows.Outcome{
		flows.Overloaded{}, flows.Overloaded{},
		flows.PasswordSet{Sessions: flows.SessionsEnded, Reference: sent.Reference, Time: r.now()},
	} {
		if flows.OutcomeName(want) == "PasswordSet" {
			answer = nil
		}
		got, err := r.SetPassword(t.Context(), k, setting(1, sent.Recovery, accepted.Grant, "correct horse"), closingJob)
		if err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, got, want)
	}
}

func TestTooLongPasswordKeepsTheGrant(t *testing.T) {
	r := newRig(t, testLimits(), func(o *LedgerOptions) { o.MaxBytes = 72 })
	sent, accepted := r.grant(1, r.account("lena"))
	expectOutcome(t, r.change(setting(1, sent.Recovery, accepted.Grant, strings.Repeat("é", 36)+"!")),
		flows.PasswordRefused{Reasons: []string{"too_long"}})
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, accepted.Grant, strings.Repeat("é", 36))))
}
