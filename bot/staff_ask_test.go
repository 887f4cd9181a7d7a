package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rekey/bot/simulator"
)

// question waits until the bot asks somebody whom they help.
func (c *crew) question(name string) (found simulator.Message) {
	c.Helper()
	c.eventually(name+" is asked", func() bool {
		for _, m := range slices.Backward(c.group.Chat()) {
			if m.FromBot && strings.Contains(m.Text, name) && strings.Contains(m.Text, "whom do you help?") {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// vanishes waits until nothing that is said in the group holds the fragment.
func (c *crew) vanishes(fragment string) {
	c.Helper()
	c.eventually(fragment+" is gone", func() bool { return !strings.Contains(fmt.Sprint(c.group.Chat()), fragment) })
}

// A case begins without a word that has to be known: by a lone command of the
// menu, or by a button.
func TestStaffAreAskedWhomTheyHelp(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	c.anna.SayIn(c.group, "/reset")
	asked := c.question("Anna")
	if !slices.Equal(asked.Forces, []int64{7101}) {
		t.Errorf("the apps of %v answer", asked.Forces)
	}
	c.anna.Post(c.group, simulator.Post{Text: "lena@gmail.com", ReplyTo: asked.ID})
	c.card(1, "Why do they need help?")
	c.vanishes("lena@gmail.com")
	c.vanishes("whom do you help?")

	c.hears("Case 1 is open")
	begun := slices.IndexFunc(c.group.Chat(), func(m simulator.Message) bool { return strings.Contains(m.Text, "Case 1 is open") })
	if err := c.ben.PressIn(c.group, c.group.Chat()[begun].ID, "New case"); err != nil {
		t.Fatal(err)
	}
	asked = c.question("Ben")
	c.ben.Post(c.group, simulator.Post{Text: "I do not know", ReplyTo: asked.ID})
	c.hears("That is no email, phone number or username")
	c.vanishes("I do not know")
	c.ben.SayIn(c.group, "/today")
	c.hears("1 case opened")
	today := slices.IndexFunc(c.group.Chat(), func(m simulator.Message) bool { return strings.Contains(m.Text, "1 case opened") })
	if err := c.ben.PressIn(c.group, c.group.Chat()[today].ID, "New case"); err != nil {
		t.Fatal(err)
	}
	c.ben.Post(c.group, simulator.Post{Text: "omar@outlook.com", ReplyTo: c.question("Ben").ID})
	c.card(2, "Ben")
	c.vanishes("omar@outlook.com")
}

// Nobody answers for who was asked, and who may not open cases is not asked.
func TestAttackTheQuestion(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	c.anna.SayIn(c.group, "/reset")
	asked := c.question("Anna")
	c.eve.Post(c.group, simulator.Post{Text: "eve@example.org", ReplyTo: asked.ID})
	c.hears("I asked a colleague")
	c.vanishes("eve@example.org")
	c.ben.Post(c.group, simulator.Post{Text: "ben@example.org", ReplyTo: asked.ID})
	c.vanishes("ben@example.org")
	c.anna.Post(c.group, simulator.Post{Text: "forwarded@example.org", ReplyTo: asked.ID, Forwarded: true})
	c.vanishes("forwarded@example.org")
	if n := count(t, c.bot.dir, `SELECT count(*) FROM cases`); n != 0 {
		t.Fatalf("%d cases are open", n)
	}
	c.anna.Post(c.group, simulator.Post{Text: "lena@gmail.com", ReplyTo: asked.ID})
	c.card(1, "Anna")

	c.eve.SayIn(c.group, "/reset")
	begun := slices.IndexFunc(c.group.Chat(), func(m simulator.Message) bool { return strings.Contains(m.Text, "Case 1 is open") })
	c.eve.PressDataIn(c.group, c.group.Chat()[begun].ID, "n:reset")
	c.eventually("both are refused, and noted", func() bool {
		return count(t, c.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused' AND detail = 'not_staff reset'`) == 3
	})
	if chat := fmt.Sprint(c.group.Chat()); strings.Contains(chat, "Eve, whom") {
		t.Error("a stranger is asked")
	}
}
