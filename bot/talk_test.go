package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
)

// topic waits until the newest message in a case's topic holds the fragment.
func (c *crew) topic(number int, fragment string) simulator.Message {
	c.Helper()
	var found simulator.Message
	in := c.card(number).Topic
	c.eventually(fmt.Sprintf("the topic of case %d shows %q", number, fragment), func() bool {
		for _, m := range slices.Backward(c.group.ChatIn(in)) {
			if m.FromBot && strings.Contains(m.Text, fragment) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// A person is stuck at the code, writes with Anna, proves to her who it is, and
// goes on where they were.
func TestATalkWithSupport(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	lena := c.bot.visitor(t, 7001)
	lena.asks("lena@gmail.com")
	code := lena.mailed("lena@gmail.com", 1)
	lena.person.Say("/support")
	lena.hears("You are writing to the support")
	c.card(1, "l•••@gmail.com", "Opened from the chat", "typing the code", "1 code asked for", "They are in the chat")

	// What she says reaches staff, and nobody's words reach her before one takes it.
	lena.person.Say("Nothing arrives.\nCan you help?")
	c.topic(1, "Nothing arrives.\u2069\n\u2068Can you help?")
	lena.person.AttachWith("photo", "my inbox")
	if m := c.topic(1, "They send this"); m.Kind != "photo" || !strings.Contains(m.Text, "my inbox") {
		t.Errorf("the photo arrives as %+v", m)
	}
	c.types(c.ben, 1, "I think I know her")
	c.topic(1, "nobody has the case")
	c.press(c.anna, 1, "I take this")
	lena.hears("Anna\u2069 from the support")
	c.types(c.anna, 1, "// a colleague of mine knows her")
	c.types(c.ben, 1, "so do I")
	c.types(c.anna, 1, "Good morning, Lena.")
	if m := lena.hears("support"); !strings.Contains(m.Text, "Anna\u2069, support:\n\u2068Good morning, Lena.") {
		t.Errorf("Lena reads %q", m.Text)
	}
	c.anna.Post(c.group, simulator.Post{Kind: "photo", Text: "look here", Topic: c.card(1).Topic})
	if m := lena.hears("look here"); m.Kind != "photo" || !strings.Contains(m.Text, "Anna") {
		t.Errorf("Anna's photo arrives as %+v", m)
	}

	// Secrets stay with the bot; the code that Anna asks for it checks itself.
	lena.hide("it is "+code, "I removed it")
	c.topic(1, "may be a code or a password")
	c.press(c.anna, 1, "Verify by code")
	c.card(1, "read it out")
	readOut := c.callerCode("lena@gmail.com")
	wrong := "111111"
	if readOut == wrong {
		wrong = "222222"
	}
	lena.hide(wrong, "not what support asked for")
	c.card(1, "2 tries left")
	lena.hide(readOut, "knows now that it is you")
	c.card(1, "✓ The caller is verified", "Lena Petrova")

	c.press(c.anna, 1, "End the chat")
	lena.hears("Anna\u2069 ended the chat")
	lena.hears("Step 2 of 4")
	c.types(c.anna, 1, "Are you still there?")
	lena.say(code, "Step 3 of 4")
	lena.hide("Marigold&Rain7", "Step 4 of 4")
	lena.hide("Marigold&Rain7", "Your password is changed")
	c.card(1, "closed", "The owner set a new password")

	for _, m := range c.group.Chat() {
		for _, secret := range append(codes(code), readOut, "Marigold&Rain7", "lena@gmail.com") {
			if strings.Contains(m.Text, secret) {
				t.Errorf("staff read %q: %q", secret, m.Text)
			}
		}
	}
	for _, m := range c.group.Chat() {
		if strings.Contains(m.Text, "A colleague works on this case") {
			t.Error("colleagues who talk in the topic are disturbed")
		}
	}
	for _, aside := range []string{"knows her", "know her", "so do I", "still there"} {
		if said := lena.transcript(); strings.Contains(said, aside) {
			t.Errorf("Lena reads %q, which was not for her:\n%s", aside, said)
		}
	}
	c.settled()
	c.bot.end(t)
	c.bot.hunt(t, []string{"Marigold&Rain7", "Nothing arrives", "Good morning, Lena"})
}

// settled waits until nothing is owed.
func (c *crew) settled() {
	c.Helper()
	c.eventually("all is said", func() bool {
		return count(c.T, c.bot.dir, `SELECT count(*) FROM jobs WHERE done_at = 0 AND kind = 'talk'`) == 0
	})
	if n := count(c.T, c.bot.dir, `SELECT count(*) FROM lines`); n != 0 {
		c.Errorf("%d lines are kept after they were said", n)
	}
}

// Who comes back after a case was closed finds it again, and so does staff.
func TestWhoComesBackFindsTheirCase(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	lena := c.bot.visitor(t, 7001)
	lena.person.Start("")
	lena.hears("Forgot your")
	lena.press("Contact support", "You are writing to the support")
	c.card(1, "somebody in the chat")
	c.press(c.anna, 1, "I take this")
	lena.hears("Anna")
	c.press(c.anna, 1, "Close")
	lena.hears("ended the chat")
	c.eventually("the topic is closed", func() bool { return c.group.Topics()[0].Closed })
	lena.person.Say("/support")
	lena.hears("You are writing to the support")
	c.card(1, "open", "They ask for help in the chat")
	c.topic(1, "They are in the chat and ask for help")
	c.eventually("the topic is open", func() bool { return !c.group.Topics()[0].Closed })
	if n := count(t, c.bot.dir, `SELECT count(*) FROM cases`); n != 1 {
		t.Errorf("%d cases, want 1", n)
	}

	// She leaves by a command, and what is written then does not reach her.
	lena.say("/start", "Forgot your")
	c.topic(1, "They left the chat")
	c.card(1, "They left the chat")
}

// Where the group has no topics, staff answer a line.
// What a person writes finds a new topic when somebody has deleted the case's.
func TestATalkInADeletedTopic(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	lena := c.bot.visitor(t, 7001)
	lena.person.Start("recover")
	lena.person.Say("/support")
	lena.hears("You are writing to the support")
	lena.person.Say("Nothing arrives")
	old := c.topic(1, "Nothing arrives").Topic
	if !c.vera.DeleteTopic(c.group, old) {
		t.Fatal("Vera may not delete a topic")
	}
	lena.person.Say("Are you there?")
	if m := c.topic(1, "Are you there?"); m.Topic == old || m.Topic == 0 {
		t.Errorf("it arrives in the topic %d, the old one being %d", m.Topic, old)
	}
	c.settled()
	c.bot.end(t)
}

func TestATalkWithoutTopics(t *testing.T) {
	t.Parallel()
	const id = -1001000000002
	c := newCrew(t, fmt.Sprintf("REKEY_STAFF_GROUP=%d", id))
	c.group = c.bot.stage.Telegram.NewGroup(id, simulator.GroupOptions{
		Title: "No topics", Bot: simulator.Membership{Status: simulator.Administrator, Rights: []simulator.Right{simulator.DeleteMessages}},
		Members: map[*simulator.Person]simulator.Membership{c.anna: {Status: simulator.Member}, c.vera: {Status: simulator.Member}},
	})
	lena := c.bot.visitor(t, 7001)
	lena.asks("lena@gmail.com")
	lena.person.Say("/support")
	lena.hears("You are writing to the support")
	lena.person.Say("Hello")
	c.press(c.anna, 1, "I take this")
	lena.hears("Anna")
	var line simulator.Message
	c.eventually("the line is there", func() bool {
		chat := c.group.Chat()
		i := slices.IndexFunc(chat, func(m simulator.Message) bool { return strings.HasPrefix(m.Text, "#1 › They write:") })
		if i >= 0 {
			line = chat[i]
		}
		return i >= 0
	})
	c.anna.SayIn(c.group, "among us")
	c.anna.Post(c.group, simulator.Post{Text: "Hello Lena", ReplyTo: line.ID})
	lena.hears("Hello Lena")
	c.anna.Post(c.group, simulator.Post{Text: "And again", ReplyTo: c.card(1).ID})
	lena.hears("And again")
	if strings.Contains(lena.transcript(), "among us") {
		t.Error("Lena reads what staff said to each other")
	}
}

// What cannot be said is not lost in silence.
func TestATalkThatBreaks(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "REKEY_LIMIT_TALK_LINES_PER_MINUTE=2", "REKEY_LIMIT_TALKS_PER_CHAT_DAY=1")
	lena := c.bot.visitor(t, 7001)
	lena.person.Start("")
	lena.hears("Forgot your")
	lena.press("Contact support", "You are writing to the support")
	c.press(c.anna, 1, "I take this")
	lena.hears("Anna")
	lena.person.Say("one")
	lena.person.Say("two")
	lena.say("three", "That was too quick")
	c.topic(1, "two")
	lena.person.Attach("poll")
	lena.hears("I cannot pass that on")
	lena.person.Block()
	c.types(c.anna, 1, "Hello?")
	c.topic(1, "did not reach them")
	lena.person.Unblock()
	c.advance(time.Minute)
	lena.say("/start", "Forgot your")
	lena.press("Contact support", "A person can help you")
}

// A stranger in the group, somebody who has left and a colleague who hides their
// name say nothing to a person, whoever has the case.
func TestAttackTalkByOthers(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	lena := c.bot.visitor(t, 7001)
	lena.person.Start("")
	lena.hears("Forgot your")
	lena.press("Contact support", "You are writing to the support")
	c.types(c.eve, 1, "Tell me your code, says Eve")
	c.press(c.anna, 1, "I take this")
	lena.hears("Anna")
	c.types(c.eve, 1, "Tell me your code, says Eve")
	c.types(c.ben, 1, "Ben, who has not got the case")
	topic := c.card(1).Topic
	c.anna.Post(c.group, simulator.Post{Text: "forwarded by Anna", Topic: topic, Forwarded: true})
	c.group.Place(c.anna, simulator.Membership{Status: simulator.Administrator, Anonymous: true})
	c.types(c.anna, 1, "anonymous Anna")
	c.group.Place(c.anna, simulator.Membership{Status: simulator.Member})
	c.types(c.anna, 1, "Anna herself")
	lena.hears("Anna herself")
	c.bot.quiet(t)
	for _, line := range []string{"Eve", "Ben", "forwarded", "anonymous"} {
		if said := lena.transcript(); strings.Contains(said, line) {
			t.Errorf("Lena reads %q:\n%s", line, said)
		}
	}
	if n := count(t, c.bot.dir, `SELECT count(*) FROM audit WHERE event = 'staff.refused'`); n != 0 {
		t.Errorf("%d alarms for talk among colleagues", n)
	}
}

// Where there are no topics an answer finds its case by what the bot wrote. What a
// person writes below a photo is not that, however long it is.
func TestAttackAnswersToAForgedLine(t *testing.T) {
	t.Parallel()
	const id = -1001000000003
	c := newCrew(t, fmt.Sprintf("REKEY_STAFF_GROUP=%d", id))
	c.group = c.bot.stage.Telegram.NewGroup(id, simulator.GroupOptions{
		Title: "No topics", Bot: simulator.Membership{Status: simulator.Administrator, Rights: []simulator.Right{simulator.DeleteMessages}},
		Members: map[*simulator.Person]simulator.Membership{c.anna: {Status: simulator.Member}},
	})
	lena, omar := c.bot.visitor(t, 7001), c.bot.visitor(t, 7002)
	for i, v := range []*visitor{lena, omar} {
		v.person.Say("/support")
		v.hears("You are writing to the support")
		c.press(c.anna, i+1, "I take this")
		v.hears("Anna")
	}
	omar.person.AttachWith("photo", "#1 › They send this: my order. "+strings.Repeat("Please ", 141))
	var photo simulator.Message
	c.eventually("the photo is there", func() bool {
		chat := c.group.Chat()
		i := slices.IndexFunc(chat, func(m simulator.Message) bool { return m.FromBot && m.Kind == "photo" })
		if i >= 0 {
			photo = chat[i]
		}
		return i >= 0
	})
	c.anna.Post(c.group, simulator.Post{Text: "Omar's order is on its way", ReplyTo: photo.ID})
	omar.hears("order is on its way")
	c.hears("#2 › They write:")
	c.bot.quiet(t)
	if strings.Contains(lena.transcript(), "Omar") {
		t.Error("Lena reads what was said to Omar")
	}

	c.anna.Post(c.group, simulator.Post{Kind: "photo", Text: strings.Repeat("Look ", 203) + "here", ReplyTo: photo.ID})
	omar.hears("here")
	if m := omar.hears("Anna"); m.Kind != "photo" || strings.Contains(m.Text, "Look") {
		t.Errorf("Anna's photo arrives as %+v", m)
	}
}

// Whoever names another's address in the chat does not get the case in which
// support helps its owner on the phone: what the owner proves there says nothing
// about the stranger.
func TestAttackTheCaseOfAnotherOnThePhone(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	mallory := c.bot.visitor(t, 7099)
	mallory.asks("lena@gmail.com")
	mallory.say("/support", "You are writing to the support")
	c.card(1, "l•••@gmail.com", "They are in the chat")
	c.opens(2, "lena@gmail.com")
	c.verifies(2, "lena@gmail.com")
	c.anna.SayIn(c.group, "/reset lena@gmail.com")
	c.hears("open for this already")
	if card := c.card(1); strings.Contains(card.Text, "verified") || strings.Contains(card.Text, "Petrova") {
		t.Errorf("in the stranger's case: %s", card.Text)
	}
}
