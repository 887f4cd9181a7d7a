package staff

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// talkOf is Lena's case, whom Anna writes with.
func talkOf(by Member) Scene {
	s := scene(by)
	s.Case = Helped("l•••", "lena", Talk{Chat: 77, Conversation: "c", Opened: "u:1:1", Trouble: flows.Trouble{Step: "code"}}, noon)
	s.Case.Number, s.Case.Claimed = 17, anna.Who
	return s
}

func TestWhoHasTheCaseSpeaksForSupport(t *testing.T) {
	d := decider()
	v := d.Decide(talkOf(anna), Ask{Typed: "Good morning", At: 5})
	refusal(t, v, "")
	if want := []Order{Say{Line{Kind: LineSaid, By: "Anna", Text: "Good morning", To: 77}}}; v.Changed || !reflect.DeepEqual(v.Orders, want) {
		t.Errorf("got %+v", v)
	}
	v = d.Decide(talkOf(anna), Ask{Media: "photo", Typed: "look", At: 5})
	if want := []Order{Say{Line{Kind: LineSaid, By: "Anna", Text: "look", Media: "photo", Message: 5, To: 77}}}; !reflect.DeepEqual(v.Orders, want) {
		t.Errorf("got %+v", v)
	}
	away := talkOf(anna)
	away.Present = false
	nobodys := talkOf(anna)
	nobodys.Case.Claimed = Who{}
	for name, c := range map[string]struct {
		s    Scene
		a    Ask
		want Refusal
	}{
		"a colleague":     {talkOf(ben), Ask{Typed: "x"}, NotClaimed},
		"an auditor":      {talkOf(greta), Ask{Typed: "x"}, NotYourRole},
		"a stranger":      {talkOf(Member{}), Ask{Typed: "x"}, NotStaff},
		"who has left":    {away, Ask{Typed: "x"}, NotPresent},
		"nobody's case":   {nobodys, Ask{Typed: "x"}, NotTaken},
		"too long a line": {talkOf(anna), Ask{Typed: strings.Repeat("ж", longestLine+1)}, LineTooLong},
		"nothing":         {talkOf(anna), Ask{Typed: " \n"}, NothingAsked},
	} {
		t.Run(name, func(t *testing.T) { refusal(t, d.Decide(c.s, c.a), c.want) })
	}
}

// In a talk a caller's code is still one when staff type it, and nothing else is.
func TestACodeReadOutIsNoTalk(t *testing.T) {
	d, s := decider(), talkOf(anna)
	s.Case = d.Decide(s, Ask{Act: ActAskCode}).Case
	if v := d.Decide(s, Ask{Typed: "Which code do you see?"}); len(v.Orders) != 1 || v.Case.Caller.Tries != s.Case.Caller.Tries {
		t.Errorf("talk: %+v", v)
	}
	if v := d.Decide(s, Ask{Typed: "000 000"}); v.Refusal != WrongCode || len(v.Orders) != 0 {
		t.Errorf("a wrong code: %+v", v)
	}
	for _, typed := range []string{"314-159", "314\u00a0159", "3 1 4 1 5 9", "314\u200b159.", "٣١٤١٥٩", "３１４ １５９"} {
		if v := d.Decide(s, Ask{Typed: typed}); len(v.Orders) != 0 || !v.Case.Caller.Verified(noon) {
			t.Errorf("%q is not the code: %+v", typed, v)
		}
	}
	if v := d.Decide(s, Ask{Typed: "314 159"}); v.Refusal != "" || len(v.Orders) != 0 || !v.Case.Caller.Verified(noon) {
		t.Errorf("the right code: %+v", v)
	}
}

