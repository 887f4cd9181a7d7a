package staff

import (
	"slices"
	"time"
)

// Change is what an admin wants of the list of staff: that somebody is on it with
// a name and roles, or, without roles, off it.
type Change struct {
	Member
	Asker Who
	Was   []Role    // what they could do when it was asked for; none: they were not on the list
	Until time.Time // until when a second admin can agree; zero: none is needed
}

// powerful tells whether the change gives or takes what lets others act: one
// admin who was bribed must not do that alone.
func (c Change) powerful() bool {
	before, after := Member{Roles: c.Was}, c.Member
	return before.Is(Approver, Admin) || after.Is(Approver, Admin)
}

// Roll is all that a decision about the list of staff rests on, read in the
// transaction that carries it out.
type Roll struct {
	Now       time.Time
	List      []Member
	By        int64  // who acts
	Present   bool   // they are in the staff group now
	Waiting   Change // what waits for a second admin; the zero Change is nothing
	AskerHere bool   // who asked for it is in the staff group
}

// Motion is what an admin does about the list of staff: ask for a change, or
// agree to one that waits.
type Motion struct {
	Wish   Change
	Unread Refusal // why the wish cannot be read
	Act    Act     // ActApprove or ActRefuse of what waits; empty: the wish
}

// Ruling is what comes of a Motion.
type Ruling struct {
	Number  int64 // of a change that waited or waits; 0: no second admin is needed
	Change  Change
	By      Member
	State   Standing
	Refusal Refusal
	Admins  []Who // whom to tell: the admins before and after
}

// Standing is how a change of the list stands. Its values are stored and never
// change meaning.
type Standing string

// How a change can stand.
const (
	ChangeWaits   Standing = "waiting" // for a second admin
	ChangeDone    Standing = "done"
	ChangeRefused Standing = "refused"
)

// Rule says what comes of a Motion. Nobody decides about themselves, and what is
// powerful needs two admins besides, so that the chat never takes the last admin
// off the list.
func (d Decider) Rule(r Roll, m Motion) Ruling {
	by := r.member(r.By)
	switch {
	case len(by.Roles) == 0:
		return Ruling{Refusal: NotStaff}
	case !r.Present:
		return Ruling{Refusal: NotPresent}
	case !by.Is(Admin):
		return Ruling{Refusal: NotYourRole}
	case m.Act != "":
		return r.settle(by, m.Act)
	case m.Unread != "":
		return Ruling{Refusal: m.Unread}
	}
	c, was := m.Wish, r.member(m.Wish.ID)
	c.Asker, c.Was = by.Who, was.Roles
	switch {
	case c.ID == by.ID:
		return Ruling{Refusal: NotYourself}
	case len(c.Roles) == 0 && len(was.Roles) == 0:
		return Ruling{Refusal: NotListed}
	case len(c.Roles) == 0:
		c.Name = was.Name
	}
	if c.powerful() {
		c.Until = r.Now.Add(d.ApproveFor)
		return r.ruling(c, by, ChangeWaits)
	}
	return r.ruling(c, by, ChangeDone)
}

// settle lets a second admin agree to what waits, or any refuse it, but for whom
// it is about.
func (r Roll) settle(by Member, a Act) Ruling {
	c := r.Waiting
	switch {
	case c.ID == 0 || !r.Now.Before(c.Until):
		return Ruling{Refusal: ListMoved}
	case by.ID == c.ID:
		return Ruling{Refusal: NotYourself}
	case a == ActRefuse:
		return r.ruling(c, by, ChangeRefused)
	case a != ActApprove:
		return Ruling{Refusal: ListMoved}
	case by.ID == c.Asker.ID:
		return Ruling{Refusal: NotYourOwn}
	case !r.AskerHere || !r.member(c.Asker.ID).Is(Admin):
		return Ruling{Refusal: NotBacked}
	case !slices.Equal(r.member(c.ID).Roles, c.Was):
		return Ruling{Refusal: ListMoved}
	}
	return r.ruling(c, by, ChangeDone)
}

func (r Roll) ruling(c Change, by Member, s Standing) Ruling {
	v := Ruling{Change: c, By: by, State: s}
	for _, m := range r.List {
		if m.Is(Admin) {
			v.Admins = append(v.Admins, m.Who)
		}
	}
	if s == ChangeDone && c.Is(Admin) && !slices.Contains(c.Was, Admin) {
		v.Admins = append(v.Admins, c.Who)
	}
	return v
}

// member gives who on the list has an id; the zero Member is nobody.
func (r Roll) member(id int64) Member {
	if i := slices.IndexFunc(r.List, func(m Member) bool { return m.ID == id }); i >= 0 {
		return r.List[i]
	}
	return Member{}
}
