package staff

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	anna  = Member{Who: Who{1, "Anna"}, Roles: []Role{Agent}}
	ben   = Member{Who: Who{2, "Ben"}, Roles: []Role{Agent}}
	vera  = Member{Who: Who{3, "Vera"}, Roles: []Role{Approver}}
	oleg  = Member{Who: Who{4, "Oleg"}, Roles: []Role{Admin}}
	irina = Member{Who: Who{5, "Irina"}, Roles: []Role{Admin}}
	greta = Member{Who: Who{6, "Greta"}, Roles: []Role{Auditor}}
)

func decider() Decider {
	return Decider{
		Policy: Policy{
			AddressFresh: 7 * 24 * time.Hour, Resets: 3, UsualStarts: 15, StartsHour: 10, StartsDay: 30,
			ApproveFor: time.Hour, VerifiedFor: 10 * time.Minute, CheckFor: 5 * time.Minute, CheckTries: 3,
			Staffed: func(t time.Time) bool { return t.Hour() < 18 },
		},
		Verifier: Verifier{
			MAC:       func(purpose string, parts ...string) []byte { return []byte(purpose + ":" + strings.Join(parts, ",")) },
			ReadWords: readWords,
		},
	}
}

func lena() Known {
	return Known{ID: "lena", Name: "Lena Sommer", Masked: []string{"l•••@example.org"}, Channels: []flows.Channel{flows.Email}, Chat: 77}
}

// scene is a case of Anna's about Lena, whose caller is verified.
func scene(by Member) Scene {
	return Scene{
		Now: noon, By: by, Present: true, Account: lena(),
		Case: Case{Number: 17, Revision: 3, Status: Open, Account: "lena", Masked: "l•••@example.org", By: anna.Who, Claimed: anna.Who,
			Caller: Caller{Checked: true, Method: "code", Until: noon.Add(10 * time.Minute)}},
		Fresh: Fresh{Token: "token", Code: "314159", Words: [3]uint8{7, 8, 9}, Numbers: [3]int{12, 47, 83}, Chosen: 1},
	}
}

func refusal(t *testing.T, v Verdict, want Refusal) {
	t.Helper()
	if v.Refusal != want {
		t.Fatalf("refusal = %q, want %q", v.Refusal, want)
	}
	if want != "" && len(v.Orders) > 0 {
		t.Fatalf("a refusal orders %+v", v.Orders)
	}
}

func TestNobodyElseMayDoAnything(t *testing.T) {
	for name, s := range map[string]Scene{
		"a stranger":            func() Scene { s := scene(Member{}); return s }(),
		"who left the group":    func() Scene { s := scene(anna); s.Present = false; return s }(),
		"an auditor":            scene(greta),
		"an approver on orders": scene(Member{Who: vera.Who}),
	} {
		for _, a := range append([]Ask{{Open: "l•••"}, {Typed: "hello"}}, allActs()...) {
			if v := decider().Decide(s, a); v.Refusal == "" || v.Changed || len(v.Orders) > 0 {
				t.Errorf("%s may %+v: %+v", name, a, v)
			}
		}
	}
}

func allActs() (all []Ask) {
	for _, r := range acts {
		all = append(all, Ask{Act: r.act})
	}
	return all
}

func TestOpeningACaseShowsNothingAndIsLimited(t *testing.T) {
	s := scene(anna)
	s.Case = Case{}
	v := decider().Decide(s, Ask{Open: "l•••@example.org"})
	if v.Refusal != "" || !v.Began || v.Case.Asks != AskReason || v.Case.Claimed != anna.Who || len(v.Orders) > 0 {
		t.Fatalf("%+v", v)
	}
	unknown := s
	unknown.Account = Known{}
	w := decider().Decide(unknown, Ask{Open: "l•••@example.org"})
	v.Case.Account = ""
	if !reflect.DeepEqual(v, w) {
		t.Fatalf("an unknown account makes another case: %+v, %+v", v, w)
	}
	for _, full := range []Scene{
		func() Scene { f := s; f.StartsHour = 10; return f }(), func() Scene { f := s; f.StartsDay = 30; return f }(),
	} {
		refusal(t, decider().Decide(full, Ask{Open: "l•••"}), TooMany)
	}
}

