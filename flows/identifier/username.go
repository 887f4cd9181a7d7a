package identifier

import (
	"strings"

	"golang.org/x/text/secure/precis"

	"rekey/flows"
)

// parseUsername reads a clean text by the profile UsernameCaseMapped (RFC
// 8265), with the digits of all scripts as one.
func parseUsername(text string) (ID, Refusal) {
	canonical, ok := foldUsername(strings.Map(flows.ASCIIDigit, text))
	if !ok {
		return ID{}, MalformedUsername
	}
	// RFC 8265, section 3.3.4: the rules are not idempotent for every text,
	// and one that keeps changing has no canonical form.
	if again, ok := foldUsername(canonical); !ok || again != canonical {
		return ID{}, MalformedUsername
	}
	if len(canonical) > MaxBytes {
		return ID{}, TooLong
	}
	return ID{Kind: Username, Canonical: canonical, Display: text}, Accepted
}

func foldUsername(text string) (string, bool) {
	folded, err := precis.UsernameCaseMapped.String(text)
	return folded, err == nil && folded != ""
}
