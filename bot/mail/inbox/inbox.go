// Package inbox is a mail server that delivers nowhere: it keeps what it takes
// in memory, for the demo and for tests. Faults can be scripted per recipient.
package inbox

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/bot/mail/inbox/journal"
)

const (
	limit       = 1000 // mails kept
	maxMessage  = 1 << 20
	idleTimeout = 5 * time.Minute
)

// Faults for Refuse, with the codes of RFC 5321 and RFC 3463. Any other error
// is told to the client as a temporary failure, a *smtp.SMTPError of go-smtp
// as it is.
var (
	ErrTemporary = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again"}
	ErrUnknown   = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	// ErrHang makes the server silent until it closes.
	ErrHang = errors.New("hanging")
)

// Mail is one mail as one recipient gets it, decoded.
type Mail struct {
	To        string // the envelope's recipient
	From      string // the header, such as "Aurora Shop <no-reply@aurora.example>"
	Subject   string
	Text      string
	HTML      string
	MessageID string // without angle brackets
	Header    map[string][]string
	Received  time.Time
}

// Inbox is a running mail server. Safe for concurrent use.
type Inbox struct {
	server   *smtp.Server
	listener net.Listener
	mails    *journal.Journal[Mail]
	done     chan struct{}
	serving  sync.WaitGroup

	mu           sync.Mutex
	refuse       func(to string) error
	refuseSender func(from string) error
}

// Option changes what the server can do.
type Option func(*smtp.Server)

// ASCII makes a server that does not know SMTPUTF8 (RFC 6531).
func ASCII(s *smtp.Server) { s.EnableSMTPUTF8 = false }

// Start serves SMTP without encryption at an address such as "127.0.0.1:0".
// It asks for no password. Close it after use.
func Start(addr string, options ...Option) (*Inbox, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("starting the inbox: %w", err)
	}
	i := &Inbox{listener: l, mails: journal.New[Mail](limit), done: make(chan struct{})}
	i.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{inbox: i}, nil
	}))
	i.server.Domain = "inbox.localhost"
	i.server.MaxMessageBytes = maxMessage
	i.server.ReadTimeout = idleTimeout
	i.server.EnableSMTPUTF8 = true
	i.server.ErrorLog = log.New(io.Discard, "", 0)
	for _, set := range options {
		set(i.server)
	}
	i.serving.Go(func() { _ = i.server.Serve(l) })
	return i, nil
}

// URL gives the address for a mail sender: "smtp://127.0.0.1:…".
func (i *Inbox) URL() string { return "smtp://" + i.listener.Addr().String() }

// Mails gives the newest 1,000 mails, oldest first.
func (i *Inbox) Mails() []Mail { return i.mails.Entries() }

// Watch shows each mail that arrives from now on, until cancel.
func (i *Inbox) Watch() (mails <-chan Mail, cancel func()) { return i.mails.Watch() }

// Refuse asks a function about each recipient; the error it gives is the
// server's answer. Nil accepts all again.
func (i *Inbox) Refuse(refuse func(to string) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refuse = refuse
}

// RefuseSender does the same with each sender, also of a mail that is never sent.
func (i *Inbox) RefuseSender(refuse func(from string) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refuseSender = refuse
}

// Close ends the server and all its connections.
func (i *Inbox) Close() error {
	select {
	case <-i.done:
		return nil
	default:
	}
	close(i.done)
	err := i.server.Close()
	// The server knows the listener only once it has begun to serve.
	_ = i.listener.Close()
	i.serving.Wait()
	return err
}

// verdict asks the function that refuse points to.
func (i *Inbox) verdict(refuse *func(string) error, address string) error {
	i.mu.Lock()
	judge := *refuse
	i.mu.Unlock()
	if judge == nil {
		return nil
	}
	err := judge(address)
	if errors.Is(err, ErrHang) {
		<-i.done
	}
	return err
}

// session is one connection.
type session struct {
	inbox *Inbox
	to    []string
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	return s.inbox.verdict(&s.inbox.refuseSender, from)
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.inbox.verdict(&s.inbox.refuse, to); err != nil {
		return err
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	mail, err := parse(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	mail.Received = time.Now()
	for _, to := range s.to {
		mail.To = to
		s.inbox.mails.Add(mail)
	}
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.to = nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
