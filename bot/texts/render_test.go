package texts

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rekey/flows"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden prints every text as people see it, for a reader to review.
func TestGolden(t *testing.T) {
	c := catalogue(t)
	for _, tag := range Tags() {
		path := filepath.Join("testdata", tag+".txt")
		got := everything(t, c, tag)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; read the texts, then run go test ./bot/texts -update", path)
		}
	}
}

// everything prints all texts of a language with each set of facts that
// changes them. Isolates are shown as ⟨ and ⟩.
func everything(tb testing.TB, c *Catalogue, lang string) string {
	var b strings.Builder
	all := variants()
	names := []string{"sample"}
	for name := range all {
		if name != "sample" {
			names = append(names, name)
		}
	}
	slices.Sort(names[1:])
	short, long := c.Description(lang)
	fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n", c.language(lang).name, short, long)
	for _, command := range c.Commands(lang) {
		fmt.Fprintf(&b, "/%s  %s\n", command.Name, command.Description)
	}
	show := func(id string, render func(flows.Facts) string) {
		seen := map[string]bool{}
		for _, name := range names {
			text := render(all[name])
			if seen[text] || name == "nothing" {
				continue
			}
			seen[text] = true
			title := id
			if name != "sample" {
				title += ": " + name
			}
			fmt.Fprintf(&b, "\n== %s\n%s\n", title, text)
		}
	}
	for _, name := range buttons(tb) {
		show("button."+name, func(f flows.Facts) string { return c.Label(lang, flows.ButtonName(name), f) })
	}
	for _, id := range messages(tb) {
		if strings.HasPrefix(id, "letter.") {
			letter := func(f flows.Facts, channel flows.Channel) Letter {
				return c.Letter(flows.Letter{Channel: channel, Language: lang, Text: flows.MessageID(id), Facts: f})
			}
			show(id, func(f flows.Facts) string {
				l := letter(f, flows.Email)
				return "Subject: " + l.Subject + "\n\n" + l.Text
			})
			show(id+" as SMS", func(f flows.Facts) string { return letter(f, flows.SMS).Text })
			continue
		}
		show(id, func(f flows.Facts) string {
			return c.Chat(lang, flows.Reply{Say: []flows.MessageID{flows.MessageID(id)}, Facts: f})
		})
	}
	return strings.NewReplacer(isolate, "⟨", endIsolate, "⟩").Replace(b.String())
}

func TestChatJoinsParagraphs(t *testing.T) {
	got := catalogue(t).Chat("en", flows.Reply{Say: []flows.MessageID{flows.ThatsYou, "", flows.AskConfirm}})
	if want := "✓ That's you.\nStep 4 of 4 · Type it once more."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got = catalogue(t).Chat("en", flows.Reply{Say: []flows.MessageID{flows.MatchIsOver, flows.AskConfirm}})
	if want := "ask for a new one.\n\nStep 4 of 4 · Type it once more."; !strings.HasSuffix(got, want) {
		t.Errorf("after two lines: got %q, want %q at its end", got, want)
	}
}

func TestFactsAreHarmless(t *testing.T) {
	c := catalogue(t)
	for address, want := range map[string]string{
		`<b>x</b>&"`:                 `<b>x</b>&"`,
		"{{.Code}}":                  "{{.Code}}",
		"a\nb\r\x00\u202e\u2069c":    "abc",
		"שלום":                       "שלום",
		strings.Repeat("я", 128):     strings.Repeat("я", 128),
		strings.Repeat("я", 129):     strings.Repeat("я", 128) + "…",
		"a\xffb":                     "ab",
		"line\u2028separator\u2029s": "lineseparators",
	} {
		f := flows.Facts{Suggested: address}
		wantText := "Did you mean " + isolate + want + endIsolate + "?"
		if got := c.Plain("en", flows.AskSpelling, f); got != wantText {
			t.Errorf("%q: %q", address, got)
		}
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(wantText)
		if got := c.Chat("en", flows.Reply{Say: []flows.MessageID{flows.AskSpelling}, Facts: f}); got != escaped {
			t.Errorf("%q in a chat: %q", address, got)
		}
	}
}

func FuzzChat(f *testing.F) {
	f.Add("lena@gmail.com")
	f.Add("<a href='tg://x'>\u202e&amp;")
	f.Add(strings.Repeat("\U0001F600", 2000))
	c := catalogue(f)
	f.Fuzz(func(t *testing.T, address string) {
		facts := sample
		facts.Address = address
		text := c.Chat("ru", flows.Reply{Say: []flows.MessageID{flows.AskCode}, Facts: facts})
		if !utf8.ValidString(text) || units(text) > 4096 {
			t.Errorf("%q: not a message: %q", address, text)
		}
		if strings.ContainsAny(text, "<>") || strings.Count(text, "\n") != 2 {
			t.Errorf("%q changes the form: %q", address, text)
		}
		if strings.Count(text, isolate) != strings.Count(text, endIsolate) {
			t.Errorf("%q unbalances the isolates: %q", address, text)
		}
	})
}

