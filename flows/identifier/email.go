package identifier

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"rekey/flows"
)

const (
	// maxLocalBytes is the longest local part (RFC 5321, section 4.5.3.1.1).
	maxLocalBytes = 64
	// atLookalikes are the characters that compatibility normalisation turns
	// into an at sign: an address that changes its meaning when a later
	// program normalises it is refused.
	atLookalikes = "\uff20\ufe6b"
	// atomSymbols are the symbols of an unquoted local part (RFC 5322, atext).
	atomSymbols = "!#$%&'*+-/=?^_`{|}~"
)

// domains converts domain names as RFC 5891 asks of a lookup, with the lengths
// of the DNS enforced.
var domains = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.Transitional(false),
	idna.VerifyDNSLength(true),
)

// parseEmail reads a clean text that holds an at sign or a lookalike of one.
func parseEmail(text string) (ID, Refusal) {
	if strings.ContainsAny(text, atLookalikes) {
		return ID{}, MalformedEmail
	}
	if strings.Count(text, "@") > 1 {
		return ID{}, SeveralAddresses
	}
	local, domain, _ := strings.Cut(text, "@")
	if !isLocalPart(local) {
		return ID{}, MalformedEmail
	}
	ascii, shown, ok := parseDomain(domain)
	if !ok {
		return ID{}, MalformedEmail
	}
	if len(local) > maxLocalBytes || len(local)+len("@")+len(ascii) > MaxBytes {
		return ID{}, TooLong
	}
	return ID{Kind: Email, Canonical: foldLocal(local) + "@" + ascii, Display: local + "@" + shown}, Accepted
}

// isLocalPart reports whether local is a dot-atom (RFC 5322), in which RFC 6531
// allows letters of all scripts.
func isLocalPart(local string) bool {
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, isNotAtom) {
			return false
		}
	}
	return true
}

func isNotAtom(r rune) bool {
	return !strings.ContainsRune(atomSymbols, r) && !unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// foldLocal puts ASCII letters in lower case and digits of all scripts in
// ASCII, and keeps everything else.
func foldLocal(local string) string {
	folded := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return flows.ASCIIDigit(r)
	}, local)
	return norm.NFC.String(folded) // a small letter may join a mark that its capital does not
}

// parseDomain returns a domain name of two labels or more in ASCII and in
// Unicode, both in lower case. A dot at the end, which keyboards add, is
// dropped; the number at the end of an IP address is no top-level domain.
func parseDomain(domain string) (ascii, shown string, ok bool) {
	ascii, err := domains.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		return "", "", false
	}
	dot := strings.LastIndexByte(ascii, '.')
	if dot < 0 || strings.Trim(ascii[dot+1:], "0123456789") == "" {
		return "", "", false
	}
	shown, err = domains.ToUnicode(ascii)
	return ascii, shown, err == nil
}
