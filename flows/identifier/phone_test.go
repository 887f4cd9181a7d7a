package identifier

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// Every way in which a number of any region is written gives one canonical form.
func TestParseNumbersOfAllRegions(t *testing.T) {
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE}
	for region := range phonenumbers.GetSupportedRegions() {
		for _, kind := range kinds {
			number := phonenumbers.GetExampleNumberForType(region, kind)
			if number == nil {
				continue
			}
			want := phonenumbers.Format(number, phonenumbers.E164)
			national := phonenumbers.Format(number, phonenumbers.NATIONAL)
			if want == "+5491123456789" {
				national = "011 15-2345-6789" // the library writes 09 for 011, which nobody dials
			}
			written := map[string]string{ // text: region
				want: "",
				phonenumbers.Format(number, phonenumbers.INTERNATIONAL): "",
				national: region,
			}
			for text, where := range written {
				if got, refusal := Parse(text, where); got.Canonical != want || got.Kind != Phone {
					t.Errorf("Parse(%q, %q) = %+v, %q; want %s", text, where, got, refusal, want)
				}
			}
			if got, refusal := Contact(strings.TrimPrefix(want, "+")); got.Canonical != want {
				t.Errorf("Contact of %s = %+v, %q", want, got, refusal)
			}
		}
	}
}
