package identifier

import "strings"

// providers are the mail domains that slips are measured against, commonest
// first: of two that are equally near, the first is suggested.
var providers = [...]string{
	"gmail.com", "mail.ru", "yandex.ru", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com",
	"bk.ru", "list.ru", "inbox.ru", "internet.ru", "rambler.ru", "ya.ru", "yandex.com", "yandex.by",
	"yandex.kz", "vk.com", "live.com", "msn.com", "me.com", "mac.com", "aol.com", "googlemail.com",
	"protonmail.com", "proton.me", "pm.me", "gmx.com", "gmx.net", "gmx.de", "web.de", "mail.com",
	"ymail.com", "email.com", "zoho.com", "fastmail.com", "tutanota.com", "ukr.net", "i.ua",
	"tut.by", "qq.com", "163.com", "126.com", "naver.com", "yahoo.co.uk", "hotmail.co.uk", "t-online.de",
}

// longest is how many bytes the longest of them has.
const longest = len("protonmail.com")

// minTargetBytes is the shortest domain that is suggested. Shorter ones have
// too many true neighbours one letter away.
const minTargetBytes = 7

// Suggest returns the address that was probably meant when the domain of email
// looks like a slip of the finger on a common provider's (gmial.com for
// gmail.com). It is a question for the person, never a correction. It is false
// for other kinds of identifiers and for the domain of any common provider.
func Suggest(email ID) (string, bool) {
	if email.Kind != Email {
		return "", false
	}
	_, domain, _ := strings.Cut(email.Canonical, "@")
	best := ""
	for _, provider := range providers {
		switch {
		case provider == domain:
			return "", false
		case best == "" && len(provider) >= minTargetBytes && isSlip(domain, provider):
			best = provider
		}
	}
	if best == "" {
		return "", false
	}
	local, _, _ := strings.Cut(email.Display, "@")
	return local + "@" + best, true
}

// isSlip reports whether typed is one slip away from meant (a letter missing,
// doubled, wrong, or two letters swapped), or a swap and one more.
func isSlip(typed, meant string) bool {
	if gap := len(typed) - len(meant); gap < -2 || gap > 2 {
		return false
	}
	switch distance(typed, meant, true) {
	case 1:
		return true
	case 2:
		return distance(typed, meant, false) > 2
	}
	return false
}

// distance counts the edits between two ASCII strings: insertions, deletions,
// substitutions and, when swaps is set, exchanges of neighbours (the optimal
// string alignment form of the Damerau-Levenshtein distance). The second is at
// most longest bytes.
func distance(a, b string, swaps bool) int {
	var before, last, row [longest + 1]int
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost(a[i], b[j]))
			if swaps && i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func cost(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
