package texts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

var options = Options{
	Brand: "Aurora Shop", SupportURL: "https://aurora.example/help", SignInURL: "https://aurora.example/sign-in",
}

// sample has a value for every fact.
var sample = flows.Facts{
	Address: "lena@gmial.com", Named: true, Suggested: "lena@gmail.com", Channel: flows.Email, OtherWay: true,
	Words: [2]uint8{2, 146}, Digits: 8, Life: 10 * time.Minute, GrantLife: 10 * time.Minute, Wait: time.Minute, Resends: 2, Tries: 4,
	Policy: "classic", MinLength: 8, Reasons: []string{"needs_symbol", "contains_name"},
	Sessions: flows.SessionsEnded, Reference: "RK-7F3K-92QD",
	Time: time.Date(2026, 11, 23, 12, 24, 10, 0, time.UTC), Code: "48219934", Username: "lena",
	Staff: "Mia", Case: 17, ReadOut: [3]uint8{2, 146, 30}, Reader: "Mia", Text: "Good morning, Lena.\nWhich phone do you have <now>?", Link: "https://t.me/AuroraShopBot?start=k3Jq7x5M2v9D4s8WbT1yHn6cRzP0aLfEoGuXiQwVj_-",
}

// variants are sets of facts that together take every branch of the texts.
func variants() map[string]flows.Facts {
	changed := func(change func(*flows.Facts)) flows.Facts {
		f := sample
		change(&f)
		return f
	}
	return map[string]flows.Facts{
		"sample": sample,
		"by SMS": changed(func(f *flows.Facts) { f.Channel, f.Address = flows.SMS, "+7 999 123-45-67" }),
		"username, last code": changed(func(f *flows.Facts) {
			f.Address, f.Resends, f.Wait = "lena", 0, 0
		}),
		"username by SMS, long code": changed(func(f *flows.Facts) {
			f.Channel, f.Address, f.Long, f.Digits, f.Code = flows.SMS, "lena", true, 10, "7F3K92QDXM"
			f.Wait = 0
		}),
		"by SMS only": changed(func(f *flows.Facts) {
			f.Channel, f.Address, f.OtherWay, f.Username = flows.SMS, "+7 999 123-45-67", false, ""
		}),
		"nist, sessions pending": changed(func(f *flows.Facts) {
			f.Policy, f.MinLength, f.Sessions = "nist", 15, flows.SessionsPending
		}),
		"a common word": changed(func(f *flows.Facts) {
			f.Reasons = []string{"common_decorated", "control_character"}
		}),
		"not repeated":        changed(func(f *flows.Facts) { f.Address = "" }),
		"not repeated by SMS": changed(func(f *flows.Facts) { f.Address, f.Channel = "", flows.SMS }),
		"invited":             changed(func(f *flows.Facts) { f.Address, f.Named = "", false }),
		"invited by SMS":      changed(func(f *flows.Facts) { f.Address, f.Named, f.Channel = "", false, flows.SMS }),
		"asked in the night": changed(func(f *flows.Facts) {
			f.Reader, f.Text, f.Opens = "", "", time.Date(2026, 11, 24, 9, 0, 0, 0, time.FixedZone("", 3600))
		}),
		"asked by many":   changed(func(f *flows.Facts) { f.Reader, f.Ahead = "", 3 }),
		"asked alone":     changed(func(f *flows.Facts) { f.Reader = "" }),
		"code expired":    changed(func(f *flows.Facts) { f.End, f.Wait = flows.CodeRanOut, 0 }),
		"code spent":      changed(func(f *flows.Facts) { f.End, f.Wait = flows.CodeTriedOut, 30*time.Second }),
		"code used":       changed(func(f *flows.Facts) { f.End, f.Wait = flows.CodeWasUsed, 0 }),
		"last code spent": changed(func(f *flows.Facts) { f.End, f.Resends = flows.CodeTriedOut, 0 }),
		"codes refused":   changed(func(f *flows.Facts) { f.Barred = 20 * time.Hour }),
		"slow":            changed(func(f *flows.Facts) { f.Slow = true }),
		"slow by SMS":     changed(func(f *flows.Facts) { f.Slow, f.Channel, f.Address = true, flows.SMS, "+7 999 123-45-67" }),
		"nothing":         {},
	}
}