func TestReasonAndTicketAreAskedBeforeAnythingElse(t *testing.T) {
	s := scene(anna)
	s.Case.Asks, s.Case.Caller = AskReason, Caller{}
	if got := Offers(s); slices.Contains(got, ActLink) || slices.Contains(got, ActAskCode) {
		t.Fatalf("without a reason it offers %v", got)
	}
	refusal(t, decider().Decide(s, Ask{Act: ActLink}), NotNow)
	v := decider().Decide(s, Ask{Typed: " lost\n the   phone ", Asked: AskReason})
	if v.Case.Reason != "lost the phone" || v.Case.Asks != AskTicket {
		t.Fatalf("%+v", v.Case)
	}
	s.Case = v.Case
	refusal(t, decider().Decide(s, Ask{Typed: "late answer", Asked: AskReason}), NotNow)
	if v = decider().Decide(s, Ask{Act: ActNoTicket}); v.Case.Asks != "" || v.Case.Ticket != "" {
		t.Fatalf("%+v", v.Case)
	}
	if v = decider().Decide(s, Ask{Typed: "HD-4711"}); v.Case.Asks != "" || v.Case.Ticket != "HD-4711" {
		t.Fatalf("%+v", v.Case)
	}
	refusal(t, decider().Decide(s, Ask{Typed: strings.Repeat("x", longestNote+1)}), TooLong)
	s.By = ben
	refusal(t, decider().Decide(s, Ask{Typed: "HD-4712"}), NotClaimed)
}

// A press of a button that the card does not show is refused alike for an account
// that is locked or frozen, for one that is not, and for none.
func TestRefusalsTellNothingOfAnAccount(t *testing.T) {
	locked := lena()
	locked.Closed, locked.FrozenUntil = true, noon.Add(time.Hour)
	for _, by := range []Member{anna, ben, vera, oleg, greta} {
		for _, a := range allActs() {
			s := scene(by)
			s.Case.Caller = Caller{}
			about := func(k Known) Refusal {
				s.Account = k
				return decider().Decide(s, a).Refusal
			}
			if is, not, nobody := about(locked), about(lena()), about(Known{}); is != not || is != nobody {
				t.Errorf("%s %s: %q where it is locked, %q where not, %q for nobody", by.Name, a.Act, is, not, nobody)
			}
		}
	}
}

// What can hurt an owner needs a caller who was verified (PWM's lesson).
func TestOnlyAVerifiedCallerOpensWhatCanHurt(t *testing.T) {
	for _, r := range acts {
		for name, caller := range map[string]Caller{
			"nobody":   {},
			"too long": {Checked: true, Method: "code", Until: noon},
			"checking": {Method: "code", Until: noon.Add(time.Minute), Tries: 3},
		} {
			s := scene(anna)
			s.Case.Caller = caller
			s.Account.Closed, s.Account.FrozenUntil = true, noon.Add(time.Hour)
			if r.verified {
				refusal(t, decider().Decide(s, Ask{Act: r.act}), NotVerified)
				if slices.Contains(Offers(s), r.act) {
					t.Errorf("%s: %s is offered", name, r.act)
				}
			}
		}
	}
	for _, a := range []Act{ActExpire, ActSessions} {
		refusal(t, decider().Decide(scene(anna), Ask{Act: a}), "")
	}
}

