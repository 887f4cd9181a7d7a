package password

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestTypewritten(t *testing.T) {
	for text, want := range map[string]string{
		"Tulip#84 kw":       "Tulip#84 kw",
		"“Tulip” ‘84’ kw":   `"Tulip" '84' kw`,
		"«Тюльпан» „84“":    `"Тюльпан" "84"`,
		"it’s 84…":          "it's 84...",
		"a—b–c‑d−e":         "a--b-c-d-e",
		"a\u00a0b\u202fc　d": "a b c d",
		"﷼ 〜 ־ é e\u0301 ½": "﷼ 〜 ־ é e\u0301 ½",
	} {
		if got := Typewritten(text); got != want {
			t.Errorf("Typewritten(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, same := range [][]string{
		{"it's 84... \"so\"", "it’s 84… “so”", "it‘s 84... „so“"},
		{"a--b", "a—b", "a–b", "a-b"},
		{"a b", "a\u00a0b", "a\u2009b"},
		{"Müller", "Mu\u0308ller"},
		{"Ångström", "A\u030angstro\u0308m", "\u212bngström"},
		{"한글", norm.NFD.String("한글")},
		{"１２３", "123"},
	} {
		for _, text := range same[1:] {
			if Alike(text) != Alike(same[0]) {
				t.Errorf("Alike(%+q) = %+q, of %+q it is %+q", text, Alike(text), same[0], Alike(same[0]))
			}
		}
	}
	for _, other := range [][2]string{{"Tulip", "tulip"}, {"a b", "ab"}, {"é", "e"}, {"a-b", "a b"}, {"o", "0"}} {
		if Alike(other[0]) == Alike(other[1]) {
			t.Errorf("%q and %q do not look alike", other[0], other[1])
		}
	}
}

func FuzzAlike(f *testing.F) {
	for _, seed := range []string{"it’s 84…", "a—b–c", "e\u0301", "\u1e9b\u0323", "\u2026\u0338", "\u00a8-", "﷼", "\u2011\u2011"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, alike := Typewritten(text), Alike(text)
		if again := Typewritten(plain); again != plain {
			t.Errorf("Typewritten(%+q) = %+q, and of that %+q", text, plain, again)
		}
		for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
			if got := Alike(form.String(text)); got != alike {
				t.Errorf("Alike(%+q) = %+q, but in another form %+q", text, alike, got)
			}
		}
	})
}
