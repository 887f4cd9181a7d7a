package staff

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// readWords reads three numbers for words; from 100 on they can be meant in two
// languages.
func readWords(text string) (readings [][3]uint8) {
	var r [3]uint8
	if n, _ := fmt.Sscan(text, &r[0], &r[1], &r[2]); n != 3 || len(strings.Fields(text)) != 3 {
		return nil
	}
	if r[0] >= 100 {
		readings = append(readings, [3]uint8{0, 0, 0})
		r[0] -= 100
	}
	return append(readings, r)
}

// asking is a case whose caller may tap a number or read three words out.
func asking(spoil func(*Scene)) Scene {
	s := scene(anna)
	s.Case.Caller = Caller{}
	if spoil != nil {
		spoil(&s)
	}
	s.Case = decider().Decide(s, Ask{Act: ActAskChat}).Case
	return s
}

func TestACallerReadsWordsOut(t *testing.T) {
	s := asking(nil)
	for _, right := range []string{"7 8 9", " 7  8\n9", "107 8 9"} {
		v := decider().Decide(s, Ask{Typed: right})
		if refusal(t, v, ""); !v.Case.Caller.Verified(noon) || v.Case.Asks != "" {
			t.Errorf("%q: %+v", right, v)
		}
	}
	for _, no := range []string{"hold on", "7 8", "7 8 9 10", "314159"} {
		if v := decider().Decide(s, Ask{Typed: no}); v.Refusal != NotWords || v.Changed {
			t.Errorf("%q: %+v", no, v)
		}
	}
	for tries := 2; tries >= 0; tries-- {
		v := decider().Decide(s, Ask{Typed: "9 8 7"})
		if refusal(t, v, WrongCode); v.Case.Caller.Tries != tries {
			t.Fatalf("%d tries are left, want %d", v.Case.Caller.Tries, tries)
		}
		s.Case = v.Case
	}
	refusal(t, decider().Decide(s, Ask{Typed: "7 8 9"}), NothingAsked)
	if c := s.Case.Tapped(47, noon, time.Minute); c.Caller.Checked {
		t.Error("after three wrong words a tap is right")
	}
}

// A colleague's remark below the card costs the caller no try.
func TestWhatIsNoCodeCostsNoTry(t *testing.T) {
	s := scene(anna)
	s.Case.Caller = Caller{}
	s.Case = decider().Decide(s, Ask{Act: ActAskCode}).Case
	for _, no := range []string{"hold on", "31415", "3141592", "31415x", "314159 she says"} {
		if v := decider().Decide(s, Ask{Typed: no}); v.Refusal != NotCode || v.Changed {
			t.Errorf("%q: %+v", no, v)
		}
	}
	refusal(t, decider().Decide(s, Ask{Typed: "000000"}), WrongCode)
}

// Who has no chat is asked by mail alone, and who cannot be written to by the chat
// alone; what was not sent is never right, and the desk shows the same.
func TestWordsThatWereNotSentAreNeverRight(t *testing.T) {
	same := asking(nil).Case
	same.Caller.Tag, same.Caller.Chat, same.Shown = "", 0, 0
	for name, c := range map[string]struct {
		spoil  func(*Scene)
		orders int
	}{
		"without a chat":    {func(s *Scene) { s.Account.Chat = 0 }, 1},
		"without addresses": {func(s *Scene) { s.Account.Channels = nil }, 1},
		"often asked today": {func(s *Scene) { s.Account.Pestered = true }, 0},
		"disabled":          {func(s *Scene) { s.Account.Disabled = true }, 0},
		"nobody":            {func(s *Scene) { s.Account = Known{} }, 0},
	} {
		begun := scene(anna)
		begun.Case.Caller = Caller{}
		c.spoil(&begun)
		v := decider().Decide(begun, Ask{Act: ActAskChat})
		if len(v.Orders) != c.orders {
			t.Errorf("%s: orders %+v", name, v.Orders)
		}
		asks := slices.ContainsFunc(v.Orders, func(o Order) bool { _, is := o.(AskChat); return is })
		if asks != (v.Case.Caller.Chat != 0) {
			t.Errorf("%s: a tap in chat %d counts", name, v.Case.Caller.Chat)
		}
		s := asking(c.spoil)
		v = decider().Decide(s, Ask{Typed: "7 8 9"})
		if sent := name == "without a chat"; v.Case.Caller.Checked != sent {
			t.Errorf("%s: verified = %t", name, v.Case.Caller.Checked)
		}
		if s.Case.Caller.Tag, s.Case.Caller.Chat, s.Case.Shown = "", 0, 0; !reflect.DeepEqual(s.Case, same) {
			t.Errorf("%s: the case is %+v, want %+v", name, s.Case, same)
		}
	}
	s := scene(anna)
	s.Case.Caller, s.Account.Pestered = Caller{}, true
	v := decider().Decide(s, Ask{Act: ActAskCode})
	s.Case = v.Case
	if len(v.Orders) > 0 || decider().Decide(s, Ask{Typed: "314159"}).Case.Caller.Checked {
		t.Errorf("a code that was not sent is right: %+v", v)
	}
}
