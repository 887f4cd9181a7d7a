package flows

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longCodeLength is the length of a code under pressure, in Crockford's base 32.
const longCodeLength = 10

// crockford maps what people type for the letters that Crockford's base 32
// leaves out (https://www.crockford.com/base32.html).
var crockford = strings.NewReplacer("O", "0", "I", "1", "L", "1")

// readCode gives the canonical form of a typed code: ASCII digits, or upper-case
// base 32 where the code is long. Spaces, dashes and dots are forgiven, and so
// are the digits of other scripts. False means it cannot be a code.
func readCode(text string, digits int, long bool) (Secret, bool) {
	length := digits
	if long {
		length = longCodeLength
	}
	var b strings.Builder
	for _, r := range text {
		if b.Len() > length {
			return "", false
		}
		r = ASCIIDigit(r)
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '.' || unicode.Is(unicode.Cf, r):
		case long && r != 'u' && r != 'U' && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'):
			b.WriteRune(unicode.ToUpper(r))
		default:
			return "", false
		}
	}
	if b.Len() != length {
		return "", false
	}
	return Secret(crockford.Replace(b.String())), true
}

// ASCIIDigit gives the ASCII digit for a decimal digit of any script, and any
// other rune as it is. Unicode keeps the ten digits of a script together and in
// order (category Nd, Unicode 15.0, section 4.6), so the place within a row of
// ten is the value; a range of the table is one such row or several in a line.
func ASCIIDigit(r rune) rune {
	if r < 0x80 || !unicode.IsDigit(r) {
		return r
	}
	for _, rows := range unicode.Nd.R16 {
		if rune(rows.Lo) <= r && r <= rune(rows.Hi) {
			return '0' + (r-rune(rows.Lo))%10
		}
	}
	for _, rows := range unicode.Nd.R32 {
		if rune(rows.Lo) <= r && r <= rune(rows.Hi) {
			return '0' + (r-rune(rows.Lo))%10
		}
	}
	return r
}

var addressLike = regexp.MustCompile(`^\S+@[a-z0-9.-]+\.[a-z]{2,}$`)

// plainInUsernames makes letters of the signs that stand in usernames, so that
// they do not count as the signs of a password.
func plainInUsernames(r rune) rune {
	if strings.ContainsRune("._-", r) {
		return 'a'
	}
	return r
}

// looksAddress guesses whether a text is an email address.
func looksAddress(text string) bool { return addressLike.MatchString(strings.ToLower(text)) }

// removable tells whether an input holds a message that may be a password and
// so must not stay in the chat, even where no password is asked for.
func removable(in Input) bool {
	return hasText(in) && (looksSecret(in.said()) || in.Suspect && maybeSecret(in.said()))
}

// hasText tells whether an input holds a message with a text of the person's.
func hasText(in Input) bool {
	return in.Message != 0 && (in.Kind == Typed || in.Kind == Unread || in.Kind == Ordered && !in.bare()) && in.Text != ""
}

// bare tells whether an Ordered input is no more than a command, or the link by
// which people come.
func (in Input) bare() bool {
	return in.Text == "" || in.Name == "start" && (in.Param == RecoverLink || looksToken(in.Param))
}

// said gives the person's text without a command that stands before it, since
// what follows may be a secret whatever the command is.
func (in Input) said() string {
	text := in.Text.Reveal()
	if !strings.HasPrefix(text, "/") {
		return text
	}
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		return strings.TrimSpace(text[end:])
	}
	return text
}

// maybeSecret tells whether a text can be a password at all. One may be several
// words, so nothing tells it from talk but that a password was asked for.
func maybeSecret(text string) bool {
	return len(text) <= 256*utf8.UTFMax && !strings.Contains(text, "\n") && !looksAddress(text)
}

// looksSecret is a guess: one word of eight or more characters with letters,
// digits and symbols, that is no address.
func looksSecret(text string) bool {
	if len(text) > 256 || looksAddress(text) || strings.Contains(text, "://") {
		return false
	}
	var letters, digits, symbols, length int
	for _, r := range text {
		length++
		switch {
		case unicode.IsSpace(r):
			return false
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		default:
			symbols++
		}
	}
	return length >= shortestSecret && letters > 0 && digits > 0 && symbols > 0
}

// shortestSecret is how many characters a password has at least.
const shortestSecret = 8

// longEnough tells whether a text may be a password by its length.
func longEnough(text string) bool {
	return utf8.RuneCountInString(strings.TrimSpace(text)) >= shortestSecret
}

