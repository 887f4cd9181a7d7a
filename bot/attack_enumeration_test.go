package bot

import (
	"strings"
	"testing"
	"time"

	"rekey/bot/mail/inbox"
	"rekey/flows/identifier"
)

// lookalikes are identifiers that a stranger must not tell apart, by kind.
var lookalikes = map[string][]string{
	"email":    {"lena@gmail.com", "nobody@gmail.com", "max@example.org", "twins@example.org"}, // known, unknown, disabled, of two accounts
	"phone":    {"+79161112233", "+79161112234"},                                               // known, unknown
	"username": {"lena.petrova", "nobody.here", "max.weber", "hollow.name"},                    // known, unknown, disabled, without an address
	"word":     {"omar", "nobody"},                                                             // known, unknown; too short for a password
}

// probe is all that a stranger can do with an identifier. Before each phase
// the clock moves.
var probe = []struct {
	wait time.Duration
	do   func(v *visitor, typed string)
}{
	{0, func(v *visitor, typed string) {
		v.asks(typed)
		v.press("Send a new code", "You can ask for a new code in")
		for _, reply := range []string{"4 tries", "3 tries", "2 tries", "1 try", "no tries left", "no tries left"} {
			v.say(never, reply)
		}
		v.press("Send a new code", "You can ask for a new code in")
	}},
	{61 * time.Second, func(v *visitor, _ string) {
		v.press("Send a new code", "Step 2 of 4")
		v.say(never, "4 tries")
		v.say("12", "can't read that as a code")
		v.hide("Lantern&66", "in case it was a password")
		v.press("Send a new code", "You can ask for a new code in")
	}},
	{10*time.Minute + time.Second, func(v *visitor, _ string) {
		v.hears("expired")
		v.say(never, "expired")
		v.press("Send a new code", "Step 2 of 4")
		v.say(never, "4 tries")
		v.press("Change address", "Step 1 of 4")
	}},
}

// TestAttackEnumerationByText asks for codes of accounts that exist, do not,
// are disabled, have no address or share one, and sees the same each time, also
// while no mail can be sent.
func TestAttackEnumerationByText(t *testing.T) {
	t.Parallel()
	seen := map[string]map[string]string{} // by whether mail works, and kind
	for _, mail := range []string{"mail works", "mail is refused"} {
		clock := newStill()
		b := begin(t, clock.Now, cheap)
		b.settle(t, "hollow", "", "hollow.name")
		b.settle(t, "twin-1", "", "twins@example.org", "twin.one")
		b.settle(t, "twin-2", "", "twins@example.org", "twin.two")
		if mail == "mail is refused" {
			b.stage.Mail.Refuse(func(string) error { return inbox.ErrTemporary })
		}
		visitors := map[string]*visitor{}
		for _, phase := range probe {
			clock.Advance(phase.wait)
			for _, alike := range lookalikes {
				for _, typed := range alike {
					if visitors[typed] == nil {
						visitors[typed] = b.visitor(t, int64(9000+len(visitors)))
					}
					phase.do(visitors[typed], typed)
				}
			}
		}
		seen[mail] = map[string]string{}
		for kind, alike := range lookalikes {
			for _, typed := range alike {
				parsed, _ := identifier.Parse(typed, "")
				transcript := visitors[typed].transcript(typed, parsed.Display)
				if first, ok := seen[mail][kind]; ok && transcript != first {
					t.Errorf("%s: %s is told apart from %s: it sees\n%s\ninstead of\n%s", mail, typed, alike[0], transcript, first)
				} else {
					seen[mail][kind] = transcript
				}
			}
		}
		mailed := map[string]bool{}
		for _, m := range b.stage.Mail.Mails() {
			mailed[m.To] = true
		}
		if works := mail == "mail works"; mailed["lena@gmail.com"] != works || mailed["twins@example.org"] != works || mailed["max@example.org"] {
			t.Errorf("%s: mails went to %v", mail, mailed)
		}
		b.end(t)
	}
	for kind := range lookalikes {
		if seen["mail works"][kind] != seen["mail is refused"][kind] {
			t.Errorf("%s: the chat shows whether mail works", kind)
		}
	}
}

