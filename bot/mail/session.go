package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// quitTimeout bounds the polite end of a connection.
const quitTimeout = 2 * time.Second

// session is one connection to the mail server, signed in.
type session struct {
	conn   net.Conn // below any TLS; closing it ends whatever is going on
	client *smtp.Client
	mails  int         // handed over on it
	expiry *time.Timer // runs while the session is idle

	pipelining bool     // the server takes several commands at once (RFC 2920)
	envelope   []string // the commands of the mail that are not sent yet
	awaited    int      // answers to commands that are sent
}

// dial connects and signs in. Its errors say where and how to mend it.
func (s *Sender) dial(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, s.dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.server.addr)
	if err != nil {
		return nil, s.unreachable(err)
	}
	defer closeWith(ctx, conn)()
	client, err := s.greet(ctx, conn)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	pipelining, _ := client.Extension("PIPELINING")
	return &session{conn: conn, client: client, pipelining: pipelining}, nil
}

// closeWith closes a connection when the context ends, until stop is called.
func closeWith(ctx context.Context, conn net.Conn) (stop func()) {
	stopped := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return func() { stopped() }
}

// greet goes from the open connection to a session that may send.
func (s *Sender) greet(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	if s.server.implicit {
		secured := tls.Client(conn, s.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, down(reason(err), "the mail server at %s offers no trusted encryption (%s). "+
				"Is its certificate right, and the port for smtps://?", s.server.addr, reason(err))
		}
		conn = secured
	}
	client, err := smtp.NewClient(conn, s.server.host)
	if err == nil {
		err = client.Hello(s.domain)
	}
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) {
		return nil, down(reason(err), "the mail server at %s turns this machine away (%s). Is it overloaded, or does it block this address?",
			s.server.addr, said(err))
	}
	if err != nil {
		return nil, down(reason(err), "no mail server greets at %s (%s). Is the port right, and smtp:// or smtps://?",
			s.server.addr, reason(err))
	}
	if err := s.encrypt(client); err != nil {
		return nil, err
	}
	return client, s.signIn(client)
}

func (s *Sender) encrypt(client *smtp.Client) error {
	if !s.server.starttls {
		return nil
	}
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return down("no STARTTLS", "the mail server at %s does not offer STARTTLS. "+
			"Use smtps://, or ?starttls=off if you trust the network to it", s.server.addr)
	}
	if err := client.StartTLS(s.tls); err != nil {
		return down(reason(err), "the mail server at %s offers no trusted encryption (%s). Is its certificate right?",
			s.server.addr, reason(err))
	}
	return nil
}

// signIn uses the first mechanism that both sides know.
func (s *Sender) signIn(client *smtp.Client) error {
	if s.server.user == "" {
		return nil
	}
	user, password := s.server.user, s.server.password
	_, offered := client.Extension("AUTH")
	mechanisms := strings.Fields(offered)
	for _, m := range []struct {
		name string
		auth func() smtp.Auth
	}{
		{"SCRAM-SHA-256", func() smtp.Auth { return smtp.ScramSHA256Auth(user, password) }},
		{"SCRAM-SHA-1", func() smtp.Auth { return smtp.ScramSHA1Auth(user, password) }},
		{"PLAIN", func() smtp.Auth { return smtp.PlainAuth("", user, password, s.server.host, true) }},
		{"LOGIN", func() smtp.Auth { return smtp.LoginAuth(user, password, s.server.host, true) }},
		{"CRAM-MD5", func() smtp.Auth { return smtp.CRAMMD5Auth(user, password) }},
	} {
		if !slices.Contains(mechanisms, m.name) {
			continue
		}
		if err := client.Auth(m.auth()); err != nil {
			return down(reason(err), "the mail server at %s refuses the user name or password (%s). Are they right?",
				s.server.addr, reason(err))
		}
		return nil
	}
	return down("no way to sign in", "the mail server at %s offers no way to sign in that Rekey knows. "+
		"Leave out user and password if it needs none", s.server.addr)
}

// begin begins a mail, up to the server's answer to its sender.
func (x *session) begin(ctx context.Context, from, to string) error {
	defer closeWith(ctx, x.conn)()
	x.mails++
	x.envelope = []string{x.mailFrom(from, to), "RCPT TO:<" + to + ">", "DATA"}
	if err := x.ask(250); err != nil {
		return &failure{stage: "the sender", cause: err, sender: true}
	}
	return nil
}

// mailFrom names the sender, and what the server must be able to do for the mail:
// the letters of its text are not all ASCII, and those of its addresses may not be.
func (x *session) mailFrom(from, to string) string {
	line := "MAIL FROM:<" + from + ">"
	if able, _ := x.client.Extension("8BITMIME"); able {
		line += " BODY=8BITMIME"
	}
	if !ascii(from + to) {
		line += " SMTPUTF8"
	}
	return line
}

// knows tells whether the server can be given addresses: only one that offers
// SMTPUTF8 takes what is not ASCII (RFC 6531, section 3.1).
func (x *session) knows(addresses string) bool {
	able, _ := x.client.Extension("SMTPUTF8")
	return able || ascii(addresses)
}

// tryFrom has the server take the sender, and takes it back.
func (x *session) tryFrom(ctx context.Context, from string) error {
	defer closeWith(ctx, x.conn)()
	if err := x.client.Text.PrintfLine("%s", x.mailFrom(from, "")); err != nil {
		return err
	}
	if _, _, err := x.client.Text.ReadResponse(250); err != nil {
		return err
	}
	return x.client.Reset()
}

// ask gives the answer to the next command of the envelope; one of another code,
// of which expect may be the first digits, is an error. Commands go all at once
// where the server takes them so.
func (x *session) ask(expect int) error {
	if x.awaited == 0 {
		x.awaited = 1
		if x.pipelining {
			x.awaited = len(x.envelope)
		}
		lines := strings.Join(x.envelope[:x.awaited], "\r\n")
		x.envelope = x.envelope[x.awaited:]
		if err := x.client.Text.PrintfLine("%s", lines); err != nil {
			return err
		}
	}
	x.awaited--
	_, _, err := x.client.Text.ReadResponse(expect)
	return err
}

// submit hands over the mail that was begun.
func (x *session) submit(ctx context.Context, m *gomail.Msg) error {
	defer closeWith(ctx, x.conn)()
	if err := x.ask(25); err != nil {
		return &failure{stage: "the recipient", cause: err, recipient: true}
	}
	if err := x.ask(354); err != nil {
		return &failure{stage: "to take data", cause: err}
	}
	w := x.client.Text.DotWriter()
	if _, err := m.WriteTo(w); err != nil {
		return &failure{stage: "the data", cause: err}
	}
	if err := w.Close(); err != nil {
		return &failure{stage: "the data", cause: err}
	}
	if _, _, err := x.client.Text.ReadResponse(250); err != nil {
		return &failure{stage: "the mail", cause: err}
	}
	return nil
}

// reusable tells whether another mail may follow one that was refused. A server
// that takes the text all the same is not asked again: it would have to be told
// that there is none.
func (x *session) reusable(ctx context.Context) bool {
	defer closeWith(ctx, x.conn)()
	for x.awaited > 0 {
		if x.ask(354) == nil {
			return false
		}
	}
	return x.client.Reset() == nil
}

// revive begins a mail on an idle session, if that still answers.
func (x *session) revive(ctx context.Context, from, to string, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return x.begin(ctx, from, to) == nil
}

// quit ends the session politely, but soon.
func (x *session) quit() {
	_ = x.conn.SetDeadline(time.Now().Add(quitTimeout))
	_ = x.client.Quit()
	_ = x.conn.Close()
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}
