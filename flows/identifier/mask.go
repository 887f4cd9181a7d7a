package identifier

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

const hidden = "•••"

// Mask returns id with most of it hidden, for staff and notices: an owner
// recognises it and nobody else can complete it. The number of dots says
// nothing about what they hide.
//
//	l•••@gmail.com   +7 ••• ••• 45 67   l•••
func Mask(id ID) string {
	switch id.Kind {
	case Email:
		at := strings.LastIndexByte(id.Display, '@')
		if at < 0 {
			return hidden
		}
		return maskWord(id.Display[:at]) + id.Display[at:]
	case Phone:
		return maskNumber(id.Canonical)
	default:
		return maskWord(id.Display)
	}
}

func maskWord(word string) string {
	_, size := utf8.DecodeRuneInString(word)
	return word[:size] + hidden
}

// maskNumber keeps the country code and the last digits: four, or two of a
// number so short that four would give half of it away.
func maskNumber(e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return hidden
	}
	last := e164[len(e164)-2:]
	if len(phonenumbers.GetNationalSignificantNumber(number)) > 8 {
		last = e164[len(e164)-4:len(e164)-2] + " " + last
	}
	return fmt.Sprintf("+%d %s %s %s", number.GetCountryCode(), hidden, hidden, last)
}
