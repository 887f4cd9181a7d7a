package identifier

import (
	"regexp"
	"strings"
)

// Patterns gives a function that tells whether a canonical identifier fits one of
// the patterns of a list. Commas separate them; * stands for anything, and every
// other sign for itself. They are written as people write identifiers: in any case,
// and domains in any script.
func Patterns(list string) func(canonical string) bool {
	var expressions []string
	for pattern := range strings.SplitSeq(strings.ToLower(list), ",") {
		literal := regexp.QuoteMeta(strings.TrimSpace(pattern))
		expressions = append(expressions, strings.ReplaceAll(literal, `\*`, ".*"))
	}
	fits := regexp.MustCompile("^(?:" + strings.Join(expressions, "|") + ")$")
	return func(canonical string) bool {
		shown, refusal := Parse(canonical, "")
		return fits.MatchString(strings.ToLower(canonical)) ||
			refusal == Accepted && fits.MatchString(strings.ToLower(shown.Display))
	}
}
