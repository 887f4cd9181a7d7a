package password

import "unicode"

// mix tells which kinds of characters a candidate has.
type mix struct{ letter, number, symbol bool }

// mixOf sorts characters by their Unicode category, so that letters and digits
// of all scripts count. Marks and joiners belong to the letter before them and
// count as nothing; spaces count as symbols.
func mixOf(candidate string) mix {
	var m mix
	for _, r := range candidate {
		switch {
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
