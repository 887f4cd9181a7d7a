package sqlite

import (
	"testing"
	"time"

	"rekey/flows"
)

// charged tells what guesses and sends cost up to now.
func (r *rig) charged() [3]int {
	return [3]int{r.count("charges"), r.count("codes"), r.count("jobs WHERE kind = 'code'")}
}

// A right code that its conversation types again, because it could not be kept,
// gives back the grant, and nothing is charged.
func TestARightCodeGivesItsGrantBack(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	sent, job := r.proven(1, lena)
	accepted := expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
	before := r.charged()
	for range 20 {
		expectOutcome(t, r.guess(1, sent.Recovery, job.Text), accepted)
	}
	if after := r.charged(); after != before || r.count("codes WHERE guesses = 1") != 1 || r.count("grants") != 1 {
		t.Fatalf("typing a right code again is charged: %v instead of %v", after, before)
	}
	r.set(sent.Expires.Add(-time.Millisecond))
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), accepted)
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeUsed{})
}

// The grant lives longer than the code that minted it.
func TestAGrantIsGivenBackWhenItsCodeIsOver(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	sent, job := r.proven(1, lena)
	r.advance(9 * time.Minute)
	accepted := expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
	r.set(accepted.Until.Add(-time.Millisecond))
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), accepted)
	r.set(accepted.Until)
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeUsed{})
}

// Nobody else gets a grant, and nobody one that was ended.
func TestAGrantIsGivenBackToNobodyElse(t *testing.T) {
	const chat, other = 1, 2
	for name, c := range map[string]struct {
		then         func(*rig, flows.CodeSent, flows.CodeAccepted)
		chat         int64
		conversation string
		want         flows.Outcome
	}{
		"in another chat":                  {chat: other, conversation: conversationOf(chat), want: flows.CodeExpired{}},
		"in another chat and conversation": {chat: other, conversation: conversationOf(other), want: flows.CodeExpired{}},
		"in another conversation":          {chat: chat, conversation: "begun anew", want: flows.CodeUsed{}},
		"given up": {func(r *rig, _ flows.CodeSent, _ flows.CodeAccepted) {
			if err := r.Abandon(t.Context(), conversationOf(chat)); err != nil {
				t.Fatal(err)
			}
		}, chat, conversationOf(chat), flows.CodeExpired{}},
		"forfeited": {func(r *rig, _ flows.CodeSent, _ flows.CodeAccepted) {
			if err := r.Forfeit(t.Context(), flows.Key{Conversation: conversationOf(chat), Input: flows.UpdateInput(1, r.inputs.Load())}, ""); err != nil {
				t.Fatal(err)
			}
		}, chat, conversationOf(chat), flows.CodeUsed{}},
		"spent": {func(r *rig, sent flows.CodeSent, accepted flows.CodeAccepted) {
			expectKind[flows.PasswordSet](t, r.change(setting(chat, sent.Recovery, accepted.Grant, "correct horse")))
		}, chat, conversationOf(chat), flows.CodeUsed{}},
		"spent elsewhere": {func(r *rig, _ flows.CodeSent, _ flows.CodeAccepted) {
			sent, accepted := r.grant(3, r.asKnown("lena"))
			expectKind[flows.PasswordSet](t, r.change(setting(3, sent.Recovery, accepted.Grant, "correct horse")))
		}, chat, conversationOf(chat), flows.CodeUsed{}},
		"stopped by support": {func(r *rig, _ flows.CodeSent, _ flows.CodeAccepted) {
			if err := r.db.transact(t.Context(), func(t *tx) error { return t.endAccount("lena", nil) }); err != nil {
				t.Fatal(err)
			}
		}, chat, conversationOf(chat), flows.CodeUsed{}},
		"too old": {func(r *rig, _ flows.CodeSent, accepted flows.CodeAccepted) { r.set(accepted.Until) }, chat, conversationOf(chat), flows.CodeUsed{}},
		"before the clock was stepped back": {func(r *rig, _ flows.CodeSent, _ flows.CodeAccepted) {
			r.advance(-time.Hour)
		}, chat, conversationOf(chat), flows.CodeUsed{}},
		"of a disabled account": {func(r *rig, _ flows.CodeSent, _ flows.CodeAccepted) {
			r.sql("UPDATE accounts SET disabled = 1")
		}, chat, conversationOf(chat), flows.CodeWrong{Tries: 4}},
		"followed by a new code": {func(r *rig, sent flows.CodeSent, _ flows.CodeAccepted) {
			r.advance(time.Minute)
			e := order(chat, "lena@example.org")
			e.Recovery = sent.Recovery
			r.begin(e)
		}, chat, conversationOf(chat), flows.CodeWrong{Tries: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			sent, job := r.proven(chat, r.account("lena"))
			accepted := expectKind[flows.CodeAccepted](t, r.guess(chat, sent.Recovery, job.Text))
			if c.then != nil {
				c.then(r, sent, accepted)
			}
			o, err := r.CheckCode(t.Context(), r.key(c.conversation, flows.KindCheckCode),
				flows.CheckCode{Recovery: sent.Recovery, Chat: c.chat, Code: flows.Secret(job.Text)})
			if err != nil {
				t.Fatal(err)
			}
			expectOutcome(t, o, c.want)
		})
	}
}

