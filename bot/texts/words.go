package texts

import (
	"slices"
	"strings"
	"unicode"
)

// ReadWords gives every way in which a text can be three match words: of one
// language or another. Case, what stands between the words and the dots of ё
// make no difference.
func (c *Catalogue) ReadWords(text string) (readings [][3]uint8) {
	words := strings.FieldsFunc(spelled(text), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) != 3 {
		return nil
	}
	for _, tag := range c.order {
		var r [3]uint8
		missing := slices.ContainsFunc([]int{0, 1, 2}, func(i int) bool {
			place, found := c.languages[tag].places[words[i]]
			r[i] = place
			return !found
		})
		if !missing {
			readings = append(readings, r)
		}
	}
	return readings
}

// spelled writes a word as everybody does.
func spelled(word string) string { return strings.ReplaceAll(strings.ToLower(word), "ё", "е") }

// three gives words to read out.
func (l *language) three(w [3]uint8) string {
	return l.words[w[0]] + " " + l.words[w[1]] + " " + l.words[w[2]]
}
