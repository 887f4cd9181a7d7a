package mail

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"

	"rekey/flows"
)

// bare serves connections with no regard to the order of commands, and tells
// what it saw of each.
type bare struct {
	extension string // of its answer to EHLO
	recipient string // its answer to RCPT
	seen      chan glance
}

// glance is what one connection brought.
type glance struct {
	ahead bool // more came before the sender was answered
	text  int  // bytes of mails, with their end
}

func (b *bare) start(t *testing.T) (url string) {
	t.Helper()
	b.seen = make(chan glance, 10)
	return "smtp://" + listen(t, b.serve)
}

func (b *bare) serve(c net.Conn) {
	var g glance
	defer func() { b.seen <- g }()
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 localhost")
	for r := bufio.NewReader(c); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); verb {
		case "EHLO":
			say("250-localhost\r\n250 " + b.extension)
		case "MAIL":
			g.ahead = r.Buffered() > 0
			say("250 fine")
		case "RCPT":
			say(b.recipient)
		case "DATA":
			say("354 go on")
			text, err := io.ReadAll(textproto.NewReader(r).DotReader())
			g.text += len(text)
			if err != nil {
				return
			}
			say("250 taken")
		default:
			say("250 fine")
		}
	}
}

func TestPipelining(t *testing.T) {
	for extension, want := range map[string]bool{"PIPELINING": true, "HELP": false} {
		t.Run(extension, func(t *testing.T) {
			b := &bare{extension: extension, recipient: "250 fine"}
			s := sender(t, b.start(t))
			if err := s.Carry(t.Context(), letter()); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
			if g := <-b.seen; g.ahead != want || g.text == 0 {
				t.Errorf("commands came ahead of answers: %v, want %v; text of %d bytes", g.ahead, want, g.text)
			}
		})
	}
}

// TestRefusedRecipientGetsNothing meets a server that takes the text of a mail
// whose only recipient it has refused (RFC 2920, section 3.1, warns of it).
func TestRefusedRecipientGetsNothing(t *testing.T) {
	b := &bare{extension: "PIPELINING", recipient: "550 5.1.1 unknown"}
	s := sender(t, b.start(t))
	for n := range 2 {
		if err := s.Carry(t.Context(), letter()); !errors.Is(err, flows.ErrUndeliverable) {
			t.Fatalf("letter %d: %v", n, err)
		}
		if g := <-b.seen; g != (glance{ahead: true}) {
			t.Errorf("letter %d: the connection brought %+v", n, g)
		}
	}
}
