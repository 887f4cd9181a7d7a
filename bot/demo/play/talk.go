package play

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"rekey/bot/demo"
	mailbox "rekey/bot/mail/inbox"
	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
)

// talk is one person's side of a conversation. After the first thing that is
// not as it should be, err says what, and everything else does nothing.
type talk struct {
	ctx    context.Context
	o      Options
	person *simulator.Person
	events <-chan simulator.Event
	mails  <-chan mailbox.Mail
	texts  <-chan smsbox.Message
	stop   []func()

	unseen  []simulator.Message // what the bot said that sees has not looked at
	last    simulator.Message   // what sees looked at last
	buttons simulator.Message   // the bot's newest message with buttons
	deleted map[int]bool
	err     error
}

func newTalk(ctx context.Context, o Options, s demo.Sample) *talk {
	t := &talk{ctx: ctx, o: o, person: o.Simulator.Person(s.Profile), deleted: map[int]bool{}}
	var stopEvents, stopMails, stopTexts func()
	t.events, stopEvents = t.person.Watch()
	t.mails, stopMails = o.Mail.Watch()
	t.texts, stopTexts = o.SMS.Watch()
	t.stop = []func(){stopEvents, stopMails, stopTexts}
	return t
}

func (t *talk) close() {
	for _, stop := range t.stop {
		stop()
	}
}

func (t *talk) print(format string, args ...any) { _, _ = fmt.Fprintf(t.o.Out, format, args...) }

func (t *talk) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

func (t *talk) start(payload string) {
	if t.err == nil {
		t.print("> %s\n", strings.TrimSpace("/start "+payload))
		t.person.Start(payload)
	}
}

func (t *talk) say(text string) {
	if t.err == nil {
		t.print("> %s\n", text)
		t.person.Say(text)
	}
}

// saySecret sends a password and waits until the bot has deleted it.
func (t *talk) saySecret(text string) {
	if t.err != nil {
		return
	}
	t.print("> %s\n", strings.Repeat("•", len([]rune(text))))
	id := t.person.Say(text)
	for !t.deleted[id] && t.err == nil {
		t.next("the bot to delete the password")
	}
	t.print("        (deleted)\n")
}

func (t *talk) share() {
	if t.err != nil {
		return
	}
	rows := t.person.Keyboard()
	if len(rows) == 0 {
		t.fail("the bot offers no button to share the phone number")
		return
	}
	label := rows[0][0].Text
	t.print("> [%s]\n", label)
	if _, err := t.person.Tap(label); err != nil {
		t.fail("%v", err)
	}
}

func (t *talk) press(label string) {
	if t.err != nil {
		return
	}
	t.print("> [%s]\n", label)
	if err := t.person.Press(t.buttons.ID, label); err != nil {
		t.fail("%v", err)
	}
}

func (t *talk) pressFirst() {
	if t.err == nil && len(t.buttons.Inline) > 0 {
		t.press(t.buttons.Inline[0][0].Text)
	}
}

// wait moves the clock.
func (t *talk) wait(d time.Duration) {
	if t.err == nil {
		t.print("        … %s later\n", d.Round(time.Minute))
		t.o.Advance(d)
	}
}

// sees waits for the bot's next message and checks that it holds a fragment.
func (t *talk) sees(fragment string) {
	for t.err == nil && len(t.unseen) == 0 {
		t.next("the bot to say “" + fragment + "”")
	}
	if t.err != nil {
		return
	}
	t.last, t.unseen = t.unseen[0], t.unseen[1:]
	if !strings.Contains(t.last.Text, fragment) {
		t.fail("the bot should have said “%s”, but said: %s", fragment, t.last.Text)
	}
}

// next takes in one event of the chat.
func (t *talk) next(awaited string) {
	select {
	case e := <-t.events:
		t.take(e)
	case <-t.o.late():
		t.fail("waited %s in vain for %s", t.o.Patience, awaited)
	case <-t.ctx.Done():
		t.fail("interrupted while waiting for %s", awaited)
	}
}

func (t *talk) take(e simulator.Event) {
	switch e.Kind {
	case "delete":
		t.deleted[e.ID] = true
	case "message":
		if e.Message.FromBot {
			t.heard(e.Message)
		}
	}
}

func (t *talk) heard(m simulator.Message) {
	t.unseen = append(t.unseen, m)
	for line := range strings.SplitSeq(m.Text, "\n") {
		t.print("        %s\n", line)
	}
	if len(m.Inline) > 0 {
		t.buttons = m
	}
	for _, row := range m.Inline {
		t.print("       ")
		for _, b := range row {
			t.print(" [%s]", b.Text)
		}
		t.print("\n")
	}
}

var (
	codeShape  = regexp.MustCompile(`\b\d{4} \d{4}\b`)
	wordsShape = regexp.MustCompile(`["«“](\p{L}+ \p{L}+)["»”]`)
)

// mailedCode waits for a mail with a code and gives it, after checking that
// the mail repeats the two words of the chat.
func (t *talk) mailedCode(to string) string {
	m := t.mailed(to, "")
	return t.code(m.Text + m.Subject)
}

// textedCode does the same for an SMS.
func (t *talk) textedCode(to string) string { return t.code(t.texted(to)) }

func (t *talk) code(text string) string {
	if t.err != nil {
		return ""
	}
	words := wordsShape.FindStringSubmatch(bare.Replace(t.last.Text))
	if words == nil || !strings.Contains(text, words[1]) {
		t.fail("the message does not repeat the two words of the chat")
	}
	codes := Codes(text)
	if len(codes) == 0 {
		t.fail("the message holds no code")
		return ""
	}
	return codes[0]
}

// bare takes away the marks that isolate a text's direction.
var bare = strings.NewReplacer("\u2068", "", "\u2069", "", "\u00a0", " ")

// Codes gives the verification codes in the text of a message, as it shows them.
func Codes(text string) []string { return codeShape.FindAllString(bare.Replace(text), -1) }

// mailed waits for a mail to an address whose subject holds a fragment.
func (t *talk) mailed(to, subject string) mailbox.Mail {
	for t.err == nil {
		select {
		case m := <-t.mails:
			if m.To == to && strings.Contains(m.Subject, subject) {
				t.print("        ✉ to %s: %s\n", to, m.Subject)
				return m
			}
		case <-t.o.late():
			t.fail("no mail arrived at %s", to)
		case <-t.ctx.Done():
			t.fail("interrupted while waiting for a mail")
		}
	}
	return mailbox.Mail{}
}

// texted waits for an SMS.
func (t *talk) texted(to string) string {
	for t.err == nil {
		select {
		case m := <-t.texts:
			if m.To == to {
				t.print("        ✆ to %s: %s\n", to, m.Text)
				return m.Text
			}
		case <-t.o.late():
			t.fail("no SMS arrived at %s", to)
		case <-t.ctx.Done():
			t.fail("interrupted while waiting for an SMS")
		}
	}
	return ""
}