// TestAttackEnumerationByLimits asks again and again and uses up the tries of each
// code, until the limits of a chat refuse, and sees the same for an account that
// exists and one that does not, also once others have used up what that account is
// sent.
func TestAttackEnumerationByLimits(t *testing.T) {
	t.Parallel()
	clock := newStill()
	b := begin(t, clock.Now, append(inEarnest, cheap)...)
	known, unknown, other := b.visitor(t, 9001), b.visitor(t, 9002), b.visitor(t, 9003)
	for round := range 12 {
		for v, typed := range map[*visitor]string{known: "lena@gmail.com", unknown: "nobody@gmail.com"} {
			for range 2 { // the second time at once after a code has failed
				v.person.Start("recover")
				v.hears("Step 1 of 4")
				v.say(typed, "Step 2 of 4", "I have to wait")
				b.quiet(t)
				for range 5 {
					v.say(never, "tries left", "1 try left", "no tries", "too many wrong codes", "Forgot your")
				}
			}
		}
		for round == 0 && b.codesTo("lena@gmail.com") < 3 {
			other.asks("lena@gmail.com")
			b.quiet(t)
		}
		clock.Advance(7 * time.Minute)
	}
	a, z := known.transcript("lena@gmail.com"), unknown.transcript("nobody@gmail.com")
	if a != z {
		t.Errorf("limits tell a known account\n%s\nfrom an unknown one\n%s", a, z)
	}
	if !strings.Contains(a, "I have to wait") {
		t.Errorf("no limit was met in\n%s", a)
	}
}

// TestAttackLimitsByAlias asks for codes of one account by all its names, in
// many chats: all of them together send no more than the account's limits
// allow, and the chats do not show it.
func TestAttackLimitsByAlias(t *testing.T) {
	t.Parallel()
	clock := newStill()
	b := begin(t, clock.Now, append(inEarnest, cheap)...)
	chat := int64(9000)
	for _, want := range []int{3, 5, 5} {
		for _, names := range [][]string{
			{"lena@gmail.com", "nobody@gmail.com"}, {"LENA@GMAIL.com", "NOBODY@GMAIL.com"}, {"+79991234567", "+79991234568"},
			{"lena.petrova", "nobody.here"}, {"Lena.Petrova", "Nobody.Here"}, {"lena@gmail.com", "nobody@gmail.com"},
		} {
			var seen [2]string
			for i, typed := range names {
				chat++
				v := b.visitor(t, chat)
				v.asks(typed)
				parsed, _ := identifier.Parse(typed, "")
				seen[i] = v.transcript(typed, parsed.Display)
			}
			if seen[0] != seen[1] {
				t.Errorf("%s sees\n%s\nbut %s sees\n%s", names[0], seen[0], names[1], seen[1])
			}
		}
		b.quiet(t)
		if sent := b.codesTo("lena@gmail.com") + len(b.stage.SMS.Messages()); sent != want {
			t.Errorf("%d codes went to one account, want %d", sent, want)
		}
		clock.Advance(61 * time.Minute)
	}
}

// TestAttackGuessesByAlias guesses at one account in several chats, by several
// of its names. Once they have used up the account's guesses, not even the
// right code is taken, and it reads as wrong.
func TestAttackGuessesByAlias(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, append(inEarnest, cheap)...)
	for i, name := range []string{"lena@gmail.com", "lena.petrova"} {
		v := b.visitor(t, int64(9000+i))
		v.asks(name)
		v.mailed("lena@gmail.com", i+1)
		for range 5 {
			v.say(never, "left")
		}
	}
	v := b.visitor(t, 7001)
	v.asks("lena@gmail.com")
	v.say(v.mailed("lena@gmail.com", 3), "That code isn't right", "4 tries left")
	if n := count(t, b.dir, `SELECT count(*) FROM grants`); n != 0 {
		t.Errorf("%d grants were minted beyond the account's guesses", n)
	}
}

// codesTo counts the mails with codes to an address.
func (b *stagedBot) codesTo(address string) int {
	n := 0
	for _, m := range b.stage.Mail.Mails() {
		if m.To == address && strings.Contains(m.Subject, "code") {
			n++
		}
	}
	return n
}
