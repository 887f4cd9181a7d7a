package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// host is a mail server that counts, for what the inbox cannot do: TLS,
// passwords, and connections that it ends by itself.
type host struct {
	tls      *tls.Config
	implicit bool
	auth     []string // mechanisms offered
	hangUp   bool     // ends each connection after its first mail
	answer   error    // to the data

	addr   string
	ended  chan struct{} // one for each connection that ended
	server *smtp.Server

	mu          sync.Mutex
	connections int
	mails       int
	encrypted   bool
}

func (h *host) start(tb testing.TB) *host {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	h.addr = l.Addr().String()
	h.ended = make(chan struct{}, 100)
	if h.implicit {
		l = tls.NewListener(l, h.tls)
	}
	h.server = smtp.NewServer(smtp.BackendFunc(h.open))
	h.server.Domain = "localhost"
	if !h.implicit {
		h.server.TLSConfig = h.tls
	}
	h.server.AllowInsecureAuth = true
	h.server.ErrorLog = log.New(io.Discard, "", 0)
	served := make(chan struct{})
	go func() {
		_ = h.server.Serve(l)
		close(served)
	}()
	tb.Cleanup(func() {
		_ = h.server.Close()
		_ = l.Close()
		<-served
	})
	return h
}

func (h *host) open(c *smtp.Conn) (smtp.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &hostSession{host: h, conn: c}
	if len(h.auth) > 0 {
		return &hostAuth{s}, nil
	}
	return s, nil
}

func (h *host) seen() (connections, mails int, encrypted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.connections, h.mails, h.encrypted
}

type hostSession struct {
	host    *host
	conn    *smtp.Conn
	counted bool
}

func (s *hostSession) Mail(string, *smtp.MailOptions) error {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	if !s.counted {
		s.counted = true
		s.host.connections++
	}
	_, s.host.encrypted = s.conn.TLSConnectionState()
	return nil
}

func (s *hostSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *hostSession) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	s.host.mails++
	return s.host.answer
}

// Reset comes after each mail too, when its answer is written.
func (s *hostSession) Reset() {
	if s.host.hangUp {
		_ = s.conn.Conn().Close()
	}
}

func (s *hostSession) Logout() error {
	s.host.ended <- struct{}{}
	return nil
}

type hostAuth struct{ *hostSession }

func (s *hostAuth) AuthMechanisms() []string { return s.host.auth }

func (s *hostAuth) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != "rekey" || password != "s3cret-word" {
			return smtp.ErrAuthFailed
		}
		return nil
	}
	if mechanism == "LOGIN" {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer asks for the name, then for the password.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(l.user, string(response))
	}
}

// certificate gives a server's TLS configuration and the pool that trusts it.
func certificate(tb testing.TB, name string, ips ...net.IP) (*tls.Config, *x509.CertPool) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: ips,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, trusted
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string]server{
		"smtp://mail.example.org":                            {host: "mail.example.org", addr: "mail.example.org:587", starttls: true},
		"smtp://u%40x:p%2Fw@mail.example.org:25":             {host: "mail.example.org", addr: "mail.example.org:25", user: "u@x", password: "p/w", starttls: true},
		"smtp://mail.example.org:2525/?starttls=off":         {host: "mail.example.org", addr: "mail.example.org:2525"},
		"smtps://mail.example.org":                           {host: "mail.example.org", addr: "mail.example.org:465", implicit: true},
		"smtp://127.0.0.1:1025":                              {host: "127.0.0.1", addr: "127.0.0.1:1025"},
		"smtp://[::1]:1025":                                  {host: "::1", addr: "[::1]:1025"},
		"smtp://localhost:1025?starttls=on":                  {host: "localhost", addr: "localhost:1025", starttls: true},
		"smtp://localhost.example.org":                       {host: "localhost.example.org", addr: "localhost.example.org:587", starttls: true},
		"http://mail.example.org":                            {},
		"smtp://":                                            {},
		"mail.example.org:587":                               {},
		"smtp://u:hidden@mail.example.org/inbox":             {},
		"smtp://u:hidden@mail.example.org?starttls=maybe":    {},
		"smtp://u:hidden@mail.example.org?tls=off":           {},
		"smtps://u:hidden@mail.example.org?starttls=off":     {},
		"smtp://u:hidden@mail.example.org:port":              {},
		"smtp://u:hidden@mail.example.org#x":                 {},
		"smtp://u:hid%zzden@mail.example.org?starttls=off\n": {},
	} {
		got, err := parseURL(text)
		if want == (server{}) {
			if err == nil || err.Error() != errURL.Error() {
				t.Errorf("parseURL(%q) = %+v, %v; want the error that quotes nothing", text, got, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("parseURL(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}
