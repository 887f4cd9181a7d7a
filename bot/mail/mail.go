// Package mail carries letters by SMTP.
//
// A letter becomes a mail with a text and an HTML part and is handed to one
// mail server, to exactly one recipient. Sessions with the server are kept for
// the next letters: at most sixteen idle ones, for 30 seconds or 100 mails. The
// next letter begins on an idle one, and on another when that does not answer.
// What precedes its text goes in one message to servers that offer PIPELINING.
//
// Without TLS nothing is sent beyond this machine, unless the address says
// ?starttls=off. What the server says is never quoted, only its codes, since
// it may repeat addresses; errors and logs hold no address, password or text
// of a letter.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
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

// Carry hands a letter to the mail server. A refusal of the recipient for good
// gives an error that wraps flows.ErrUndeliverable; any other error may pass.
func (s *Sender) Carry(ctx context.Context, l flows.Letter) error {
	if err := checkRecipient(l.To); err != nil {
		return fmt.Errorf("mail: %w: %w", err, flows.ErrUndeliverable)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m := s.message(l)
	x, err := s.session(ctx, l.To)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	err = x.submit(ctx, m)
	var f *failure
	if !errors.As(err, &f) || f.answered() && x.reusable(ctx) {
		s.idle.put(x)
	} else {
		_ = x.conn.Close()
	}
	switch {
	case err == nil:
		return nil
	case f.final():
		return fmt.Errorf("mail: %s %w: %w", s.server.addr, err, flows.ErrUndeliverable)
	default:
		return fmt.Errorf("mail: %s %w", s.server.addr, err)
	}
}

// session gives a session that has taken the sender: an idle one, or else a new
// one.
func (s *Sender) session(ctx context.Context, to string) (*session, error) {
	for {
		x, ok := s.idle.take()
		if !ok {
			break
		}
		if x.revive(ctx, s.from.Address, to, s.revival) {
			return x, nil
		}
		_ = x.conn.Close()
		s.log.DebugContext(ctx, "an idle mail session was gone and is replaced", "server", s.server.addr)
	}
	x, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := x.begin(ctx, s.from.Address, to); err != nil {
		_ = x.conn.Close()
		return nil, fmt.Errorf("%s %w", s.server.addr, err)
	}
	return x, nil
}

// Check connects to the mail server, encrypts as the URL demands and signs in.
// Its error says what is wrong, where, and how to mend it.
func (s *Sender) Check(ctx context.Context) error {
	x, err := s.dial(ctx)
	if err != nil {
		return err
	}
	x.quit()
	return nil
}

// Close ends the idle sessions. Letters on their way are not interrupted.
func (s *Sender) Close() error {
	s.idle.close()
	return nil
}
