package bot

import (
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/bot/demo"
	"rekey/bot/simulator"
	"rekey/flows"
	"rekey/flows/staff"
	"rekey/store/sqlite"
)

// crew is the staff group, with people in it, beside a running bot.
type crew struct {
	*testing.T
	bot             *stagedBot
	clock           *still
	eyes            *sql.DB // open, as pass looks often
	group           *simulator.Group
	anna, ben, vera *simulator.Person // two agents, and an approver who is admin too
	eve             *simulator.Person // in the group, but on no list
}

func newCrew(t *testing.T, environ ...string) *crew {
	t.Helper()
	return gather(t, newStill(), environ...)
}

// gather lets a crew work by a clock.
func gather(t *testing.T, clock *still, environ ...string) *crew {
	t.Helper()
	c := &crew{T: t, clock: clock}
	c.bot = begin(t, c.clock.Now, append([]string{cheap}, environ...)...)
	c.eyes = lookInto(t, c.bot.dir)
	t.Cleanup(func() { _ = c.eyes.Close() })
	c.group = c.bot.stage.Staff
	colleagues := demo.Staff()
	for i, who := range []**simulator.Person{&c.anna, &c.ben, &c.vera} {
		*who = c.bot.stage.Telegram.Person(colleagues[i].Profile)
	}
	c.eve = c.bot.stage.Telegram.Person(simulator.Profile{ID: 7104, FirstName: "Eve", Language: "en"})
	c.eve.Join(c.group)
	return c
}

// card waits until the newest card of a case holds the fragments.
func (c *crew) card(number int, fragments ...string) simulator.Message {
	c.Helper()
	var found simulator.Message
	c.eventually(fmt.Sprintf("the card of case %d shows %q", number, fragments), func() bool {
		for _, m := range slices.Backward(c.group.Chat()) {
			if m.FromBot && strings.HasPrefix(m.Text, fmt.Sprintf("Case %d ·", number)) {
				found = m
				return !slices.ContainsFunc(fragments, func(f string) bool { return !strings.Contains(m.Text, f) })
			}
		}
		return false
	})
	return found
}

// hears waits until the bot says something in the group.
func (c *crew) hears(fragment string) {
	c.Helper()
	c.eventually(fmt.Sprintf("the bot says %q", fragment), func() bool {
		return slices.ContainsFunc(c.group.Chat(), func(m simulator.Message) bool { return m.FromBot && strings.Contains(m.Text, fragment) })
	})
}

// eventually lets as much time pass as it takes until the group has room for one
// more write. After that time passes only when the bot waits for that: a clock
// that moves with each look would run away on a slow machine.
func (c *crew) eventually(what string, so func() bool) {
	c.Helper()
	defer func() {
		if c.Failed() {
			for _, m := range c.group.Chat() {
				c.Logf("[%d] %s: %s", m.Topic, m.From, m.Text)
			}
		}
	}()
	c.advance(time.Minute / simulator.GroupLimit)
	eventually(c.T, c.bot.log, what, func() bool {
		if so() {
			return true
		}
		c.pass()
		return false
	})
}

// pass lets time pass until what did not succeed is tried again, if there is
// nothing else to do. It tells whether there is nothing of either.
func (c *crew) pass() (idle bool) {
	c.Helper()
	c.bot.mustRun(c.T)
	if c.bot.stage.Telegram.Pending() > 0 {
		return false
	}
	next := number(c.T, c.eyes, fmt.Sprintf(`SELECT CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE done_at = 0 AND due_at <= %d) THEN -1
		ELSE (SELECT ifnull(min(due_at), 0) FROM jobs WHERE done_at = 0 AND attempts > 0) END`, c.clock.Now().UnixMilli()))
	if next > 0 {
		c.moveTo(time.UnixMilli(int64(next)))
	}
	return next == 0
}

// advance moves the clock by so much.
func (c *crew) advance(d time.Duration) {
	c.Helper()
	c.moveTo(c.clock.Now().Add(d))
}

// moveTo moves the clock, and has the bot look at it: by itself it does so each
// second. To postpone no job makes it look.
func (c *crew) moveTo(at time.Time) {
	c.Helper()
	c.clock.Advance(max(0, at.Sub(c.clock.Now())))
	if err := sqlite.NewJobs(c.bot.wired.db, c.bot.wired.keys).Postpone(c.Context(), flows.Job{}, at); err != nil {
		c.Fatal(err)
	}
}

func (c *crew) press(by *simulator.Person, number int, label string) {
	c.Helper()
	if err := by.PressIn(c.group, c.card(number).ID, label); err != nil {
		c.Fatal(err)
	}
}

func (c *crew) types(by *simulator.Person, number int, text string) {
	c.Helper()
	by.Post(c.group, simulator.Post{Text: text, Topic: c.card(number).Topic})
}

