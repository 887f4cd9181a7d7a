package identifier

import (
	"strings"
	"testing"
	"unicode"

	"rekey/flows"
)

func TestParse(t *testing.T) {
	accepted := []struct {
		name, text, region string
		want               ID
	}{
		{"DomainCase", "Alice@Example.COM", "", ID{Email, "alice@example.com", "Alice@example.com"}},
		{"PlusTag", "alice+shop@example.com", "", ID{Email, "alice+shop@example.com", "alice+shop@example.com"}},
		{"GmailDotsStay", "a.lice@gmail.com", "", ID{Email, "a.lice@gmail.com", "a.lice@gmail.com"}},
		{"SpacesAround", " \u00a0lena@gmail.com\u3000", "", ID{Email, "lena@gmail.com", "lena@gmail.com"}},
		{"CopiedFromReply", "\u2068lena@gmail.com\u2069", "", ID{Email, "lena@gmail.com", "lena@gmail.com"}},
		{"DotAtEnd", "lena@gmail.com.", "", ID{Email, "lena@gmail.com", "lena@gmail.com"}},
		{"CyrillicLookalike", "аlice@example.com", "", ID{Email, "аlice@example.com", "аlice@example.com"}},
		{"DotlessI", "mıke@example.com", "", ID{Email, "mıke@example.com", "mıke@example.com"}},
		{"DottedCapitalI", "Mİke@example.com", "", ID{Email, "mİke@example.com", "Mİke@example.com"}},
		{"Umlaut", "Mu\u0308ller@example.com", "", ID{Email, "müller@example.com", "Müller@example.com"}},
		{"MarkJoinsSmallLetterOnly", "T\u0308@example.com", "", ID{Email, "\u1e97@example.com", "T\u0308@example.com"}},
		{"DigitsOfOtherScripts", "lena١٢３@example.com", "", ID{Email, "lena123@example.com", "lena١٢３@example.com"}},
		{"InternationalDomain", "Иван@Почта.РФ", "", ID{Email, "Иван@xn--80a1acny.xn--p1ai", "Иван@почта.рф"}},
		{"SharpSDomain", "a@straße.de", "", ID{Email, "a@xn--strae-oqa.de", "a@straße.de"}},
		{"WideDomain", "a@ｇｍａｉｌ。ｃｏｍ", "", ID{Email, "a@gmail.com", "a@gmail.com"}},

		{"NationalNumber", "8 (999) 123-45-67", "RU", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"WithoutPlus", "79991234567", "RU", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"OtherRegion", "020 7946 0958", "GB", ID{Phone, "+442079460958", "+44 20 7946 0958"}},
		{"PlusInAnyRegion", "+7 999 123-45-67", "GB", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"PlusWithoutRegion", "+7.999.123.45.67", "", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"ArabicDigits", "+٧٩٩٩١٢٣٤٥٦٧", "", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"WideDigits", "＋７（９９９）１２３－４５－６７", "", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"CopiedFromContacts", "\u202a+7 999 123‑45‑67\u202c", "", ID{Phone, "+79991234567", "+7 999 123-45-67"}},
		{"ZeroInBrackets", "+44 (0)20 7946 0958", "", ID{Phone, "+442079460958", "+44 20 7946 0958"}},

		{"ZerosKept", "007", "RU", ID{Username, "007", "007"}},
		{"NationalNumberWithoutRegion", "89991234567", "", ID{Username, "89991234567", "89991234567"}},
		{"TooShortForNumber", "123", "RU", ID{Username, "123", "123"}},
		{"Case", "Alice_1", "", ID{Username, "alice_1", "Alice_1"}},
		{"Arabic", "أحمد", "", ID{Username, "أحمد", "أحمد"}},
		{"ArabicWithDigits", "أحمد١٢", "", ID{Username, "أحمد12", "أحمد١٢"}},
		{"Hebrew", "דוד", "", ID{Username, "דוד", "דוד"}},
		{"Wide", "ａｌｉｃｅ", "", ID{Username, "alice", "ａｌｉｃｅ"}},
		{"Template", "{{.Code}}", "", ID{Username, "{{.code}}", "{{.Code}}"}},
		{"Markdown", "*_[", "", ID{Username, "*_[", "*_["}},
		{"Filter", "*)(uid=*", "", ID{Username, "*)(uid=*", "*)(uid=*"}},
		{"PunctuationOnly", "-.()", "RU", ID{Username, "-.()", "-.()"}},
		{"Longest", strings.Repeat("a", MaxBytes), "", ID{Username, strings.Repeat("a", MaxBytes), strings.Repeat("a", MaxBytes)}},
	}
	for _, c := range accepted {
		t.Run(c.name, func(t *testing.T) {
			got, refusal := Parse(c.text, c.region)
			if got != c.want || refusal != Accepted {
				t.Fatalf("Parse(%q, %q) = %+v, %q; want %+v", c.text, c.region, got, refusal, c.want)
			}
			again, _ := Parse(got.Canonical, c.region)
			if again.Canonical != got.Canonical || again.Kind != got.Kind {
				t.Fatalf("Parse(%q, %q) = %+v; want the canonical form unchanged", got.Canonical, c.region, again)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	refused := []struct {
		name, text string
		want       Refusal
	}{
		{"Nothing", "", Empty},
		{"Spaces", " \u00a0 ", Empty},
		{"OnlyMarks", "\u2068\u2069", Empty},
		{"FourThousand", strings.Repeat("a", 4096), TooLong},
		{"FourThousandAt", strings.Repeat("@", 4096), TooLong},
		{"OneTooMany", strings.Repeat("a", MaxBytes+1), TooLong},
		{"LocalTooLong", strings.Repeat("a", 65) + "@example.com", TooLong},
		{"WrittenTooLong", strings.Repeat("١", 30) + "@" + strings.Repeat("ß.", 25) + "example.com", TooLong},
		{"GrowsTooLong", strings.Repeat("a", 60) + "@" + strings.Repeat("ß.", 25) + "example.com", TooLong},
		{"DomainTooLong", "a@" + strings.Repeat("ß.", 40) + "example.com", MalformedEmail},
		{"WideAt", "user\uff20example.com", MalformedEmail},
		{"SmallAt", "user\ufe6bexample.com", MalformedEmail},
		{"WideAtBesideAt", "user\uff20a@example.com", MalformedEmail},
		{"TwoAddresses", "a@x.org,b@evil.org", SeveralAddresses},
		{"TwoAddressesSpaced", "a@x.org b@evil.org", SeveralAddresses},
		{"HeaderInjection", "a@x.org\r\nBcc: b@evil.org", ControlCharacter},
		{"LineBreakAtEnd", "a@x.org\n", ControlCharacter},
		{"NUL", "lena\x00@gmail.com", ControlCharacter},
		{"BidiOverride", "\u202ealice@example.com", ControlCharacter},
		{"BidiInside", "ali\u2066ce", ControlCharacter},
		{"ZeroWidthSpace", "ali\u200bce", ControlCharacter},
		{"InvalidUTF8", "lena\xff@gmail.com", ControlCharacter},
		{"LoneSurrogate", "lena\xed\xa0\x80", ControlCharacter},
		{"QuotedLocal", `"lena"@gmail.com`, MalformedEmail},
		{"HTMLLocal", "<b>lena</b>@gmail.com", MalformedEmail},
		{"AngleBrackets", "Lena <lena@gmail.com>", MalformedEmail},
		{"SpaceInLocal", "lena s@gmail.com", MalformedEmail},
		{"EmojiLocal", "😀@gmail.com", MalformedEmail},
		{"DoubleDot", "le..na@gmail.com", MalformedEmail},
		{"NoLocal", "@gmail.com", MalformedEmail},
		{"NoDomain", "lena@", MalformedEmail},
		{"OneLabel", "lena@localhost", MalformedEmail},
		{"Address", "lena@127.0.0.1", MalformedEmail},
		{"AddressLiteral", "lena@[127.0.0.1]", MalformedEmail},
		{"UnderscoreDomain", "lena@ex_ample.com", MalformedEmail},
		{"FalsePunycode", "lena@xn--a.com", MalformedEmail},
		{"CommaForDot", "lena@gmail,com", MalformedEmail},
		{"NoSuchNumber", "+7 123", MalformedPhone},
		{"HundredDigits", "+" + strings.Repeat("7", 100), MalformedPhone},
		{"SpaceInUsername", "lena smirnova", MalformedUsername},
		{"InjectionWithSpaces", "' OR 1=1--", MalformedUsername},
		{"Emoji", "😀", MalformedUsername},
		{"EmojiFamily", "👨‍👩‍👧", MalformedUsername},
	}
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			got, refusal := Parse(c.text, "RU")
			if got != (ID{}) || refusal != c.want {
				t.Fatalf("Parse(%q) = %+v, %q; want %q", c.text, got, refusal, c.want)
			}
		})
	}
}

func TestWritten(t *testing.T) {
	for text, want := range map[string]string{
		"lena@gmail.com":                  "lena@gmail.com",
		" Lena.K+Shop@Gmail.COM. ":        "Lena.K+Shop@gmail.com",
		"lena١٢٣@example.com":             "lena١٢٣@example.com",
		"Иван@Почта.РФ":                   "Иван@xn--80a1acny.xn--p1ai",
		"Mu\u0308ller@ｇｍａｉｌ。ｃｏｍ":          "Müller@gmail.com",
		"8 (٩٩٩) 123-45-67":               "+79991234567",
		"\u202aLena_١\u202c":              "Lena_١",
		strings.Repeat("A", 64) + "@a.io": strings.Repeat("A", 64) + "@a.io",
	} {
		id, refusal := Parse(text, "RU")
		if refusal != Accepted || id.Written() != want {
			t.Errorf("Parse(%q) = %+v, %q, which is written %q; want %q", text, id, refusal, id.Written(), want)
		}
	}
}

func TestRefusalsAreDistinct(t *testing.T) {
	seen := map[Refusal]bool{Accepted: true}
	for _, refusal := range Refusals() {
		if seen[refusal] {
			t.Errorf("%q is listed twice", refusal)
		}
		seen[refusal] = true
	}
}

func TestContact(t *testing.T) {
	want := ID{Phone, "+79991234567", "+7 999 123-45-67"}
	for _, number := range []string{"79991234567", "+79991234567", " +7 999 123-45-67"} {
		if got, refusal := Contact(number); got != want || refusal != Accepted {
			t.Errorf("Contact(%q) = %+v, %q; want %+v", number, got, refusal, want)
		}
	}
	refused := map[string]Refusal{
		"":                       Empty,
		"lena":                   MalformedPhone,
		"123":                    MalformedPhone,
		"89991234567":            MalformedPhone, // no country code
		"79991234567\n":          ControlCharacter,
		strings.Repeat("7", 300): TooLong,
	}
	for number, want := range refused {
		if got, refusal := Contact(number); got != (ID{}) || refusal != want {
			t.Errorf("Contact(%q) = %+v, %q; want %q", number, got, refusal, want)
		}
	}
}

func TestASCIIDigit(t *testing.T) {
	for zero, digits := range map[rune]string{'0': "0123456789", '٠': "٠١٢٣٤٥٦٧٨٩", '۰': "۰۱۲۳۴۵۶۷۸۹", '०': "०१२३४५६७८९", '０': "０１２３４５６７８９", '𝟎': "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", '𝟬': "𝟬𝟭𝟮𝟯𝟰𝟱𝟲𝟳𝟴𝟵"} {
		if got := strings.Map(flows.ASCIIDigit, digits); got != "0123456789" {
			t.Errorf("digits from %q become %q", zero, got)
		}
	}
	for _, r := range "aя½²五" {
		if got := flows.ASCIIDigit(r); got != r {
			t.Errorf("ASCIIDigit(%q) = %q", r, got)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if got := flows.ASCIIDigit(r); unicode.Is(unicode.Nd, r) != ('0' <= got && got <= '9') {
			t.Fatalf("ASCIIDigit(%U) = %q", r, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"Alice@Example.COM", "8 (999) 123-45-67", "+٧٩٩٩١٢٣٤٥٦٧", "007", "Σίσυφος", "T\u0308@x.org", "ﬁ@x.org", "ｶﾞ", "İ", "a@ß.de"} {
		for _, region := range []string{"", "RU", "AR", "MX", "IT", "US"} {
			f.Add(seed, region)
		}
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		id, refusal := Parse(text, region)
		if (refusal == Accepted) != (id != ID{}) {
			t.Fatalf("Parse(%q, %q) = %+v, %q", text, region, id, refusal)
		}
		if suggestion, ok := Suggest(id); ok {
			if meant, _ := Parse(suggestion, region); meant.Kind != Email {
				t.Fatalf("Suggest(%+v) = %q, which is no address", id, suggestion)
			}
		}
		if refusal != Accepted {
			return
		}
		again, refusal := Parse(id.Canonical, region)
		if again.Canonical != id.Canonical || again.Kind != id.Kind || refusal != Accepted {
			t.Fatalf("Parse(%q, %q) = %+v, but its canonical form gives %+v, %q", text, region, id, again, refusal)
		}
		for _, form := range []string{id.Display, id.Written()} {
			if again, _ := Parse(form, region); again.Canonical != id.Canonical {
				t.Fatalf("Parse(%q, %q) = %+v, but its form %q gives %+v", text, region, id, form, again)
			}
		}
	})
}
