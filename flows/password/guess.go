package password

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// minWord is the shortest word, in code points, that is looked for inside a
// candidate: shorter ones stand in too many by chance.
const minWord = 4

// guess holds the forms of a candidate in which a guesser meets it: as typed,
// and without the separators that people put between words and numbers.
type guess struct{ typed, joined reading }

func guessOf(candidate string) guess {
	text := fold(candidate)
	return guess{typed: readingOf(text), joined: readingOf(join(text))}
}

// holdsAny reports whether the candidate holds one of texts or a word of one.
func (g guess) holdsAny(texts []string) bool {
	for _, text := range texts {
		if g.holdsWhole(text) {
			return true
		}
		for _, word := range words(text) {
			if g.typed.holds(word) {
				return true
			}
		}
	}
	return false
}

// holdsWhole reports whether the candidate holds text, with its own separators
// or with others. A text without separators must stand in one piece, for the
// ends of two words that meet are nobody's name ("sale nation").
func (g guess) holdsWhole(text string) bool {
	text = fold(text)
	joined := join(text)
	return g.typed.holds(text) || joined != text && g.joined.holds(joined)
}

// reading is a text by the keys it was typed with: plainly, and twice with the
// usual digits and symbols read as letters. The three are equally long in bytes.
type reading [3]string

func readingOf(folded string) reading {
	plain := strings.Map(latinKey, folded)
	return reading{plain, strings.Map(undisguise('i'), plain), strings.Map(undisguise('l'), plain)}
}

// holds reports whether one of the readings contains word, which is folded.
func (r reading) holds(word string) bool {
	if utf8.RuneCountInString(word) < minWord {
		return false
	}
	word = strings.Map(latinKey, word)
	for _, text := range r {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// latinKey returns the character that the key of a small Russian letter types
// in the English layout, and any other character as it is.
func latinKey(r rune) rune {
	const keys = "f,dult;pbqrkvyjghcnea[wxio]sm'.z" // а to я
	switch {
	case 'а' <= r && r <= 'я':
		return rune(keys[r-'а'])
	case r == 'ё':
		return '`'
	}
	return r
}

// undisguise returns a mapping of the digits and symbols that stand in for
// letters; one is the letter meant by 1, ! and |, which stand in for two.
func undisguise(one rune) func(rune) rune {
	return func(r rune) rune {
		switch r {
		case '@', '4':
			return 'a'
		case '8':
			return 'b'
		case '3':
			return 'e'
		case '9':
			return 'g'
		case '1', '!', '|':
			return one
		case '0':
			return 'o'
		case '5', '$':
			return 's'
		case '7', '+':
			return 't'
		case '2':
			return 'z'
		}
		return r
	}
}

// fold returns text in the form in which texts are compared.
func fold(text string) string { return strings.ToLower(norm.NFC.String(text)) }

// join returns text without separators.
func join(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-_/'\u00a0\u2019", r) {
			return -1
		}
		return r
	}, text)
}
