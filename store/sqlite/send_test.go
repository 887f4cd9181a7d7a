package sqlite

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

func TestSendCodeBeginsARecovery(t *testing.T) {
	r := newRig(t, testLimits())
	e := order(1, "lena@example.org")
	e.Revision = 4
	sent, job := r.begin(e)
	if !regexp.MustCompile(`^RK-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(sent.Reference) {
		t.Errorf("reference = %q", sent.Reference)
	}
	if !regexp.MustCompile(`^\d{8}$`).MatchString(job.Text) {
		t.Error("the code is not of eight digits")
	}
	expectOutcome(t, sent, flows.CodeSent{
		Recovery: sent.Recovery, Reference: sent.Reference, Number: 1, Channel: flows.Email, Words: job.Words, Digits: 8,
		Expires: startOfTests.Add(10 * time.Minute), ResendAt: startOfTests.Add(time.Minute), Resends: 2,
	})
	want := flows.CodeJob{
		Recovery: sent.Recovery, Code: job.Code, Text: job.Text, Words: sent.Words, Life: 10 * time.Minute,
		IDKind: "email", Identifier: "lena@example.org", Channel: flows.Email, Language: "en", Begun: startOfTests,
	}
	if job != want {
		t.Errorf("job = %+v, want %+v", job, want)
	}
	due, _, err := r.jobs.Claim(t.Context(), 10, time.Minute)
	if err != nil || len(due) != 1 || due[0].Kind != flows.JobCode || !due[0].Deadline.Equal(sent.Expires) {
		t.Fatalf("due now: %+v, %v; want the code, which dies with its expiry", due, err)
	}
	if ok, err := r.jobs.Complete(t.Context(), due[0]); !ok || err != nil {
		t.Fatalf("completing = %t, %v", ok, err)
	}
	r.set(sent.Expires)
	due, _, err = r.jobs.Claim(t.Context(), 10, time.Minute)
	if err != nil || len(due) != 1 || !due[0].Deadline.Equal(sent.Expires.Add(30*time.Minute)) ||
		string(due[0].Payload) != `{"Chat":1,"Conversation":"conversation-1","Revision":5}` {
		t.Fatalf("due at the code's end: %+v, %v", due, err)
	}
	if n := r.count("audit WHERE event = 'code.requested' AND reference = ?", sent.Reference); n != 1 {
		t.Errorf("%d audit rows, want 1", n)
	}
}

// However often something is refused, nothing of it stays.
func TestRefusalsLeaveNothing(t *testing.T) {
	r := newRig(t, testLimits())
	e := order(1, "lena@example.org")
	sent, _ := r.begin(e)
	e.Recovery = sent.Recovery
	before := r.contents()
	for range 400 {
		expectOutcome(t, r.send(e), flows.TooSoon{Until: sent.ResendAt})
	}
	if after := r.contents(); after != before {
		t.Error("400 refusals changed the database")
	}
	// What is written in the same transaction is another's.
	atOnce(64, func(i int) {
		if i%2 == 0 {
			r.send(e)
			return
		}
		r.send(order(int64(100+i), fmt.Sprintf("person%d@example.org", i)))
	})
	if n := r.count("outcomes"); n != 1+32 {
		t.Errorf("%d outcomes are kept, want 33", n)
	}
}

func TestResendWaitsAndSupersedes(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	e := order(1, "lena@example.org")
	first, one := r.begin(e)
	if !r.admitted(one, lena).OK {
		t.Fatal("the first code is not admitted")
	}
	e.Recovery = first.Recovery
	r.advance(time.Minute - time.Millisecond)
	expectOutcome(t, r.send(e), flows.TooSoon{Until: startOfTests.Add(time.Minute)})
	r.advance(time.Millisecond)
	second, two := r.begin(e)
	if second.Recovery != first.Recovery || second.Reference != first.Reference || second.Resends != 1 ||
		!second.ResendAt.Equal(r.now().Add(2*time.Minute)) {
		t.Fatalf("resent: %+v", second)
	}
	if got := r.admitted(one, lena); got.OK {
		t.Fatal("a superseded code is admitted")
	}
	r.admitted(two, lena)
	expectOutcome(t, r.guess(1, first.Recovery, one.Text), flows.CodeSuperseded{Tries: 4})
	r.advance(2*time.Minute - time.Millisecond)
	expectKind[flows.TooSoon](t, r.send(e))
	r.advance(time.Millisecond)
	third, three := r.begin(e)
	if third.Resends != 0 {
		t.Fatalf("%d resends are left, want none", third.Resends)
	}
	r.advance(time.Hour)
	expectKind[flows.NoResends](t, r.send(e))
	r.advance(-time.Hour)
	if three.Begun != startOfTests {
		t.Fatalf("the recovery of the third code began at %v", three.Begun)
	}
}

func TestSwitchOfChannelNeedNotWait(t *testing.T) {
	r := newRig(t, testLimits())
	e := order(1, "lena@example.org")
	sent, _ := r.begin(e)
	e.Recovery, e.Channel = sent.Recovery, flows.SMS
	switched, job := r.begin(e)
	if switched.Channel != flows.SMS || job.Channel != flows.SMS || switched.Resends != 1 {
		t.Fatalf("switched: %+v", switched)
	}
	expectKind[flows.TooSoon](t, r.send(e))
	e.Channel = flows.Email
	if again, _ := r.begin(e); again.Resends != 0 {
		t.Fatalf("a switch back leaves %d resends, want none", again.Resends)
	}
	e.Channel = flows.SMS
	expectKind[flows.NoResends](t, r.send(e))
}

func TestResendAfterExpiry(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	e := order(1, "lena@example.org")
	sent, job := r.begin(e)
	r.admitted(job, lena)
	r.set(sent.Expires)
	expectKind[flows.CodeExpired](t, r.guess(1, sent.Recovery, job.Text))
	e.Recovery = sent.Recovery
	_, fresh := r.begin(e)
	r.admitted(fresh, lena)
	expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, fresh.Text))
}

func TestForeignRecoveryHasNoResends(t *testing.T) {
	r := newRig(t, testLimits())
	sent, _ := r.begin(order(1, "lena@example.org"))
	r.advance(time.Hour)
	for name, spoil := range map[string]func(*flows.SendCode){
		"chat":         func(e *flows.SendCode) { e.Chat = 2 },
		"conversation": func(e *flows.SendCode) { e.Conversation = "another" },
		"identifier":   func(e *flows.SendCode) { e.Identifier = "mark@example.org" },
		"kind":         func(e *flows.SendCode) { e.IDKind = "username" },
		"recovery":     func(e *flows.SendCode) { e.Recovery = "none" },
	} {
		e := order(1, "lena@example.org")
		e.Recovery = sent.Recovery
		spoil(&e)
		if got := r.send(e); got != (flows.NoResends{}) {
			t.Errorf("resending over another %s gives %s", name, flows.OutcomeName(got))
		}
	}
}

func TestResendVoidsTheGrantOfTheEarlierCode(t *testing.T) {
	r := newRig(t, testLimits())
	sent, accepted := r.grant(1, r.account("lena"))
	e := order(1, "lena@example.org")
	e.Recovery = sent.Recovery
	r.advance(time.Minute)
	r.begin(e)
	expectKind[flows.GrantVoid](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
}

func TestLimitsOfAChatAreExactAndChargeAllOrNothing(t *testing.T) {
	const hour = time.Hour
	for name, c := range map[string]struct {
		limits func(*flows.Limits)
		order  func(i int) flows.SendCode
		max    int
		window time.Duration
	}{
		"flows in 15 minutes": {
			limits: func(l *flows.Limits) { l.FlowsPerChat15Min = 3 },
			order: func(i int) flows.SendCode {
				e := order(1, "lena@example.org")
				e.Conversation = fmt.Sprint("conversation ", i)
				return e
			},
			max: 3, window: 15 * time.Minute,
		},
		"flows in a day": {
			limits: func(l *flows.Limits) { l.FlowsPerChatDay = 10 },
			order: func(i int) flows.SendCode {
				e := order(1, "lena@example.org")
				e.Conversation = fmt.Sprint("conversation ", i)
				return e
			},
			max: 10, window: day,
		},
		"identifiers in a day": {
			limits: func(l *flows.Limits) { l.IdentifiersPerChatDay = 5 },
			order:  func(i int) flows.SendCode { return order(1, fmt.Sprintf("%d@example.org", i)) },
			max:    5, window: day,
		},
		"sends in an hour": {
			limits: func(l *flows.Limits) { l.SendsPerAccountHour = 3 },
			order:  func(int) flows.SendCode { return order(1, "lena@example.org") },
			max:    3, window: hour,
		},
		"sends in a day": {
			limits: func(l *flows.Limits) { l.SendsPerAccountDay = 5 },
			order:  func(int) flows.SendCode { return order(1, "lena@example.org") },
			max:    5, window: day,
		},
	} {
		t.Run(name, func(t *testing.T) {
			limits := withoutChatLimits()
			c.limits(&limits)
			r := newRig(t, limits)
			for i := range c.max {
				expectKind[flows.CodeSent](t, r.send(c.order(i)))
				r.advance(time.Second)
			}
			charged := r.count("charges")
			refusal := flows.TooOften{Until: startOfTests.Add(c.window)}
			expectOutcome(t, r.send(c.order(c.max)), refusal)
			r.set(refusal.Until.Add(-time.Millisecond))
			expectOutcome(t, r.send(c.order(c.max)), refusal)
			if n := r.count("charges"); n != charged {
				t.Fatalf("refusals charged %d", n-charged)
			}
			other := c.order(c.max)
			other.Chat, other.Conversation = 2, "another chat's"
			expectKind[flows.CodeSent](t, r.send(other))
			r.set(refusal.Until)
			expectKind[flows.CodeSent](t, r.send(c.order(c.max)))
			expectOutcome(t, r.send(c.order(c.max+1)), flows.TooOften{Until: refusal.Until.Add(time.Second)})
		})
	}
}

// withoutChatLimits are limits that are all exact and out of reach.
func withoutChatLimits() flows.Limits {
	l := testLimits()
	l.FlowsPerChat15Min, l.FlowsPerChatDay, l.IdentifiersPerChatDay = exactUpTo, exactUpTo, exactUpTo
	l.SendsPerAccountHour, l.SendsPerAccountDay = exactUpTo, exactUpTo
	return l
}

func TestOneConversationIsOneFlowAndOneIdentifierIsOne(t *testing.T) {
	r := newRig(t, testLimits())
	for i := range 5 {
		expectKind[flows.CodeSent](t, r.send(order(1, fmt.Sprintf("%d@example.org", i))))
	}
	e := order(1, "0@example.org")
	e.Conversation = "the second"
	expectKind[flows.CodeSent](t, r.send(e))
	expectKind[flows.TooOften](t, r.send(order(1, "5@example.org")))
	r.advance(day)
	for i := range 4 {
		expectKind[flows.CodeSent](t, r.send(order(1, fmt.Sprintf("new %d@example.org", i))))
	}
}

func TestFlowCountsFromItsBeginning(t *testing.T) {
	limits := withoutChatLimits()
	limits.FlowsPerChat15Min = 1
	r := newRig(t, limits)
	expectKind[flows.CodeSent](t, r.send(order(1, "a@example.org")))
	r.advance(10 * time.Minute)
	expectKind[flows.CodeSent](t, r.send(order(1, "b@example.org")))
	next := order(1, "a@example.org")
	next.Conversation = "the next"
	expectOutcome(t, r.send(next), flows.TooOften{Until: startOfTests.Add(15 * time.Minute)})
	r.advance(5 * time.Minute)
	expectKind[flows.CodeSent](t, r.send(next))
}

func TestIdentifierCountsFromItsLastUse(t *testing.T) {
	limits := withoutChatLimits()
	limits.IdentifiersPerChatDay = 2
	r := newRig(t, limits)
	expectKind[flows.CodeSent](t, r.send(order(1, "a@example.org")))
	expectKind[flows.CodeSent](t, r.send(order(1, "b@example.org")))
	r.advance(23 * time.Hour)
	expectKind[flows.CodeSent](t, r.send(order(1, "a@example.org")))
	r.advance(time.Hour)
	expectKind[flows.CodeSent](t, r.send(order(1, "c@example.org")))
	expectOutcome(t, r.send(order(1, "d@example.org")), flows.TooOften{Until: startOfTests.Add(23*time.Hour + day)})
}

func TestLargeLimitsAreTalliedToTheSafeSide(t *testing.T) {
	limits := withoutChatLimits()
	limits.SendsPerAccountHour, limits.SendsPerAccountDay = 100, 1000
	limits.FlowsPerChat15Min, limits.FlowsPerChatDay, limits.IdentifiersPerChatDay = 1e6, 1e6, 1e6
	r := newRig(t, limits)
	for range 100 {
		expectKind[flows.CodeSent](t, r.send(order(1, "lena@example.org")))
		r.advance(time.Second)
	}
	until := expectKind[flows.TooOften](t, r.send(order(1, "lena@example.org"))).Until
	if early, late := startOfTests.Add(time.Hour), startOfTests.Add(time.Hour+2*time.Minute); until.Before(early) || until.After(late) {
		t.Fatalf("until %v, want between %v and %v", until, early, late)
	}
	r.set(startOfTests.Add(time.Hour))
	expectKind[flows.TooOften](t, r.send(order(1, "lena@example.org")))
	r.set(until)
	expectKind[flows.CodeSent](t, r.send(order(1, "lena@example.org")))
}

func TestCodesAreLongUnderPressure(t *testing.T) {
	for name, c := range map[string]struct {
		limits  func(*flows.Limits)
		relaxed time.Duration
	}{
		"10 minutes": {func(l *flows.Limits) { l.WrongPer10Min = 70 }, 10*time.Minute + 10*time.Second},
		"day":        {func(l *flows.Limits) { l.WrongPerDay = 70 }, day + 24*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			limits := generous()
			c.limits(&limits)
			r := newRig(t, limits)
			lena := r.account("lena")
			for chat := range int64(70) {
				sent, job := r.begin(order(100+chat, "nobody@example.org"))
				if sent.Long {
					t.Fatalf("codes are long after %d wrong guesses", chat)
				}
				expectKind[flows.CodeWrong](t, r.guess(100+chat, sent.Recovery, wrongOf(job.Text)))
			}
			sent, job := r.proven(1, lena)
			if !sent.Long || sent.Digits != 10 || !job.Long || len(job.Text) != 10 || strings.Trim(job.Text, crockford) != "" {
				t.Fatalf("under pressure a code is %+v", sent)
			}
			expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
			r.advance(c.relaxed)
			if sent, _ := r.begin(order(2, "lena@example.org")); sent.Long {
				t.Fatal("codes stay long when the pressure is over")
			}
		})
	}
}

func TestCodesAreEvenlySpread(t *testing.T) {
	r := newRig(t, testLimits())
	for _, c := range []struct {
		alphabet string
		length   int
	}{{crockford[:10], 8}, {crockford, 10}} {
		const draws = 4000
		counts := map[rune]int{}
		for range draws {
			text, err := r.text(c.alphabet, c.length)
			if err != nil || len(text) != c.length {
				t.Fatalf("text of %d letters, %v", len(text), err)
			}
			for _, letter := range text {
				counts[letter]++
			}
		}
		mean := draws * c.length / len(c.alphabet)
		for _, letter := range c.alphabet {
			// Six standard deviations: a fair draw fails once in 500 million.
			if off := counts[letter] - mean; off*off > 36*mean {
				t.Errorf("%c was drawn %d times, want about %d", letter, counts[letter], mean)
			}
		}
		if len(counts) != len(c.alphabet) {
			t.Errorf("%d letters were drawn, want %d", len(counts), len(c.alphabet))
		}
	}
}
