// Package mail carries letters by SMTP.
//
// A letter becomes a mail with a text and an HTML part and is handed to one
// mail server, to exactly one recipient. Sessions with the server are kept for
// the next letters: at most sixteen idle ones, for 30 seconds or 100 mails. The
// next letter begins on an idle one, and on a new one when that does not answer.
// What precedes its text goes in one message to servers that offer PIPELINING.
//
// Without TLS nothing is sent beyond this machine, unless the address says
// ?starttls=off. Errors quote what the server says as far as flows.Said leaves
// it; they and logs hold no address of a recipient, no password and no text of a
// letter.
//
// A domain goes in ASCII. An address that is not ASCII all the same goes to a
// server that offers SMTPUTF8 (RFC 6531), and to no other.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/textproto"
	"time"

	"rekey/bot/texts"
	"rekey/flows"
)

const (
	dialTimeout   = 10 * time.Second // to connect and sign in
	carryTimeout  = 15 * time.Second // for a whole letter
	reviveTimeout = 3 * time.Second  // for an idle session to answer
	idleSessions  = 16
	idleLife      = 30 * time.Second
	mailsPer      = 100
)

// Options say where mails go and how they look.
type Options struct {
	// URL is smtp://user:password@host:port, with STARTTLS unless the host is
	// this machine (?starttls=on and ?starttls=off change that), or smtps://
	// for TLS from the start. The ports default to 587 and 465.
	URL   string
	From  string // an address, with or without a name; without one it is the brand
	Texts *texts.Catalogue
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // nil: silent
}

// Sender is a flows.Carrier for mail. Safe for concurrent use. Close it after
// use.
type Sender struct {
	server      server
	tls         *tls.Config
	from        mail.Address
	domain      string // of From
	texts       *texts.Catalogue
	now         func() time.Time
	log         *slog.Logger
	idle        pool
	dialTimeout time.Duration
	timeout     time.Duration
	revival     time.Duration
}

var _ flows.Carrier = (*Sender)(nil)

// New reads the options; it does not connect. Its errors never quote the URL.
func New(o Options) (*Sender, error) {
	server, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("the mails' sender %q is not an address such as no-reply@example.org", o.From)
	}
	if from.Name == "" {
		from.Name = o.Texts.Brand()
	}
	if from.Address = inASCII(from.Address); !ascii(domain(from.Address)) {
		return nil, fmt.Errorf("the mails' sender %q is in no domain that DNS can have; mend REKEY_MAIL_FROM", o.From)
	}
	s := &Sender{
		server: server, tls: &tls.Config{ServerName: server.host, MinVersion: tls.VersionTLS12},
		from: *from, domain: domain(from.Address), texts: o.Texts, now: o.Now, log: o.Log,
		idle:        pool{limit: idleSessions, life: idleLife, mailsPer: mailsPer},
		dialTimeout: dialTimeout, timeout: carryTimeout, revival: reviveTimeout,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Carry hands a letter to the mail server. A refusal of the recipient for good,
// and an address that the server cannot be given, give an error that wraps
// flows.ErrUndeliverable; any other error may pass.
func (s *Sender) Carry(ctx context.Context, l flows.Letter) error {
	to := inASCII(l.To)
	if err := checkRecipient(to); err != nil {
		return fmt.Errorf("mail: %w: %w", err, flows.ErrUndeliverable)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m := s.message(l, to)
	x, err := s.session(ctx, to)
	if err == nil {
		err = x.submit(ctx, m)
		s.release(ctx, x, err)
	}
	var f *failure
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &f):
		return fmt.Errorf("mail: %w", err)
	}
	f.hidden = s.hidden(l)
	err = flows.ServerError{Status: reason(f.cause), Down: f.sender || !f.answered(), Err: fmt.Errorf("mail: %s %w", s.server.addr, f)}
	if f.final() {
		return fmt.Errorf("%w: %w", err, flows.ErrUndeliverable)
	}
	return err
}

// release keeps a session for the next letter, if it can take one.
func (s *Sender) release(ctx context.Context, x *session, err error) {
	var f *failure
	if !errors.As(err, &f) || f.answered() && x.reusable(ctx) {
		s.idle.put(x)
		return
	}
	_ = x.conn.Close()
}

// session gives a session that has taken the sender: an idle one, or else a new
// one. Where one that was idle does not answer, the others hardly will.
func (s *Sender) session(ctx context.Context, to string) (*session, error) {
	x, idle := s.idle.take()
	if !idle {
		return s.newSession(ctx, to)
	}
	if err := s.mayWrite(x, to); err != nil {
		return nil, err
	}
	if x.revive(ctx, s.from.Address, to, s.revival) {
		return x, nil
	}
	for _, gone := range append(s.idle.drain(), x) {
		_ = gone.conn.Close()
	}
	s.log.DebugContext(ctx, "the idle mail sessions were gone and are replaced", "server", s.server.addr)
	return s.newSession(ctx, to)
}

func (s *Sender) newSession(ctx context.Context, to string) (*session, error) {
	x, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.mayWrite(x, to); err != nil {
		return nil, err
	}
	if err := x.begin(ctx, s.from.Address, to); err != nil {
		_ = x.conn.Close()
		return nil, err
	}
	return x, nil
}

// mayWrite tells whether the server can be given the addresses of a letter. If
// not, the session waits for another one.
func (s *Sender) mayWrite(x *session, to string) error {
	if x.knows(s.from.Address + to) {
		return nil
	}
	s.idle.put(x)
	whose := "recipient"
	if !ascii(s.from.Address) {
		whose = "sender"
	}
	return flows.ServerError{Status: "no SMTPUTF8", Err: fmt.Errorf(
		"the mail server at %s does not offer SMTPUTF8, and the %s's address is not ASCII: %w", s.server.addr, whose, flows.ErrUndeliverable)}
}

// Check connects to the mail server, encrypts as the URL demands, signs in and
// has the sender taken; it sends no mail. Its error says what is wrong, where, and
// how to mend it.
func (s *Sender) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	x, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer x.quit()
	if !x.knows(s.from.Address) {
		return down("no SMTPUTF8", "the mail server at %s does not offer SMTPUTF8, which the sender %s needs. "+
			"Set REKEY_MAIL_FROM to an address in ASCII", s.server.addr, s.from.Address)
	}
	err = x.tryFrom(ctx, s.from.Address)
	var answer *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.Code >= 500:
		return down(reason(err), "the mail server at %s refuses the sender %s (%s). "+
			"Set REKEY_MAIL_FROM to an address that it lets you send from", s.server.addr, s.from.Address, said(err))
	default:
		return down(reason(err), "the mail server at %s takes no mail now (%s). Is it overloaded?", s.server.addr, said(err))
	}
}

// Close ends the idle sessions. Letters on their way are not interrupted.
func (s *Sender) Close() error {
	s.idle.close()
	return nil
}
