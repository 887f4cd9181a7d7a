package staff

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func asked(s Scene) Verdict {
	s.Case = Case{}
	return decider().Decide(s, Ask{Open: "l•••", Why: " forgot\n it ", Ticket: "HD-1"})
}

// What a program asks for waits for a person, and nobody works on it yet.
func TestAProgramOpensACase(t *testing.T) {
	helpdesk := Program("helpdesk")
	v := asked(scene(helpdesk))
	refusal(t, v, "")
	c := v.Case
	if !v.Began || c.Status != Waiting || c.Reason != "forgot it" || c.Ticket != "HD-1" || c.Asks != "" || c.Claimed != (Who{}) ||
		c.By != helpdesk.Who || c.Pending.Act != ActLink || !slices.Equal(c.Pending.Risks, []Risk{RiskUnverified}) {
		t.Fatalf("%+v", v)
	}
	s := scene(vera)
	s.Case, s.Asker, s.AskerHere = c, helpdesk, true
	s.Case.Number, s.Case.Revision = 17, 1
	v = decider().Decide(s, Ask{Act: ActApprove, Seen: 1})
	refusal(t, v, "")
	link := SendLink{Account: "lena", By: "API helpdesk", Token: "token", Until: noon.Add(linkLife)}
	if !reflect.DeepEqual(v.Orders, []Order{link}) {
		t.Fatalf("orders = %+v", v.Orders)
	}
	s.Asker = Member{}
	refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 1}), NotBacked)
}

// Whether there is an account makes no difference, unless staff may know.
func TestAProgramLearnsNothingOfAnAccount(t *testing.T) {
	nobody := scene(Program("helpdesk"))
	nobody.Account = Known{}
	risky := scene(Program("helpdesk"))
	risky.Account.Privileged = true
	for name, s := range map[string]Scene{"somebody's": scene(Program("helpdesk")), "nobody's": nobody, "a privileged one's": risky} {
		v := asked(s)
		v.Case.Account = ""
		want := asked(nobody)
		if !reflect.DeepEqual(v, want) {
			t.Errorf("%s: %+v, want %+v", name, v, want)
		}
	}
	d := decider()
	d.Existence = true
	s := scene(Program("helpdesk"))
	s.Case = Case{}
	if v := d.Decide(s, Ask{Open: "l•••", Why: "forgot"}); v.Case.Status != Open || len(v.Orders) != 1 {
		t.Errorf("where staff may know: %+v", v)
	}
}

func TestAProgramHasTheLimitsOfAnAgent(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Scene)
		want   Refusal
	}{
		"an hour's cases": {func(s *Scene) { s.StartsHour = 10 }, TooMany},
		"a day's cases":   {func(s *Scene) { s.StartsDay = 30 }, TooMany},
		"a case is open":  {func(s *Scene) { s.Running = 9 }, AlreadyOpen},
	} {
		s := scene(Program("helpdesk"))
		test.change(&s)
		t.Run(name, func(t *testing.T) { refusal(t, asked(s), test.want) })
	}
	long := decider().Decide(scene(Program("helpdesk")), Ask{Open: "l•••", Why: strings.Repeat("x", longestNote+1)})
	refusal(t, long, TooLong)
	s := scene(Program("helpdesk"))
	s.StartsDay = 15
	if v := asked(s); !slices.Contains(v.Case.Pending.Risks, RiskVolume) {
		t.Errorf("the sixteenth case of a day: %+v", v.Case.Pending)
	}
}

// Whatever button a program would press, it approves nothing.
func TestAProgramApprovesNothing(t *testing.T) {
	for _, act := range []Act{ActApprove, ActRefuse} {
		s := scene(Program("helpdesk"))
		s.Case.Status, s.Case.Pending = Waiting, Pending{Act: ActLink, By: anna.Who, Until: noon.Add(linkLife)}
		s.Asker, s.AskerHere = anna, true
		refusal(t, decider().Decide(s, Ask{Act: act, Seen: 3}), NotYourRole)
	}
}

// A program is no person, and another than those of other names.
func TestProgramsHaveIDsOfTheirOwn(t *testing.T) {
	one, other := Program("helpdesk"), Program("board")
	if one.ID >= 0 || other.ID >= 0 || one.ID == other.ID || Program("helpdesk").ID != one.ID || anna.Program() {
		t.Errorf("%+v, %+v", one, other)
	}
}
