package sqlite

import (
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

var (
	oleg  = staff.Member{Who: staff.Who{ID: 4, Name: "Oleg"}, Roles: []staff.Role{staff.Admin}}
	irina = staff.Member{Who: staff.Who{ID: 5, Name: "Irina"}, Roles: []staff.Role{staff.Admin}}
)

// listed is a desk with two admins more.
func listed(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	for _, m := range []staff.Member{oleg, irina} {
		if err := NewRoster(d.db).Appoint(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *desk) rules(r staff.ListRequest, m staff.Motion) staff.Ruling {
	d.Helper()
	if r.Input == "" {
		r.Input = flows.UpdateInput(1, d.inputs.Add(1))
	}
	r.Present = true
	v, err := d.cases.Rule(d.Context(), r, func(roll staff.Roll) staff.Ruling { return d.decider.Rule(roll, m) })
	if err != nil {
		d.Fatal(err)
	}
	return v
}

func wish(id int64, name string, roles ...staff.Role) staff.Motion {
	return staff.Motion{Wish: staff.Change{Member: staff.Member{Who: staff.Who{ID: id, Name: name}, Roles: roles}}}
}

func (d *desk) rank(id int64) string {
	d.Helper()
	m, err := d.cases.Member(d.Context(), id)
	if err != nil {
		d.Fatal(err)
	}
	return m.Rank()
}

func TestTheListIsChangedOnceForAnInput(t *testing.T) {
	d := listed(t)
	r := staff.ListRequest{Input: "u:9:1", By: oleg.ID}
	first := d.rules(r, wish(9, "Mia", staff.Agent))
	if first.State != staff.ChangeDone || first.Number != 0 || d.rank(9) != "agent" {
		t.Fatalf("%+v, rank %q", first, d.rank(9))
	}
	if d.count("audit WHERE event = 'staff.appointed' AND actor = 'staff:4' AND role = 'admin' AND detail = '9: agent; was ; asked by 4'") != 1 {
		t.Fatal("the audit log does not tell who added whom")
	}
	if was, err := NewRoster(d.db).Dismiss(t.Context(), 9); err != nil || !was {
		t.Fatalf("%t, %v", was, err)
	}
	before := d.contents()
	again := d.rules(r, wish(9, "Mia", staff.Agent))
	if again.State != first.State || again.Change.ID != 9 || len(again.Admins) != len(first.Admins) || d.contents() != before {
		t.Fatalf("the same input changes the list again: %+v", again)
	}
}

func TestAChangeWaitsForASecondAdmin(t *testing.T) {
	d := listed(t)
	asked := d.rules(staff.ListRequest{Input: "u:9:1", By: oleg.ID}, wish(anna.ID, "Anna", staff.Agent, staff.Approver))
	if again := d.rules(staff.ListRequest{Input: "u:9:1", By: oleg.ID}, wish(anna.ID, "Anna", staff.Agent, staff.Approver)); again.Number != asked.Number ||
		asked.Number == 0 || d.count("staff_changes") != 1 {
		t.Fatalf("asked as %d, and again as %d", asked.Number, again.Number)
	}
	k, waits, err := d.cases.Change(t.Context(), asked.Number)
	if err != nil || !waits || k.Asker != oleg.Who || k.Rank() != "agent+approver" || len(k.Was) != 1 || !k.Until.Equal(d.now().Add(time.Hour)) {
		t.Fatalf("%+v, %t, %v", k, waits, err)
	}
	vote := staff.ListRequest{By: irina.ID, Number: asked.Number, Asker: oleg.ID, AskerHere: true}
	other := vote
	other.Asker = irina.ID
	if v := d.rules(other, staff.Motion{Act: staff.ActApprove}); v.Refusal != staff.NotBacked {
		t.Fatalf("somebody else than the asker is in the group: %+v", v)
	}
	if v := d.rules(vote, staff.Motion{Act: staff.ActApprove}); v.State != staff.ChangeDone || d.rank(anna.ID) != "agent+approver" {
		t.Fatalf("%+v, rank %q", v, d.rank(anna.ID))
	}
	if d.count("audit WHERE event = 'staff.appointed' AND actor = 'staff:5' AND detail LIKE '%asked by 4'") != 1 {
		t.Fatal("the audit log does not tell who agreed to what")
	}
	if v := d.rules(vote, staff.Motion{Act: staff.ActApprove}); v.Refusal != staff.ListMoved {
		t.Fatalf("agreed to once more: %+v", v)
	}

	gone := d.rules(staff.ListRequest{By: irina.ID}, wish(vera.ID, ""))
	vote = staff.ListRequest{By: oleg.ID, Number: gone.Number, Asker: irina.ID, AskerHere: true}
	if v := d.rules(vote, staff.Motion{Act: staff.ActRefuse}); v.State != staff.ChangeRefused || d.rank(vera.ID) == "" {
		t.Fatalf("refused: %+v", v)
	}
	if v := d.rules(vote, staff.Motion{Act: staff.ActApprove}); v.Refusal != staff.ListMoved || d.rank(vera.ID) == "" {
		t.Fatalf("approved after it was refused: %+v", v)
	}
	d.advance(50 * time.Hour)
	if err := d.db.Sweep(t.Context()); err != nil || d.count("staff_changes") != 0 {
		t.Fatalf("%v, %d changes are left", err, d.count("staff_changes"))
	}
}

// Who put an agent on the list does not approve for them, whatever is changed
// about them later; the operator's word ends that.
func TestWhoAddedSomebodyIsKnown(t *testing.T) {
	d := listed(t)
	d.rules(staff.ListRequest{By: vera.ID}, wish(9, "Mia", staff.Agent))
	d.rules(staff.ListRequest{By: oleg.ID}, wish(9, "Mia Holm", staff.Agent))
	mia := staff.Member{Who: staff.Who{ID: 9, Name: "Mia Holm"}, Roles: []staff.Role{staff.Agent}}
	number := d.ask(mia, 0, d.account("lena"), staff.Ask{Open: "l•••"}).Case.Number
	for _, next := range []staff.Ask{{Typed: "forgot"}, {Act: staff.ActNoTicket}, {Act: staff.ActLink}} {
		d.ask(mia, number, flows.Account{}, next)
	}
	approve := func() staff.Refusal {
		return d.decide(staff.Request{Input: flows.UpdateInput(1, d.inputs.Add(1)), By: vera.ID, Present: true, Case: number, Asker: 9, AskerHere: true},
			staff.Ask{Act: staff.ActApprove, Seen: d.readCase(number).Revision}).Refusal
	}
	if why := approve(); why != staff.NotYourOwn {
		t.Fatalf("Vera approves for whom she added: %q", why)
	}
	if err := NewRoster(d.db).Appoint(t.Context(), mia); err != nil {
		t.Fatal(err)
	}
	if why := approve(); why != "" {
		t.Fatalf("after the operator added them: %q", why)
	}
}
