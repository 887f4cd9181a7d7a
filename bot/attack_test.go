package bot

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rekey/bot/demo"
	"rekey/bot/demo/play"
	"rekey/bot/simulator"
	"rekey/flows/identifier"
	"rekey/store/accounts"
	"rekey/store/sqlite"
)

// The tests in the files attack_*_test.go attack the whole bot: each is named
// for a threat and fails when the defence against it is taken away. Where one
// defence stands behind another, as with the token in errors, it fails at the
// latest when both are.

// inEarnest are the limits as they are without a stage.
var inEarnest = []string{
	"REKEY_LIMIT_FLOWS_PER_CHAT_15MIN=3", "REKEY_LIMIT_FLOWS_PER_CHAT_DAY=10", "REKEY_LIMIT_IDENTIFIERS_PER_CHAT_DAY=5",
	"REKEY_LIMIT_SENDS_PER_ACCOUNT_HOUR=3", "REKEY_LIMIT_SENDS_PER_ACCOUNT_DAY=5",
	"REKEY_LIMIT_GUESSES_PER_ACCOUNT_DAY=10", "REKEY_LIMIT_GUESSES_PER_CHAT_DAY=20",
	"REKEY_LIMIT_SMS_PER_PREFIX_10MIN=5", "REKEY_LIMIT_SMS_PER_PREFIX_DAY=20",
}

// never is a code that, but for one chance in a hundred million, is wrong.
const never = "0000 0000"

// still is a clock that stands until it is moved.
type still struct{ at atomic.Int64 }

func newStill() *still {
	c := &still{}
	c.at.Store(time.Now().UnixMilli())
	return c
}

func (c *still) Now() time.Time          { return time.UnixMilli(c.at.Load()) }
func (c *still) Advance(d time.Duration) { c.at.Add(d.Milliseconds()) }

// visitor is somebody in a chat with the bot, who notes all that happens there.
type visitor struct {
	t      *testing.T
	bot    *stagedBot
	person *simulator.Person
	events <-chan simulator.Event
	noted  []simulator.Event
	read   int // of noted, by hears
}

// visitor lets in the sample person with an id, or else a stranger.
func (b *stagedBot) visitor(t *testing.T, id int64) *visitor {
	profile := simulator.Profile{ID: id, FirstName: "Stranger", Language: "en"}
	for _, s := range demo.Samples() {
		if s.Profile.ID == id {
			profile = s.Profile
		}
	}
	return b.admit(t, profile)
}

func (b *stagedBot) admit(t *testing.T, profile simulator.Profile) *visitor {
	v := &visitor{t: t, bot: b, person: b.stage.Telegram.Person(profile)}
	var stop func()
	v.events, stop = v.person.Watch()
	t.Cleanup(stop)
	return v
}

func (v *visitor) until(what string, so func() bool) {
	v.t.Helper()
	within, cancel := withinSuite(context.Background(), v.t)
	defer cancel()
	for !so() {
		select {
		case e := <-v.events:
			v.noted = append(v.noted, e)
		case err := <-v.bot.ended:
			v.bot.ended <- err
			v.bot.mustRun(v.t)
		case <-within.Done():
			v.t.Fatalf("waited in vain until %s; the chat is\n%s\nthe log is\n%s", what, v.transcript(), v.bot.log)
		}
	}
}

// hears waits for the bot's next message that holds one of the fragments.
func (v *visitor) hears(fragments ...string) simulator.Message {
	v.t.Helper()
	var found simulator.Message
	v.until(fmt.Sprintf("the bot says one of %q", fragments), func() bool {
		for v.read < len(v.noted) {
			e := v.noted[v.read]
			v.read++
			holds := func(fragment string) bool { return strings.Contains(e.Message.Text, fragment) }
			if e.Kind == "message" && e.Message.FromBot && slices.ContainsFunc(fragments, holds) {
				found = e.Message
				return true
			}
		}
		return false
	})
	return found
}

func (v *visitor) say(text string, fragments ...string) simulator.Message {
	v.t.Helper()
	v.person.Say(text)
	return v.hears(fragments...)
}

// hide says what the bot must delete.
func (v *visitor) hide(text string, fragments ...string) simulator.Message {
	v.t.Helper()
	id := v.person.Say(text)
	v.until("the message is deleted", func() bool { return v.lost(id) })
	return v.hears(fragments...)
}

func (v *visitor) lost(id int) bool {
	return slices.ContainsFunc(v.noted, func(e simulator.Event) bool { return e.Kind == "delete" && e.ID == id })
}

// newest gives the bot's newest message that has buttons.
func (v *visitor) newest() simulator.Message {
	v.t.Helper()
	for _, e := range slices.Backward(v.noted) {
		if e.Kind == "message" && len(e.Message.Inline) > 0 {
			return e.Message
		}
	}
	v.t.Fatal("no message has buttons")
	return simulator.Message{}
}

