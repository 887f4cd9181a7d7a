package sqlite

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

func TestStepBackEndsAllProofs(t *testing.T) {
	for name, restart := range map[string]bool{"running": false, "over a restart": true} {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			withLog := func(o *LedgerOptions) { o.Log = slog.New(slog.NewTextHandler(&logged, nil)) }
			r := newRig(t, testLimits(), withLog)
			lena := r.account("lena")
			sent, job := r.proven(1, lena)
			waiting, late := r.proven(3, r.account("mark"))
			granted, accepted := r.grant(2, lena)
			r.advance(5 * time.Second)
			r.owe(flows.Job{Kind: flows.JobParked, Key: "one", Payload: []byte(`"payload of one"`), Due: r.now(), Deadline: r.now().Add(time.Hour)})
			r.set(startOfTests.Add(-time.Hour))
			if restart {
				r.reopen(testLimits(), withLog)
			}
			expectOutcome(t, r.guess(1, sent.Recovery, job.Text), flows.CodeExpired{})
			expectKind[flows.GrantVoid](t, r.change(setting(2, granted.Recovery, accepted.Grant, "correct horse")))
			if !strings.Contains(logged.String(), "level=WARN") || r.count("audit WHERE event = 'clock.stepped_back'") != 1 {
				t.Fatalf("the step is not told: %s", logged.String())
			}
			found := false
			jobs, _, err := r.jobs.Claim(t.Context(), 10, time.Minute)
			for _, j := range jobs {
				found = found || j.Key == "one"
			}
			if err != nil || !found {
				t.Fatalf("a job that was due waits for the old time: %+v, %v", jobs, err)
			}
			e := order(1, "lena@example.org")
			e.Recovery = sent.Recovery
			e.Channel = flows.SMS
			fresh, freshJob := r.begin(e)
			if got := r.admitted(freshJob, lena); !got.OK {
				t.Fatalf("life does not go on: %+v", got)
			}
			expectKind[flows.CodeAccepted](t, r.guess(1, fresh.Recovery, freshJob.Text))
			r.set(startOfTests)
			expectOutcome(t, r.guess(3, waiting.Recovery, late.Text), flows.CodeExpired{})
		})
	}
}

func TestSmallStepBackIsForgiven(t *testing.T) {
	r := newRig(t, testLimits())
	sent, job := r.proven(1, r.account("lena"))
	r.advance(-flows.StepTolerance)
	expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, job.Text))
}

func TestLimitsSurviveAStepBack(t *testing.T) {
	limits := withoutChatLimits()
	limits.SendsPerAccountHour, limits.WrongPer10Min = 3, 100
	r := newRig(t, limits)
	for range 3 {
		sent, job := r.begin(order(1, "lena@example.org"))
		r.guess(1, sent.Recovery, wrongOf(job.Text))
		r.advance(time.Second)
	}
	r.set(startOfTests.Add(-3 * day))
	expectOutcome(t, r.send(order(1, "lena@example.org")), flows.TooOften{Until: r.now().Add(time.Hour)})
	if r.count("tallies WHERE at > ?", r.ms.Load()) != 0 || r.count("tallies WHERE count = 3") != 2 {
		t.Fatal("tallies do not move with the clock")
	}
	r.advance(time.Hour)
	expectKind[flows.CodeSent](t, r.send(order(1, "lena@example.org")))
}

func TestMarkIsWrittenSparingly(t *testing.T) {
	r := newRig(t, generous())
	mark := func() (at int64) {
		t.Helper()
		if err := r.db.read.QueryRow("SELECT value FROM marks WHERE name = 'clock'").Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	r.send(order(1, "lena@example.org"))
	first := mark()
	r.advance(markEvery - time.Millisecond)
	r.send(order(1, "lena@example.org"))
	if mark() != first {
		t.Fatal("the mark is written again within a second")
	}
	r.advance(time.Millisecond)
	if err := r.Forfeit(t.Context(), r.key("none", flows.KindCheckCode), ""); err != nil || mark() != first {
		t.Fatalf("a transaction that changes nothing writes the mark, %v", err)
	}
	r.send(order(1, "lena@example.org"))
	if got := mark(); got != r.ms.Load() {
		t.Fatalf("the mark is %d, want %d", got, r.ms.Load())
	}
}

// Links and changes of the list of staff whose time was over stay over when the
// clock is stepped back, and so does a stop of the recovery. Those under way keep
// the time that they still had.
func TestAStepBackRevivesNothingOfStaff(t *testing.T) {
	for name, left := range map[string]time.Duration{"over": -time.Second, "under way": time.Second} {
		t.Run(name, func(t *testing.T) {
			d := listed(t)
			lena, mark := d.account("lena"), d.account("mark")
			number := d.verified(mark)
			d.did(anna, number, staff.ActFreeze)
			d.did(anna, number, staff.ActClose)
			d.advance(day - time.Hour)
			asked := d.rules(staff.ListRequest{By: oleg.ID}, wish(9, "Mia", staff.Approver))
			d.advance(30 * time.Minute)
			d.did(anna, d.verified(lena), staff.ActLink)
			d.advance(30*time.Minute - left)
			d.send(order(1, "somebody@example.org")) // the ledger sees the time
			d.advance(-10 * time.Hour)
			d.send(order(2, "somebody@example.org")) // and the step

			_, job := d.begin(order(3, "mark@example.org"))
			if admitted := d.admitted(job, d.asKnown("mark")).OK; admitted != (left < 0) {
				t.Errorf("a code for whose recovery was stopped: %t", admitted)
			}
			if left > 0 {
				d.advance(2 * left)
			}
			o, err := d.OpenLink(t.Context(), d.key("c", flows.KindOpenLink), flows.OpenLink{Token: d.fresh.Token, Chat: 7})
			if err != nil {
				t.Fatal(err)
			}
			expectOutcome(t, o, flows.LinkOver{})
			vote := staff.ListRequest{By: irina.ID, Number: asked.Number, Asker: oleg.ID, AskerHere: true}
			if v := d.rules(vote, staff.Motion{Act: staff.ActApprove}); v.Refusal != staff.ListMoved {
				t.Errorf("the change is %+v", v)
			}
		})
	}
}

// What a caller proved, and what waits for a second person, ends with the time in
// which it began.
func TestAStepBackEndsWhatIsUnderWayInACase(t *testing.T) {
	for name, c := range map[string]struct {
		before []staff.Act
		by     staff.Member
		act    staff.Act
		want   staff.Refusal
	}{
		"proved":  {nil, anna, staff.ActSessions, staff.NotVerified},
		"waiting": {[]staff.Act{staff.ActSessions}, vera, staff.ActApprove, staff.NotNow},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			number := d.verified(d.account("lena"))
			d.sql("UPDATE accounts SET privileged = 1")
			for _, a := range c.before {
				d.did(anna, number, a)
			}
			d.advance(time.Minute)
			d.send(order(1, "somebody@example.org")) // the ledger sees the time
			d.advance(-time.Hour)
			if v := d.ask(c.by, number, flows.Account{}, staff.Ask{Act: c.act}); v.Refusal != c.want {
				t.Errorf("it goes on: %+v", v)
			}
		})
	}
}