func TestOrdersOfEachAct(t *testing.T) {
	link := SendLink{Account: "lena", By: "Anna", Token: "token", Until: noon.Add(30 * time.Minute)}
	for act, want := range map[Act][]Order{
		ActLink:     {link},
		ActExpire:   {ExpirePassword{"lena"}, link},
		ActSessions: {EndSessions{"lena"}},
		ActUnlock:   {Unlock{"lena"}},
		ActFreeze:   {Freeze{"lena", noon.Add(24 * time.Hour)}},
	} {
		s := scene(anna)
		s.Account.Closed = true
		v := decider().Decide(s, Ask{Act: act})
		refusal(t, v, "")
		if !reflect.DeepEqual(v.Orders, want) {
			t.Errorf("%s orders %+v, want %+v", act, v.Orders, want)
		}
		if last := v.Case.Events[len(v.Case.Events)-1]; last != (Event{At: noon, What: ActDone, By: "Anna", Act: act}) {
			t.Errorf("%s is noted as %+v", act, last)
		}
		s.Account = Known{}
		s.Case.Account = ""
		if v := decider().Decide(s, Ask{Act: act}); len(v.Orders) > 0 {
			t.Errorf("%s for nobody orders %+v", act, v.Orders)
		}
	}
}

func TestWhatIsRiskyWaitsForASecondPerson(t *testing.T) {
	for risk, spoil := range map[Risk]func(*Scene){
		RiskPrivileged: func(s *Scene) { s.Account.Privileged = true },
		RiskAddress:    func(s *Scene) { s.Account.AddressChanged = noon.Add(-7*24*time.Hour + time.Second) },
		RiskRepeated:   func(s *Scene) { s.Account.Resets = 2 },
		RiskVolume:     func(s *Scene) { s.StartsDay = 16 },
		RiskHours:      func(s *Scene) { s.Now = noon.Add(6 * time.Hour) },
	} {
		s := scene(anna)
		spoil(&s)
		s.Case.Caller.Until = s.Now.Add(time.Minute)
		v := decider().Decide(s, Ask{Act: ActExpire})
		want := Pending{Act: ActExpire, By: anna.Who, Risks: []Risk{risk}, Until: s.Now.Add(time.Hour), Since: 4}
		if len(v.Orders) > 0 || v.Case.Status != Waiting || !reflect.DeepEqual(v.Case.Pending, want) {
			t.Errorf("%s: %+v", risk, v)
		}
		s.Case = v.Case
		s.Asker, s.AskerHere = anna, true

		refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 4}), NotYourRole)
		s.By = vera
		refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 3}), NotNow)
		s.By = Member{Who: anna.Who, Roles: []Role{Agent, Approver, Admin}}
		refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 4}), NotYourOwn)
		s.By = vera
		s.AskerHere = false
		refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 4}), NotBacked)
		s.Asker, s.AskerHere = Member{Who: anna.Who}, true
		refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 4}), NotBacked)
		s.Asker = anna
		v = decider().Decide(s, Ask{Act: ActApprove, Seen: 4})
		if len(v.Orders) != 2 || v.Case.Status != Open || v.Case.Pending.Act != "" {
			t.Errorf("%s: approved: %+v", risk, v)
		}
		if v = decider().Decide(s, Ask{Act: ActRefuse, Seen: 4}); len(v.Orders) > 0 || v.Case.Status != Open {
			t.Errorf("%s: refused: %+v", risk, v)
		}
		s.Now = s.Case.Pending.Until
		refusal(t, decider().Decide(s, Ask{Act: ActApprove, Seen: 4}), NotNow)
	}
}

// A link for a caller whom nobody verified waits too, whether or not there is an
// account, and names no risk that only an account can have.
func TestAnUnverifiedLinkWaits(t *testing.T) {
	for name, account := range map[string]Known{"known": func() Known { k := lena(); k.Privileged = true; return k }(), "nobody": {}} {
		s := scene(anna)
		s.Account, s.Case.Account, s.Case.Caller = account, account.ID, Caller{}
		v := decider().Decide(s, Ask{Act: ActLink})
		if len(v.Orders) > 0 || !reflect.DeepEqual(v.Case.Pending.Risks, []Risk{RiskUnverified}) {
			t.Errorf("%s: %+v", name, v)
		}
		d := decider()
		d.Existence = true
		if v := d.Decide(s, Ask{Act: ActLink}); name == "known" && !reflect.DeepEqual(v.Case.Pending.Risks, []Risk{RiskPrivileged}) {
			t.Errorf("where staff see who exists: %+v", v)
		}
	}
}

