package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

var helpdesk = staff.Program("helpdesk")

// newProgramDesk is a desk at which a program is let in.
func newProgramDesk(t *testing.T) *desk {
	d := newDesk(t)
	d.cases.o.Programs, d.hooks = []staff.Member{helpdesk}, true
	return d
}

// wishes has the program ask for a case.
func (d *desk) wishes(input string, account flows.Account, content ...string) staff.Verdict {
	d.Helper()
	r := staff.Request{
		Input: flows.InputID("api:helpdesk:" + input), By: helpdesk.ID, Present: true, Account: account, Content: content,
		Identifier: flows.Identifier{Kind: "email", Canonical: content[0]},
	}
	return d.decide(r, staff.Ask{Open: "l•••", Why: "forgot", Ticket: "HD-1"})
}

// The same request again gives the same answer and does nothing, also when the
// case has moved on; with other content it is another request.
func TestAProgramIsAnsweredOnce(t *testing.T) {
	d := newProgramDesk(t)
	lena := d.account("lena")
	first := d.wishes("1", lena, "lena", "forgot")
	if first.Refusal != "" || first.Case.Number != 1 || first.Case.Status != staff.Waiting {
		t.Fatalf("%+v", first)
	}
	if d.count("audit WHERE event IN ('case.opened', 'case.asked') AND actor = 'api:helpdesk' AND role = 'agent' AND number = 1") != 2 {
		t.Fatal("the audit log does not tell who opened the case and asked")
	}
	d.did(vera, 1, staff.ActRefuse)
	before := d.contents()
	again := d.wishes("1", lena, "lena", "forgot")
	if again.Case.Number != 1 || again.Case.Status != staff.Waiting || again.Differs || d.contents() != before {
		t.Fatalf("again: %+v", again)
	}
	if v := d.wishes("1", lena, "lena", "another"); !v.Differs || v.Case.Number != 0 || d.contents() != before {
		t.Fatalf("with other content: %+v", v)
	}
	if d.count("outcomes WHERE instr(body, 'lena') + instr(body, 'forgot') > 0") != 0 {
		t.Fatal("what was asked for stands in the clear")
	}
}

// A refusal is no answer for good: the request may succeed later.
func TestAProgramMayTryAgain(t *testing.T) {
	d := newProgramDesk(t)
	lena := d.account("lena")
	for i := range 10 {
		if v := d.wishes(fmt.Sprint(i), lena, fmt.Sprint("somebody ", i)); v.Refusal != "" {
			t.Fatalf("case %d: %+v", i, v)
		}
	}
	if v := d.wishes("late", lena, "x"); v.Refusal != staff.TooMany {
		t.Fatalf("the eleventh case of an hour: %+v", v)
	}
	d.advance(time.Hour)
	if v := d.wishes("late", lena, "x"); v.Refusal != "" || v.Case.Number != 11 {
		t.Fatalf("an hour later: %+v", v)
	}
	if v := d.wishes("later", lena, "x"); v.Refusal != staff.AlreadyOpen || v.Case.Number != 11 {
		t.Fatalf("a second case: %+v", v)
	}
}

// The link goes out when a person approves, as long as the program has its key.
func TestAPersonApprovesWhatAProgramAsks(t *testing.T) {
	d := newProgramDesk(t)
	number := d.wishes("1", d.account("lena"), "lena").Case.Number
	approve := func() staff.Verdict {
		r := staff.Request{Input: flows.UpdateInput(1, d.inputs.Add(1)), By: vera.ID, Present: true, Case: number, Asker: helpdesk.ID, AskerHere: true}
		return d.decide(r, staff.Ask{Act: staff.ActApprove, Seen: d.readCase(number).Revision})
	}
	d.cases.o.Programs = nil
	if v := approve(); v.Refusal != staff.NotBacked {
		t.Fatalf("without its key: %+v", v)
	}
	d.cases.o.Programs = []staff.Member{helpdesk}
	if v := approve(); v.Refusal != "" {
		t.Fatalf("%+v", v)
	}
	letters := d.letters()
	if len(letters) != 1 || letters[0].Text != flows.LetterLink || letters[0].Facts.Case != number || letters[0].Facts.Staff != "API helpdesk" {
		t.Fatalf("letters = %+v", letters)
	}
	if d.count("links WHERE number = ? AND state = 'live'", number) != 1 {
		t.Fatal("the link is not the case's")
	}
}

// Where nothing is risky the link is of the case that is only just begun.
func TestALinkSentAtOnceIsTheCases(t *testing.T) {
	d := newProgramDesk(t)
	d.decider.Existence = true
	v := d.wishes("1", d.account("lena"), "lena")
	if v.Case.Status != staff.Open || d.count("links WHERE number = ? AND state = 'live'", v.Case.Number) != 1 {
		t.Fatalf("%+v", v)
	}
	if letters := d.letters(); len(letters) != 1 || letters[0].Facts.Case != v.Case.Number {
		t.Fatalf("letters = %+v", letters)
	}
}

// Who has no key is nobody, whatever they call themselves.
func TestAProgramWithoutAKeyIsNobody(t *testing.T) {
	d := newDesk(t)
	if v := d.wishes("1", d.account("lena"), "lena"); v.Refusal != staff.NotStaff || d.count("cases") != 0 {
		t.Fatalf("%+v", v)
	}
	if _, err := d.cases.Alarmed(context.Background(), staff.Alarm{By: helpdesk.ID, Program: helpdesk.Name, Tried: "reset"}, staff.TooMany); err != nil {
		t.Fatal(err)
	}
	if d.count("audit WHERE event = 'staff.refused' AND actor = 'api:helpdesk'") != 1 {
		t.Fatal("the audit log does not name the program")
	}
}

// Programs are told of what happens to their cases, each event once, and of no
// other's.
func TestProgramsAreToldOfTheirCases(t *testing.T) {
	d := newProgramDesk(t)
	told := func() (all []string) {
		t.Helper()
		due, _, err := d.jobs.Claim(t.Context(), 100, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range due {
			var p flows.HookJob
			if j.Kind != flows.JobHook {
				continue
			}
			if _, err := d.jobs.Complete(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(j.Payload, &p); err != nil {
				t.Fatal(err)
			}
			if !p.At.Equal(d.now()) || j.Deadline.Sub(d.now()) != day {
				t.Errorf("%+v until %s", p, j.Deadline)
			}
			all = append(all, fmt.Sprintf("%s %d %s %s", p.ID, p.Number, p.Status, p.What))
		}
		return all
	}
	expectTold := func(want ...string) {
		t.Helper()
		if got := told(); !slices.Equal(got, want) {
			t.Errorf("programs are told %q, want %q", got, want)
		}
	}
	d.ask(anna, 0, d.account("omar"), staff.Ask{Open: "o•••"})
	d.did(anna, 1, staff.ActClose)
	expectTold()
	d.wishes("1", d.account("lena"), "lena")
	expectTold("2-1 2 waiting opened", "2-2 2 waiting asked")
	d.wishes("1", flows.Account{}, "lena")
	expectTold()
	d.advance(time.Hour)
	if _, _, _, err := d.cases.Draw(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	expectTold("2-3 2 open approval_expired")
	d.did(anna, 2, staff.ActClaim)
	d.did(anna, 2, staff.ActClose)
	expectTold("2-4 2 open claimed", "2-5 2 closed closed")
	d.hooks = false
	d.did(anna, 2, staff.ActReopen)
	expectTold()
}
