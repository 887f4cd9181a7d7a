package flows_test

import (
	"strings"
	"testing"

	"rekey/flows"
)

func TestWhatAServerSaidIsFitForALog(t *testing.T) {
	for words, want := range map[string]string{
		"": "",
		"5.1.1 <lena@example.org>: Recipient address rejected\r\n\tno such user here": "5.1.1 <***>: Recipient address rejected no such user here",
		"user=lena+shop@пример.рф unknown":                                            "user=*** unknown",
		"message with 48219934, 4821 9934 or 4821\u00a09934":                          "message with ***, *** or ***",
		"to +7 (916) 111-22-33 or 89161112233, ٤٨٢١٩٩٣٤":                              "to +*** or ***, ***",
		"4.7.0 Try again, 203.0.113.45 is greylisted for 300 s":                       "4.7.0 Try again, 203.0.113.45 is greylisted for 300 s",
		"limit 123456 reached":                                      "limit 123456 reached",
		"the code 7F3K9 2QDXM and 7f3k92qdxm of LENA":               "the code *** and *** of ***",
		"7F3K9-2QDXM, 7f3k9 2q dxm, Blue Whale and blue\r\n  whale": "***, ***, *** and ***",
		"lena%40example.org, a whole name and of":                   "***, a whole name and of",
		"a\x00b\x1b[31mc\u202ed\xff":                                "a b [31mc d",
	} {
		if got := flows.Said(words, "7F3K92QDXM", "blue\nwhale", "lena", "of", ""); got != want {
			t.Errorf("%q becomes %q, want %q", words, got, want)
		}
	}
	if got := flows.Said(strings.Repeat("я", 300)); got != strings.Repeat("я", 200)+"…" {
		t.Errorf("it is not shortened: %q", got)
	}
}
