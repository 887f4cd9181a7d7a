package play

import (
	"regexp"
	"slices"
	"strings"

	"rekey/bot/demo"
	"rekey/bot/simulator"
)

// desk is the staff's side of a scene: their group, and the card of one case.
type desk struct {
	*talk
	group  *simulator.Group
	people map[string]*simulator.Person // by first name
	events <-chan simulator.Event
	card   simulator.Message
	shown  []string // the card's lines that were printed
	line   string   // the newest that the person wrote
}

func (t *talk) desk() *desk {
	d := &desk{talk: t, group: t.o.StaffGroup, people: map[string]*simulator.Person{}}
	for _, c := range t.o.Staff {
		d.people[c.Profile.FirstName] = t.o.Simulator.Person(c.Profile)
	}
	events, stop := d.group.Watch()
	d.events, t.stop = events, append(t.stop, stop)
	return d
}

// says has one of the staff write below the card, or in the group before there
// is one.
func (d *desk) says(who, text string) {
	if d.err == nil {
		d.print("  %s> %s\n", who, text)
		d.people[who].Post(d.group, simulator.Post{Text: text, Topic: d.card.Topic})
	}
}

func (d *desk) presses(who, label string) {
	if d.err != nil {
		return
	}
	d.print("  %s> [%s]\n", who, label)
	if err := d.people[who].PressIn(d.group, d.card.ID, label); err != nil {
		d.fail("%v", err)
	}
}

// shows waits until the card holds a fragment, and prints what is new on it.
func (d *desk) shows(fragment string) {
	for d.err == nil && !strings.Contains(bare.Replace(d.card.Text), fragment) {
		d.next("the card to show “" + fragment + "”")
	}
	lines := strings.Split(d.card.Text, "\n")
	for _, line := range lines {
		if line != "" && !slices.Contains(d.shown, line) {
			d.print("        ┃ %s\n", line)
		}
	}
	d.shown = lines
}

// hears waits until the bot brings what the person wrote.
func (d *desk) hears(fragment string) {
	for d.err == nil && !strings.Contains(d.line, fragment) {
		d.next("staff to read “" + fragment + "”")
	}
	for line := range strings.SplitSeq(d.line, "\n") {
		d.print("        ┃ %s\n", line)
	}
}

// next takes in one thing that the bot writes in the group.
func (d *desk) next(awaited string) {
	select {
	case e := <-d.events:
		switch {
		case e.Kind != "message" && e.Kind != "edit" || !e.Message.FromBot:
		case strings.HasPrefix(e.Message.Text, "Case ") && len(e.Message.Inline) > 0:
			d.card = e.Message
		default:
			d.line = e.Message.Text
		}
	case <-d.o.late():
		d.fail("waited %s in vain for %s", d.o.Patience, awaited)
	case <-d.ctx.Done():
		d.fail("interrupted while waiting for %s", awaited)
	}
}

var (
	readOutShape = regexp.MustCompile(`\b\d{3} ?\d{3}\b`)
	linkShape    = regexp.MustCompile(`\?start=([A-Za-z0-9_-]+)`)
)

// read finds in a mail what a form describes, which the person then uses.
func (d *desk) read(to, subject string, form *regexp.Regexp) string {
	m := d.mailed(to, subject)
	found := form.FindStringSubmatch(m.Text)
	if found == nil {
		d.fail("the mail “%s” does not hold what it should", m.Subject)
		return ""
	}
	return found[len(found)-1]
}

// withHelp is a recovery that staff start. The account has power over others, so
// two of them must agree, and still only its owner finishes it, after she asked
// them something.
func withHelp(t *talk, me demo.Sample, password string) {
	d := t.desk()
	d.says("Anna", "/reset "+me.Email)
	d.shows("Why do they need help?")
	d.presses("Anna", "Forgot the password")
	d.shows("ticket number")
	d.says("Anna", "HD-4711")
	d.shows("HD-4711")
	d.presses("Anna", "Verify by code")
	d.shows("read it out")
	d.says("Anna", d.read(me.Email, "", readOutShape))
	d.shows("The caller is verified")
	d.presses("Anna", "End password, send link")
	d.shows("A second person must agree")
	d.presses("Vera", "Approve")
	d.shows("Approved")
	t.start(d.read(me.Email, "", linkShape))
	t.sees("Anna")
	t.press("Yes, that was me")
	t.sees("Step 2 of 4")
	t.say("/support")
	t.sees("You are writing to the support")
	t.say("Is the mail with the two words really from you?")
	d.hears("the two words")
	d.says("Anna", "Yes, if they are those that you read here.")
	t.sees("if they are those")
	t.press("End the chat")
	t.sees("You ended the chat")
	t.sees("Step 2 of 4")
	finish(t, me, password)
	d.shows("The owner set a new password")
}
