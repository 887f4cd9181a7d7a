package sqlite

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"rekey/flows"
)

func TestRightCodeIsAcceptedOnce(t *testing.T) {
	r := newRig(t, testLimits(), func(o *LedgerOptions) { o.MaxBytes = 72 })
	lena := r.account("lena")
	sent, job := r.proven(1, lena)
	got := expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
	want := flows.CodeAccepted{
		Grant: got.Grant, Until: startOfTests.Add(10 * time.Minute), Names: []string{"Lena", "Sommer"}, Birthday: "1991-04-17",
		Identifiers: []string{"lena@example.org", lena.Addresses[1].Canonical, "lena"}, MaxBytes: 72,
	}
	if !reflect.DeepEqual(got, want) || len(got.Grant) != 43 {
		t.Fatalf("accepted %+v, want %+v", got, want)
	}
	if n := r.count("grants"); n != 1 {
		t.Fatalf("%d grants, want 1", n)
	}
}

func TestFiveGuessesACode(t *testing.T) {
	r := newRig(t, testLimits())
	sent, job := r.proven(1, r.account("lena"))
	for tries := 4; tries > 0; tries-- {
		expectOutcome(t, r.guess(1, sent.Recovery, wrongOf(job.Text)), flows.CodeWrong{Tries: tries})
	}
	expectOutcome(t, r.guess(1, sent.Recovery, wrongOf(job.Text)), flows.CodeSpent{Until: sent.ResendAt})
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeClosed{Until: sent.ResendAt})
	if n := r.count("grants"); n != 0 {
		t.Fatal("a sixth guess minted a grant")
	}
}

// What is told of when a new code can be asked for is so, whatever it waits for.
func TestANewCodeComesWhenItWasPromised(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*flows.Limits)
		codes  int           // tried out in a row
		wait   time.Duration // from the last wrong guess on
	}{
		"the wait of the first":            {func(*flows.Limits) {}, 1, time.Minute},
		"the wait of the second":           {func(*flows.Limits) {}, 2, 2 * time.Minute},
		"codes that failed":                {func(l *flows.Limits) { l.BackoffFirst = 3 * time.Minute }, 1, 3 * time.Minute},
		"the sends of what was typed here": {func(l *flows.Limits) { l.SendsPerAccountHour, l.SendsPerAccountDay = 2, 10 }, 2, time.Hour - time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			limits := generous()
			c.change(&limits)
			r := newRig(t, limits)
			e := order(1, "lena@example.org")
			var until time.Time
			for range c.codes {
				if !until.IsZero() {
					r.set(until)
				}
				sent, job := r.begin(e)
				e.Recovery = sent.Recovery
				for tries := 4; tries > 0; tries-- {
					r.guess(1, sent.Recovery, wrongOf(job.Text))
				}
				until = expectKind[flows.CodeSpent](t, r.guess(1, sent.Recovery, wrongOf(job.Text))).Until
				if sent.ResendAt.After(until) {
					t.Errorf("a new code was promised at %s, and then at %s", sent.ResendAt, until)
				}
			}
			if want := r.now().Add(c.wait); !until.Equal(want) {
				t.Fatalf("a new code is promised at %s, want %s", until, want)
			}
			r.set(until.Add(-time.Millisecond))
			switch early := r.send(e).(type) {
			case flows.TooSoon:
				expectOutcome(t, early, flows.TooSoon{Until: until})
			default:
				expectOutcome(t, early, flows.TooOften{Until: until})
			}
			r.set(until)
			expectKind[flows.CodeSent](t, r.send(e))
		})
	}
}

func TestFifthGuessMayBeRight(t *testing.T) {
	r := newRig(t, testLimits())
	sent, job := r.proven(1, r.account("lena"))
	for range 4 {
		r.guess(1, sent.Recovery, wrongOf(job.Text))
	}
	expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
}

func TestCodeExpiresToTheMillisecond(t *testing.T) {
	r := newRig(t, testLimits())
	sent, job := r.proven(1, r.account("lena"))
	r.set(sent.Expires)
	charged := r.count("charges")
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeExpired{})
	if n := r.count("charges"); n != charged {
		t.Fatalf("guessing an expired code charged %d", n-charged)
	}
	r.advance(-time.Millisecond)
	expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
}

