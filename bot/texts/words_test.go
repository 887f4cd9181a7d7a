package texts

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// What a letter says to be read out is read back, however it is written.
func TestWordsAreReadAsTheyAreWritten(t *testing.T) {
	c := catalogue(t)
	for _, lang := range c.order {
		for i := range 256 {
			w := [3]uint8{uint8(i), uint8(i + 1), uint8(i + 100)}
			words := c.languages[lang].three(w)
			for _, typed := range []string{words, strings.ToUpper(words), " " + strings.ReplaceAll(words, " ", ",  ") + ".", strings.ReplaceAll(words, " ", "-"),
				strings.ReplaceAll(words, "ё", "е")} {
				if got := c.ReadWords(typed); !reflect.DeepEqual(got, [][3]uint8{w}) {
					t.Fatalf("%s: %q is read as %v, want %v", lang, typed, got, w)
				}
			}
		}
	}
	for _, none := range []string{"", "amber", "amber river", "amber river candle anchor", "amber river nothing", "amber river свеча", "314 159 265"} {
		if got := c.ReadWords(none); got != nil {
			t.Errorf("%q is read as %v", none, got)
		}
	}
	for lang, example := range map[string]string{"en": "amber river candle", "ru": "берег ваниль дождь"} {
		if !strings.Contains(c.staffText(lang, "staff.refusal.not_words"), example) || len(c.ReadWords(example)) != 1 {
			t.Errorf("%s: the example %q is none", lang, example)
		}
	}
}

// The longest words fit an SMS of one part, which is counted otherwise than in
// letters where they are not Latin.
func TestWordsFitAnSMS(t *testing.T) {
	c := catalogue(t)
	for lang, limit := range map[string]int{"en": 160, "ru": 70} {
		var longest uint8
		for i, word := range c.languages[lang].words {
			if units(word) > units(c.languages[lang].words[longest]) {
				longest = uint8(i)
			}
		}
		f := flows.Facts{
			ReadOut: [3]uint8{longest, longest, longest}, Case: 1234, Words: [2]uint8{longest, longest}, Code: "7F3K92QDXM", Life: 10 * time.Minute,
		}
		for _, id := range []flows.MessageID{flows.LetterWords, flows.LetterCode, flows.LetterSeveral} {
			if text := c.Letter(flows.Letter{Text: id, Language: lang, Channel: flows.SMS, Facts: f}).Text; units(text) > limit {
				t.Errorf("%s: %d characters: %s", lang, units(text), text)
			}
		}
	}
}
