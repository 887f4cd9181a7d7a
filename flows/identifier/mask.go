package identifier

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

const hidden = "•••"

// Mask returns an identifier of a kind, in its display or its written form, with
// most of it hidden: an owner recognises it and nobody else can complete it. The
// number of dots says nothing about what they hide.
//
//	l•••@gmail.com   +7 ••• ••• 45 67   l•••
func Mask(kind Kind, text string) string {
	switch kind {
	case Email:
		at := strings.LastIndexByte(text, '@')
		if at < 0 {
			return hidden
		}
		return maskWord(text[:at]) + text[at:]
	case Phone:
		return maskNumber(text)
	default:
		return maskWord(text)
	}
}

func maskWord(word string) string {
	_, size := utf8.DecodeRuneInString(word)
	return word[:size] + hidden
}

// maskNumber keeps the country code and the last digits: four, or two of a
// number so short that four would give half of it away.
func maskNumber(text string) string {
	number, err := phonenumbers.Parse(text, "")
	if err != nil {
		return hidden
	}
	national := phonenumbers.GetNationalSignificantNumber(number)
	last := national[len(national)-2:]
	if len(national) > 8 {
		last = national[len(national)-4:len(national)-2] + " " + last
	}
	return fmt.Sprintf("+%d %s %s %s", number.GetCountryCode(), hidden, hidden, last)
}
