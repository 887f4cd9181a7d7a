package texts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	tags "golang.org/x/text/language"
)

// wordCount is how many match words a language has: one for each uint8.
const wordCount = 256

// language is one compiled file of texts.
type language struct {
	tag    string
	name   string
	texts  map[string]part
	names  []string // of all texts, sorted
	rule   tags.Tag
	forms  []plural.Form // those that whole numbers have, in the order of the texts
	words  []string
	places map[string]uint8 // of the words, as spelled has them
	months []string
	// weekdays are short, from Sunday on.
	weekdays []string
	units    [len(durationUnits)][]string // the plural forms of durationUnits
}

// newLanguage compiles one language's file.
func newLanguage(tag, source string) (*language, error) {
	rule, err := tags.Parse(tag)
	if err != nil {
		return nil, fmt.Errorf("the file's name is no language tag: %w", err)
	}
	l := &language{tag: tag, rule: rule, forms: forms(rule), texts: map[string]part{}}
	if err := l.compile(source); err != nil {
		return nil, err
	}
	for name := range l.texts {
		l.names = append(l.names, name)
	}
	slices.Sort(l.names)
	return l, l.settle()
}

// settle reads the texts that are lists and data rather than sentences.
func (l *language) settle() (err error) {
	l.name = l.constant("name")
	l.words = strings.Fields(l.constant("words"))
	l.months = strings.Fields(l.constant("months"))
	l.weekdays = strings.Fields(l.constant("weekdays"))
	l.places = map[string]uint8{}
	for i, word := range l.words {
		l.places[spelled(word)] = uint8(i)
	}
	if len(l.words) != wordCount {
		return fmt.Errorf("there are %d match words instead of %d", len(l.words), wordCount)
	}
	if len(l.months) != 12 {
		return fmt.Errorf("there are %d months instead of 12", len(l.months))
	}
	if len(l.weekdays) != 7 {
		return fmt.Errorf("there are %d weekdays instead of 7", len(l.weekdays))
	}
	for i, unit := range durationUnits {
		if l.units[i], err = l.split(l.constant(unit.text)); err != nil {
			return fmt.Errorf("text %q: %w", unit.text, err)
		}
	}
	return nil
}

// constant gives a text that mentions no facts.
func (l *language) constant(name string) string {
	return l.render(name, &view{c: &Catalogue{}, in: l, wordsIn: l})
}

// render gives one text. A name without a text gives "": New and the tests see
// to it that every name has one.
func (l *language) render(name string, v *view) string {
	write, ok := l.texts[name]
	if !ok {
		return ""
	}
	var b strings.Builder
	write(&b, v)
	return b.String()
}

// pair gives two match words, such as "amber otter".
func (l *language) pair(w [2]uint8) string {
	if w[0] == w[1] { // twice the same word reads like a mistake
		w[1]++
	}
	return l.words[w[0]] + " " + l.words[w[1]]
}

// forms lists the plural forms that whole numbers have in a language, in
// CLDR's order zero, one, two, few, many, other. Every rule for whole numbers
// shows all its forms below 200.
func forms(rule tags.Tag) []plural.Form {
	var used []plural.Form
	for _, f := range []plural.Form{plural.Zero, plural.One, plural.Two, plural.Few, plural.Many, plural.Other} {
		for n := range 200 {
			if plural.Cardinal.MatchPlural(rule, n, 0, 0, 0, 0) == f {
				used = append(used, f)
				break
			}
		}
	}
	return used
}

// split reads the forms of a plural text.
func (l *language) split(text string) ([]string, error) {
	parts := strings.Split(text, "|")
	if len(parts) != len(l.forms) {
		return nil, fmt.Errorf("plural %q has %d forms, but the language has %d", text, len(parts), len(l.forms))
	}
	return parts, nil
}

// plural gives the form for a number.
func (l *language) plural(n int, parts []string) string {
	i := slices.Index(l.forms, plural.Cardinal.MatchPlural(l.rule, max(n, 0), 0, 0, 0, 0))
	return strings.Replace(parts[max(i, 0)], "#", strconv.Itoa(n), 1)
}
