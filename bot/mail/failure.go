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
	"strings"
	"syscall"

	"rekey/flows"
)

// failure tells at which point of a mail the server said no, or fell silent.
type failure struct {
	stage     string
	cause     error
	recipient bool     // the answer was about the recipient
	sender    bool     // the answer was about the sender, before the recipient was named
	hidden    []string // what the server's words must not repeat
}

// Error implements error.
func (f *failure) Error() string {
	return fmt.Sprintf("refused %s (%s)", f.stage, said(f.cause, f.hidden...))
}

// final tells whether the recipient will never get mail: a permanent answer to
// the recipient, or to the whole mail with a status about the recipient's address
// or mailbox (RFC 3463, x.1.x and x.2.x; x.1.7 and x.1.8 are about the sender's).
func (f *failure) final() bool {
	var answer *textproto.Error
	if f.sender || !errors.As(f.cause, &answer) || answer.Code < 500 {
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
	aboutRecipient = regexp.MustCompile(`^5\.(?:1\.(?:[0-69]|\d\d)|2\.\d)`)
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

// said is reason with what else the server answered, as far as it is fit for a log.
func said(err error, hidden ...string) string {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return reason(err)
	}
	var words []string
	for line := range strings.Lines(answer.Msg) { // each may begin with the enhanced status
		words = append(words, strings.TrimSpace(strings.TrimPrefix(line, enhancedStatus.FindString(answer.Msg))))
	}
	return strings.TrimSpace(status(answer) + " " + flows.Said(strings.Join(words, " "), hidden...))
}

// down is an error that every letter would meet now.
func down(status, format string, args ...any) error {
	return flows.ServerError{Status: status, Down: true, Err: fmt.Errorf(format, args...)}
}

func (s *Sender) unreachable(err error) error {
	why := reason(err)
	var name *net.DNSError
	if errors.As(err, &name) {
		return down(why, "the mail server's name %s cannot be looked up (%s). Is it spelt right?", s.server.host, why)
	}
	return down(why, "no mail server answers at %s (%s). Is the port open?", s.server.addr, why)
}