func TestRightCodeInAnotherChatNeverMatches(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	_, job := r.proven(1, lena)
	other, _ := r.proven(2, lena)
	expectOutcome(t, r.guess(2, other.Recovery, job.Text), flows.CodeWrong{Tries: 4})
	expectOutcome(t, r.guess(2, job.Recovery, job.Text), flows.CodeExpired{})
	if r.count("grants") != 0 {
		t.Fatal("a code of another chat minted a grant")
	}
}

// Five hundred guesses arrive at once: five are compared.
func TestSimultaneousGuessesAreCountedBeforeTheyAreCompared(t *testing.T) {
	limits := testLimits()
	limits.GuessesPerChatDay, limits.GuessesPerAccountDay = 1000, 1000
	r := newRig(t, limits)
	sent, job := r.proven(1, r.account("lena"))
	const guesses = 500
	outcomes := make([]flows.Outcome, guesses)
	atOnce(guesses, func(i int) { outcomes[i] = r.guess(1, sent.Recovery, wrongOf(job.Text)) })
	counts := map[string]int{}
	for _, o := range outcomes {
		counts[flows.OutcomeName(o)]++
	}
	if counts["CodeWrong"] != 4 || counts["CodeSpent"] != 1 || counts["CodeClosed"] != guesses-5 {
		t.Fatalf("outcomes = %v, want 4 CodeWrong, one CodeSpent and the rest CodeClosed", counts)
	}
	expectKind[flows.CodeClosed](t, r.guess(1, sent.Recovery, job.Text))
	if n := r.count("codes WHERE guesses = 5"); n != 1 {
		t.Fatal("more than five guesses were counted")
	}
}

// Sixteen right codes arrive at once: one grant, by one guess.
func TestSimultaneousRightCodesMintOneGrant(t *testing.T) {
	r := newRig(t, testLimits())
	sent, job := r.proven(1, r.account("lena"))
	outcomes := make([]flows.Outcome, 16)
	atOnce(len(outcomes), func(i int) { outcomes[i] = r.guess(1, sent.Recovery, job.Text) })
	for _, o := range outcomes {
		expectOutcome(t, o, outcomes[0])
	}
	expectKind[flows.CodeAccepted](t, outcomes[0])
	if grants, guesses := r.count("grants"), r.count("codes WHERE guesses = 1"); grants != 1 || guesses != 1 {
		t.Fatalf("%d grants by %d codes that were guessed at once, want one of each", grants, guesses)
	}
}

func TestGuessesOfAChatAreLimitedInTheOpen(t *testing.T) {
	limits := testLimits()
	limits.FlowsPerChat15Min, limits.SendsPerAccountHour, limits.SendsPerAccountDay = 64, 64, 64
	r := newRig(t, limits)
	var last flows.CodeSent
	for flow := range 4 {
		e := order(1, fmt.Sprintf("%d@example.org", flow))
		sent, job := r.begin(e)
		for range 5 {
			r.guess(1, sent.Recovery, wrongOf(job.Text))
			r.advance(time.Millisecond)
		}
		last = sent
	}
	want := flows.GuessedTooOften{Until: startOfTests.Add(day)}
	expectOutcome(t, r.guess(1, last.Recovery, "00000000"), want)
	r.set(want.Until.Add(-time.Millisecond))
	expectOutcome(t, r.guess(1, last.Recovery, "00000000"), want)
	r.set(want.Until)
	expectOutcome(t, r.guess(1, last.Recovery, "00000000"), flows.CodeExpired{})
}

// pressed guesses the account's ten of a day away, from two chats and over two
// identifiers.
func pressed(r *rig, a flows.Account) {
	r.Helper()
	for i, identifier := range []string{a.Addresses[0].Canonical, a.ID} {
		chat := int64(50 + i)
		e := order(chat, identifier)
		if i > 0 {
			e.IDKind = "username"
		}
		sent, job := r.begin(e)
		if !r.admitted(job, a).OK {
			r.Fatal("a code is not admitted")
		}
		for range 5 {
			r.guess(chat, sent.Recovery, wrongOf(job.Text))
		}
	}
}

