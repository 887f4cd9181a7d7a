package mail

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"rekey/flows"
)

var local = net.IPv4(127, 0, 0, 1)

func TestEncryption(t *testing.T) {
	config, trusted := certificate(t, "localhost", local)
	elsewhere, trustedElsewhere := certificate(t, "mail.example.org")
	for name, test := range map[string]struct {
		host  *host
		url   func(addr string) string
		roots *x509.CertPool
		want  string // of the error; empty: an encrypted mail
	}{
		"STARTTLS":             {&host{tls: config}, starttls, trusted, ""},
		"TLS from the start":   {&host{tls: config, implicit: true}, smtps, trusted, ""},
		"STARTTLS not offered": {&host{}, starttls, trusted, "does not offer STARTTLS. Use smtps://"},
		"unknown authority":    {&host{tls: config}, starttls, trustedElsewhere, "the certificate is not trusted"},
		"unknown, implicit":    {&host{tls: config, implicit: true}, smtps, trustedElsewhere, "the certificate is not trusted"},
		"another name":         {&host{tls: elsewhere}, starttls, trustedElsewhere, "the certificate is for another name"},
		"smtps:// to SMTP":     {&host{}, smtps, trusted, "it does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			test.host.start(t)
			s := sender(t, test.url(test.host.addr))
			s.tls.RootCAs = test.roots
			err := s.Carry(t.Context(), letter())
			if test.want != "" {
				if err == nil || errors.Is(err, flows.ErrUndeliverable) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if _, mails, _ := test.host.seen(); mails != 0 {
					t.Error("a mail was sent all the same")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, mails, encrypted := test.host.seen(); mails != 1 || !encrypted {
				t.Errorf("%d mails, encrypted: %v", mails, encrypted)
			}
		})
	}
}

func starttls(addr string) string { return "smtp://" + addr + "?starttls=on" }
func smtps(addr string) string    { return "smtps://" + addr }

func TestSignIn(t *testing.T) {
	for name, test := range map[string]struct {
		offered []string
		account string
		want    string // of the error; empty: signed in
	}{
		"PLAIN":          {[]string{"PLAIN"}, "rekey:s3cret-word@", ""},
		"LOGIN":          {[]string{"LOGIN"}, "rekey:s3cret-word@", ""},
		"wrong":          {[]string{"PLAIN"}, "rekey:wr0ng-word@", "refuses the user name or password (535 5.7.8). Are they right?"},
		"unknown way":    {[]string{"XOAUTH2"}, "rekey:s3cret-word@", "no way to sign in that Rekey knows"},
		"not offered":    {nil, "rekey:s3cret-word@", "no way to sign in that Rekey knows"},
		"without asking": {[]string{"PLAIN"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := (&host{auth: test.offered}).start(t)
			err := sender(t, "smtp://"+test.account+h.addr).Check(t.Context())
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			for _, secret := range []string{"rekey:", "s3cret-word", "wr0ng-word"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes %q: %v", secret, err)
				}
			}
		})
	}
}

func TestPasswordStaysHiddenWithoutTLS(t *testing.T) {
	h := (&host{auth: []string{"PLAIN"}}).start(t)
	s := sender(t, "smtp://rekey:s3cret-word@"+h.addr+"?starttls=on")
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not offer STARTTLS") {
		t.Errorf("got %v", err)
	}
}

func TestCheckExplains(t *testing.T) {
	t.Run("closed port", func(t *testing.T) {
		addr := listen(t, nil)
		err := sender(t, "smtp://rekey:s3cret-word@"+addr).Check(t.Context())
		want := "no mail server answers at " + addr + " (connection refused). Is the port open?"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	t.Run("another server", func(t *testing.T) {
		addr := listen(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) })
		err := sender(t, "smtp://"+addr).Check(t.Context())
		want := "no mail server greets at " + addr + " (unexpected answer). Is the port right, and smtp:// or smtps://?"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	t.Run("a server that hangs up", func(t *testing.T) {
		addr := listen(t, func(net.Conn) {})
		err := sender(t, "smtp://"+addr).Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), "(connection closed)") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("unknown name", func(t *testing.T) {
		s := sender(t, "smtp://mail.example.org")
		got := s.unreachable(&net.DNSError{Err: "no such host", Name: "mail.example.org", IsNotFound: true}).Error()
		want := "the mail server's name mail.example.org cannot be looked up (no such host). Is it spelt right?"
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("nothing wrong", func(t *testing.T) {
		if err := sender(t, box(t).URL()).Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// listen gives the address of a server that treats each connection and closes
// it; without a treatment, of a port that nobody listens on.
func listen(tb testing.TB, treat func(net.Conn)) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	if treat == nil {
		_ = l.Close()
		return l.Addr().String()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			treat(c)
			_ = c.Close()
		}
	}()
	tb.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestReasonsQuoteNothing(t *testing.T) {
	for want, err := range map[string]error{
		"no answer in time": os.ErrDeadlineExceeded,
		"connection closed": &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"it does not speak TLS": tls.RecordHeaderError{
			Msg: "first record does not look like a TLS handshake",
		},
		"unexpected answer": errors.New("550-lena@example.org"),
	} {
		if got := reason(err); got != want {
			t.Errorf("reason(%v) = %q, want %q", err, got, want)
		}
	}
}