func (v *visitor) press(label string, fragments ...string) simulator.Message {
	v.t.Helper()
	if err := v.person.Press(v.newest().ID, label); err != nil {
		v.t.Fatal(err)
	}
	return v.hears(fragments...)
}

// asks goes as far as the question for the code.
func (v *visitor) asks(identifier string) simulator.Message {
	v.t.Helper()
	v.person.Start("recover")
	v.hears("Step 1 of 4")
	return v.say(identifier, "Step 2 of 4")
}

// mailed waits for the nth mail with a code to an address and gives the code.
func (v *visitor) mailed(to string, nth int) string {
	v.t.Helper()
	var code string
	eventually(v.t, v.bot.log, "the code is mailed", func() bool {
		var all []string
		for _, m := range v.bot.stage.Mail.Mails() {
			if found := play.Codes(m.Text); m.To == to && len(found) > 0 {
				all = append(all, found[0])
			}
		}
		if len(all) >= nth {
			code = all[nth-1]
		}
		return code != ""
	})
	return code
}

// quiet waits until every update is acknowledged and every code seen to.
func (b *stagedBot) quiet(t *testing.T) {
	t.Helper()
	eventually(t, b.log, "all is done", func() bool {
		b.mustRun(t)
		return b.stage.Telegram.Pending() == 0 &&
			count(t, b.dir, `SELECT count(*) FROM jobs WHERE done_at = 0 AND kind IN ('code', 'letter')`) == 0
	})
}

func (b *stagedBot) passwordsSet(t *testing.T) int {
	return count(t, b.dir, `SELECT count(*) FROM audit WHERE event = 'password.set'`)
}

// signs tells whether a password signs in.
func (b *stagedBot) signs(t *testing.T, identifier, password string) bool {
	t.Helper()
	_, _, ok, err := b.wired.shop().SignIn(t.Context(), identifier, password)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// settle adds an account to the running bot.
func (b *stagedBot) settle(t *testing.T, id, password string, identifiers ...string) {
	t.Helper()
	n := sqlite.NewAccount{ID: id, Password: []byte(password)}
	for _, text := range identifiers {
		parsed, refusal := identifier.Parse(text, "")
		if refusal != identifier.Accepted {
			t.Fatalf("%q is no identifier: %s", text, refusal)
		}
		n.Identifiers = append(n.Identifiers, accounts.OnRecord(parsed))
	}
	if _, err := b.wired.directory.Add(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

// What differs from one recovery to another.
var (
	matchWords    = regexp.MustCompile(`"\p{L}+ \p{L}+"`)
	referenceForm = regexp.MustCompile(`RK-[0-9A-Z]{4}-[0-9A-Z]{4}`)
)

// transcript gives all that was to be seen in the chat, with what was typed and
// what is random put in the same words. Deletions stand with what they delete:
// they may come before or after the reply.
func (v *visitor) transcript(typed ...string) string {
	alike := func(text string) string {
		for _, one := range typed {
			text = strings.ReplaceAll(text, one, "‹typed›")
		}
		return referenceForm.ReplaceAllString(matchWords.ReplaceAllString(text, "‹words›"), "‹reference›")
	}
	var b strings.Builder
	for _, e := range v.noted {
		switch {
		case e.Kind == "answer" && e.Text != "":
			fmt.Fprintf(&b, "! %s\n", e.Text)
		case e.Kind == "keyboard":
			b.WriteString("(keyboard)\n")
		case e.Kind == "message":
			fmt.Fprintf(&b, "%s: %s\n", e.Message.From, alike(html.UnescapeString(e.Message.HTML)))
			if v.lost(e.ID) {
				b.WriteString("(deleted)\n")
			}
			for _, row := range e.Message.Inline {
				for _, button := range row {
					_, place, _ := strings.Cut(button.Data, ".") // before it stands the conversation's random name
					fmt.Fprintf(&b, "[%s %s %s]", alike(button.Text), place, button.URL)
				}
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

// flush empties a Redis.
func flush(t *testing.T, address string) {
	t.Helper()
	tell(t, address, "FLUSHALL")
}

// freezes lets a Redis take no writes, and thaws lets it take them again.
func freezes(t *testing.T, address string) { tell(t, address, "CONFIG SET min-replicas-to-write 1") }
func thaws(t *testing.T, address string)   { tell(t, address, "CONFIG SET min-replicas-to-write 0") }

// tell gives a Redis a command.
func tell(t *testing.T, address, command string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, command+"\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := bufio.NewReader(conn).ReadString('\n'); err != nil || answer != "+OK\r\n" {
		t.Fatalf("%s: %q, %v", command, answer, err)
	}
}
