// Package identifier gives every email address, phone number and username one
// canonical form, so that what a person types in the chat and what an operator
// imports meet as equal strings.
//
// # Model
//
// Parse takes a text and decides, without knowing any account, which of three
// kinds it is: a text with an at sign is an email address; a text of digits and
// phone punctuation that is a valid number in the configured region is a phone
// number; everything else is a username. The same text always has the same
// kind and the same canonical form, and the canonical form parses to itself.
//
// Canonical forms are compared byte for byte and nothing else is ever folded:
// letters that merely look or sort alike (ı and i, Cyrillic а and Latin a)
// stay different, dots and plus tags in an address stay, zeros in front of a
// username stay. Mail goes to the address that a directory has on record, never
// to what was typed.
//
// A text that cannot be an identifier is refused with a Refusal, which depends
// on the text alone and so tells nothing about accounts.
//
// All functions are pure and safe for concurrent use.
package identifier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxBytes is the longest identifier, in bytes of UTF-8: the longest address
// that fits in an SMTP path (RFC 5321, section 4.5.3.1.3, less its brackets).
const MaxBytes = 254

// Kind says what an identifier is. Its values are stored and never change
// meaning.
type Kind string

// The kinds of identifiers. The zero Kind belongs to no identifier.
const (
	Email    Kind = "email"
	Phone    Kind = "phone"
	Username Kind = "username"
)

// ID is one parsed identifier. The zero ID identifies nothing.
type ID struct {
	Kind Kind
	// Canonical is the form to compare: an address in lower case
	// (ASCII letters only) with its domain in ASCII, a number in E.164, a
	// username by the PRECIS profile UsernameCaseMapped (RFC 8265).
	Canonical string
	// Display is the form to show: an address with its domain in lower case
	// and its local part as typed, a number in international notation, a
	// username as typed. It may hold right-to-left text: isolate it.
	Display string
}

// Written gives the form to keep beside the canonical one, for sending to: an
// address with its local part as typed, since only its own mail server knows
// whether case matters there, and its domain in ASCII; a number in E.164; a
// username as typed. It parses to the same canonical form.
func (id ID) Written() string {
	switch id.Kind {
	case Email:
		local, _, _ := strings.Cut(id.Display, "@")
		_, domain, _ := strings.Cut(id.Canonical, "@")
		return local + "@" + domain
	case Phone:
		return id.Canonical
	default:
		return id.Display
	}
}

// Refusal says why a text is no identifier. It is a closed set, listed by
// Refusals; its values are stored and never change meaning.
type Refusal string

// The refusals. Accepted, the zero Refusal, comes with an ID; all others come
// with the zero ID.
const (
	Accepted          Refusal = ""
	Empty             Refusal = "empty"
	TooLong           Refusal = "too_long"
	ControlCharacter  Refusal = "control_character" // also invisible, bidirectional and undecodable ones
	SeveralAddresses  Refusal = "several_addresses"
	MalformedEmail    Refusal = "malformed_email"
	MalformedPhone    Refusal = "malformed_phone"
	MalformedUsername Refusal = "malformed_username"
)

// Refusals returns every refusal but Accepted, in a fixed order. The slice is
// the caller's.
func Refusals() []Refusal {
	return []Refusal{
		Empty, TooLong, ControlCharacter, SeveralAddresses,
		MalformedEmail, MalformedPhone, MalformedUsername,
	}
}

// Parse returns the identifier that text is, or why it is none. Region is the
// ISO 3166-1 code ("RU") by which numbers without a country code are read;
// when it is empty, only numbers that begin with + are numbers. Spaces around
// the text are ignored, and so are the invisible marks that phones put around
// copied numbers.
//
// An import that knows the kind from its column must compare it with the ID's:
// a username that is also a valid number would never be found in the chat.
func Parse(text, region string) (ID, Refusal) {
	text, refusal := clean(text)
	if refusal != Accepted {
		return ID{}, refusal
	}
	if strings.ContainsAny(text, "@"+atLookalikes) {
		return parseEmail(text)
	}
	if number, ok := dialled(text); ok {
		if id, ok := parsePhone(number, region); ok {
			return id, Accepted
		}
		if strings.HasPrefix(number, "+") {
			return ID{}, MalformedPhone
		}
	}
	return parseUsername(text)
}

// clean returns text without padding and in NFC, or why no identifier can be
// read from it.
func clean(text string) (string, Refusal) {
	if !utf8.ValidString(text) {
		return "", ControlCharacter
	}
	text = strings.TrimFunc(text, isPadding)
	switch {
	case text == "":
		return "", Empty
	case len(text) > MaxBytes:
		return "", TooLong
	case strings.ContainsFunc(text, isHidden):
		return "", ControlCharacter
	}
	return norm.NFC.String(text), Accepted
}

// isPadding reports whether r may surround an identifier: a space, or a mark
// that phones and this bot itself put around isolated text. Line breaks and
// the bidirectional overrides are not among them.
func isPadding(r rune) bool {
	switch r {
	case '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u2066', '\u2067', '\u2068', '\u2069', '\ufeff':
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

// isHidden reports whether r is a control or format character. The two joiners
// are exempt: Persian and Indic names need them, and the rules for usernames
// and domains say where.
func isHidden(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}
