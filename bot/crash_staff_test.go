package bot

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rekey/bot/demo"
	"rekey/bot/simulator"
	"rekey/flows/staff"
	"rekey/store/sqlite"
)

// TestCrashesAmongStaff kills the bot while a case is opened, approved and drawn,
// each time that a point is passed. The case goes on as if nothing had been.
func TestCrashesAmongStaff(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"staff.decided", "case.shown", "job.letter.carried"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			eachTime(t, point, helpThrough)
		})
	}
}

// helpThrough lets Anna open a case and Vera approve a link while the bot dies
// once, and tells whether it did.
func helpThrough(t *testing.T, at string) bool {
	s := newScene(t, "polling", at)
	anna, vera := s.stage.Telegram.Person(demo.Staff()[0].Profile), s.stage.Telegram.Person(demo.Staff()[2].Profile)
	anna.SayIn(s.stage.Staff, "/reset "+s.lena.Email)
	card := s.card("Why do they need help?")
	press := func(by *simulator.Person, label string) {
		if err := by.PressIn(s.stage.Staff, card.ID, label); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
	}
	press(anna, "Forgot the password")
	card = s.card("What is the ticket number?")
	press(anna, "No ticket")
	card = s.card("[Send a link]")
	press(anna, "Send a link")
	card = s.card("A second person must agree")
	press(vera, "Approve")
	s.card("Approved: Send a link")
	s.until("the link is mailed", func() bool { return len(mails(s.stage, "Set a new")) > 0 })
	s.settles()
	s.process.end(t)
	s.once(map[string]string{
		"cases": `SELECT count(*) FROM cases`, "links": `SELECT count(*) FROM links`,
		"approvals": `SELECT count(*) FROM audit WHERE event = 'case.approved'`,
	})
	if n := len(mails(s.stage, "Set a new")); n != 1 {
		t.Errorf("%s: %d different mails with links, want 1", at, n)
	}
	return s.process.crashed.Load()
}

// TestCrashesInATalk kills the bot while a person and Anna write with each other,
// each time that a point is passed. Each line arrives, and the talk ends.
func TestCrashesInATalk(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"performed", "saved", "staff.decided", "talk.passed"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			eachTime(t, point, talkThrough)
		})
	}
}

// talkThrough lets Lena and Anna write with each other while the bot dies once,
// and tells whether it did.
func talkThrough(t *testing.T, at string) bool {
	s := newScene(t, "polling", at)
	anna := s.stage.Telegram.Person(demo.Staff()[0].Profile)
	s.person.Start("recover")
	s.awaits("Step 1 of 4")
	s.person.Say("/support")
	s.awaits("You are writing to the support")
	card := s.card("[I take this]")
	s.person.Say("Hello Anna")
	s.inGroup("Hello Anna")
	if err := anna.PressIn(s.stage.Staff, card.ID, "I take this"); err != nil {
		t.Fatal(err)
	}
	s.awaits("is here now")
	card = s.card("works on it") // which a bot that died while drawing it draws anew elsewhere
	anna.Post(s.stage.Staff, simulator.Post{Text: "Hello Lena", Topic: card.Topic})
	s.awaits("Hello Lena")
	card = s.card("[End the chat]")
	if err := anna.PressIn(s.stage.Staff, card.ID, "End the chat"); err != nil {
		t.Fatal(err)
	}
	s.awaits("ended the chat")
	s.settles()
	s.process.end(t)
	s.once(map[string]string{
		"cases": `SELECT count(*) FROM cases`, "ends": `SELECT count(*) FROM audit WHERE event = 'case.talk_ended'`,
		"talks closed": `SELECT count(*) FROM cases WHERE talk = '' AND NOT EXISTS (SELECT 1 FROM lines)`,
	})
	return s.process.crashed.Load()
}

// TestCrashesWhileTheListChanges kills the bot when a change is asked for, and
// when it is agreed to. Each happens once.
func TestCrashesWhileTheListChanges(t *testing.T) {
	t.Parallel()
	if n := eachTime(t, "staff.ruled", changeThrough); n != 2 {
		t.Errorf("two steps are ruled on %d times", n)
	}
}

// changeThrough lets two admins make Eve an approver while the bot dies once, and
// tells whether it did.
func changeThrough(t *testing.T, at string) bool {
	s := newScene(t, "polling", at)
	db, err := sqlite.Open(t.Context(), filepath.Join(s.dir, "rekey.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	oleg := staff.Member{Who: staff.Who{ID: 7106, Name: "Oleg"}, Roles: []staff.Role{staff.Admin}}
	if err := sqlite.NewRoster(db).Appoint(t.Context(), oleg); err != nil {
		t.Fatal(err)
	}
	second := s.stage.Telegram.Person(simulator.Profile{ID: oleg.ID, FirstName: oleg.Name, Language: "en"})
	second.Join(s.stage.Staff)
	s.stage.Telegram.Person(demo.Staff()[2].Profile).SayIn(s.stage.Staff, "/staff add 7104 Eve approver")
	if err := second.PressIn(s.stage.Staff, s.inGroup("wants to change the staff list").ID, "Approve"); err != nil {
		t.Fatal(err)
	}
	s.inGroup("agreed")
	s.process.end(t)
	s.once(map[string]string{
		"changes": `SELECT count(*) FROM staff_changes`, "on the list": `SELECT count(*) FROM staff WHERE id = 7104 AND roles = 'approver'`,
		"asked":  `SELECT count(*) FROM audit WHERE event = 'staff.change_waiting'`,
		"agreed": `SELECT count(*) FROM audit WHERE event = 'staff.appointed' AND actor = 'staff:7106'`,
	})
	return s.process.crashed.Load()
}

// inGroup waits until the bot says something in the staff group.
func (s *scene) inGroup(fragment string) (found simulator.Message) {
	s.t.Helper()
	s.until("staff read "+fragment, func() bool {
		chat := s.stage.Staff.Chat()
		i := slices.IndexFunc(chat, func(m simulator.Message) bool { return m.FromBot && strings.Contains(m.Text, fragment) })
		if i >= 0 {
			found = chat[i]
		}
		return i >= 0
	})
	return found
}

// card waits until the newest card shows a fragment, or has such a [button].
func (s *scene) card(fragment string) (found simulator.Message) {
	s.t.Helper()
	s.until("the card shows "+fragment, func() bool {
		for _, m := range slices.Backward(s.stage.Staff.Chat()) {
			if m.FromBot && strings.HasPrefix(m.Text, "Case 1 ·") {
				found = m
				return strings.Contains(m.Text+fmt.Sprint(labels(m)), fragment)
			}
		}
		return false
	})
	return found
}

// labels gives a message's buttons, each in brackets.
func labels(m simulator.Message) (all []string) {
	for _, row := range m.Inline {
		for _, b := range row {
			all = append(all, "["+b.Text+"]")
		}
	}
	return all
}
