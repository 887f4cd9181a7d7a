package mail

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
)

// server is what REKEY_SMTP_URL says.
type server struct {
	host     string
	addr     string // host:port
	user     string
	password string
	implicit bool // TLS from the first byte
	starttls bool
}

// errURL never quotes the address, which may hold a password.
var errURL = errors.New("the mail server's address must be like smtp://user:password@mail.example.org:587 or smtps://…, " +
	"with nothing behind it but ?starttls=on or ?starttls=off")

// parseURL reads smtp://user:password@host:port?starttls=off and smtps://.
func parseURL(text string) (server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return server{}, errURL
	}
	s := server{host: u.Hostname(), user: u.User.Username()}
	s.password, _ = u.User.Password()
	port := u.Port()
	switch u.Scheme {
	case "smtp":
		port = orElse(port, "587")
		s.starttls = !loopback(s.host)
	case "smtps":
		port = orElse(port, "465")
		s.implicit = true
	default:
		return server{}, errURL
	}
	s.addr = net.JoinHostPort(s.host, port)
	return s, s.options(u.Query())
}

func (s *server) options(query url.Values) error {
	for name := range query {
		if name != "starttls" || s.implicit {
			return errURL
		}
		switch query.Get(name) {
		case "on":
			s.starttls = true
		case "off":
			s.starttls = false
		default:
			return errURL
		}
	}
	return nil
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
