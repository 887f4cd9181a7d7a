package sqlite

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/keyring"
	"rekey/flows/staff"
)

// rotate gives the desk the file as a process finds it that has these secrets.
func (d *desk) rotate(secrets ...string) {
	d.Helper()
	var keys [][]byte
	for _, s := range secrets {
		keys = append(keys, bytes.Repeat([]byte(s), keyring.MinSecret))
	}
	ring, err := keyring.New(keys...)
	if err != nil {
		d.Fatal(err)
	}
	d.reopen(testLimits(), func(o *LedgerOptions) { o.Sealer, o.MAC = ring, ring.MAC })
	d.cases = NewCases(d.Ledger, d.cases.o)
	if err := d.ResealCases(d.Context()); err != nil {
		d.Fatal(err)
	}
}

// A secret is taken away two days after another came in front of it.
func TestCasesOutliveTheirSecret(t *testing.T) {
	d := newDesk(t)
	d.rotate("k")
	d.talk("c", stuck)
	for i := range 2*resealAtOnce + 1 {
		d.ask(vera, 0, flows.Account{}, staff.Ask{Open: fmt.Sprint(i)})
		d.advance(time.Hour)
	}
	want, body := d.readCase(1), func() (b []byte) {
		_, err := d.db.look(t.Context(), into{&b}, "SELECT body FROM cases WHERE number = 1")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := body()
	d.rotate("k")
	if !bytes.Equal(body(), before) {
		t.Error("a case is sealed anew though the secret is the same")
	}
	d.rotate("n", "k")
	d.rotate("n")
	for number := range int64(2*resealAtOnce + 2) {
		d.readCase(number + 1)
	}
	if got := d.readCase(1); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := d.count("cases WHERE status = 'open' AND talk = 'c' AND claimed = 0 AND chat = 77"); n != 1 {
		t.Errorf("%d cases are as the first is, want one", n)
	}
	if d.rotate("x"); d.count("cases WHERE status <> 'closed' OR talk <> ''") != 0 {
		t.Error("somebody waits for a case that does not open")
	}
	if d.rotate("x", "n"); d.readCase(1).Status != staff.Open {
		t.Error("the case is not as it was once its secret is back")
	}
}

// A case whose secret is gone keeps nobody from a password, from support or from
// working on other cases.
func TestACaseThatDoesNotOpenHoldsUpNobody(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	d.talk(conversationOf(77), stuck)
	d.ask(anna, 0, lena, staff.Ask{Open: "l•••"})
	before := d.count("cases")
	d.advance(time.Hour)
	d.rotate("n")

	if err := d.Abandon(t.Context(), conversationOf(77)); err != nil {
		t.Errorf("abandoning: %v", err)
	}
	sent, accepted := d.grant(77, lena)
	expectKind[flows.PasswordSet](t, d.change(setting(77, sent.Recovery, accepted.Grant, "correct horse")))
	if n := d.count("cases"); n != before {
		t.Errorf("%d cases, want %d", n, before)
	}
	expectOutcome(t, d.talk("another", flows.OpenTalk{Chat: 77}), flows.TalkOpened{Case: int64(before) + 1})
	for number := range int64(before) + 2 {
		_, found, err := d.cases.Case(t.Context(), number)
		if err != nil || found != (number > int64(before)) {
			t.Errorf("case %d: %t, %v", number, found, err)
		}
		if _, _, found, err = d.cases.Draw(t.Context(), number); err != nil || found != (number > int64(before)) {
			t.Errorf("drawing case %d: %t, %v", number, found, err)
		}
	}
	d.advance(day)
	if w := d.week(time.UTC); w.Now.Opened != before+1 {
		t.Errorf("%d cases were opened, want %d", w.Now.Opened, before+1)
	}
	d.sql("UPDATE cases SET typed = ?", d.typedTag(flows.Identifier{Kind: "email", Canonical: "lena@example.org"}))
	found, err := d.cases.Find(t.Context(), flows.Identifier{Kind: "email", Canonical: "lena@example.org"}, 10)
	if err != nil || len(found) != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
}

// The figures of a week wait longer than a secret stays.
func TestTheNextFiguresOutliveTheirSecret(t *testing.T) {
	d := newDesk(t)
	due := d.now().Add(7 * day)
	begin := func() {
		w := staff.Weekly{WeeklyOptions: staff.WeeklyOptions{Jobs: d.jobs, Now: d.now, Next: func(time.Time) time.Time { return due }}}
		if err := w.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, secret := range []string{"k", "n"} {
		d.rotate(secret)
		begin()
	}
	d.set(due)
	jobs, _, err := d.jobs.Claim(t.Context(), 5, time.Minute)
	if err != nil || len(jobs) != 1 || jobs[0].Kind != flows.JobWeek {
		t.Fatalf("claimed %+v, %v", jobs, err)
	}
}
