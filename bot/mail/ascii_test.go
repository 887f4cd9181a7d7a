package mail

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"rekey/bot/mail/inbox"
	"rekey/flows"
)

// Addresses that are not ASCII go to a server that knows them, and to no other; a
// domain can always be written in ASCII.
func TestAddressesBeyondASCII(t *testing.T) {
	for name, test := range map[string]struct {
		to, from string
		options  []inbox.Option
		want     string // the recipient that arrives; empty: it is undeliverable
	}{
		"ASCII":                      {to: "lena@example.org", options: []inbox.Option{inbox.ASCII}, want: "lena@example.org"},
		"local part":                 {to: "лена@example.org", want: "лена@example.org"},
		"local part, to ASCII":       {to: "лена@example.org", options: []inbox.Option{inbox.ASCII}},
		"domain":                     {to: "lena@пример.рф", want: "lena@xn--e1afmkfd.xn--p1ai"},
		"domain, to ASCII":           {to: "lena@пример.рф", options: []inbox.Option{inbox.ASCII}, want: "lena@xn--e1afmkfd.xn--p1ai"},
		"both, to ASCII":             {to: "лена@пример.рф", options: []inbox.Option{inbox.ASCII}},
		"sender":                     {to: "lena@example.org", from: "лавка@aurora.example", want: "lena@example.org"},
		"sender, to ASCII":           {to: "lena@example.org", from: "лавка@aurora.example", options: []inbox.Option{inbox.ASCII}},
		"sender's domain, to ASCII":  {to: "lena@example.org", from: "shop@лавка.example", options: []inbox.Option{inbox.ASCII}, want: "lena@example.org"},
		"a domain that is no domain": {to: "lena@-лавка-.example", options: []inbox.Option{inbox.ASCII}},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := inbox.Start("127.0.0.1:0", test.options...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = i.Close() })
			wire := tap(t, strings.TrimPrefix(i.URL(), "smtp://"))
			s := sender(t, "smtp://"+wire.addr)
			if test.from != "" {
				s.from.Address = inASCII(test.from)
			}
			for range 2 { // the second on the session of the first
				l := letter()
				l.To = test.to
				err := s.Carry(t.Context(), l)
				if (err == nil) != (test.want != "") || err != nil && !errors.Is(err, flows.ErrUndeliverable) {
					t.Fatalf("carrying it: %v", err)
				}
				if err != nil && (strings.Contains(err.Error(), "лена") || !strings.Contains(err.Error(), "SMTPUTF8")) {
					t.Errorf("the error is %v", err)
				}
			}
			mails := i.Mails()
			if test.want == "" && len(mails) > 0 || test.want != "" && (len(mails) != 2 || mails[0].To != test.want) {
				t.Errorf("arrived: %+v", mails)
			}
			_ = s.Close()
			for _, line := range wire.commands() {
				if raw := !ascii(line); raw && (len(test.options) > 0 || strings.HasPrefix(line, "MAIL") && !strings.HasSuffix(line, " SMTPUTF8")) {
					t.Errorf("the server is sent %q", line)
				}
			}
		})
	}
}

// A server that cannot be given the sender's address is told of, with the remedy.
func TestCheckOfASenderBeyondASCII(t *testing.T) {
	i, err := inbox.Start("127.0.0.1:0", inbox.ASCII)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	s, err := New(Options{URL: i.URL(), From: "Лавка <лавка@пример.рф>", Texts: catalogue(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not offer SMTPUTF8, which the sender лавка@xn--e1afmkfd.xn--p1ai needs. Set REKEY_MAIL_FROM") {
		t.Error(err)
	}
}

// line notes what goes to a server.
type line struct {
	addr string

	mu   sync.Mutex
	sent []string
}

// tap puts a line before a server.
func tap(t *testing.T, server string) *line {
	l := &line{}
	l.addr = listen(t, func(c net.Conn) {
		to, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer func() { _ = to.Close() }()
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			_, _ = bufio.NewReader(to).WriteTo(c)
		}()
		for lines := bufio.NewScanner(c); lines.Scan(); {
			l.mu.Lock()
			l.sent = append(l.sent, lines.Text())
			l.mu.Unlock()
			if _, err := to.Write([]byte(lines.Text() + "\r\n")); err != nil {
				return
			}
		}
		_ = to.Close()
		<-answered
	})
	return l
}

func (l *line) commands() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent
}
