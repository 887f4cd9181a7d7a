package texts

import (
	"strings"
	"unicode"
)

// AsksForHelp tells whether a text is one of the phrases by which people ask for
// help, in any of the languages, and nothing besides. Case, signs and the dots of
// ё make no difference. Safe for concurrent use.
func (c *Catalogue) AsksForHelp(text string) bool { return c.help[phrase(text)] }

// phrases gives the set of the phrases of a list, as phrase has them.
func (l *language) phrases(list string) map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(l.constant(list)) {
		set[phrase(line)] = true
	}
	delete(set, "") // the lines at both ends
	return set
}

// phrase writes a text as everybody does: small letters, plain words.
func phrase(text string) string {
	text = strings.NewReplacer("'", "", "’", "").Replace(spelled(text))
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) })
	return strings.Join(words, " ")
}
