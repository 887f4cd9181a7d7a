package bot

import (
	"bytes"
	"fmt"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
)

// pictures gives what the bot has shown in the staff group.
func (c *crew) pictures() []simulator.Message {
	return slices.DeleteFunc(c.group.Chat(), func(m simulator.Message) bool { return !m.FromBot || m.Kind != "photo" })
}

// seesPosts waits until all that is due has been done, and counts the pictures.
func (c *crew) seesPosts(want int, when string) simulator.Message {
	c.Helper()
	c.eventually("nothing is due", func() bool {
		return count(c.T, c.bot.dir, fmt.Sprintf("SELECT count(*) FROM jobs WHERE done_at = 0 AND due_at <= %d", c.clock.Now().UnixMilli())) == 0
	})
	shown := c.pictures()
	if len(shown) != want {
		c.Fatalf("%s: %d posts, want %d", when, len(shown), want)
	}
	return shown[want-1]
}

// The figures of a week are posted once, whatever the bot goes through.
func TestFiguresArePostedOnceAWeek(t *testing.T) {
	t.Parallel()
	c := newCrew(t, "REKEY_STAFF_LANGUAGE=en")
	when := c.clock.Now().UTC().Add(26 * time.Hour)
	weekly := "REKEY_STAFF_WEEKLY=" + when.Format("Mon 15:04")
	without := c.bot.env.Environ
	again := func(environ ...string) {
		c.bot.env.Environ = slices.Concat(without, environ)
		c.bot.build(t)
		c.bot.run(t)
	}
	c.bot.end(t)
	again(weekly)

	lena := c.bot.visitor(t, 7001)
	lena.person.Start("recover")
	lena.hears("Step 1 of 4")
	lena.say("lena@gmail.com", "Step 2 of 4")
	c.bot.end(t)
	again(weekly)
	c.advance(25 * time.Hour)
	if len(c.pictures()) != 0 {
		t.Fatal("the figures come too early")
	}
	c.advance(time.Hour)
	post := c.seesPosts(1, "at its time")
	if post.Topic != 0 || post.ReplyTo != 0 || !strings.Contains(post.Text, "Begun: 1 (+1)") || strings.Contains(post.Text, "gmail") {
		t.Errorf("posted %+v", post)
	}
	drawn, _, _ := c.bot.stage.Telegram.File(post.File)
	if _, err := png.Decode(bytes.NewReader(drawn)); err != nil {
		t.Errorf("a picture of %d bytes: %v", len(drawn), err)
	}
	c.bot.end(t)
	again(weekly)
	c.advance(3 * 24 * time.Hour)
	c.seesPosts(1, "days after it was posted")

	c.bot.end(t)
	c.clock.Advance(15 * 24 * time.Hour)
	again(weekly)
	late := c.seesPosts(2, "after its time was missed twice")
	if lastDay := when.Add(13 * 24 * time.Hour).Format("2 January 2006, and"); !strings.Contains(late.Text, lastDay) {
		t.Errorf("not %s: %s", lastDay, late.Text)
	}
	c.bot.end(t)
	again(weekly)
	c.seesPosts(2, "begun anew once it was made up for")
	c.advance(7 * 24 * time.Hour)
	c.seesPosts(3, "a week later")

	c.bot.end(t)
	again()
	c.advance(8 * 24 * time.Hour)
	c.seesPosts(3, "without the setting")
}

// Whoever is on staff can ask for the figures.
func TestStaffAskForTheFiguresOfAWeek(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	c.eve.SayIn(c.group, "/week")
	c.hears("Only people on the staff list")
	asked := c.anna.SayIn(c.group, "/week")
	c.eventually("the figures are shown", func() bool { return len(c.pictures()) == 1 })
	if m := c.pictures()[0]; m.ReplyTo != asked || !strings.Contains(m.Text, "Begun: 0 (±0)") {
		t.Errorf("shown %+v", m)
	}
}