// opens has Anna open a case and say why.
func (c *crew) opens(number int, identifier string) {
	c.Helper()
	c.anna.SayIn(c.group, "/reset "+identifier)
	c.card(number, "Why do they need help?")
	c.press(c.anna, number, "Forgot the password")
	c.card(number, "What is the ticket number?")
	c.types(c.anna, number, "HD-4711")
	c.card(number, "HD-4711")
}

// verifies has the caller read out the code that they were mailed.
func (c *crew) verifies(number int, address string) {
	c.Helper()
	c.press(c.anna, number, "Verify by code")
	c.card(number, "read it out")
	c.types(c.anna, number, c.callerCode(address))
	c.card(number, "✓ The caller is verified")
}

func (c *crew) callerCode(address string) string {
	c.Helper()
	var code string
	eventually(c.T, c.bot.log, "the caller's code is mailed", func() bool {
		for _, m := range c.bot.stage.Mail.Mails() {
			if m.To == address && strings.Contains(m.Text, "support") {
				if found := callerCode.FindString(m.Text); found != "" {
					code = found
				}
			}
		}
		return code != ""
	})
	return code
}

// A hundred cases at once: the group hears no more than it allows, and every
// case gets its card.
func TestABurstOfCases(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "REKEY_LIMIT_STAFF_STARTS_HOUR=64", "REKEY_LIMIT_STAFF_STARTS_DAY=64")
	const cases = 100
	for i := range cases {
		agent := c.anna
		if i%2 == 1 {
			agent = c.ben
		}
		agent.SayIn(c.group, fmt.Sprintf("/reset person%d@example.org", i))
		if i%10 == 9 { // who waits for 25 s is told that it is busy, and the clock stands still all the time
			eventually(t, c.bot.log, "ten more are open", func() bool { return c.bot.stage.Telegram.Pending() == 0 })
		}
	}
	c.eventually("every case has a card", func() bool {
		return count(t, c.bot.dir, `SELECT count(*) FROM cases WHERE drawn > 0 AND topic > 0`) == cases
	})
	if n := c.bot.stage.Telegram.Refusals()[http.StatusTooManyRequests]; n != 0 {
		t.Errorf("the group was asked too much of %d times", n)
	}
	if topics := c.group.Topics(); len(topics) != cases {
		t.Errorf("%d topics, want %d", len(topics), cases)
	}
}

