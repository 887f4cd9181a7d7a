package texts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPlurals(t *testing.T) {
	c := catalogue(t)
	for _, test := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 try left."}, {"en", 2, "2 tries left."}, {"en", 5, "5 tries left."}, {"en", 21, "21 tries left."},
		{"ru", 1, "Осталась 1 попытка."}, {"ru", 2, "Осталось 2 попытки."}, {"ru", 5, "Осталось 5 попыток."},
		{"ru", 11, "Осталось 11 попыток."}, {"ru", 21, "Осталась 21 попытка."}, {"ru", 0, "Осталось 0 попыток."},
	} {
		f := sample
		f.Tries = test.n
		if got := c.Plain(test.lang, "recovery.code_wrong", f); !strings.HasSuffix(got, test.want) {
			t.Errorf("%s %d: %q", test.lang, test.n, got)
		}
	}
}

func TestDurations(t *testing.T) {
	c := catalogue(t)
	for _, test := range []struct {
		d      time.Duration
		en, ru string
	}{
		{-time.Second, "1 second", "1 секунду"},
		{0, "1 second", "1 секунду"},
		{21 * time.Second, "21 seconds", "21 секунду"},
		{59*time.Second + 1, "60 seconds", "60 секунд"},
		{time.Minute, "60 seconds", "60 секунд"},
		{90 * time.Second, "90 seconds", "90 секунд"},
		{91 * time.Second, "1 minute 31 seconds", "1 минуту 31 секунду"},
		{2 * time.Minute, "2 minutes", "2 минуты"},
		{10 * time.Minute, "10 minutes", "10 минут"},
		{24*time.Minute + time.Second, "25 minutes", "25 минут"},
		{59*time.Minute + time.Second, "1 hour", "1 час"},
		{65 * time.Minute, "1 hour 5 minutes", "1 час 5 минут"},
		{23 * time.Hour, "23 hours", "23 часа"},
	} {
		if got := c.language("en").duration(test.d); got != test.en {
			t.Errorf("en %v = %q, want %q", test.d, got, test.en)
		}
		if got := c.language("ru").duration(test.d); got != test.ru {
			t.Errorf("ru %v = %q, want %q", test.d, got, test.ru)
		}
	}
}

func TestReasons(t *testing.T) {
	c := catalogue(t)
	for _, test := range []struct {
		reasons, en, ru string
	}{
		{"needs_symbol contains_name",
			"it needs a symbol such as @ # $, and it contains your name",
			"в нём не хватает знака вроде @ # $, и в нём есть ваше имя"},
		{"needs_letter needs_number needs_symbol",
			"it needs a letter, a number and a symbol such as @ # $",
			"в нём не хватает буквы, цифры и знака вроде @ # $"},
		{"too_short too_common sequence",
			"it is shorter than 8 characters, it is one of the most used passwords, and it contains a simple row such as 1234 or aaaa",
			"он короче 8 символов, это один из самых частых паролей, и в нём есть простой ряд вроде 1234 или aaaa"},
		{"common_decorated control_character",
			"it is a common word or password with a few characters added, and it contains a character that cannot be seen or typed again",
			"это частое слово или пароль с парой добавленных знаков, и в нём есть символ, который не видно или не набрать снова"},
		{"too_short typeset",
			"it is shorter than 8 characters, and it contains signs such as “ ’ — … that other keyboards lack",
			"он короче 8 символов, и в нём есть знаки вроде “ ’ — …, которых нет на других клавиатурах"},
		{"", "it does not follow the rules of Aurora Shop", "он не подходит под правила Aurora Shop"},
		{"of_the_directory", "it does not follow the rules of Aurora Shop", "он не подходит под правила Aurora Shop"},
	} {
		f := sample
		f.Reasons = strings.Fields(test.reasons)
		if got := c.view("en", &f).Reasons(); got != test.en {
			t.Errorf("en %s: %q", test.reasons, got)
		}
		if got := c.view("ru", &f).Reasons(); got != test.ru {
			t.Errorf("ru %s: %q", test.reasons, got)
		}
	}
}

// sourceOf gives all that a language is made of.
func sourceOf(t *testing.T, tag string) string {
	t.Helper()
	paths, err := filepath.Glob("lang/" + tag + ".*")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(source)
	}
	return all.String()
}

func TestMistakenLanguages(t *testing.T) {
	source := sourceOf(t, "en")
	for name, test := range map[string]struct{ tag, old, new, want string }{
		"broken template":       {"en", "{{.Suggested}}?{{end}}", "{{.Suggested?{{end}}", "parsing"},
		"unknown fact":          {"en", "mean {{.Suggested}}", "mean {{.Sugested}}", "unknown fact .Sugested"},
		"unknown condition":     {"en", "{{if .SupportURL -}}", "{{if .Support -}}", "unknown fact .Support"},
		"written condition":     {"en", "mean {{.Suggested}}", "mean {{.Long}}", "cannot be written"},
		"too few plural forms":  {"en", "# try left.|# tries left.", "# tries left.", "1 forms"},
		"plural of a text":      {"en", "{{plural .Tries", "{{plural .Life", "plural needs a number"},
		"too few plurals in ru": {"ru", "Step 1", "Step 1", "2 forms, but the language has 3"},
		"unknown text inside":   {"en", `{{template "code.shape" .}}`, `{{template "code.form" .}}`, `no text "code.form"`},
		"loop":                  {"en", "mean {{.Suggested}}", "mean {{range .Words}}{{end}}", "a text holds only"},
		"missing word":          {"en", "acorn ", "", "255 match words"},
		"unknown tag":           {"english", "", "", "no language tag"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newLanguage(test.tag, strings.ReplaceAll(source, test.old, test.new))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestMissingAndUnknownTexts(t *testing.T) {
	source := sourceOf(t, "en")
	for name, test := range map[string]struct{ old, new, want string }{
		"missing": {`{{define "lobby.language"}}Which language do you prefer?{{end}}`, "", `"lobby.language" is missing`},
		"unknown": {`{{define "name"}}`, `{{define "extra"}}More{{end}}{{define "name"}}`, `"extra" is unknown`},
	} {
		c := catalogue(t)
		l, err := newLanguage("en", strings.Replace(source, test.old, test.new, 1))
		if err != nil {
			t.Fatal(err)
		}
		c.languages["ru"] = l
		if err := c.check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
