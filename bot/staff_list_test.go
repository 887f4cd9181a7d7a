package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/bot/demo"
	"rekey/bot/simulator"
	"rekey/flows/staff"
	"rekey/store/sqlite"
)

// board is a crew with three admins, of whom Vera and Oleg wrote to the bot.
type board struct {
	*crew
	oleg, irina        *simulator.Person
	toldVera, toldOleg *visitor
}

func newBoard(t *testing.T) *board {
	t.Helper()
	b := &board{crew: newCrew(t)}
	for id, name := range map[int64]string{7106: "Oleg", 7107: "Irina"} {
		b.appoint(staff.Member{Who: staff.Who{ID: id, Name: name}, Roles: []staff.Role{staff.Admin}})
	}
	b.toldVera = b.bot.admit(t, demo.Staff()[2].Profile)
	b.toldOleg = b.bot.admit(t, simulator.Profile{ID: 7106, FirstName: "Oleg", Language: "en"})
	for _, told := range []*visitor{b.toldVera, b.toldOleg} {
		told.person.Start("")
		told.hears("Forgot your")
	}
	b.oleg, b.irina = b.toldOleg.person, b.bot.stage.Telegram.Person(simulator.Profile{ID: 7107, FirstName: "Irina", Language: "en"})
	b.oleg.Join(b.group)
	b.irina.Join(b.group)
	return b
}

func (b *board) appoint(m staff.Member) {
	b.Helper()
	if err := sqlite.NewRoster(b.bot.wired.db).Appoint(b.Context(), m); err != nil {
		b.Fatal(err)
	}
}

func (b *board) dismiss(id int64) {
	b.Helper()
	if _, err := sqlite.NewRoster(b.bot.wired.db).Dismiss(b.Context(), id); err != nil {
		b.Fatal(err)
	}
}