// Those who are on no list, or not in the group, or hide who they are.
func TestAttackStaffCommands(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	vera := c.bot.admit(t, demo.Staff()[2].Profile)
	vera.person.Start("")
	vera.hears("Forgot your")
	c.opens(1, "lena@gmail.com")
	for what, attempt := range map[string]func(){
		"a stranger in the group": func() { c.eve.SayIn(c.group, "/reset lena@gmail.com") },
		"a stranger's press":      func() { c.press(c.eve, 1, "Stop recovery for a day") },
		"a forwarded command":     func() { c.anna.Post(c.group, simulator.Post{Text: "/reset omar@outlook.com", Forwarded: true}) },
		"an anonymous admin": func() {
			c.group.Place(c.anna, simulator.Membership{Status: simulator.Administrator, Anonymous: true})
			c.anna.SayIn(c.group, "/reset omar@outlook.com")
			c.group.Place(c.anna, simulator.Membership{Status: simulator.Member})
		},
		"who has left": func() {
			card := c.card(1)
			c.advance(3 * time.Second)
			c.ben.Leave(c.group)
			c.ben.PressDataIn(c.group, card.ID, card.Inline[0][0].Data)
		},
	} {
		before := count(t, c.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused'`)
		attempt()
		c.eventually(what+" is refused, and noted", func() bool {
			return count(t, c.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused'`) == before+1
		})
	}
	if n := count(t, c.bot.dir, `SELECT count(*) FROM cases`); n != 1 {
		t.Errorf("%d cases are open, want Anna's own", n)
	}
	vera.hears("7104")
	if n := count(t, c.bot.dir, `SELECT count(*) FROM freezes`); n != 0 {
		t.Error("a stranger froze an account")
	}
}

// Elsewhere than in the staff group its commands are nothing.
func TestAttackStaffCommandsElsewhere(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	other := c.bot.stage.Telegram.Group(-1002000000002, "Another group")
	c.anna.SayIn(other, "/reset lena@gmail.com")
	anna := c.bot.visitor(t, 7101)
	anna.say("/reset lena@gmail.com", "Forgot your")
	c.bot.quiet(t)
	if n := count(t, c.bot.dir, `SELECT count(*) FROM cases`); n != 0 {
		t.Errorf("%d cases are open", n)
	}
}

// A case about nobody looks like one about somebody.
func TestAttackExistenceByStaff(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	see := func(number int, identifier string) (all []string) {
		c.opens(number, identifier)
		show := func(m simulator.Message) {
			text := strings.NewReplacer(fmt.Sprintf("Case %d", number), "Case N", identifier[:1]+"•••", "x•••").Replace(m.Text)
			for _, row := range m.Inline {
				for _, b := range row {
					text += " [" + b.Text + "]"
				}
			}
			all = append(all, text)
		}
		c.press(c.anna, number, "Verify by chat")
		show(simulator.Message{Text: readOut.ReplaceAllString(c.card(number, "Read this number out").Text, "NN")})
		c.press(c.anna, number, "Verify by code")
		c.card(number, "3 tries left")
		c.types(c.anna, number, "000 000")
		show(c.card(number, "2 tries left"))
		c.press(c.anna, number, "Stop recovery for a day")
		show(c.card(number, "Stop recovery for a day"))
		c.press(c.anna, number, "Send a link")
		show(c.card(number, "A second person must agree", "the caller is not verified"))
		return all
	}
	known, nobody := see(1, "omar@outlook.com"), see(2, "xavi@outlook.com")
	times := clockTime.ReplaceAllString(strings.Join(known, "\n"), "TT:TT")
	if other := clockTime.ReplaceAllString(strings.Join(nobody, "\n"), "TT:TT"); times != other {
		t.Errorf("known:\n%s\nnobody:\n%s", times, other)
	}
}

// Whatever staff press and ask for, nothing that the bot says to them helps to
// finish a reset.
func TestAttackStaffSeeNoSecret(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	greta := simulator.Profile{ID: 7105, FirstName: "Greta", Language: "en"}
	auditor := staff.Member{Who: staff.Who{ID: greta.ID, Name: "Greta"}, Roles: []staff.Role{staff.Auditor}}
	if err := sqlite.NewRoster(c.bot.wired.db).Appoint(t.Context(), auditor); err != nil {
		t.Fatal(err)
	}
	inPrivate := c.bot.admit(t, greta)
	inPrivate.person.Join(c.group)
	c.opens(1, "nina@aurora.example")
	c.verifies(1, "nina@aurora.example")
	for _, pressed := range []string{"End all sessions", "Send a link", "Stop recovery for a day"} {
		c.press(c.anna, 1, pressed)
		if strings.HasPrefix(pressed, "Stop") {
			c.card(1, "Recovery is stopped")
			continue
		}
		c.card(1, "A second person must agree")
		c.press(c.vera, 1, "Approve")
		c.card(1, "Approved: "+pressed)
	}
	c.press(c.anna, 1, "Allow recovery again")
	c.card(1, "A second person must agree")
	c.press(c.vera, 1, "Approve")
	c.card(1, "Approved: Allow recovery again")

	nina := c.bot.visitor(t, 7005)
	nina.asks("nina@aurora.example")
	code := nina.mailed("nina@aurora.example", 1)
	nina.say(code, "Step 3 of 4")
	nina.hide("Marigold&Rain7", "Step 4 of 4")
	nina.hide("Marigold&Rain7", "Your password is changed")

	c.advance(time.Minute)
	for text, answer := range map[string]string{
		"/case 1": "#1", "/find nina@aurora.example": "#1", "/find omar@outlook.com": "No case", "/today": "1 case opened",
		"/case 99": "no such case", "/find": "no email",
	} {
		c.anna.SayIn(c.group, text)
		c.hears(answer)
	}
	c.vera.SayIn(c.group, "/staff")
	c.hears("approver+admin")
	c.anna.SayIn(c.group, "/audit nina@aurora.example")
	c.hears("Your role does not include this")
	inPrivate.person.SayIn(c.group, "/audit nina@aurora.example")
	c.hears("cannot write to you in private")
	inPrivate.person.Start("")
	inPrivate.hears("Forgot your")
	inPrivate.person.SayIn(c.group, "/audit nina@aurora.example")
	inPrivate.hears("password.set")

	said := inPrivate.transcript()
	for _, m := range c.group.Chat() {
		if m.FromBot || strings.HasPrefix(m.Text, "/find") || strings.HasPrefix(m.Text, "/audit") {
			said += m.Text + "\n"
		}
	}
	secrets := []string{"nina@aurora.example", "nina.berg", "Marigold&Rain7", "Juniper", c.callerCode("nina@aurora.example")}
	secrets = append(append(secrets, codes(code)...), linkForm.FindStringSubmatch(fmt.Sprint(c.bot.stage.Mail.Mails()))[1])
	for _, secret := range secrets {
		if strings.Contains(said, secret) {
			t.Errorf("staff read %q:\n%s", secret, said)
		}
	}
}

var (
	callerCode = regexp.MustCompile(`\b\d{3} ?\d{3}\b`)
	readOut    = regexp.MustCompile(`out to the caller: (\d\d)`)
	clockTime  = regexp.MustCompile(`\d\d:\d\d`)
	linkForm   = regexp.MustCompile(`\?start=([A-Za-z0-9_-]{43})`)
)

// link waits for a link of staff's in a mail, and gives its token.
func (c *crew) link(address string) string {
	c.Helper()
	var token string
	eventually(c.T, c.bot.log, "the link is mailed", func() bool {
		for _, m := range c.bot.stage.Mail.Mails() {
			if found := linkForm.FindStringSubmatch(m.Text); m.To == address && found != nil {
				token = found[1]
			}
		}
		return token != ""
	})
	return token
}
