package staff

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// roll is the list as an admin finds it who is in the group.
func roll(by Member) Roll {
	return Roll{Now: noon, List: []Member{anna, ben, vera, oleg, irina, greta}, By: by.ID, Present: true, AskerHere: true}
}

func wish(m Member, roles ...Role) Motion {
	m.Roles = roles
	return Motion{Wish: Change{Member: m}}
}

var mia = Member{Who: Who{9, "Mia"}}

func TestAnAdminChangesTheListAsFarAsOneMay(t *testing.T) {
	for name, c := range map[string]struct {
		by   Member
		m    Motion
		want Standing
		no   Refusal
	}{
		"adds an agent":             {oleg, wish(mia, Agent), ChangeDone, ""},
		"adds an auditor":           {oleg, wish(mia, Agent, Auditor), ChangeDone, ""},
		"removes an agent":          {oleg, wish(anna), ChangeDone, ""},
		"adds an approver":          {oleg, wish(mia, Agent, Approver), ChangeWaits, ""},
		"adds an admin":             {oleg, wish(mia, Admin), ChangeWaits, ""},
		"promotes an agent":         {oleg, wish(anna, Agent, Admin), ChangeWaits, ""},
		"makes an approver less":    {oleg, wish(vera, Agent), ChangeWaits, ""},
		"removes an approver":       {oleg, wish(vera), ChangeWaits, ""},
		"removes an admin":          {oleg, wish(irina), ChangeWaits, ""},
		"promotes themselves":       {oleg, wish(oleg, Admin, Approver), "", NotYourself},
		"removes themselves":        {oleg, wish(oleg), "", NotYourself},
		"removes nobody":            {oleg, wish(mia), "", NotListed},
		"writes nonsense":           {oleg, Motion{Unread: NoRole}, "", NoRole},
		"an agent":                  {anna, wish(mia, Agent), "", NotYourRole},
		"an agent writing nonsense": {anna, Motion{Unread: NoRole}, "", NotYourRole},
		"an approver":               {vera, wish(mia, Agent), "", NotYourRole},
		"a stranger":                {mia, wish(mia, Admin), "", NotStaff},
	} {
		v := decider().Rule(roll(c.by), c.m)
		if v.State != c.want || v.Refusal != c.no {
			t.Errorf("%s: %+v", name, v)
		}
		if c.want == "" {
			continue
		}
		if want := []Who{oleg.Who, irina.Who}; !slices.Equal(v.Admins, want) || v.By.ID != c.by.ID {
			t.Errorf("%s: told are %v, want %v", name, v.Admins, want)
		}
		if until := v.Change.Until; (c.want == ChangeWaits) != until.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s: it waits until %s", name, until)
		}
	}
	away := roll(oleg)
	away.Present = false
	if v := decider().Rule(away, wish(mia, Agent)); v.Refusal != NotPresent {
		t.Errorf("who has left the group: %+v", v)
	}
}

func TestASecondAdminAgrees(t *testing.T) {
	waiting := decider().Rule(roll(oleg), wish(anna, Agent, Admin)).Change
	gone := decider().Rule(roll(oleg), wish(irina)).Change
	for name, c := range map[string]struct {
		by     Member
		about  Change
		act    Act
		change func(*Roll)
		want   Standing
		no     Refusal
	}{
		"agrees":                  {irina, waiting, ActApprove, nil, ChangeDone, ""},
		"refuses":                 {irina, waiting, ActRefuse, nil, ChangeRefused, ""},
		"takes it back":           {oleg, waiting, ActRefuse, nil, ChangeRefused, ""},
		"agrees with themselves":  {oleg, waiting, ActApprove, nil, "", NotYourOwn},
		"lets themselves go":      {irina, gone, ActApprove, nil, "", NotYourself},
		"keeps themselves":        {irina, gone, ActRefuse, nil, "", NotYourself},
		"an approver":             {vera, waiting, ActApprove, nil, "", NotYourRole},
		"who would be promoted":   {anna, waiting, ActApprove, nil, "", NotYourRole},
		"another act":             {irina, waiting, ActLink, nil, "", ListMoved},
		"what is over":            {irina, Change{}, ActApprove, nil, "", ListMoved},
		"has left":                {irina, waiting, ActApprove, func(r *Roll) { r.Present = false }, "", NotPresent},
		"an hour later":           {irina, waiting, ActApprove, func(r *Roll) { r.Now = noon.Add(time.Hour) }, "", ListMoved},
		"the asker has left":      {irina, waiting, ActApprove, func(r *Roll) { r.AskerHere = false }, "", NotBacked},
		"the asker was removed":   {irina, waiting, ActApprove, func(r *Roll) { r.List = r.List[4:] }, "", NotBacked},
		"the asker is no admin":   {irina, waiting, ActApprove, func(r *Roll) { r.List[3].Roles = []Role{Agent} }, "", NotBacked},
		"whom it is about is out": {irina, waiting, ActApprove, func(r *Roll) { r.List = r.List[1:] }, "", ListMoved},
	} {
		r := roll(c.by)
		if r.Waiting = c.about; c.change != nil {
			r.List = slices.Clone(r.List)
			c.change(&r)
		}
		if v := decider().Rule(r, Motion{Act: c.act}); v.State != c.want || v.Refusal != c.no {
			t.Errorf("%s: %+v", name, v)
		}
	}
	r := roll(irina)
	r.Waiting = waiting
	if v := decider().Rule(r, Motion{Act: ActApprove}); !slices.Contains(v.Admins, anna.Who) {
		t.Errorf("the new admin is not told: %v", v.Admins)
	}
}

