package password

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var (
	lena = Person{
		Names:       []string{"Lena", "Smirnova-Volkova", "Li"},
		Birthday:    "1990-04-12",
		Identifiers: []string{"lena.kitty@gmail.com", "+79995550142", "snowfox77"},
	}
	classic = Policy{Brand: "Aurora Shop"}
	nist    = Policy{Preset: NIST, Brand: "Aurora Shop"}
)

func TestClassic(t *testing.T) {
	check(t, classic, map[string][]Reason{
		"Tulip#84kw":        nil,
		"хвоя#84лж":         nil,
		"كلمات#84":          nil,
		"तुलिप#84क":         nil,
		"汉字密码#84x":          nil,
		"tulip 84kw":        nil,
		" Tulip84kw ":       nil,
		"Tulip٨٤!kw":        nil,
		"*Tulip84* @you":    nil,
		"Tulip84😀kw":        nil,
		"Kx7$ dragon flies": nil,

		"":                 {TooShort, NeedsLetter, NeedsNumber, NeedsSymbol},
		"Tu#84kw":          {TooShort},
		"Tulip84kw":        {NeedsSymbol},
		"Tulip#kwz":        {NeedsNumber},
		"84#62915":         {NeedsLetter},
		"84\u200d62915kw":  {NeedsSymbol, ControlCharacter},
		"तुलिपक84":         {NeedsSymbol},
		"Tulip#84kw\x00":   {ControlCharacter},
		"Tulip#84\nkw":     {ControlCharacter},
		"Tulip#84\xffkw":   {ControlCharacter},
		"Tulip#84\u0085kw": {ControlCharacter},
		"Tulip#84\ufffdkw": {ControlCharacter},

		"Password1!":     {CommonDecorated},
		"P@ssw0rd2024!":  {CommonDecorated},
		"pa$$w0rd":       {TooCommon},
		"Qwerty123!":     {CommonDecorated},
		"!!Qwerty123":    {CommonDecorated},
		"h3ll0!2024":     {CommonDecorated},
		"Summer2024!!":   {CommonDecorated},
		"1qaz!QAZ":       {TooCommon},
		"йцукен123!":     {CommonDecorated},
		"Пароль2024!":    {CommonDecorated},
		"Gfhjkm2024!":    {CommonDecorated},
		"Walnut%4410":    {CommonDecorated},
		"Dragon#739148!": nil,

		"aaaa1111!":  {Sequence},
		"AaAa1111!":  {Sequence},
		"Ab1!Ab1!":   {Sequence},
		"abc1!abc1!": {Sequence},
		"9876!abcd":  {Sequence},
		"12345678":   {NeedsLetter, NeedsSymbol, TooCommon, Sequence},
		"aaaaaaaa":   {NeedsNumber, NeedsSymbol, Sequence},

		"lena19905":      {NeedsSymbol, ContainsName},
		"x7#LENAq2":      {ContainsName},
		"x7#L3naq2":      {ContainsName},
		"x7#Дутфq2":      {ContainsName},
		"volkova#84":     {ContainsName},
		"li#84kwtulip":   nil,
		"e9#1990tulip":   nil,
		"e9#12041990t":   {ContainsBirthday},
		"e9#12.04.1990":  {ContainsBirthday},
		"e9#1990-04-12":  {ContainsBirthday},
		"e9#12 4 1990":   {ContainsBirthday},
		"e9#041290zt":    {ContainsBirthday},
		"e9#1204zt!":     {ContainsBirthday},
		"x7#kitty84q":    {ContainsIdentifier},
		"x7#LenaKitty84": {ContainsName, ContainsIdentifier},
		"x7#snowfox77":   {ContainsIdentifier},
		"x7#5550142q":    {ContainsIdentifier},
		"x#999 555-01-42": {
			ContainsIdentifier,
		},
		"x7#AuroraShop":  {ContainsBrand},
		"x7#aurora-shop": {ContainsBrand},
		"Aurora2024!":    {CommonDecorated, ContainsBrand},
		"x7#shopping":    nil,
		"Lena1204!":      {ContainsName, ContainsBirthday},
	})
}

func TestNIST(t *testing.T) {
	check(t, nist, map[string][]Reason{
		"correct horse battery":          nil,
		"dragon password monkey":         nil,
		"sale nation of tea":             nil,
		"a shop under pale aurora":       nil,
		"зимний вечер и чай":             nil,
		"😀🚀🌲🍎🐳🎲🏠🌙🔑🎵🍞🚗🌈🧭🪁":                nil,
		"73 81 94 02 55 16 47":           nil,
		"short enough":                   {TooShort},
		"passwordpassword":               {TooCommon, Sequence},
		"qwertyuiop12345":                {TooCommon},
		"q1w2e3r4t5y6u7i8":               {TooCommon},
		"password1234567":                {CommonDecorated, Sequence},
		"abcdefghijklmnop":               {Sequence},
		"correct horse correct horse ":   {Sequence},
		"tea for Lena at five":           {ContainsName},
		"tea with smirnova at five":      {ContainsName},
		"my aurora shop password":        {ContainsBrand},
		"the tea of 12.04. was good":     {ContainsBirthday},
		"tea for a snowfox77 at noon":    {ContainsIdentifier},
		strings.Repeat("хвоя и чай ", 2): {Sequence},
	})
}

