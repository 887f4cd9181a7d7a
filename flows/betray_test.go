package flows

import "testing"

// People send codes and links as they copied or remember them.
func TestSecretsThatAreSentToSupportByMistakeAreFound(t *testing.T) {
	const token = "Qm9vdHM0MjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA"
	short, long, asked := Beginning{}, Beginning{Long: true}, Beginning{Secret: true}
	for _, c := range []struct {
		b       Beginning
		text    string
		betrays bool
	}{
		{short, "48219930", true},
		{short, "4821 9930 is your Aurora Shop code", true},
		{short, "it is 4821-9930, right?", true},
		{short, "it is 4821  9930", true},
		{short, "it is 4821 - 9930", true},
		{short, "it is 4821, 9930", true},
		{short, "it is 4821/9930", true},
		{short, "it is 4821_9930", true},
		{short, "the mail says\n\n4821\u00a09930\n\nand no more", true},
		{short, "it is 4821\n9930", true},
		{short, "it is 48\u200b21\u200d99\u206030 today", true},
		{short, "it is 4 8 2 1 9 9 3 0", true},
		{short, "код ٤٨٢١٩٩٣٠", true},
		{short, "it is ４８２１ ９９３０", true},
		{short, "code48219930end", true},
		{short, "call +49 151 2345 6789, 48219930", true},
		{short, "call +49 151 2345 6789", false},
		{short, "call +49 (151) 2345-6789", false},
		{short, "between 10:30 and 12:45, not 10:30-12:45", false},
		{short, "order 123456 of Monday", false},
		{short, "the code of 8 digits from 2026", false},
		{short, "right there, 7F3K9 2QDXM", false},

		{long, "7F3K9 2QDXM is your Aurora Shop code (amber llama)", true},
		{long, "it is 7f3k9-2qdxm", true},
		{long, "it is 7F3K92QDXM, isn't it?", true},
		{long, "it is \"7F3K92QDXM\"", true},
		{long, "it is 7F3K9\u20602QDXM!", true},
		{long, "it is HFKKS DQDXM", true},
		{long, "it is 4821 9930", true},
		{long, "no mail right there, still", false},

		{short, "https://t.me/rekey_bot?start=" + token, true},
		{short, "I got https://t.me/rekey_bot?start=" + token + ", is it yours", true},
		{short, "token " + token, true},
		{short, "see https://shop.example/blue-cotton-summer-dress-with-pockets-and-a-belt-for-you", false},

		{short, "it was Sommer#2026, I think", true},
		{short, "sommer2026", true},
		{short, "understood", false},
		{asked, "understood", true},
		{short, "lena.sommer1@example.com", false},
	} {
		o := TalkOptions{Digits: 8, Tag: func(_, _ string) string { return "" }}
		if got := o.betrays(c.b, "", c.text); got != c.betrays {
			t.Errorf("%+v %q: betrays = %t", c.b, c.text, got)
		}
	}
}
