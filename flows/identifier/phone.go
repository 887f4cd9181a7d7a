package identifier

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/width"

	"rekey/flows"
)

// Contact returns the identifier of a number that Telegram has verified, as its
// contact messages write it: country code first, with or without a plus sign.
// Whether the contact is the sender's own is for the caller to check.
func Contact(number string) (ID, Refusal) {
	number, refusal := clean(number)
	if refusal != Accepted {
		return ID{}, refusal
	}
	digits, ok := dialled(number)
	if !ok {
		return ID{}, MalformedPhone
	}
	id, ok := parsePhone("+"+strings.TrimPrefix(digits, "+"), "")
	if !ok {
		return ID{}, MalformedPhone
	}
	return id, Accepted
}

// dialled returns what a written number dials, a plus sign where it begins with
// one and ASCII digits, or false when text holds anything but digits and the
// punctuation of phone numbers.
func dialled(text string) (string, bool) {
	var number strings.Builder
	for _, r := range width.Fold.String(text) {
		r = flows.ASCIIDigit(r)
		switch {
		case '0' <= r && r <= '9', r == '+' && number.Len() == 0:
			number.WriteRune(r)
		case !isPhonePunctuation(r):
			return "", false
		}
	}
	return number.String(), strings.Trim(number.String(), "+") != ""
}

func isPhonePunctuation(r rune) bool {
	const minus = '\u2212'
	return strings.ContainsRune("().", r) || r == minus || unicode.In(r, unicode.Zs, unicode.Pd)
}

// Region returns the country of a number in E.164, as an ISO 3166-1 code. For a
// number that no single country has it is "001", and "ZZ" for what is no number.
func Region(number string) string {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return "ZZ"
	}
	return cmp.Or(phonenumbers.GetRegionCodeForNumber(parsed), "ZZ")
}

// parsePhone reads a dialled number, by the habits of region when it has no
// plus sign, and reports whether such a number can exist.
func parsePhone(number, region string) (ID, bool) {
	international := strings.HasPrefix(number, "+")
	if region == "" && !international {
		return ID{}, false
	}
	if international {
		region = "" // a full number reads the same everywhere
	}
	parsed, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return ID{}, false
	}
	return ID{
		Kind:      Phone,
		Canonical: phonenumbers.Format(parsed, phonenumbers.E164),
		Display:   phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL),
	}, true
}