func check(t *testing.T, policy Policy, cases map[string][]Reason) {
	t.Helper()
	for candidate, want := range cases {
		if got := policy.Check(candidate, lena); !slices.Equal(got, want) {
			t.Errorf("Check(%q) = %v; want %v", candidate, got, want)
		}
	}
}

// varied returns a password of n code points in which nothing repeats early.
func varied(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteRune('a' + rune(i*i*7+i*3)%26)
		if i%5 == 4 {
			text.WriteString("#")
		}
	}
	return string([]rune(text.String() + "84!")[:n-3]) + "84!"
}

func TestLimits(t *testing.T) {
	wide := strings.Repeat("ж", 36) + "84!kwtulipvosne" // 51 code points, 87 bytes
	cases := []struct {
		name      string
		policy    Policy
		candidate string
		want      []Reason
	}{
		{"Classic64", classic, varied(64), nil},
		{"Classic256", classic, varied(256), nil},
		{"Classic257", classic, varied(257), []Reason{TooLong}},
		{"NIST256", nist, varied(256), nil},
		{"NIST257", nist, varied(257), []Reason{TooLong}},
		{"FarTooLong", classic, strings.Repeat("\x00", 4096), []Reason{TooLong}},
		{"Bytes72", Policy{MaxBytes: 72}, varied(72), nil},
		{"Bytes73", Policy{MaxBytes: 72}, varied(73), []Reason{TooLong}},
		{"BytesOfLetters", Policy{Preset: NIST, MaxBytes: 72}, wide, []Reason{TooLong}},
		{"NoByteLimit", Policy{Preset: NIST}, wide, nil},
		{"FifteenEmoji72", Policy{Preset: NIST, MaxBytes: 72}, "😀🚀🌲🍎🐳🎲🏠🌙🔑🎵🍞🚗🌈🧭🪁", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.policy.Check(c.candidate, lena); !slices.Equal(got, c.want) {
				t.Errorf("Check of %d code points = %v; want %v", utf8.RuneCountInString(c.candidate), got, c.want)
			}
		})
	}
}

func TestPersonUnknown(t *testing.T) {
	for _, who := range []Person{{}, {Names: []string{""}, Birthday: "12.04.1990", Identifiers: []string{"", "@", "+", "+7"}}} {
		if got := classic.Check("lena#12041990", who); got != nil {
			t.Errorf("Check for %+v = %v", who, got)
		}
	}
}

func TestCommonListIsFolded(t *testing.T) {
	if got := len(common()); got < 3000 {
		t.Fatalf("the list has %d passwords", got)
	}
	for word := range common() {
		if fold(word) != word || strings.ContainsAny(word, " \r") || len(word) < minWord || len(word) > maxDecorated {
			t.Errorf("%q can never be found", word)
		}
	}
}

func TestLatinKeyCoversTheAlphabet(t *testing.T) {
	if got := strings.Map(latinKey, "йцукенгшщзхъфывапролджэячсмитьбюё"); got != "qwertyuiop[]asdfghjkl;'zxcvbnm,.`" {
		t.Errorf("the Russian rows type %q", got)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"Tulip#84kw", "P@ssw0rd2024!", "йцукен123!", "\xff\x00", "12.04.1990", "İİİİ", "ﷺﷺﷺﷺ"} {
		f.Add(seed, "Lena", "1990-04-12", "lena.kitty@gmail.com")
	}
	order := Reasons()
	f.Fuzz(func(t *testing.T, candidate, name, birthday, identifier string) {
		who := Person{Names: []string{name}, Birthday: birthday, Identifiers: []string{identifier, name}}
		for _, policy := range []Policy{{}, {Preset: NIST, MaxBytes: 72, Brand: name}} {
			last := -1
			for _, reason := range policy.Check(candidate, who) {
				at := slices.Index(order, reason)
				if at <= last {
					t.Fatalf("Check(%q) gives %q out of order", candidate, reason)
				}
				last = at
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	for name, candidate := range map[string]string{
		"Usual":     "Tulip#84kw",
		"Row":       strings.Repeat("1", 40) + "a",
		"Longest":   varied(256),
		"Widest":    strings.Repeat("ﷺ", 250) + "84!abc",
		"TooLong":   strings.Repeat("a", 4096),
		"Decorated": strings.Repeat("!", 22) + "tulip" + strings.Repeat("1", 21),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				classic.Check(candidate, lena)
			}
		})
	}
}
