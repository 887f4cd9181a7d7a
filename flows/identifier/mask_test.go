package identifier

import (
	"strings"
	"testing"
)

func TestMaskKeepsWhatAnOwnerRecognises(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		text, want string
	}{
		{Email, "lena@gmail.com", "l•••@gmail.com"},
		{Email, "вера@пример.рф", "в•••@пример.рф"},
		{Email, "x@example.org", "x•••@example.org"},
		{Email, "nothing", "•••"},
		{Phone, "+79991234567", "+7 ••• ••• 45 67"},
		{Phone, "+7 999 123-45-67", "+7 ••• ••• 45 67"},
		{Phone, "+3545812345", "+354 ••• ••• 45"},
		{Phone, "12", "•••"},
		{Username, "lena", "l•••"},
		{Username, "", "•••"},
	} {
		if got := Mask(c.kind, c.text); got != c.want {
			t.Errorf("Mask(%s, %q) = %q, want %q", c.kind, c.text, got, c.want)
		}
	}
}

func FuzzMask(f *testing.F) {
	f.Add("lena@gmail.com")
	f.Add("+79991234567")
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []Kind{Email, Phone, Username} {
			if got := Mask(kind, text); !strings.Contains(got, hidden) {
				t.Fatalf("Mask(%s, %q) = %q hides nothing", kind, text, got)
			}
		}
	})
}