func TestTwoAdminsStandInForAnApprover(t *testing.T) {
	s := scene(anna)
	s.Account.Privileged = true
	s.Case = decider().Decide(s, Ask{Act: ActSessions}).Case
	s.Asker, s.AskerHere, s.By = anna, true, oleg
	for range 2 {
		v := decider().Decide(s, Ask{Act: ActApprove, Seen: 4})
		if len(v.Orders) > 0 || len(v.Case.Pending.Votes) != 1 {
			t.Fatalf("one admin is enough: %+v", v)
		}
		s.Case = v.Case
	}
	s.By, s.Voters = irina, []Member{oleg}
	if v := decider().Decide(s, Ask{Act: ActApprove, Seen: 4}); !reflect.DeepEqual(v.Orders, []Order{EndSessions{"lena"}}) {
		t.Fatalf("two admins are not enough: %+v", v)
	}
}

func TestACallerReadsACodeOut(t *testing.T) {
	s := scene(anna)
	s.Case.Caller = Caller{}
	v := decider().Decide(s, Ask{Act: ActAskCode})
	want := SendCallerCode{Account: "lena", By: "Anna", Code: "314159", Until: noon.Add(5 * time.Minute)}
	if !reflect.DeepEqual(v.Orders, []Order{want}) || v.Case.Asks != AskCode {
		t.Fatalf("%+v", v)
	}
	if text := fmt.Sprintf("%+v", v.Case); strings.Contains(strings.ReplaceAll(text, "caller:314159", ""), "314159") {
		t.Fatalf("the case holds the code: %s", text)
	}
	s.Case = v.Case
	if v = decider().Decide(s, Ask{Typed: "314 159"}); !v.Case.Caller.Verified(noon) || v.Case.Asks != "" {
		t.Fatalf("the right code: %+v", v)
	}
	for tries := 2; tries >= 0; tries-- {
		v = decider().Decide(s, Ask{Typed: "271828"})
		if refusal(t, v, WrongCode); v.Case.Caller.Tries != tries {
			t.Fatalf("%d tries are left, want %d", v.Case.Caller.Tries, tries)
		}
		s.Case = v.Case
	}
	refusal(t, decider().Decide(s, Ask{Typed: "314159"}), NothingAsked)

	for name, spoil := range map[string]func(*Scene){
		"nobody":   func(s *Scene) { s.Account = Known{} },
		"disabled": func(s *Scene) { s.Account.Disabled = true },
		"late":     func(s *Scene) { s.Now = noon.Add(5 * time.Minute) },
	} {
		s := scene(anna)
		s.Case.Caller = Caller{}
		s.Case = decider().Decide(s, Ask{Act: ActAskCode}).Case
		spoil(&s)
		if v := decider().Decide(s, Ask{Typed: "314159"}); v.Case.Caller.Verified(s.Now) {
			t.Errorf("%s: verified", name)
		}
	}
}

// A caller's code is not found by trying, whether or not there is an account.
func TestACallerIsCheckedSoOften(t *testing.T) {
	for name, account := range map[string]Known{"known": lena(), "nobody": {}} {
		s := scene(anna)
		s.Account, s.Case.Caller = account, Caller{}
		for range mostChecks {
			v := decider().Decide(s, Ask{Act: ActAskCode})
			refusal(t, v, "")
			s.Case = v.Case
		}
		refusal(t, decider().Decide(s, Ask{Act: ActAskCode}), NotNow)
		refusal(t, decider().Decide(s, Ask{Act: ActAskChat}), NotNow)
		if slices.Contains(Offers(s), ActAskCode) {
			t.Errorf("%s: one more check is offered", name)
		}
	}
}