func catalogue(tb testing.TB) *Catalogue {
	tb.Helper()
	c, err := New(options)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// constants gives the values of all constants of a type in a package.
func constants(tb testing.TB, dir, typeName string) []string {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		tb.Fatal(err)
	}
	var values []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			tb.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				values = append(values, literals(tb, spec, typeName)...)
			}
			return true
		})
	}
	slices.Sort(values)
	return values
}

func literals(tb testing.TB, spec *ast.ValueSpec, typeName string) []string {
	tb.Helper()
	var values []string
	if t, ok := spec.Type.(*ast.Ident); !ok || t.Name != typeName {
		return nil
	}
	for _, v := range spec.Values {
		literal, ok := v.(*ast.BasicLit)
		if !ok {
			continue
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			tb.Fatal(err)
		}
		values = append(values, value)
	}
	return values
}

func messages(tb testing.TB) []string { return constants(tb, "../../flows", "MessageID") }
func buttons(tb testing.TB) []string  { return constants(tb, "../../flows", "ButtonName") }

// wanted lists the names that the constants of flows ask for.
func wanted(tb testing.TB) []string {
	var names []string
	for _, id := range messages(tb) {
		names = append(names, id)
		if strings.HasPrefix(id, "letter.") {
			names = append(names, id+".subject", id+".sms")
		}
	}
	for _, b := range buttons(tb) {
		names = append(names, "button."+b)
	}
	for _, command := range flows.Commands() {
		names = append(names, "command."+command)
	}
	return names
}

func TestEveryConstantHasAText(t *testing.T) {
	c := catalogue(t)
	names := wanted(t)
	if len(names) < 60 {
		t.Fatalf("found only %d names: %q", len(names), names)
	}
	for _, l := range c.languages {
		for _, name := range names {
			if l.render(name, c.view(l.tag, &sample)) == "" {
				t.Errorf("%s: %s has no text", l.tag, name)
			}
		}
		for _, name := range l.names {
			kind, _, _ := strings.Cut(name, ".")
			if slices.Contains([]string{"lobby", "recovery", "support", "letter", "button", "command"}, kind) && !slices.Contains(names, name) {
				t.Errorf("%s: the text %s belongs to no constant", l.tag, name)
			}
		}
	}
}

func TestReasonsOfThePolicyHaveTexts(t *testing.T) {
	known := constants(t, "../../flows/password", "Reason")
	if len(known) < 12 {
		t.Fatalf("found only %d reasons: %q", len(known), known)
	}
	for _, l := range catalogue(t).languages {
		for _, reason := range known {
			if _, ok := l.texts["reason."+reason]; !ok {
				t.Errorf("%s: reason %s has no text", l.tag, reason)
			}
		}
	}
}

// Once a code cannot lead on, no text waits for it.
func TestNoTextWaitsForACodeThatIsOver(t *testing.T) {
	said := []flows.MessageID{
		flows.WaitCode, flows.CodeHelp, flows.CodeIsExpired, flows.CodeIsSpent, flows.CodeIsUsed, flows.CodeLooksSecret, flows.CodeIsAddress,
		flows.ResendSoon, flows.ResendNone, flows.TooManyFlows, flows.TooManyGuesses,
	}
	waiting := []string{"on its way", "waiting", "need only", "type", "newest code", "пути", "жду", "введите", "только код"}
	c := catalogue(t)
	for variant, facts := range variants() {
		if facts.End == "" && facts.Barred == 0 {
			continue
		}
		for _, l := range c.languages {
			for _, id := range said {
				text := strings.ToLower(l.render(string(id), c.view(l.tag, &facts)))
				for _, words := range waiting {
					if strings.Contains(text, words) {
						t.Errorf("%s %s (%s) says %q:\n%s", l.tag, id, variant, words, text)
					}
				}
			}
		}
	}
}

