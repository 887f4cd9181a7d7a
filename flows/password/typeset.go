package password

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// typewritten gives the plain signs for those that apps and keyboards of phones
// put in their place ("smart punctuation"). Other spaces and dashes are left to
// Typewritten.
var typewritten = strings.NewReplacer(
	"“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`,
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "‹", "'", "›", "'", "ʼ", "'",
	"…", "...", "—", "--",
)

// Typewritten gives a text as a keyboard without smart punctuation has it, such
// as the one that phones show at a password field: with " ' -- ... and plain
// spaces in the place of “ ” ’ — … and no-break spaces. A text that stays as it
// is has none of these.
func Typewritten(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case '\u2010' <= r && r <= '\u2015', r == '\u2212': // HYPHEN to HORIZONTAL BAR, MINUS SIGN
			return '-'
		}
		return r
	}, typewritten.Replace(text))
}

// Alike gives the same text for all that look alike because they differ only in
// smart punctuation or in their Unicode normalisation form.
func Alike(text string) string {
	text = Typewritten(norm.NFKC.String(text))
	for strings.Contains(text, "--") { // a dash is one hyphen or two, as the phone has it
		text = strings.ReplaceAll(text, "--", "-")
	}
	return norm.NFKC.String(text)
}