func TestACallerTapsTheNumberTheyHear(t *testing.T) {
	s := scene(anna)
	s.Case.Caller = Caller{}
	v := decider().Decide(s, Ask{Act: ActAskChat})
	want := []Order{
		AskChat{Chat: 77, By: "Anna", Numbers: [3]int{12, 47, 83}, Until: noon.Add(5 * time.Minute)},
		SendCallerWords{Account: "lena", By: "Anna", Words: [3]uint8{7, 8, 9}, Until: noon.Add(5 * time.Minute)},
	}
	if !reflect.DeepEqual(v.Orders, want) || v.Case.Caller.Number != 47 || v.Case.Asks != AskWords {
		t.Fatalf("%+v", v)
	}
	if c := v.Case.Tapped(47, noon, time.Minute); !c.Caller.Verified(noon) || c.Asks != "" {
		t.Fatalf("the right number: %+v", c)
	}
	if c := v.Case.Tapped(12, noon, time.Minute); c.Caller != (Caller{}) || c.Asks != "" || c.Tapped(47, noon, time.Minute).Caller.Checked {
		t.Fatalf("a wrong number, then the right one: %+v", c)
	}
	if c := v.Case.Tapped(47, noon.Add(5*time.Minute), time.Minute); c.Caller.Checked {
		t.Fatalf("too late: %+v", c)
	}
	if c := v.Case.CallerDenied(77, noon); c.Caller != (Caller{}) || c.Asks != "" || c.Events[len(c.Events)-1].What != CallerDenied {
		t.Fatalf("somebody else is on the phone: %+v", c)
	}
	s.Account = Known{}
	w := decider().Decide(s, Ask{Act: ActAskChat})
	if len(w.Orders) > 0 || w.Case.Caller.Number != 47 || w.Case.Tapped(47, noon, time.Minute).Caller.Chat != 0 {
		t.Fatalf("nobody is asked otherwise: %+v", w)
	}
}

// A card without details is the same whether or not there is such an account.
func TestACardHidesWhatIsNotOpenYet(t *testing.T) {
	s := scene(anna)
	s.Case.Caller = Caller{}
	for _, act := range []Act{"", ActAskChat, ActAskCode, ActLink, ActFreeze} {
		known, nobody := s, s
		known.Account.Privileged, known.Account.FrozenUntil, known.Account.Resets = true, noon.Add(time.Hour), 9
		nobody.Account, nobody.Case.Account = Known{}, ""
		if act != "" {
			known.Case, nobody.Case = decider().Decide(known, Ask{Act: act}).Case, decider().Decide(nobody, Ask{Act: act}).Case
		}
		a, b := CardOf(known, decider().Policy), CardOf(nobody, decider().Policy)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("after %q:\n%+v\n%+v", act, a, b)
		}
	}
}

func TestTimeEndsWhatWaits(t *testing.T) {
	s := scene(anna)
	if c, _ := s.Case.Tick(noon.Add(10 * time.Minute)); c.Caller.Checked || c.Due() != (time.Time{}) {
		t.Fatalf("details stay open: %+v", c)
	}
	s.Account.Privileged = true
	c := decider().Decide(s, Ask{Act: ActSessions}).Case
	if due := c.Due(); due != noon.Add(10*time.Minute) {
		t.Fatalf("due at %s", due)
	}
	if c, _ = c.Tick(noon.Add(time.Hour)); c.Status != Open || c.Pending.Act != "" || c.Events[len(c.Events)-1].What != ActExpired {
		t.Fatalf("an approval is waited for too long: %+v", c)
	}
	if c = c.Happened(PasswordSet, noon); c.Status != Closed {
		t.Fatalf("a password that is set does not close the case: %+v", c)
	}
}

func TestACaseKeepsItsLastEvents(t *testing.T) {
	var c Case
	for i := range 20 {
		was := c
		c = c.note(Event{At: noon.Add(time.Duration(i) * time.Second), What: ActDone})
		if got := c.Since(was); len(got) != 1 || got[0] != c.Events[len(c.Events)-1] {
			t.Fatalf("new is %+v", got)
		}
	}
	if len(c.Events) != shownEvents || len(c.Since(Case{})) != shownEvents {
		t.Fatalf("%d events", len(c.Events))
	}
}