func TestATalkBeginsAndEnds(t *testing.T) {
	d := decider()
	fresh := talkOf(vera)
	fresh.Case.Claimed = Who{}
	v := d.Decide(fresh, Ask{Act: ActClaim})
	if want := []Order{Say{Line{Kind: LineJoined, By: "Vera", To: 77}}}; !reflect.DeepEqual(v.Orders, want) {
		t.Errorf("claimed: %+v", v.Orders)
	}
	for _, a := range []Act{ActEndTalk, ActClose} {
		v := d.Decide(talkOf(anna), Ask{Act: a})
		if want := []Order{Say{Line{Kind: LineEnded, By: "Anna", To: 77, Conversation: "c", Opened: "u:1:1"}}}; !reflect.DeepEqual(v.Orders, want) || v.Case.Talk.Live {
			t.Errorf("%s: %+v", a, v)
		}
		ended := talkOf(anna)
		ended.Case = v.Case
		refusal(t, d.Decide(ended, Ask{Act: ActEndTalk}), NotNow)
	}
	set := talkOf(anna).Case.Happened(PasswordSet, noon)
	if set.Status != Open || !set.Talk.Live {
		t.Error("a password that is set ends a talk")
	}
}

// talkLedger holds the lines of one case, and talkGroup hears them.
type (
	talkLedger struct {
		Cases
		c     Case
		lines []Line
	}
	talkGroup struct {
		Group
		toStaff, toPerson []Line
	}
)

func (l *talkLedger) Lines(context.Context, int64) ([]Line, Case, Place, error) {
	return l.lines, l.c, Place{Topic: 9, Message: 31}, nil
}

func (l *talkLedger) Said(_ context.Context, said ...Line) error {
	l.lines = l.lines[len(said):]
	return nil
}

func (g *talkGroup) ToStaff(_ context.Context, _ Place, _ int64, lines ...Line) error {
	g.toStaff = append(g.toStaff, lines...)
	return nil
}

func (g *talkGroup) ToPerson(_ context.Context, _ Talk, l Line) error {
	g.toPerson = append(g.toPerson, l)
	return nil
}

// What waits for a chat is not said in another one, to which the case moved
// meanwhile; the talk in the first one ends all the same.
func TestLinesStayWithTheirChat(t *testing.T) {
	s := talkOf(anna)
	l, g := &talkLedger{}, &talkGroup{}
	for _, a := range []Ask{{Typed: "for 77"}, {Act: ActEndTalk}} {
		l.lines = append(l.lines, decider().Decide(s, a).Orders[0].(Say).Line)
	}
	s.Case = s.Case.Back(Talk{Chat: 78, Conversation: "d"}, noon)
	l.lines = append(l.lines, decider().Decide(s, Ask{Typed: "for 78"}).Orders[0].(Say).Line)
	l.c = s.Case
	var told []flows.Input
	d := NewDesk(DeskOptions{Cases: l, Group: g, Tell: func(_ context.Context, in flows.Input) error {
		told = append(told, in)
		return nil
	}})
	if err := d.Relay(t.Context(), 17); err != nil || len(l.lines) != 0 {
		t.Fatalf("%v; left is %+v", err, l.lines)
	}
	if len(g.toPerson) != 1 || g.toPerson[0].Text != "for 78" {
		t.Errorf("chat 78 hears %+v", g.toPerson)
	}
	if len(g.toStaff) != 1 || g.toStaff[0].Kind != LineLost {
		t.Errorf("staff hear %+v", g.toStaff)
	}
	if len(told) != 1 || told[0].Chat != 77 || told[0].Press.Conversation != "c" || told[0].Name != "u:1:1" {
		t.Errorf("ended is %+v", told)
	}
}

func TestCardsTellNoChat(t *testing.T) {
	if talk := CardOf(talkOf(anna), decider().Policy).Case.Talk; talk.Chat != 0 || talk.Conversation+string(talk.Opened) != "" || !talk.Live {
		t.Errorf("a card has %+v", talk)
	}
}

func TestAnOwnerWhoDeniesALinkEndsWhatWasProved(t *testing.T) {
	c := scene(anna).Case
	c.Status, c.Pending = Waiting, Pending{Act: ActExpire, By: anna.Who, Until: noon.Add(time.Hour)}
	if after := c.Happened(LinkDenied, noon); after.Caller.Checked || after.Status != Open || after.Pending.Act != "" {
		t.Errorf("%+v", after)
	}
}