// Of the guesses that a limit allows, the right one is counted once, also when it
// was the last, and the wrong ones as ever.
func TestGuessesAtAGrantAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		limits func(*flows.Limits)
		before int // wrong guesses before the right one
		after  int // and after it, until no more is compared
		then   flows.Outcome
	}{
		"of a code":     {func(*flows.Limits) {}, 4, 1, flows.CodeClosed{}},
		"of an account": {func(l *flows.Limits) { l.GuessesPerAccountDay = 3 }, 2, 1, flows.CodeWrong{}},
		"of a chat":     {func(l *flows.Limits) { l.GuessesPerChatDay = 3 }, 2, 1, flows.GuessedTooOften{}},
		"early":         {func(*flows.Limits) {}, 0, 5, flows.CodeClosed{}},
	} {
		t.Run(name, func(t *testing.T) {
			limits := testLimits()
			c.limits(&limits)
			r := newRig(t, limits)
			sent, job := r.proven(1, r.account("lena"))
			for range c.before {
				expectKind[flows.CodeWrong](t, r.guess(1, sent.Recovery, wrongOf(job.Text)))
			}
			accepted := expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
			expectOutcome(t, r.guess(1, sent.Recovery, job.Text), accepted)
			for range c.after {
				r.guess(1, sent.Recovery, wrongOf(job.Text))
			}
			if o := r.guess(1, sent.Recovery, job.Text); flows.OutcomeName(o) != flows.OutcomeName(c.then) {
				t.Fatalf("a guess beyond the limit gives %s, want %s", flows.OutcomeName(o), flows.OutcomeName(c.then))
			}
		})
	}
}

// What a replica forfeits is not what another one holds.
func TestAHeldGrantIsNotForfeited(t *testing.T) {
	r := newRig(t, testLimits())
	sent, job := r.proven(1, r.account("lena"))
	accepted := expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
	first := flows.Key{Conversation: conversationOf(1), Input: flows.UpdateInput(1, r.inputs.Load()), Kind: flows.KindCheckCode}
	r.guess(1, sent.Recovery, job.Text)
	second := first
	second.Input = flows.UpdateInput(1, r.inputs.Load())
	for _, step := range []struct {
		key  flows.Key
		held string
		live int
	}{{second, accepted.Grant, 1}, {first, "", 1}, {second, "another", 0}} {
		if err := r.Forfeit(t.Context(), step.key, flows.Secret(step.held)); err != nil {
			t.Fatal(err)
		}
		if n := r.count("grants WHERE state = 'live'"); n != step.live {
			t.Fatalf("%d grants live after %+v, want %d", n, step, step.live)
		}
	}
}