// codeWithin guesses whether somebody says the code within a sentence. Digits that
// stand in one word with letters are more likely those of a password, as those of
// long codes are not.
func codeWithin(text string, digits int, long bool) bool {
	if long && strings.ContainsFunc(text, unicode.IsDigit) && holdsLongCode(text) {
		return true
	}
	words := strings.Fields(text)
	for i, word := range words {
		if mixed(word) {
			words[i] = "…"
		}
	}
	return holdsCode(strings.Join(words, " "), digits, false)
}

// mixed tells whether a word has letters and digits.
func mixed(word string) bool {
	return strings.ContainsFunc(word, unicode.IsLetter) && strings.ContainsFunc(word, unicode.IsDigit)
}

// besideName guesses whether one of several words is a password, typed together
// with what it belongs to.
func besideName(text string) bool {
	words := strings.Fields(text)
	return len(words) > 1 && slices.ContainsFunc(words, func(word string) bool {
		return mixed(word) && longEnough(word) && !nameLike.MatchString(word)
	})
}

// nameLike is what somebody may have meant for an address.
var nameLike = regexp.MustCompile(`[@＠﹫][^@＠﹫]*[.,。]`)

// longestGap is how many signs may stand between the groups of a code, and
// longestPhone how many digits a phone number has at most (ITU-T E.164).
const (
	longestGap   = 3
	longestPhone = 15
)

// holdsCode guesses whether somewhere in a text there is a code: as many digits
// as it has, in one group or several. A phone number with its country is none.
func holdsCode(text string, digits int, long bool) bool {
	if _, ok := readCode(text, digits, long); ok || long && holdsLongCode(text) {
		return true
	}
	var groups []int // the lengths of the groups of digits up to here
	number, gap := false, 0
	for _, r := range text + "\x00" { // which ends the last group, whatever it is
		r = ASCIIDigit(r)
		switch {
		case r >= '0' && r <= '9':
			if gap > 0 || len(groups) == 0 {
				groups = append(groups, 0)
			}
			groups[len(groups)-1]++
			gap = 0
			continue
		case gap < longestGap && len(groups) > 0 && betweenGroups(r):
			gap++
			continue
		}
		if phone := number && sum(groups) <= longestPhone; !phone && sumsTo(groups, digits) {
			return true
		}
		groups, gap, number = nil, 0, r == '+'
	}
	return false
}

// betweenGroups tells whether a sign may stand between the groups of a code: what
// readCode forgives, and what people write instead.
func betweenGroups(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || strings.ContainsRune("./_,()", r)
}

// holdsLongCode is holdsCode for base 32. Letters say whether two neighbours of
// the right length are the halves that letters show, or just words.
func holdsLongCode(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		if _, ok := readCode(word, 0, true); ok {
			return true
		}
		if i == 0 || len(word) != longCodeLength/2 || len(words[i-1]) != len(word) {
			continue
		}
		both := words[i-1] + word
		plain := both != strings.ToUpper(both) && !strings.ContainsAny(both, "0123456789")
		if _, ok := readCode(both, 0, true); ok && !plain {
			return true
		}
	}
	return false
}

func sum(numbers []int) (all int) {
	for _, n := range numbers {
		all += n
	}
	return all
}

// sumsTo tells whether neighbours add up to a number.
func sumsTo(groups []int, want int) bool {
	for i := range groups {
		sum := 0
		for _, g := range groups[i:] {
			if sum += g; sum == want {
				return true
			}
		}
	}
	return false
}

// holdsSecret guesses whether a word of a text is a password, or, where one is
// asked for, whether the text is a single word and so may be one.
func holdsSecret(text string, asked bool) bool {
	words := strings.Fields(text)
	for _, word := range words {
		if looksSecret(strings.Trim(word, `.,:;?"'()`)) {
			return true
		}
	}
	if len(words) != 1 || looksAddress(words[0]) || strings.Contains(text, "://") {
		return false
	}
	length := utf8.RuneCountInString(words[0])
	return length >= 6 && mixed(text) || length >= shortestSecret && asked
}

// token is what a link of support's carries: 32 bytes in URL-safe base 64.
var (
	token       = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	tokenWithin = regexp.MustCompile(`(?:^|[^A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?:$|[^A-Za-z0-9_-])`)
)

func looksToken(param string) bool { return token.MatchString(param) }

// holdsToken tells whether somewhere in a text, alone or in a link, there is a
// token: who opens it first keeps it.
func holdsToken(text string) bool { return tokenWithin.MatchString(text) }