func TestWhoComesBack(t *testing.T) {
	c := talkOf(anna).Case
	c.Status, c.Talk.Live = Closed, false
	if !c.Takes(noon.Add(returnsWithin-time.Second)) || c.Takes(noon.Add(returnsWithin)) {
		t.Error("a closed case is opened again for another time than it should")
	}
	back := c.Back(Talk{Chat: 77, Conversation: "d"}, noon)
	if back.Status != Open || back.Claimed.ID != 0 || !back.Talk.Live || back.Talk.Conversation != "d" {
		t.Errorf("got %+v", back)
	}
	proved := talkOf(anna).Case
	proved.Caller = Caller{Checked: true, Method: "code", Until: noon.Add(time.Minute)}
	if !proved.Back(Talk{Chat: 77}, noon).Caller.Verified(noon) || proved.Back(Talk{Chat: 78}, noon).Caller.Verified(noon) {
		t.Error("a caller's proof does not stay with their chat")
	}
	checked := decider().Decide(talkOf(anna), Ask{Act: ActAskCode}).Case
	if back := checked.Back(Talk{Chat: 78}, noon); back.Asks != "" || decider().Awaits(back, "314159", noon) {
		t.Errorf("what was asked of another chat can be answered: %+v", back)
	}
	begun := scene(anna).Case
	begun.Asks, begun.Reason = AskReason, ""
	if back := begun.Back(Talk{Chat: 77}, noon); back.Asks != "" || back.Reason != string(ReasonChat) || back.Claimed != anna.Who {
		t.Errorf("a case that staff began: %+v", back)
	}
}

func TestLinesAreMerged(t *testing.T) {
	text := func(s string) Line { return Line{Kind: LineSaid, ToStaff: true, Text: s} }
	photo, answer := Line{Kind: LineSaid, ToStaff: true, Media: "photo"}, Line{Kind: LineSaid, Text: "x"}
	long := text(strings.Repeat("ж", longestLine-1))
	for name, c := range map[string]struct {
		lines []Line
		want  []int
	}{
		"none":          {nil, nil},
		"one":           {[]Line{text("a")}, []int{1}},
		"neighbours":    {[]Line{text("a"), text("b"), text("c")}, []int{3}},
		"a photo":       {[]Line{text("a"), photo, text("b"), text("c")}, []int{1, 1, 2}},
		"answers":       {[]Line{answer, answer}, []int{1, 1}},
		"too long":      {[]Line{long, text("b"), text("c")}, []int{1, 2}},
		"an answer too": {[]Line{text("a"), answer, text("b")}, []int{1, 1, 1}},
	} {
		var got []int
		for _, b := range batches(c.lines) {
			got = append(got, len(b))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What a caller proves on the phone while the person is out of the talk says
// nothing about the person who comes back to it, though it is the same chat: they
// may have found the owner's link.
func TestAProofOnThePhoneIsNotTheChats(t *testing.T) {
	d := decider()
	for name, check := range map[string][]Ask{
		"proved": {{Act: ActAskCode}, {Typed: "314159"}},
		"asked":  {{Act: ActAskCode}},
	} {
		s := talkOf(anna)
		s.Case = s.Case.Left(noon)
		for _, a := range check {
			v := d.Decide(s, a)
			refusal(t, v, "")
			s.Case = v.Case
		}
		back := s.Case.Back(s.Case.Talk, noon)
		if back.Caller != (Caller{}) || back.Asks != "" {
			t.Errorf("%s: the chat counts as %+v", name, back.Caller)
		}
	}
	s := talkOf(anna)
	for _, a := range []Ask{{Act: ActAskCode}, {Typed: "314159"}} {
		s.Case = d.Decide(s, a).Case
	}
	if back := s.Case.Left(noon).Back(s.Case.Talk, noon); !back.Caller.Verified(noon) {
		t.Error("what was proved in the chat is forgotten as the person leaves for a moment")
	}
}