// Whatever one bribed admin does, with as many accounts as they can get on the
// list, they neither become more than they were nor bring an accomplice into
// power, and the chat leaves an admin.
func FuzzOneAdminAlone(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 2))
		d, r := decider(), roll(oleg)
		puppets := []Member{oleg, mia, {Who: Who{10, "Max"}}, anna}
		var waits []Change
		for range 50 {
			r.By, r.Now = puppets[random.IntN(len(puppets))].ID, r.Now.Add(time.Minute)
			m := wish(append(puppets, irina, vera)[random.IntN(6)], Roles()[:random.IntN(5)]...)
			if r.Waiting = (Change{}); len(waits) > 0 && random.IntN(2) == 0 {
				r.Waiting, m = waits[random.IntN(len(waits))], Motion{Act: ActApprove}
			}
			v := d.Rule(r, m)
			if v.State == ChangeWaits {
				waits = append(waits, v.Change)
			}
			if v.State == ChangeDone {
				r.List = carriedOut(r.List, v.Change)
			}
		}
		for _, was := range roll(oleg).List {
			if now := r.member(was.ID); was.Is(Approver, Admin) != now.Is(Approver, Admin) || was.Is(Approver, Admin) && !slices.Equal(was.Roles, now.Roles) {
				t.Fatalf("%s was %v and is %v", was.Name, was.Roles, now.Roles)
			}
		}
		for _, p := range puppets[1:] {
			if r.member(p.ID).Is(Approver, Admin) {
				t.Fatalf("%s is %v", p.Name, r.member(p.ID).Roles)
			}
		}
	})
}

func carriedOut(list []Member, c Change) []Member {
	list = slices.DeleteFunc(slices.Clone(list), func(m Member) bool { return m.ID == c.ID })
	if len(c.Roles) > 0 {
		list = append(list, c.Member)
	}
	return list
}

// An approver who put an agent on the list approves nothing that they ask for.
func TestNobodyApprovesForWhomTheyAdded(t *testing.T) {
	s := scene(vera)
	s.Case.Status, s.Case.Pending = Waiting, Pending{Act: ActSessions, By: anna.Who, Until: noon.Add(time.Hour)}
	s.Asker, s.AskerHere = anna, true
	if v := decider().Decide(s, Ask{Act: ActApprove}); v.Refusal != "" {
		t.Fatalf("%+v", v)
	}
	s.Asker.AddedBy = vera.ID
	refusal(t, decider().Decide(s, Ask{Act: ActApprove}), NotYourOwn)
}

func TestMotionsAreRead(t *testing.T) {
	for text, want := range map[string]Motion{
		"add 5 Anna agent":                    wish(Member{Who: Who{5, "Anna"}}, Agent),
		"add 5 Anna  Holm admin, Agent,agent": wish(Member{Who: Who{5, "Anna Holm"}}, Agent, Admin),
		"remove 5":                            wish(Member{Who: Who{ID: 5}}),
		"":                                    {Unread: ListUnread},
		"ad 5 Anna agent":                     {Unread: ListUnread},
		"remove 5 Anna":                       {Unread: ListUnread},
		"add":                                 {Unread: NoMember},
		"add Anna agent":                      {Unread: NoMember},
		"add -5 Anna agent":                   {Unread: NoMember},
		"remove 99999999999999999999":         {Unread: NoMember},
		"add 5 agent":                         {Unread: NoName},
		"add 5 An\x00na agent":                {Unread: NoName},
		"add 5 Anna":                          {Unread: NoRole},
		"add 5 Anna boss":                     {Unread: NoRole},
		"add 5 Anna agent, boss":              {Unread: NoRole},
	} {
		if got := readMotion(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %+v, want %+v", text, got, want)
		}
	}
}