func TestGuessesAtAnAccountAreLimitedInSilence(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	pressed(r, lena)
	sent, job := r.proven(1, lena)
	charged := r.count("charges")
	expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeWrong{Tries: 4})
	if r.count("grants") != 0 {
		t.Fatal("a guess over the account's budget was compared")
	}
	if n := r.count("charges") - charged; n != 1 {
		t.Fatalf("a guess over the account's budget charges %d, want the chat alone", n)
	}
	letters := r.letters()
	want := flows.Letter{
		ID: "letter.pressure:lena:2026-11-23", Channel: flows.Email, To: "Lena@example.org",
		Text: flows.LetterPressure, Facts: flows.Facts{Time: startOfTests},
	}
	if len(letters) != 1 || !reflect.DeepEqual(letters[0], want) {
		t.Fatalf("letters = %+v, want one of pressure", letters)
	}
	r.advance(day + time.Second)
	sent, job = r.proven(2, lena)
	expectKind[flows.CodeAccepted](t, r.guess(2, sent.Recovery, job.Text))
}

// What the chat is told is the same whether or not there is an account.
func TestTranscriptsTellNothing(t *testing.T) {
	play := func(prepare func(*rig) *flows.Account) (told []string) {
		r := newRig(t, testLimits())
		account := prepare(r)
		note := func(o flows.Outcome) {
			if sent, ok := o.(flows.CodeSent); ok {
				sent.Recovery, sent.Reference, sent.Words = "", "", [2]uint8{}
				o = sent
			}
			told = append(told, fmt.Sprintf("%s %+v", flows.OutcomeName(o), o))
		}
		for chat := int64(1); chat <= 5; chat++ {
			recovery := ""
			for i := range 15 {
				e := order(chat, "lena@example.org")
				if i%5 == 0 && i > 0 {
					e.Recovery = recovery
				}
				if i%5 == 0 {
					o := r.send(e)
					note(o)
					if sent, ok := o.(flows.CodeSent); ok {
						recovery = sent.Recovery
						if account != nil {
							r.admitted(r.codeJob(recovery), *account)
						}
					}
				}
				note(r.guess(chat, recovery, wrongOf(r.codeJob(recovery).Text)))
				r.advance(20 * time.Second)
			}
		}
		return told
	}
	unknown := play(func(*rig) *flows.Account { return nil })
	for name, prepare := range map[string]func(*rig) *flows.Account{
		"known": func(r *rig) *flows.Account { a := r.account("lena"); return &a },
		"disabled meanwhile": func(r *rig) *flows.Account {
			a := r.account("lena")
			r.sql("UPDATE accounts SET disabled = 1")
			return &a
		},
		"pressed": func(r *rig) *flows.Account { a := r.account("lena"); pressed(r, a); return &a },
	} {
		if known := play(prepare); !reflect.DeepEqual(known, unknown) {
			t.Errorf("a %s account is told apart:\n%q\n%q", name, known, unknown)
		}
	}
}

// An unknown account's guesses write as many rows as a known one's.
func TestGuessesCostTheSame(t *testing.T) {
	written := func(known bool) (rows [2]int) {
		r := newRig(t, testLimits())
		lena := r.account("lena")
		sent, job := r.begin(order(1, "lena@example.org"))
		if known {
			r.admitted(job, lena)
		}
		charges, outcomes := r.count("charges"), r.count("outcomes")
		for range 5 {
			r.guess(1, sent.Recovery, wrongOf(job.Text))
		}
		return [2]int{r.count("charges") - charges, r.count("outcomes") - outcomes}
	}
	if known, unknown := written(true), written(false); known != unknown || unknown != [2]int{11, 5} {
		t.Fatalf("guessing writes %v for a known and %v for an unknown account, want 11 charges and 5 outcomes", known, unknown)
	}
}

// Another chat's success is not seen in this one: its code reads as wrong, it
// is not said to be over.
func TestVoidedRecoveryAnswersLikeAnUnknownAccount(t *testing.T) {
	r := newRig(t, testLimits())
	lena := r.account("lena")
	waiting, job := r.proven(2, lena)
	sent, accepted := r.grant(1, lena)
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse")))
	expectOutcome(t, r.guess(2, waiting.Recovery, job.Text), flows.CodeWrong{Tries: 4})
	e := order(2, "lena@example.org")
	e.Recovery = waiting.Recovery
	r.advance(time.Minute)
	_, again := r.begin(e)
	if got := r.admitted(again, r.asKnown("lena")); got != (flows.Admitted{}) {
		t.Fatalf("a recovery from before the change is admitted: %+v", got)
	}
	expectOutcome(t, r.guess(2, waiting.Recovery, again.Text), flows.CodeWrong{Tries: 4})
}
