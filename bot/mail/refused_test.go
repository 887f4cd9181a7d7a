package mail

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"rekey/flows"
)

// strict serves one connection as RFC 5321 has it: a mail that was begun is in
// the way of the next one until RSET. It knows no recipient, and offers an
// extension.
func strict(c net.Conn, extension string) {
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 localhost")
	begun := false
	for lines := bufio.NewScanner(c); lines.Scan(); {
		switch verb, _, _ := strings.Cut(lines.Text(), " "); {
		case verb == "MAIL" && begun:
			say("503 5.5.1 a mail is begun already")
		case verb == "EHLO":
			say("250-localhost\r\n250 " + extension)
		case verb == "RCPT":
			say("550 5.1.1 unknown")
		case verb == "DATA":
			say("554 5.5.1 no recipients")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			begun = verb == "MAIL"
			say("250 fine")
		}
	}
}

func TestSessionServesAfterARefusal(t *testing.T) {
	for _, extension := range []string{"PIPELINING", "HELP"} {
		t.Run(extension, func(t *testing.T) {
			var connections atomic.Int32
			addr := listen(t, func(c net.Conn) {
				connections.Add(1)
				strict(c, extension)
			})
			s := sender(t, "smtp://"+addr)
			for range 3 {
				if err := s.Carry(t.Context(), letter()); !errors.Is(err, flows.ErrUndeliverable) {
					t.Fatalf("got %v", err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if n := connections.Load(); n != 1 {
				t.Errorf("three refused letters went over %d connections", n)
			}
		})
	}
}
