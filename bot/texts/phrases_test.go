package texts

import (
	"strings"
	"testing"
)

func TestAsksForHelp(t *testing.T) {
	c := catalogue(t)
	for text, want := range map[string]bool{
		"help": true, "Help!": true, " HELP  me ": true, "I didn’t get any mail.": true, "i didnt get any mail": true,
		"Помогите!!!": true, "код не пришёл": true, "Человек": true, "no code?": true,

		"": false, "!": false, "help me with Sommernacht77": false, "helpme": false, "correct horse": false,
		"48219930": false, "человеческий": false, "my password is support": false,
	} {
		if got := c.AsksForHelp(text); got != want {
			t.Errorf("AsksForHelp(%q) = %t", text, got)
		}
	}
	for tag, l := range c.languages {
		lines := strings.Split(strings.TrimSpace(l.constant("phrases.help")), "\n")
		if set := l.phrases("phrases.help"); len(set) != len(lines) || len(set) < 50 {
			t.Errorf("%s: %d lines give %d phrases", tag, len(lines), len(set))
		}
		for _, line := range lines {
			if !c.AsksForHelp(line) {
				t.Errorf("%s: %q is not known", tag, line)
			}
		}
	}
}
