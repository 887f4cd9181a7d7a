package sqlite

import (
	"errors"
	"testing"
	"time"

	"rekey/flows"
)

func TestEffectsAreIdempotentUnderTheirKey(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	again := func(do func() (flows.Outcome, error)) flows.Outcome {
		t.Helper()
		first, err := do()
		if err != nil {
			t.Fatal(err)
		}
		before := r.contents()
		for range 3 {
			r.advance(time.Minute)
			second, err := do()
			if err != nil {
				t.Fatal(err)
			}
			expectOutcome(t, second, first)
		}
		if after := r.contents(); after != before {
			t.Fatalf("performing %s again changed the ledger\nfrom\n%s\nto\n%s", flows.OutcomeName(first), before, after)
		}
		return first
	}
	ctx := t.Context()
	k := r.key(conversationOf(1), flows.KindSendCode)
	sent := expectKind[flows.CodeSent](t, again(func() (flows.Outcome, error) {
		return r.SendCode(ctx, k, order(1, "lena@example.org"))
	}))
	job := r.codeJob(sent.Recovery)
	r.admitted(job, lena)
	before := r.contents()
	if !r.admitted(job, lena).OK || r.contents() != before {
		t.Fatal("admitting again charges again, or answers otherwise")
	}
	wrong := r.key(conversationOf(1), flows.KindCheckCode)
	again(func() (flows.Outcome, error) {
		return r.CheckCode(ctx, wrong, flows.CheckCode{Recovery: sent.Recovery, Chat: 1, Code: flows.Secret(wrongOf(job.Text))})
	})
	right := r.key(conversationOf(1), flows.KindCheckCode)
	accepted := expectKind[flows.CodeAccepted](t, again(func() (flows.Outcome, error) {
		return r.CheckCode(ctx, right, flows.CheckCode{Recovery: sent.Recovery, Chat: 1, Code: flows.Secret(job.Text)})
	}))
	write := r.key(conversationOf(1), flows.KindSetPassword)
	expectKind[flows.PasswordSet](t, again(func() (flows.Outcome, error) {
		return r.SetPassword(ctx, write, setting(1, sent.Recovery, accepted.Grant, "correct horse"), closingJob)
	}))
	if n := r.hashed.Load(); n != 1 {
		t.Fatalf("the password was hashed %d times, want 1", n)
	}
}

// faulty fails at the nth thing that is sealed.
type faulty struct {
	flows.Sealer
	left int
}

func (f *faulty) Seal(plain []byte, context string) ([]byte, error) {
	if f.left--; f.left < 0 {
		return nil, errors.New("sealing fails")
	}
	return f.Sealer.Seal(plain, context)
}

func TestFailureAnywhereUndoesTheWholeEffect(t *testing.T) {
	var f *faulty
	r := newRig(t, testLimits(), func(o *LedgerOptions) {
		f = &faulty{Sealer: o.Sealer, left: 1 << 30}
		o.Sealer = f
	})
	lena := r.account("lena")
	sent, accepted := r.grant(2, lena)
	for name, do := range map[string]func() (flows.Outcome, error){
		"SendCode": func() (flows.Outcome, error) {
			return r.SendCode(t.Context(), flows.Key{Conversation: "c", Input: "send", Kind: flows.KindSendCode}, order(1, "a@example.org"))
		},
		"SetPassword": func() (flows.Outcome, error) {
			return r.SetPassword(t.Context(), flows.Key{Conversation: "c", Input: "set", Kind: flows.KindSetPassword},
				setting(2, sent.Recovery, accepted.Grant, "correct horse"), closingJob)
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.contents()
			for n := 0; ; n++ {
				f.left = n
				if _, err := do(); err == nil {
					if n < 3 {
						t.Fatalf("only %d places to fail", n)
					}
					break
				}
				if after := r.contents(); after != before {
					t.Fatalf("failing at %d left traces\nbefore\n%s\nafter\n%s", n, before, after)
				}
			}
			f.left = 1 << 30
		})
	}
}

func TestPanicReachesItsCallerAndUndoesTheEffect(t *testing.T) {
	r := newRig(t, testLimits())
	sent, accepted := r.grant(1, r.account("lena"))
	before := r.contents()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_, _ = r.SetPassword(t.Context(), r.key("c", flows.KindSetPassword), setting(1, sent.Recovery, accepted.Grant, "correct horse"),
			func(flows.PasswordSet) (flows.Job, error) { panic("closing") })
	}()
	if r.contents() != before {
		t.Fatal("a panic left traces")
	}
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
}

func TestAbandonAndForfeit(t *testing.T) {
	for name, end := range map[string]func(*rig, flows.CodeSent, flows.Key) error{
		"Abandon": func(r *rig, _ flows.CodeSent, k flows.Key) error { return r.Abandon(t.Context(), k.Conversation) },
		"Forfeit": func(r *rig, _ flows.CodeSent, k flows.Key) error { return r.Forfeit(t.Context(), k, "") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			lena := r.account("lena")
			sent, job := r.proven(1, lena)
			k := r.key(conversationOf(1), flows.KindCheckCode)
			o, err := r.CheckCode(t.Context(), k, flows.CheckCode{Recovery: sent.Recovery, Chat: 1, Code: flows.Secret(job.Text)})
			if err != nil {
				t.Fatal(err)
			}
			accepted := expectKind[flows.CodeAccepted](t, o)
			other := k
			other.Input = "u:1:999"
			if err := r.Forfeit(t.Context(), other, ""); err != nil || r.count("grants WHERE state = 'live'") != 1 {
				t.Fatalf("forfeiting another key's grant took this one: %v", err)
			}
			if err := end(r, sent, k); err != nil {
				t.Fatal(err)
			}
			expectKind[flows.GrantVoid](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
			if r.hashed.Load() != 0 {
				t.Fatal("a password was hashed without a live grant")
			}
		})
	}
}

func TestAbandonedRecoveryIsOver(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	sent, job := r.begin(order(1, "lena@example.org"))
	if err := r.Abandon(t.Context(), conversationOf(1)); err != nil {
		t.Fatal(err)
	}
	if got := r.admitted(job, lena); got != (flows.Admitted{}) {
		t.Fatalf("an abandoned recovery is admitted: %+v", got)
	}
	expectKind[flows.CodeExpired](t, r.guess(1, sent.Recovery, job.Text))
	e := order(1, "lena@example.org")
	e.Recovery = sent.Recovery
	r.advance(time.Hour)
	expectKind[flows.NoResends](t, r.send(e))
}
