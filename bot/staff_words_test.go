package bot

import (
	"regexp"
	"strings"
	"testing"
)

var threeWords = regexp.MustCompile(`(?m)^[\p{Ll}]+ [\p{Ll}]+ [\p{Ll}]+$`)

// callerWords waits for the words to read out that are mailed to an address.
func (c *crew) callerWords(address string) (words string) {
	c.Helper()
	eventually(c.T, c.bot.log, "the caller's words are mailed", func() bool {
		for _, m := range c.bot.stage.Mail.Mails() {
			if m.To == address && strings.Contains(m.Subject, "Three words") {
				words = threeWords.FindString(m.Text)
			}
		}
		return words != ""
	})
	return words
}

// A caller who never wrote to the bot reads the words of the mail out, and nobody
// on staff sees them before.
func TestStaffVerifyByWordsOfTheMail(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	c.opens(1, "omar@outlook.com")
	c.press(c.anna, 1, "Verify by chat")
	c.card(1, "Read this number out to the caller", "Three words", "3 tries left")
	words := c.callerWords("omar@outlook.com")
	for _, m := range c.group.Chat() {
		if strings.Contains(m.Text, words) {
			t.Errorf("staff see the words: %s", m.Text)
		}
	}
	c.types(c.anna, 1, "wait, they look for it")
	c.hears("does not count as a try")
	c.types(c.anna, 1, "acorn almond amber")
	c.card(1, "2 tries left")
	c.types(c.anna, 1, " "+strings.ToUpper(strings.ReplaceAll(words, " ", ",  ")))
	c.card(1, "✓ The caller is verified", "Omar")
	c.bot.end(t)
	c.bot.hunt(t, []string{words, strings.ToUpper(words)})
}

// A letter with words says otherwise than one with a code what it is, and words
// where a code is asked for cost no try.
func TestLettersToReadOutAreTold(t *testing.T) {
	t.Parallel()
	c := newCrew(t)
	c.opens(1, "omar@outlook.com")
	c.press(c.anna, 1, "Verify by chat")
	c.card(1, "Three words")
	words := c.callerWords("omar@outlook.com")
	c.press(c.anna, 1, "Verify by code")
	c.card(1, "read it out")
	code := c.callerCode("omar@outlook.com")
	c.types(c.anna, 1, words)
	c.hears("no code of six digits, so this does not count as a try")
	c.card(1, "3 tries left")
	c.types(c.anna, 1, code)
	c.card(1, "✓ The caller is verified")
}
