package sqlite

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A field reads the text of one value of an account. It gives the value as it
// is kept, or what is wrong with the text; the text itself is never repeated,
// since a column too far to the right it may be a password.
type field struct {
	name string // as columns are called
	read func(text string, now time.Time) (value, wrong string)
	mend string
}

// The longest id and display name, in bytes and in code points. Ours: far
// beyond UUIDs and names, and short enough for every place they are shown in.
const (
	maxID   = 128
	maxName = 200
)

func idField() field {
	return field{"id", readID, "give an id of up to 128 visible characters without spaces, or none to have one generated"}
}

func nameField() field {
	return field{"display_name", readName, "give a name of up to 200 characters on one line, or none"}
}

func birthdayField() field {
	return field{"birthday", readBirthday, "write it as 1990-12-31 or 31.12.1990, or leave it empty"}
}

func languageField() field {
	return field{"language", readLanguage, "write a language tag such as en, ru or pt-BR, or leave it empty"}
}

func readID(text string, _ time.Time) (value, wrong string) {
	switch {
	case len(text) > maxID:
		return "", "is too long"
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }):
		return "", "holds a space or an invisible character"
	}
	return text, ""
}

func readName(text string, _ time.Time) (value, wrong string) {
	switch {
	case utf8.RuneCountInString(text) > maxName:
		return "", "is too long"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", "holds a line break or another control character"
	}
	return text, ""
}

func readBirthday(text string, now time.Time) (value, wrong string) {
	if text == "" {
		return "", ""
	}
	for _, layout := range []string{time.DateOnly, "02.01.2006"} {
		day, err := time.Parse(layout, text)
		switch {
		case err != nil:
		case day.After(now):
			return "", "is in the future"
		case day.Year() < 1900: // what spreadsheets make of an empty date
			return "", "is before 1900"
		default:
			return day.Format(time.DateOnly), ""
		}
	}
	return "", "is no date"
}

// readLanguage checks the shape of an IETF tag (RFC 5646): letters, then
// subtags of up to 8 letters or digits. It forgives an underscore.
func readLanguage(text string, _ time.Time) (value, wrong string) {
	if text == "" {
		return "", ""
	}
	text = strings.ReplaceAll(text, "_", "-")
	for i, part := range strings.Split(text, "-") {
		notOfTag := func(r rune) bool { return !isLatinLetter(r) && (i == 0 || r < '0' || r > '9') }
		if part == "" || len(part) > 8 || i == 0 && len(part) == 1 || strings.ContainsFunc(part, notOfTag) {
			return "", "is no language tag"
		}
	}
	return text, ""
}

func isLatinLetter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
