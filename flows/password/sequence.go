package password

import (
	"unicode"
	"unicode/utf8"
)

// isSequence reports whether a candidate owes its length to rows (abcd, 9876,
// aaaa) or to repeating a part that would be too short by itself.
func isSequence(candidate string, minLength int) bool {
	length := utf8.RuneCountInString(candidate)
	if 4*weight(candidate) < 3*min(length, minLength) {
		return true
	}
	part := period(candidate)
	return 0 < part && 2*part <= length && part < minLength
}

// weight counts the characters that a guesser cannot foresee: in a row of
// neighbours or equals, in which capitals count as small letters, those after
// the second are free.
func weight(text string) int {
	count := 0
	var last, step rune
	for i, r := range lowered(text) {
		next := r - last
		if i < 2 || next != step || next < -1 || next > 1 {
			count++
		}
		last, step = r, next
	}
	return count
}

// period returns the length in code points of the shortest part whose
// repetition, the last time perhaps cut short, gives text (the failure function
// of Knuth, Morris and Pratt).
func period(text string) int {
	runes := lowered(text)
	border := make([]int, len(runes)+1)
	k := 0
	for i := 1; i < len(runes); i++ {
		for k > 0 && runes[i] != runes[k] {
			k = border[k]
		}
		if runes[i] == runes[k] {
			k++
		}
		border[i+1] = k
	}
	return len(runes) - border[len(runes)]
}

func lowered(text string) []rune {
	runes := []rune(text)
	for i, r := range runes {
		runes[i] = unicode.ToLower(r)
	}
	return runes
}
