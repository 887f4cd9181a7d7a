package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"syscall"
)

// failure tells at which point of a mail the server said no, or fell silent.
type failure struct {
	stage     string
	cause     error
	recipient bool // the answer was about the recipient
}

// Error implements error. It quotes nothing that the server says, which may
// repeat the recipient or the mail.
func (f *failure) Error() string { return fmt.Sprintf("refused %s (%s)", f.stage, reason(f.cause)) }

// final tells whether the recipient will never get mail: a permanent answer to
// the recipient, or to the whole mail with a status about addresses or
// mailboxes (RFC 3463, x.1.x and x.2.x).
func (f *failure) final() bool {
	var answer *textproto.Error
	if !errors.As(f.cause, &answer) || answer.Code < 500 {
		return false
	}
	return f.recipient || aboutRecipient.MatchString(answer.Msg)
}

// answered tells whether the server gave a proper answer and keeps talking;
// 421 announces that it closes the connection (RFC 5321, 3.8).
func (f *failure) answered() bool {
	var answer *textproto.Error
	return errors.As(f.cause, &answer) && answer.Code != 421
}

var (
	enhancedStatus = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)
	aboutRecipient = regexp.MustCompile(`^5\.[12]\.\d`)
)

// reason says why something failed in words that hold no address, password or
// text of a mail.
func reason(err error) string {
	var (
		answer      *textproto.Error
		late        net.Error
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		hostname    x509.HostnameError
		record      tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &answer):
		return status(answer)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &name) && name.IsNotFound:
		return "no such host"
	case errors.As(err, &hostname):
		return "the certificate is for another name"
	case errors.As(err, &certificate):
		return "the certificate is not trusted"
	case errors.As(err, &record):
		return "it does not speak TLS"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &late) && late.Timeout(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, net.ErrClosed):
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection closed"
	default:
		return "unexpected answer"
	}
}

// status gives an answer's codes, such as 550 5.1.1.
func status(answer *textproto.Error) string {
	code := strconv.Itoa(answer.Code)
	if enhanced := enhancedStatus.FindString(answer.Msg); enhanced != "" {
		code += " " + enhanced
	}
	return code
}

func (s *Sender) unreachable(err error) error {
	var name *net.DNSError
	if errors.As(err, &name) {
		return fmt.Errorf("the mail server's name %s cannot be looked up (%s). Is it spelt right?", s.server.host, reason(err))
	}
	return fmt.Errorf("no mail server answers at %s (%s). Is the port open?", s.server.addr, reason(err))
}
