package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"rekey/flows"
)

// message writes a letter as a mail with a text and an HTML part. Its header
// names neither the library nor this machine.
func (s *Sender) message(l flows.Letter, to string) *gomail.Msg {
	letter := s.texts.Letter(l)
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&s.from)
	m.ToMailAddress(&mail.Address{Address: to})
	m.Subject(letter.Subject)
	m.SetDateWithValue(s.now().UTC())
	m.SetMessageIDWithValue(s.messageID(l.ID))
	// RFC 3834: nobody wants an answer to this, least of all from a machine.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(gomail.TypeTextPlain, letter.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, letter.HTML)
	return m
}

// messageID is the same for all tries of a letter, so that a mail server can
// tell a repetition.
func (s *Sender) messageID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])[:32] + "@" + s.domain
}

// errRecipient does not quote the address.
var errRecipient = errors.New("the recipient is not one mail address")

// checkRecipient accepts exactly one bare address: whatever else stands in it
// could name a second recipient or break a line.
func checkRecipient(to string) error {
	parsed, err := mail.ParseAddress(to)
	if err != nil || parsed.Address != to || strings.ContainsAny(to, ",;<>\"\r\n\x00 ") {
		return errRecipient
	}
	return nil
}

// inASCII gives an address with its domain in ASCII, as DNS has it (RFC 5891). One
// whose domain is none stays as it is.
func inASCII(address string) string {
	name := domain(address)
	if ascii(name) {
		return address
	}
	puny, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return address
	}
	return strings.TrimSuffix(address, name) + puny
}

// hidden lists what the server's words about a letter must not repeat: its secrets,
// and its text as it is written there.
func (s *Sender) hidden(l flows.Letter) []string {
	return append(l.Secrets(), strings.Split(s.texts.Letter(l).Text, "\n\n")...)
}

// domain gives what follows the last @.
func domain(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