// rank gives what somebody may do; empty: they are not on the list.
func (b *board) rank(id int64) string {
	b.Helper()
	all, err := sqlite.NewRoster(b.bot.wired.db).Staff(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range all {
		if m.ID == id {
			return m.Rank()
		}
	}
	return ""
}

// waits gives the newest change that waits for a second admin.
func (b *board) waits(about string) (found simulator.Message) {
	b.Helper()
	b.eventually("a change of the list waits about "+about, func() bool {
		for _, m := range slices.Backward(b.group.Chat()) {
			if m.FromBot && strings.Contains(m.Text, "wants to change the staff list") && strings.Contains(m.Text, about) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func TestAdminsChangeTheListOfStaff(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	b.oleg.SayIn(b.group, "/staff add 7104 Eve agent")
	b.hears("becomes agent")
	b.toldVera.hears("Oleg")
	b.eve.SayIn(b.group, "/reset omar@outlook.com")
	b.card(1, "works on it")

	b.oleg.SayIn(b.group, "/staff add 7104 Eve agent, approver")
	asked := b.waits("(7104)")
	b.toldVera.hears("wants to change the staff list")
	if got := b.rank(7104); got != "agent" {
		t.Fatalf("before anybody agreed she is %s", got)
	}
	if err := b.vera.PressIn(b.group, asked.ID, "Approve"); err != nil {
		t.Fatal(err)
	}
	b.toldOleg.hears("agreed")
	b.hears("agreed")
	if got := b.rank(7104); got != "agent+approver" {
		t.Fatalf("once Vera agreed she is %q", got)
	}
	if slices.ContainsFunc(b.group.Chat(), func(m simulator.Message) bool { return m.ID == asked.ID }) {
		t.Error("the buttons stay")
	}

	b.vera.SayIn(b.group, "/staff remove 7102")
	b.eventually("Ben is off the list", func() bool { return b.rank(7102) == "" })
	b.advance(time.Minute)
	for text, answer := range map[string]string{
		"/staff add 7109 Mia boss": "The role is missing", "/staff add Mia agent": "Telegram id", "/staff add 7109 agent": "name is missing",
		"/staff remove 7109": "Nobody on the staff list", "/staff promote 7109": "/staff remove 123456789", "/staff": "7104",
	} {
		b.irina.SayIn(b.group, text)
		b.hears(answer)
	}
	if n := count(t, b.bot.dir, `SELECT count(*) FROM audit WHERE event IN ('staff.appointed', 'staff.dismissed') AND actor LIKE 'staff:%' AND role LIKE '%admin'`); n != 3 {
		t.Errorf("the audit log tells of %d changes, want 3", n)
	}
}

// One bribed admin gets neither more power nor an accomplice who has any.
func TestAttackBribedAdmin(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	refused := func() int {
		return count(t, b.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused'`)
	}
	// Oleg is bribed; each attempt is to be refused once, and noted.
	for _, attempt := range []struct {
		what string
		do   func()
	}{
		{"promotes himself", func() { b.oleg.SayIn(b.group, "/staff add 7106 Oleg approver admin") }},
		{"hides his name", func() {
			b.group.Place(b.oleg, simulator.Membership{Status: simulator.Administrator, Anonymous: true})
			b.oleg.SayIn(b.group, "/staff add 7104 Eve admin")
			b.group.Place(b.oleg, simulator.Membership{Status: simulator.Member})
		}},
		{"forwards what another admin wrote", func() {
			b.oleg.Post(b.group, simulator.Post{Text: "/staff add 7104 Eve admin", Forwarded: true})
		}},
		{"has an agent try", func() { b.anna.SayIn(b.group, "/staff add 7104 Eve agent") }},
		{"agrees with himself", func() {
			b.oleg.SayIn(b.group, "/staff add 7104 Eve admin")
			b.presses(b.oleg, b.waits("(7104)"))
		}},
		{"has an approver agree", func() {
			b.appoint(staff.Member{Who: staff.Who{ID: 7102, Name: "Ben"}, Roles: []staff.Role{staff.Approver}})
			b.presses(b.ben, b.waits("(7104)"))
		}},
		{"has somebody agree who has left", func() {
			b.irina.Leave(b.group)
			b.advance(3 * time.Second)
			b.presses(b.irina, b.waits("(7104)"))
		}},
		{"leaves before somebody is tricked", func() {
			b.oleg.Leave(b.group)
			b.advance(3 * time.Second)
			b.presses(b.vera, b.waits("(7104)"))
		}},
		{"is removed before somebody is tricked", func() {
			b.oleg.Join(b.group)
			b.advance(3 * time.Second)
			b.dismiss(7106)
			b.presses(b.vera, b.waits("(7104)"))
		}},
	} {
		before := refused()
		attempt.do()
		b.eventually("Oleg "+attempt.what+", is refused, and it is noted", func() bool { return refused() == before+1 })
		if got := b.rank(7104) + b.rank(7106); got != "admin" && (got != "" || !strings.Contains(attempt.what, "removed")) {
			t.Fatalf("Oleg %s: Eve is %q, Oleg %q", attempt.what, b.rank(7104), b.rank(7106))
		}
	}
	b.toldVera.hears("7106")

	// An hour later nobody can agree any more.
	b.appoint(staff.Member{Who: staff.Who{ID: 7106, Name: "Oleg"}, Roles: []staff.Role{staff.Admin}})
	b.advance(time.Hour)
	b.presses(b.vera, b.waits("(7104)"))
	b.bot.quiet(t)
	if got := b.rank(7104); got != "" {
		t.Errorf("Eve is %s", got)
	}
}

// presses agrees to a change, or tries to.
func (b *board) presses(by *simulator.Person, asked simulator.Message) {
	b.Helper()
	if len(asked.Inline) == 0 {
		b.Fatalf("no buttons below %q", asked.Text)
	}
	by.PressDataIn(b.group, asked.ID, asked.Inline[0][0].Data)
}

// An admin who may approve gets nothing approved that they thought of alone.
func TestAttackAnApproverAddsAnAgent(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	b.vera.SayIn(b.group, "/staff add 7104 Eve agent")
	b.hears("becomes agent")
	b.eve.SayIn(b.group, "/reset lena@gmail.com")
	b.card(1, "Why do they need help?")
	b.press(b.eve, 1, "Forgot the password")
	b.card(1, "What is the ticket number?")
	b.press(b.eve, 1, "No ticket")
	b.eventually("it is explained", func() bool {
		return len(b.card(1).Inline) > 0 && strings.Contains(fmt.Sprint(b.card(1).Inline), "Send a link")
	})
	b.press(b.eve, 1, "Send a link")
	b.card(1, "A second person must agree")
	b.press(b.vera, 1, "Approve")
	b.eventually("it is refused", func() bool {
		return count(t, b.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused' AND detail LIKE 'not_your_own%'`) == 1
	})
	if n := count(t, b.bot.dir, `SELECT count(*) FROM links`); n != 0 {
		t.Error("one admin alone sent a link")
	}
}
