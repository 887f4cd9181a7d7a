package identifier

import "testing"

func parsed(t testing.TB, text string) ID {
	t.Helper()
	id, refusal := Parse(text, "")
	if refusal != Accepted {
		t.Fatalf("Parse(%q): %q", text, refusal)
	}
	return id
}

func TestSuggest(t *testing.T) {
	suggested := map[string]string{
		"Lena@gmial.com":     "Lena@gmail.com",
		"lena@gmail.con":     "lena@gmail.com",
		"lena@gmail.co":      "lena@gmail.com",
		"lena@gmai.com":      "lena@gmail.com",
		"lena@gmaill.com":    "lena@gmail.com",
		"lena@GNAIL.com":     "lena@gmail.com",
		"lena@gmial.con":     "lena@gmail.com",
		"lena@yandex.ry":     "lena@yandex.ru",
		"lena@yadnex.ru":     "lena@yandex.ru",
		"lena@yandx.ru":      "lena@yandex.ru",
		"lena@mial.ru":       "lena@mail.ru",
		"lena@maill.ru":      "lena@mail.ru",
		"lena@hotmial.com":   "lena@hotmail.com",
		"lena@hotmai.com":    "lena@hotmail.com",
		"lena@outlok.com":    "lena@outlook.com",
		"lena@yahooo.com":    "lena@yahoo.com",
		"lena@iclould.com":   "lena@icloud.com",
		"lena@ramlber.ru":    "lena@rambler.ru",
		"lena@protonmial.ch": "",
	}
	for typed, want := range suggested {
		if got, ok := Suggest(parsed(t, typed)); got != want || ok != (want != "") {
			t.Errorf("Suggest(%q) = %q, %v; want %q", typed, got, ok, want)
		}
	}
}

func TestSuggestLeavesOtherDomainsAlone(t *testing.T) {
	for _, provider := range providers {
		if got, ok := Suggest(parsed(t, "lena@"+provider)); ok {
			t.Errorf("Suggest of the provider %s = %q", provider, got)
		}
		short := "lena@" + provider[:len(provider)-1]
		if got, ok := Suggest(parsed(t, short)); !ok && len(provider) > minTargetBytes {
			t.Errorf("Suggest(%q) = %q; want a provider", short, got)
		}
	}
	for _, text := range []string{"lena@example.com", "lena@company.org", "lena@hey.com", "lena@va.ru", "lena@mail.ua", "lena@gmаil.com", "+79991234567", "gmial.com"} {
		if got, ok := Suggest(parsed(t, text)); ok {
			t.Errorf("Suggest(%q) = %q", text, got)
		}
	}
	if got, ok := Suggest(ID{}); ok {
		t.Errorf("Suggest of the zero ID = %q", got)
	}
}