func TestPressesAreAnsweredShortly(t *testing.T) {
	c := catalogue(t)
	for _, l := range c.order {
		for _, id := range []flows.MessageID{flows.SayOldButton, flows.SayBusy, flows.SayPrivateOnly, flows.ResendSoon, flows.ResendNone} {
			if n := units(c.Plain(l, id, sample)); n == 0 || n > 200 {
				t.Errorf("%s %s has %d characters", l, id, n)
			}
		}
	}
}

func TestButtonsFitAScreen(t *testing.T) {
	c := catalogue(t)
	for _, l := range c.order {
		for _, b := range buttons(t) {
			label := c.Label(l, flows.ButtonName(b), sample)
			if n := utf8.RuneCountInString(label); n == 0 || n > 32 {
				t.Errorf("%s %s: %q has %d characters", l, b, label, n)
			}
		}
	}
}

// gsm is the basic alphabet of an SMS (3GPP TS 23.038, 6.2.1), as far as the
// texts need it.
func gsm(s string) bool {
	for _, r := range s {
		if r > unicode.MaxASCII || strings.ContainsRune("`[]{}\\^~|", r) {
			return false
		}
	}
	return true
}

func TestSMSFits(t *testing.T) {
	c := catalogue(t)
	for _, id := range messages(t) {
		if !strings.HasPrefix(id, "letter.") {
			continue
		}
		for variant, facts := range variants() {
			letter := flows.Letter{Channel: flows.SMS, Language: "en", Text: flows.MessageID(id), Facts: facts}
			got := c.Letter(letter)
			if got.Subject != "" || got.HTML != "" || !gsm(got.Text) || len(got.Text) > 160 {
				t.Errorf("%s (%s): %d characters: %+v", id, variant, len(got.Text), got)
			}
			letter.Language = "ru"
			room := 70
			if strings.Contains(c.Letter(letter).Text, "https://t.me/") { // a link needs most of it: two segments
				room = 134
			}
			if got := c.Letter(letter); units(got.Text) > room {
				t.Errorf("%s (%s): %d characters: %s", id, variant, units(got.Text), got.Text)
			}
		}
	}
}

func TestLetter(t *testing.T) {
	o := options
	o.Brand = "A<B> & Sons"
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Letter(flows.Letter{
		Channel: flows.Email, Language: "en", WordsIn: "ru", Text: flows.LetterCode, Facts: sample,
	})
	words := c.language("ru").pair(sample.Words)
	if want := "Your A<B> & Sons code · " + words; got.Subject != want {
		t.Errorf("subject %q, want %q", got.Subject, want)
	}
	for _, want := range []string{"\n\n4821 9934\n\n", words, "10 minutes"} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the text lacks %q:\n%s", want, got.Text)
		}
	}
	for _, want := range []string{`lang="en"`, ">4821 9934</p>", ">A&lt;B&gt; &amp; Sons</h1>", words} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("the HTML lacks %q:\n%s", want, got.HTML)
		}
	}
	for _, banned := range []string{"src=", "url(", "<img", "<script", "<link", "href", "<B>"} {
		if strings.Contains(got.HTML, banned) {
			t.Errorf("the HTML has %q:\n%s", banned, got.HTML)
		}
	}
}

// A link is one to tap, and only a letter's own is.
func TestLetterWithALink(t *testing.T) {
	got := catalogue(t).Letter(flows.Letter{Channel: flows.Email, Language: "ru", Text: flows.LetterLink, Facts: sample})
	if want := `<a href="` + sample.Link + `">` + sample.Link + `</a>`; !strings.Contains(got.HTML, want) || strings.Count(got.HTML, "href") != 1 {
		t.Errorf("the HTML has no link %s:\n%s", want, got.HTML)
	}
}

func BenchmarkChat(b *testing.B) {
	c := catalogue(b)
	reply := flows.Reply{Say: []flows.MessageID{flows.AskCode}, Facts: sample}
	b.ReportAllocs()
	for b.Loop() {
		c.Chat("ru", reply)
	}
}

func BenchmarkLetter(b *testing.B) {
	c := catalogue(b)
	letter := flows.Letter{Channel: flows.Email, Language: "en", Text: flows.LetterCode, Facts: sample}
	b.ReportAllocs()
	for b.Loop() {
		c.Letter(letter)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		catalogue(b)
	}
}

func TestWithoutAddressesOfTheService(t *testing.T) {
	c, err := New(Options{Brand: "Aurora Shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.order {
		if got := c.Plain(l, flows.SaySupport, sample); strings.Contains(got, "://") || !strings.Contains(got, "Aurora Shop") {
			t.Errorf("%s: %s", l, got)
		}
		for _, id := range []flows.MessageID{
			flows.LetterSeveral, flows.LetterNotice, flows.LetterPressure, flows.LetterClosed, flows.LetterRelay, flows.LetterFrozen,
		} {
			for _, channel := range []flows.Channel{flows.Email, flows.SMS} {
				text := c.Letter(flows.Letter{Channel: channel, Language: l, Text: id, Facts: sample}).Text
				if strings.Contains(text, "://") || strings.Contains(text, ":\n") || strings.HasSuffix(text, ":") || strings.HasSuffix(text, " ") {
					t.Errorf("%s %s: %q", l, id, text)
				}
			}
		}
	}
}
