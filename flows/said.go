package flows

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	// longestSaid is how many characters of a server's words are kept.
	longestSaid = 200
	// shortestMasked is how long a word is that may be taken out of them wherever
	// it stands: a shorter one stands in too many others.
	shortestMasked = 4
	// shortestGrouped is how long a word is that is found in groups too, as codes
	// are written.
	shortestGrouped = 6
	// shortestKey is how long a part of an address's path is that may be a key.
	shortestKey = 12
	masked      = "***"
)

var (
	saidAddress = regexp.MustCompile(`[^\s<>()\[\]{},;:"'=]+(?:@|%40)[^\s<>()\[\]{},;:"'=]+`)
	// saidDigits is more than six digits in a row, as codes and phone numbers are
	// written: two signs may stand between them, but no dot, or an IP address
	// would be one.
	saidDigits = regexp.MustCompile(`\p{Nd}(?:[\pZ()-]{0,2}\p{Nd}){6,}`)
)

// Said makes what a foreign server said fit for a log: one short line, without
// mail addresses, more than six digits in a row, and the given secrets, in
// whatever case and groups; one of less than four characters is left to the other
// rules.
func Said(words string, secrets ...string) string {
	words = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(words, ""), unreadable), " ")
	longestFirst := func(a, b string) int { return len(b) - len(a) }
	for _, s := range slices.SortedFunc(slices.Values(secrets), longestFirst) { // one may be part of another
		if len([]rune(s)) >= shortestMasked {
			words = wherever(s).ReplaceAllLiteralString(words, masked)
		}
	}
	words = saidAddress.ReplaceAllLiteralString(words, masked)
	words = saidDigits.ReplaceAllLiteralString(words, masked)
	if runes := []rune(words); len(runes) > longestSaid {
		return string(runes[:longestSaid]) + "…"
	}
	return words
}

// wherever finds a secret in words between which there are single spaces.
func wherever(secret string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(secret)
	if signs := []rune(strings.Join(strings.FieldsFunc(secret, apart), "")); len(signs) >= shortestGrouped {
		each := make([]string, len(signs))
		for i, r := range signs {
			each[i] = regexp.QuoteMeta(string(r))
		}
		pattern = strings.Join(each, `[ \p{Pd}]?`)
	}
	return regexp.MustCompile(`(?i)` + pattern)
}

// SecretsIn lists what may be a key in a server's address: the password, the values
// behind the question mark, and a part of the path as long as a key.
func SecretsIn(u *url.URL) (all []string) {
	password, _ := u.User.Password()
	all = append(all, password)
	for _, values := range u.Query() {
		all = append(all, values...)
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if len(part) >= shortestKey {
			all = append(all, part)
		}
	}
	return all
}

// apart tells of what may stand between the groups of a code.
func apart(r rune) bool { return unreadable(r) || unicode.Is(unicode.Pd, r) }

// unreadable tells of a space or of what cannot be seen.
func unreadable(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
