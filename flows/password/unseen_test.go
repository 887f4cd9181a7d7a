package password

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What cannot be seen or typed again is refused wherever it stands, and counts for
// nothing where it is all there is.
func TestUnseen(t *testing.T) {
	for name, r := range map[string]string{
		"zero width space": "\u200b", "non-joiner": "\u200c", "joiner": "\u200d", "left to right": "\u200e", "word joiner": "\u2060",
		"byte order mark": "\ufeff", "soft hyphen": "\u00ad", "grapheme joiner": "\u034f", "Arabic letter mark": "\u061c",
		"Hangul filler": "\u3164", "half width filler": "\uffa0", "choseong filler": "\u115f", "Braille blank": "\u2800",
		"Khmer vowel": "\u17b4", "bidi override": "\u202e", "bidi isolate": "\u2068", "deprecated": "\u206a",
		"tag": "\U000e0041", "language tag": "\U000e0001", "text selector": "\ufe0e", "emoji selector": "\ufe0f",
		"ideographic selector": "\U000e0100", "Mongolian selector": "\u180b", "Mongolian separator": "\u180e",
		"private use": "\ue000", "a company's logo": "\uf8ff", "private plane": "\U000f0000", "annotation": "\ufff9",
		"replacement": "\ufffd", "object": "\ufffc", "noncharacter": "\ufdd0", "last of all": "\U0010ffff",
		"line separator": "\u2028", "paragraph separator": "\u2029", "next line": "\u0085", "NUL": "\x00", "DEL": "\x7f",
		"broken byte": "\xff", "surrogate": "\xed\xa0\x80",
	} {
		for _, text := range []string{"Tulip#84" + r + "kw", r + "Tulip#84kw", "Tulip#84kw" + r, strings.Repeat(r, 15)} {
			if !holdsUnseen(text) {
				t.Errorf("%s is not seen in %+q", name, text)
			}
			if got := nist.Check(text, Person{}); len(got) == 0 {
				t.Errorf("%s: %+q is accepted", name, text)
			}
		}
	}
}

// What visible characters need beside them stays allowed.
func TestSeen(t *testing.T) {
	for name, text := range map[string]string{
		"plain": "Tulip#84kw ~", "accents": "ünïcödé", "marks": "u\u0308\u0301n", "spaces": "a b\u00a0c\u3000d", "number sign": "\u0600١٢",
		"unknown emoji": "\U0001fae9", "beyond Unicode 15": "\U0001ccf0",

		"heart": "❤\ufe0f", "heart as text": "❤\ufe0e", "family": "👨\u200d👩\u200d👧", "skin tone": "👍🏽",
		"woman with tone": "👩🏽\u200d🚀", "heart on fire": "❤\ufe0f\u200d🔥", "shaken head": "🙂\u200d↔\ufe0f",
		"rainbow flag": "🏳\ufe0f\u200d🌈", "pirates": "🏴\u200d☠\ufe0f", "keycaps": "1\ufe0f\u20e3#\ufe0f\u20e3*\u20e3", "flag": "🇩🇪",
		"Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "sign": "©\ufe0f ™\ufe0f ℹ\ufe0f",

		"Persian": "می\u200cخواهم", "Persian with marks": "مِی\u200cخواهم", "Kurdish": "به\u200cرز", "Urdu": "علم\u200cوہنر",
		"Hindi": "क्\u200dष क्\u200cष", "Sinhala": "ශ්\u200dරී", "old chillu": "ന്\u200d", "Bengali": "র\u200d্যাম",
		"Mongolian": "ᠠ\u180bᠨ\u180eᠠ",
	} {
		if holdsUnseen(text) {
			t.Errorf("%s: %+q is said to hold what cannot be seen", name, text)
		}
	}
	for name, text := range map[string]string{
		"joiner in Latin": "sea\u200dhorse", "non-joiner in Latin": "sea\u200chorse", "non-joiner in Cyrillic": "мор\u200cе",
		"between scripts": "می\u200cx", "behind a letter that joins none": "کار\u200cها", "two": "می\u200c\u200cخواهم",
		"joiner in Persian": "می\u200dخواهم", "at the end": "می\u200c", "at the beginning": "\u200cمی", "alone": " \u200c ",
		"emoji and letter": "👨\u200dx", "letter and emoji": "x\u200d👩", "flags": "🇩\u200d🇪", "selector of a digit": "1\ufe0f",
		"selector of a letter": "x\ufe0f", "two selectors": "❤\ufe0f\ufe0f", "a flag that nobody draws": "🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f",
		"a flag without end": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074", "tags of another": "😀\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
		"end alone": "🏴\U000e007f", "Mongolian selector of a space": " \u180b",
	} {
		if !holdsUnseen(text) {
			t.Errorf("%s: %+q is accepted", name, text)
		}
	}
}

func FuzzUnseen(f *testing.F) {
	for _, seed := range []string{"Tulip#84kw", "\u200b", "❤\ufe0f\u200d🔥", "می\u200cخواهم", "র\u200d্যাম", "🏴\U000e0067\U000e007f", "\u180e\xff", "xn--\u0300\u200c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
			return r == utf8.RuneError || r == '\ufffc' || r == '\u2800' || !unicode.IsPrint(r) && r != ' '
		})
		if plain && holdsUnseen(text) && !strings.ContainsFunc(text, func(r rune) bool {
			return unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
		}) {
			t.Errorf("%+q is said to hold what cannot be seen", text)
		}
		if !holdsUnseen(text + "\u200b") {
			t.Errorf("%+q hides a space without width", text)
		}
	})
}