func TestVoice(t *testing.T) {
	c := catalogue(t)
	for variant, facts := range variants() {
		for _, l := range c.languages {
			for _, name := range wanted(t) {
				text := l.render(name, c.view(l.tag, &facts))
				if lines := strings.Count(text, "\n") + 1; lines > 3 && !strings.HasPrefix(name, "letter.") {
					t.Errorf("%s %s (%s) has %d lines:\n%s", l.tag, name, variant, lines, text)
				}
				if units(text) > 4096 {
					t.Errorf("%s %s (%s) is longer than Telegram allows", l.tag, name, variant)
				}
				stray := text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, "\n\n\n")
				absent := variant == "nothing" || facts.Address == "" && name == "button.spelling_no"
				if stray && !absent {
					t.Errorf("%s %s (%s) has stray spaces:\n%q", l.tag, name, variant, text)
				}
				for _, word := range []string{"!", "OTP", "invalid", "authenticate", "невалидн", "аутентификац", "{{"} {
					if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
						t.Errorf("%s %s (%s) says %q:\n%s", l.tag, name, variant, word, text)
					}
				}
			}
		}
	}
}

func TestTextsDoNotNameTheBrand(t *testing.T) {
	named := catalogue(t)
	o := options
	o.Brand = "Northwind"
	other, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range named.languages {
		text := l.render("lobby.welcome", named.view(l.tag, &sample))
		again := other.languages[l.tag].render("lobby.welcome", other.view(l.tag, &sample))
		if again != strings.ReplaceAll(text, "Aurora Shop", "Northwind") || again == text {
			t.Errorf("%s: %q", l.tag, again)
		}
	}
}

func TestLanguage(t *testing.T) {
	c := catalogue(t)
	for tag, want := range map[string]string{
		"en": "en", "ru": "ru", "ru-RU": "ru", "RU": "ru", "ru_RU": "ru", "en-GB": "en", "": "en", "de": "en", "rus": "en", "-": "en",
	} {
		if got := c.Language(tag); got != want {
			t.Errorf("Language(%q) = %q, want %q", tag, got, want)
		}
		known := len(tag) > 1 && tag != "de" && tag != "rus"
		if got := Speaks(tag); got != known {
			t.Errorf("Speaks(%q) = %t", tag, got)
		}
	}
	if got := Tags(); !slices.Equal(got, []string{"en", "ru"}) {
		t.Errorf("Tags() = %v", got)
	}
	for button, want := range map[flows.ButtonName]string{
		flows.ButtonLanguage("ru"): "Русский", flows.ButtonMatch(17, 47): "47", flows.ButtonMatch(17, 0): "That is not me",
	} {
		if got := c.Label("en", button, flows.Facts{}); got != want {
			t.Errorf("the button %s says %q", button, got)
		}
	}
}

func TestDefaultLanguage(t *testing.T) {
	o := options
	o.DefaultLanguage = "ru"
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Language("de"); got != "ru" {
		t.Errorf("Language(de) = %q, want the default", got)
	}
	o.DefaultLanguage = "xx"
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), `"xx"`) {
		t.Errorf("New with an unknown default language: %v", err)
	}
}

func TestLongestBrand(t *testing.T) {
	o := options
	o.Brand = strings.Repeat("x", LongestBrand)
	if _, err := New(o); err != nil {
		t.Errorf("New: %v", err)
	}
}

func TestBrandTooLong(t *testing.T) {
	o := options
	o.Brand = strings.Repeat("Aurora ", 20)
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("New: %v", err)
	}
}

func TestMatchWords(t *testing.T) {
	for _, l := range catalogue(t).languages {
		starts := map[string]string{}
		for _, word := range l.words {
			letters := []rune(word)
			start := string(letters[:min(4, len(letters))])
			if other, ok := starts[start]; ok {
				t.Errorf("%s: %s and %s look alike", l.tag, other, word)
			}
			starts[start] = word
			if len(letters) < 3 || len(letters) > 9 {
				t.Errorf("%s: %s is too short or too long", l.tag, word)
			}
		}
	}
	c := catalogue(t)
	if got := c.language("en").pair([2]uint8{0, 255}); got != "acorn zebra" {
		t.Errorf("the first and the last word are %q", got)
	}
}
