package mail

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"rekey/bot/mail/inbox"
	"rekey/flows"
)

// An operator reads what the server said, and by what to count it; whether others
// fare no better; and nothing of the letter, however the server repeats it.
func TestErrorsTellWhatTheServerSaid(t *testing.T) {
	refusal := func(code int, enhanced smtp.EnhancedCode, words string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: words}
	}
	for name, test := range map[string]struct {
		sender, recipient error
		status, words     string
		down, final       bool
	}{
		"policy":     {recipient: refusal(550, smtp.EnhancedCode{5, 7, 1}, "blocked, see https://example.org/block?ip=203.0.113.45"), status: "550 5.7.1", words: "blocked, see https://example.org/block?ip=203.0.113.45", final: true},
		"greylisted": {recipient: refusal(450, smtp.EnhancedCode{4, 2, 0}, "Greylisted for 300 s"), status: "450 4.2.0", words: "Greylisted for 300 s"},
		"closing":    {recipient: refusal(421, smtp.EnhancedCode{4, 7, 0}, "Too many connections"), status: "421 4.7.0", words: "Too many connections", down: true},
		"the sender": {sender: refusal(550, smtp.EnhancedCode{5, 1, 8}, "bad sender"), status: "550 5.1.8", words: "refused the sender (550 5.1.8 bad sender)", down: true},
		"all that a letter holds": {
			recipient: refusal(550, smtp.EnhancedCode{5, 1, 1}, "LENA@example.org, Lena: 4821 9934, 48219934, lena-1987 of Lena, t.me?start=a-token-of-supports"),
			status:    "550 5.1.1", words: "(550 5.1.1 ***, ***: ***, ***, *** of ***, t.me?start=***)", final: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := box(t)
			i.RefuseSender(func(string) error { return test.sender })
			i.Refuse(func(string) error { return test.recipient })
			l := letter()
			l.Facts.Username, l.Facts.Link = "lena-1987", "https://t.me/aurora_bot?start=a-token-of-supports"
			err := sender(t, i.URL()).Carry(t.Context(), l)
			server, is := errors.AsType[flows.ServerError](err)
			if !is || server.Status != test.status || server.Down != test.down || errors.Is(err, flows.ErrUndeliverable) != test.final ||
				!strings.Contains(err.Error(), test.words) {
				t.Errorf("%q with status %q, down %t; want %q with %q, %t", err, server.Status, server.Down, test.words, test.status, test.down)
			}
		})
	}
}

func TestErrorsTellWhyThereIsNoAnswer(t *testing.T) {
	busy := listen(t, func(c net.Conn) { _, _ = c.Write([]byte("421-4.3.2 down for repairs\r\n421 4.3.2 until noon\r\n")) })
	for want, test := range map[string]struct{ addr, words string }{
		"connection refused": {listen(t, nil), "no mail server answers at"},
		"connection closed":  {listen(t, func(net.Conn) {}), "no mail server greets at"},
		"421 4.3.2":          {busy, "turns this machine away (421 4.3.2 down for repairs until noon). Is it overloaded"},
	} {
		err := sender(t, "smtp://"+test.addr).Carry(t.Context(), letter())
		server, is := errors.AsType[flows.ServerError](err)
		if !is || server.Status != want || !server.Down || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%v with status %q, want %q and %q", err, server.Status, test.words, want)
		}
	}
}

// The check sends no mail, and leaves out no step before one.
func TestCheckHasTheSenderTaken(t *testing.T) {
	i := box(t)
	s := sender(t, i.URL())
	var asked []string
	i.RefuseSender(func(from string) error {
		asked = append(asked, from)
		return nil
	})
	if err := s.Check(t.Context()); err != nil || len(asked) != 1 || asked[0] != "no-reply@aurora.example" || len(i.Mails()) > 0 {
		t.Errorf("%v; asked for %q, %d mails", err, asked, len(i.Mails()))
	}
	for refusal, want := range map[*smtp.SMTPError]string{
		{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not yours"}: "refuses the sender no-reply@aurora.example " +
			"(553 5.7.1 not yours). Set REKEY_MAIL_FROM to an address that it lets you send from",
		{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "disk full"}: "takes no mail now (452 4.3.1 disk full)",
	} {
		i.RefuseSender(func(string) error { return refusal })
		if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	i.RefuseSender(func(string) error { return inbox.ErrHang })
	s.timeout = s.timeout / 300
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "takes no mail now (no answer in time)") {
		t.Errorf("a silent server: %v", err)
	}
}
