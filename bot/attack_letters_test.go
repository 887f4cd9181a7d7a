package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"rekey/bot/demo/play"
	"rekey/bot/mail/inbox"
	"rekey/bot/simulator"
)

// TestAttackRecipient types addresses that are meant to be taken for the one
// on record, and to get its code. A code goes to the address on record or
// nowhere.
func TestAttackRecipient(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	b.settle(t, "mike", "", "first@example.org", "Mike@example.org")
	same := []string{
		"mike@example.org", "MIKE@EXAMPLE.ORG", "mike@ExAmPlE.org", " mike@example.org ", "mike@example.org.", "mike@ｅxample.org",
	}
	others := []string{
		"mıke@example.org", "mİke@example.org", "mike@examplе.org", "ｍike@example.org", "mike＠example.org", "mike﹫example.org",
		"mike@example.org,evil@evil.example", "mike@example.org;evil@evil.example", "mike@example.org evil@evil.example",
		"evil@evil.example\nmike@example.org", "mike@example.org\r\nBcc: evil@evil.example", "mike@example.org%0abcc:evil@evil.example",
		`"mike@example.org" <evil@evil.example>`, "Mike <mike@example.org>", "<mike@example.org>", "evil@evil.example?mike@example.org",
		"mike@example.org@evil.example", "mike%example.org@evil.example", `mike\@example.org`, "mike(evil@evil.example)@example.org",
		"mike@example.org\x00evil@evil.example", "mike@[127.0.0.1]", "mi\u00adke@example.org", "mi\u200bke@example.org", "mike+evil@example.org",
		"mailto:mike@example.org", "!evil@evil.example!mike@example.org", "mike@example.org\u202eevil",
	}
	for i, typed := range append(same, others...) {
		v := b.visitor(t, int64(9000+i))
		v.person.Start("recover")
		v.hears("Step 1 of 4")
		v.say(typed, "Step 2 of 4", "doesn't look like", "more than one", "Did you mean")
	}
	b.quiet(t)
	for _, m := range b.stage.Mail.Mails() {
		if m.To != "Mike@example.org" || len(m.Header["To"]) != 1 || m.Header["To"][0] != "<Mike@example.org>" {
			t.Errorf("a mail went to %q, with the header %q", m.To, m.Header["To"])
		}
	}
	if n := b.codesTo("Mike@example.org"); n != len(same) {
		t.Errorf("%d mails came to the address on record, want one for each of its %d spellings", n, len(same))
	}
}

// TestAttackMarkup types what could be taken for formatting, for a template or
// for a place to break a line. It is shown as it was typed, where it is shown at
// all: no word is that may be a password.
func TestAttackMarkup(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	for i, typed := range []string{
		"<b>b</b", "{{.Pi}}", "{{.Code}}@example.org", "{{template}}@example.org", "*a*_[b]", "*bold*_`c`@example.org",
		"&lt;i", "&amp&@example.org", "</a><s>", "%s%d%!n", "<tg-x>",
	} {
		v := b.visitor(t, int64(9000+i))
		reply := v.asks(typed)
		if !strings.Contains(reply.Text, typed) {
			t.Errorf("%q is shown as %q", typed, reply.Text)
		}
		if strings.Contains(reply.HTML, "<") {
			t.Errorf("%q formats the reply: %s", typed, reply.HTML)
		}
	}
}

// TestAttackLetters puts markup and headers into everything that a stranger or
// a careless import can: the Telegram profile, its language, the account's
// username. The mails stay as they are for anyone.
func TestAttackLetters(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	b.settle(t, "plain", "", "plain@example.org", "plain")
	b.settle(t, "nasty", "", "nasty@example.org", "<b>{{.}}</b>")
	plain := b.letter(t, simulator.Profile{ID: 9001, FirstName: "Plain", Language: "en"}, "plain@example.org")
	nasty := b.letter(t, simulator.Profile{
		ID: 9002, FirstName: "<b>Bcc: evil@evil.example</b>", LastName: "\r\nBcc: evil@evil.example\r\n", Username: "x",
		Language: "en\r\nBcc: evil@evil.example",
	}, "NASTY@example.org")
	if !strings.Contains(nasty.HTML, "&lt;b&gt;{{.}}&lt;/b&gt;") || !strings.Contains(nasty.Text, "<b>{{.}}</b>") {
		t.Errorf("the username is not shown as it is in\n%s\n%s", nasty.Text, nasty.HTML)
	}
	escaped := strings.NewReplacer("&lt;b&gt;{{.}}&lt;/b&gt;", "plain", "<b>{{.}}</b>", "plain", "nasty@", "plain@")
	if a, z := content(plain), escaped.Replace(content(nasty)); a != z {
		t.Errorf("a mail is\n%s\ninstead of\n%s", z, a)
	}
}