// A recovery whose conversation could not be kept is taken up by it: the code that
// is on its way is told, and nothing is sent or charged. So it is with a new code.
func TestWhatWasSentUnkeptIsTakenUp(t *testing.T) {
	for _, typed := range []string{"lena@example.org", "nobody@example.org"} {
		t.Run(typed, func(t *testing.T) {
			r := newRig(t, testLimits())
			r.account("lena")
			e := order(1, typed)
			first := expectKind[flows.CodeSent](t, r.sendUnkept(e))
			charged := r.charged()
			r.advance(30 * time.Second)
			expectOutcome(t, r.send(e), first)
			if words := r.codeJob(first.Recovery).Words; words != first.Words {
				t.Errorf("the letter shows the words %v, the chat %v", words, first.Words)
			}
			if after := r.charged(); after != charged {
				t.Fatalf("taking up costs %v instead of %v", after, charged)
			}
			e.Recovery = first.Recovery
			expectKind[flows.TooSoon](t, r.send(e))
			r.set(first.ResendAt)
			e.Codes = 1
			second := expectKind[flows.CodeSent](t, r.sendUnkept(e))
			charged = r.charged()
			expectOutcome(t, r.send(e), second)
			if after := r.charged(); after != charged {
				t.Fatalf("taking up a new code costs %v instead of %v", after, charged)
			}
			if second.Number != 2 || second.Resends != 1 {
				t.Errorf("the new code is %+v", second)
			}
			expectOutcome(t, r.send(e), flows.TooSoon{Until: second.ResendAt})
		})
	}
}

// What is over, or about something else, is not taken up: a code is sent.
func TestWhatIsNotTakenUp(t *testing.T) {
	for name, change := range map[string]func(*rig, *flows.SendCode, flows.CodeSent){
		"another identifier":   func(_ *rig, e *flows.SendCode, _ flows.CodeSent) { e.Identifier = "mark@example.org" },
		"another kind":         func(_ *rig, e *flows.SendCode, _ flows.CodeSent) { e.IDKind = "username" },
		"another conversation": func(_ *rig, e *flows.SendCode, _ flows.CodeSent) { e.Conversation = "another" },
		"another chat":         func(_ *rig, e *flows.SendCode, _ flows.CodeSent) { e.Chat = 2 },
		"another channel":      func(_ *rig, e *flows.SendCode, _ flows.CodeSent) { e.Channel = flows.SMS },
		"a known recovery":     func(_ *rig, e *flows.SendCode, s flows.CodeSent) { e.Newest = s.Recovery },
		"an expired code":      func(r *rig, _ *flows.SendCode, s flows.CodeSent) { r.set(s.Expires) },
		"a code that was tried out": func(r *rig, _ *flows.SendCode, s flows.CodeSent) {
			r.sql("UPDATE codes SET guesses = 5")
		},
		"a code that was right": func(r *rig, _ *flows.SendCode, s flows.CodeSent) { r.sql("UPDATE codes SET state = 'used'") },
		"given up": func(r *rig, e *flows.SendCode, _ flows.CodeSent) {
			if err := r.Abandon(t.Context(), e.Conversation); err != nil {
				t.Fatal(err)
			}
		},
		"ended by a step of the clock": func(r *rig, _ *flows.SendCode, _ flows.CodeSent) { r.advance(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, generous())
			e := order(1, "lena@example.org")
			first := expectKind[flows.CodeSent](t, r.sendUnkept(e))
			change(r, &e, first)
			if next := expectKind[flows.CodeSent](t, r.sendUnkept(e)); next.Recovery == first.Recovery || r.count("codes") != 2 {
				t.Fatalf("%+v was taken up", next)
			}
		})
	}
}

// Under pressure short codes have ended, and so has what would tell of one.
func TestAShortCodeIsNotTakenUpUnderPressure(t *testing.T) {
	limits := generous()
	limits.WrongPer10Min = 1
	r := newRig(t, limits)
	e := order(1, "lena@example.org")
	r.sendUnkept(e)
	other, job := r.begin(order(2, "mark@example.org"))
	r.guess(2, other.Recovery, wrongOf(job.Text))
	if next := expectKind[flows.CodeSent](t, r.sendUnkept(e)); !next.Long {
		t.Fatalf("%+v was taken up", next)
	}
}
