package password

import (
	"unicode"
	"unicode/utf8"
)

// mix tells which kinds of characters a candidate has.
type mix struct{ letter, number, symbol, control bool }

// mixOf sorts characters by their Unicode category, so that letters and digits
// of all scripts count. Marks and joiners belong to the letter before them and
// count as nothing, spaces count as symbols, and bytes that are no UTF-8 count
// as control characters.
func mixOf(candidate string) mix {
	var m mix
	for i, r := range candidate {
		switch {
		case unicode.IsControl(r), r == utf8.RuneError && !isReplacement(candidate[i:]):
			m.control = true
		case unicode.IsLetter(r):
			m.letter = true
		case unicode.IsNumber(r):
			m.number = true
		case unicode.In(r, unicode.P, unicode.S, unicode.Z):
			m.symbol = true
		}
	}
	return m
}

// isReplacement reports whether text begins with a true U+FFFD, which decodes
// like a broken byte.
func isReplacement(text string) bool {
	_, size := utf8.DecodeRuneInString(text)
	return size > 1
}
