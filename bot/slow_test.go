package bot

import (
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// TestASlowMailServerIsToldToEverybodyAlike lets the mail server refuse every
// sender. Whoever asks for a code then reads that email is slow, whether or not
// what they typed is an account's, and nobody does once it is over.
func TestASlowMailServerIsToldToEverybodyAlike(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	const line = "Email is slow right now, so it can take longer."
	chat := int64(9000)
	sees := func(typed string) string {
		chat++
		v := b.visitor(t, chat)
		v.asks(typed)
		v.say("what?", "can't read that as a code")
		v.press("Send a new code", "You can ask for a new code in")
		v.person.Attach("sticker")
		v.hears("I'm waiting for the code")
		return v.transcript(typed)
	}
	for _, down := range []bool{true, false} {
		b.stage.Mail.RefuseSender(nil)
		if down {
			b.stage.Mail.RefuseSender(func(string) error { return &smtp.SMTPError{Code: 550, Message: "not from here"} })
		}
		b.restart(t) // the server is tried at once then, and a minute later otherwise
		eventually(t, b.log, "the mail server is tried", func() bool { return b.wired.health.Failing("mail") == down })
		known, unknown, disabled := sees("lena@gmail.com"), sees("nobody@gmail.com"), sees("max@example.org")
		if known != unknown || known != disabled {
			t.Errorf("down %t: a known account is told apart: it sees\n%s\ninstead of\n%s\nor\n%s", down, known, unknown, disabled)
		}
		if strings.Contains(known, line) != down || strings.Count(known, "Email is slow right now")/3 != map[bool]int{true: 1}[down] {
			t.Errorf("down %t: the chat says\n%s", down, known)
		}
		if sms := sees("+79991234567"); strings.Contains(sms, "slow") {
			t.Errorf("down %t: SMS are called slow too:\n%s", down, sms)
		}
	}
	if log := b.log.String(); !strings.Contains(log, "refuses the sender") || !strings.Contains(log, "550") {
		t.Errorf("the log does not tell what is wrong:\n%s", log)
	}
}