// TestAttackForwardedHost posts a whole recovery as a careless proxy would let it
// in, with a host of the attacker's. The addresses in the mails and below the
// messages are those of the settings.
func TestAttackForwardedHost(t *testing.T) {
	t.Parallel()
	settings := append(webhook(t), "REKEY_SIGN_IN_URL=https://shop.example/sign-in")
	b := begin(t, newStill().Now, append(settings, cheap)...)
	b.settle(t, "plain", "", "plain@example.org", "plain")
	v := b.visitor(t, 9001)
	v.person.Start("")
	v.hears("Forgot your")
	id := int64(900000)
	posts := func(text, fragment string) {
		t.Helper()
		id++
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, setting(settings, "REKEY_WEBHOOK_URL"), bytes.NewReader(update(id, 9001, text)))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "evil.example"
		r.Header = http.Header{
			"X-Telegram-Bot-Api-Secret-Token": {setting(settings, "REKEY_WEBHOOK_SECRET")}, "Forwarded": {"host=evil.example;proto=http"},
			"X-Forwarded-Host": {"evil.example"}, "X-Original-Url": {"http://evil.example/"}, "Origin": {"http://evil.example"},
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("the update is answered with %d", answer.StatusCode)
		}
		v.hears(fragment)
	}
	posts("/start recover", "Step 1 of 4")
	posts("plain@example.org", "Step 2 of 4")
	posts(v.mailed("plain@example.org", 1), "Step 3 of 4")
	posts(chosen, "Step 4 of 4")
	posts(chosen, "Your password is changed")
	b.quiet(t)
	var all strings.Builder
	for _, m := range b.stage.Mail.Mails() {
		fmt.Fprintln(&all, m.Header, m.Text, m.HTML)
	}
	all.WriteString(v.transcript())
	if strings.Contains(all.String(), "evil") {
		t.Errorf("the attacker's host is mentioned:\n%s", &all)
	}
	if n := strings.Count(all.String(), "https://shop.example/sign-in"); n != 3 { // the notice's two parts, and a button
		t.Errorf("the address to sign in at is mentioned %d times in:\n%s", n, &all)
	}
}

// letter gives the mail with the code that somebody asks for.
func (b *stagedBot) letter(t *testing.T, who simulator.Profile, identifier string) inbox.Mail {
	t.Helper()
	to := strings.ToLower(identifier)
	v := b.admit(t, who)
	v.asks(identifier)
	v.mailed(to, 1)
	for _, m := range b.stage.Mail.Mails() {
		if m.To == to {
			return m
		}
	}
	t.Fatal("no mail came")
	return inbox.Mail{}
}

// content gives a mail without what is different in every one.
func content(m inbox.Mail) string {
	words := strings.TrimPrefix(m.Subject[strings.LastIndex(m.Subject, "·"):], "· ")
	rest := maps.Clone(m.Header)
	delete(rest, "Subject") // as the wire has it; m.Subject is the same, decoded
	header, _ := json.Marshal(rest)
	whole := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n%s", m.To, m.From, m.Subject, header, m.Text, m.HTML)
	whole = strings.NewReplacer(words, "‹words›", play.Codes(m.Text)[0], "‹code›", m.MessageID, "‹id›").Replace(whole)
	return boundaries.ReplaceAllString(whole, "‹boundary›")
}

var boundaries = regexp.MustCompile(`boundary=\S+`)

// update is a message of a private chat as Telegram posts it.
func update(id, chat int64, text string) []byte {
	body, _ := json.Marshal(map[string]any{"update_id": id, "message": map[string]any{
		"message_id": id, "date": time.Now().Unix(), "text": text,
		"chat": map[string]any{"id": chat, "type": "private"},
		"from": map[string]any{"id": chat, "is_bot": false, "first_name": "X", "language_code": "en"},
	}})
	return body
}

// setting finds the value of a setting.
func setting(environ []string, name string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
