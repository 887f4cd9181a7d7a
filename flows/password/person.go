package password

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// birthdayForms are the ways in which a birthday is written without separators.
// The year alone is none: too many numbers look like one.
var birthdayForms = [...]string{
	"02012006", "01022006", "20060102", // 12041990, 04121990, 19900412
	"020106", "010206", "060102", // 120490, 041290, 900412
	"212006", "122006", // 1241990, 4121990
	"0201", "0102", // 1204, 0412
}

// holdsBirthday reports whether the candidate holds the birthday, written
// YYYY-MM-DD, in one of its usual forms, with or without separators.
func (g guess) holdsBirthday(birthday string) bool {
	day, err := time.Parse(time.DateOnly, birthday)
	return err == nil && slices.ContainsFunc(birthdayForms[:], func(form string) bool {
		return g.joined.holds(day.Format(form))
	})
}

// subscriberDigits is how much of a phone number is looked for: its end, which
// stays the same however the country and area are dialled.
const subscriberDigits = 7

// holdsIdentifier reports whether the candidate holds a username, the local
// part of an address, a word of either, or the end of a phone number. What is
// one of the person's names too is left to holdsAny of those: one reason for
// one fault.
func (g guess) holdsIdentifier(who Person) bool {
	names := words(strings.Join(who.Names, " "))
	return slices.ContainsFunc(who.Identifiers, func(id string) bool {
		local, _, isEmail := strings.Cut(id, "@")
		if number, ok := strings.CutPrefix(id, "+"); ok && !isEmail {
			return len(number) >= subscriberDigits && g.joined.holds(number[len(number)-subscriberDigits:])
		}
		return g.holdsAny(strange(local, names))
	})
}

// strange returns the words of local that are none of names, and local itself
// when it has no name in it.
func strange(local string, names []string) []string {
	all := words(local)
	rest := slices.DeleteFunc(slices.Clone(all), func(word string) bool {
		return utf8.RuneCountInString(word) >= minWord && slices.Contains(names, word)
	})
	if len(rest) < len(all) {
		return rest
	}
	return append(rest, local)
}

// holdsBrand reports whether the candidate holds the whole name of the service,
// or is a decorated word of it.
func (g guess) holdsBrand(brand string) bool {
	if g.holdsWhole(brand) {
		return true
	}
	parts := words(brand)
	for i, part := range parts {
		parts[i] = strings.Map(latinKey, part)
	}
	return g.typed.isDecorated(func(stem string) bool { return slices.Contains(parts, stem) })
}

// words returns the words of text that have only letters, folded.
func words(text string) []string {
	return strings.FieldsFunc(fold(text), func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M)
	})
}
