package mail

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/bot/mail/inbox"
	"rekey/bot/texts"
	"rekey/flows"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 3*3600))

func catalogue(tb testing.TB) *texts.Catalogue {
	tb.Helper()
	c, err := texts.New(texts.Options{Brand: "Aurora Shop"})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// sender has as much time as it takes.
func sender(tb testing.TB, url string) *Sender {
	tb.Helper()
	s, err := New(Options{
		URL: url, From: "no-reply@aurora.example", Texts: catalogue(tb), Now: func() time.Time { return noon },
	})
	if err != nil {
		tb.Fatal(err)
	}
	s.dialTimeout, s.timeout, s.revival = time.Hour, time.Hour, time.Hour
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func box(tb testing.TB) *inbox.Inbox {
	tb.Helper()
	i, err := inbox.Start("127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = i.Close() })
	return i
}

func letter() flows.Letter {
	return flows.Letter{
		ID: "code:7", Channel: flows.Email, To: "lena@example.org", Language: "en", Text: flows.LetterCode,
		Facts: flows.Facts{Code: "48219934", Words: [2]uint8{2, 150}, Life: 10 * time.Minute},
	}
}

func TestCarry(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		t.Run(lang, func(t *testing.T) {
			i := box(t)
			s := sender(t, i.URL())
			l := letter()
			l.Language = lang
			for range 2 {
				if err := s.Carry(t.Context(), l); err != nil {
					t.Fatal(err)
				}
			}
			mails := i.Mails()
			if len(mails) != 2 {
				t.Fatalf("%d mails arrived, want 2", len(mails))
			}
			want := catalogue(t).Letter(l)
			got := mails[0]
			if got.To != l.To || got.Subject != want.Subject || got.Text != want.Text || got.HTML != want.HTML {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
			if got.From != `"Aurora Shop" <no-reply@aurora.example>` {
				t.Errorf("From is %s", got.From)
			}
			if id := got.MessageID; id != mails[1].MessageID || len(id) != len("@aurora.example")+32 || !strings.HasSuffix(id, "@aurora.example") {
				t.Errorf("message ids %q and %q", id, mails[1].MessageID)
			}
			checkHeader(t, got.Header)
		})
	}
}

func checkHeader(t *testing.T, header map[string][]string) {
	t.Helper()
	if got := strings.Join(header["Auto-Submitted"], ""); got != "auto-generated" {
		t.Errorf("Auto-Submitted is %q", got)
	}
	if got := strings.Join(header["Date"], ""); got != "Mon, 23 Nov 2026 09:00:00 +0000" {
		t.Errorf("Date is %q", got)
	}
	if got := strings.Join(header["To"], ""); got != "<lena@example.org>" {
		t.Errorf("To is %q", got)
	}
	machine, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	for name, values := range header {
		if !strings.Contains(" "+strings.Join(known, " ")+" ", " "+name+" ") {
			t.Errorf("the header has %s: %q", name, values)
		}
		for _, v := range values {
			if strings.Contains(v, machine) || strings.Contains(strings.ToLower(v), "go-mail") {
				t.Errorf("%s: %q names this machine or the library", name, v)
			}
		}
	}
}

func TestOwnNameOfSender(t *testing.T) {
	i := box(t)
	s, err := New(Options{URL: i.URL(), From: "Лавка <post@aurora.example>", Texts: catalogue(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Carry(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if got := i.Mails()[0].From; got != "Лавка <post@aurora.example>" {
		t.Errorf("From is %s", got)
	}
}

func TestNewRefusesMistakes(t *testing.T) {
	for _, o := range []Options{
		{URL: "smtp://u:s3cret-word@host/x", From: "a@example.org"},
		{URL: "smtp://127.0.0.1:25", From: "nobody"},
		{URL: "smtp://127.0.0.1:25"},
		{URL: "smtp://127.0.0.1:25", From: "shop@-лавка-.example"},
	} {
		o.Texts = catalogue(t)
		if _, err := New(o); err == nil || strings.Contains(err.Error(), "s3cret-word") {
			t.Errorf("New(%+v): %v", o, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	status := func(code int, a, b, c int) error {
		return &smtp.SMTPError{
			Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: "not <lena@example.org>, 4821 9934",
		}
	}
	for name, test := range map[string]struct {
		recipient, data error
		final           bool
		want            string
	}{
		"unknown mailbox":         {recipient: inbox.ErrUnknown, final: true, want: "refused the recipient (550 5.1.1 no such mailbox)"},
		"try again":               {recipient: inbox.ErrTemporary, want: "refused the recipient (451 4.3.0 try again)"},
		"going down":              {recipient: status(421, 4, 3, 2), want: "(421 4.3.2 not <***>, ***)"},
		"mail refused":            {data: status(554, 5, 6, 0), want: "refused the mail (554 5.6.0 not <***>, ***)"},
		"sender after data":       {data: status(554, 5, 1, 8), want: "refused the mail (554 5.1.8 not <***>, ***)"},
		"mailbox full after data": {data: status(552, 5, 2, 2), final: true, want: "refused the mail (552 5.2.2 not <***>, ***)"},
	} {
		t.Run(name, func(t *testing.T) {
			url := ""
			if test.data != nil {
				url = "smtp://" + (&host{answer: test.data}).start(t).addr
			} else {
				i := box(t)
				i.Refuse(func(string) error { return test.recipient })
				url = i.URL()
			}
			err := sender(t, url).Carry(t.Context(), letter())
			if err == nil || errors.Is(err, flows.ErrUndeliverable) != test.final || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			for _, secret := range []string{"lena", "4821"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes %q: %v", secret, err)
				}
			}
		})
	}
}

func TestWorksAgainAfterRefusal(t *testing.T) {
	i := box(t)
	s := sender(t, i.URL())
	i.Refuse(func(string) error { return inbox.ErrUnknown })
	if err := s.Carry(t.Context(), letter()); err == nil {
		t.Fatal("the refusal is no error")
	}
	i.Refuse(nil)
	if err := s.Carry(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if n := len(i.Mails()); n != 1 {
		t.Errorf("%d mails arrived, want 1", n)
	}
}

func TestOneRecipientOnly(t *testing.T) {
	i := box(t)
	s := sender(t, i.URL())
	for _, to := range []string{
		"", "lena", "a@example.org,b@example.org", "a@example.org\r\nRCPT TO:<b@example.org>", "Lena <a@example.org>", "<a@example.org>",
		"a@example.org b@example.org", "a@example.org;b@example.org", "\"a b\"@example.org", "group:a@example.org;", "a@example.org\x00",
	} {
		l := letter()
		l.To = to
		err := s.Carry(t.Context(), l)
		if !errors.Is(err, flows.ErrUndeliverable) || to != "" && strings.Contains(err.Error(), to) {
			t.Errorf("%q: %v", to, err)
		}
	}
	if n := len(i.Mails()); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestSilentServer(t *testing.T) {
	i := box(t)
	i.Refuse(func(string) error { return inbox.ErrHang })
	s := sender(t, i.URL())
	s.timeout = 50 * time.Millisecond
	err := s.Carry(t.Context(), letter())
	if err == nil || errors.Is(err, flows.ErrUndeliverable) || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("got %v", err)
	}
	if _, ok := s.idle.take(); ok {
		t.Error("the silent session was kept")
	}
}

func TestCancelledLetter(t *testing.T) {
	i := box(t)
	asked := make(chan struct{})
	i.Refuse(func(string) error {
		close(asked)
		return inbox.ErrHang
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if err := sender(t, i.URL()).Carry(ctx, letter()); err == nil {
		t.Error("a cancelled letter was carried")
	}
}

func TestSessionsAreReused(t *testing.T) {
	h := (&host{}).start(t)
	s := sender(t, "smtp://"+h.addr)
	s.idle.mailsPer = 3
	for range 7 {
		if err := s.Carry(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	if connections, mails, _ := h.seen(); connections != 3 || mails != 7 {
		t.Errorf("%d mails went over %d connections, want 7 over 3", mails, connections)
	}
}

func TestIdleSessionsAreBounded(t *testing.T) {
	h := (&host{}).start(t)
	s := sender(t, "smtp://"+h.addr)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if err := s.Carry(t.Context(), letter()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, mails, _ := h.seen(); mails != 32 {
		t.Errorf("%d mails arrived, want 32", mails)
	}
	if n := len(s.idle.idle); n == 0 || n > idleSessions {
		t.Errorf("%d sessions are idle", n)
	}
}

func TestBrokenIdleSessionIsReplaced(t *testing.T) {
	h := (&host{hangUp: true}).start(t)
	s := sender(t, "smtp://"+h.addr)
	for range 2 {
		if err := s.Carry(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
		<-h.ended
	}
	if connections, mails, _ := h.seen(); connections != 2 || mails != 2 {
		t.Errorf("%d mails went over %d connections, want 2 over 2", mails, connections)
	}
}

func TestIdleSessionsEnd(t *testing.T) {
	h := (&host{}).start(t)
	s := sender(t, "smtp://"+h.addr)
	s.idle.life = time.Millisecond
	if err := s.Carry(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	<-h.ended // by QUIT, since nothing else ends it
	if _, ok := s.idle.take(); ok {
		t.Error("the session is still kept")
	}
}

func TestCloseEndsIdleSessions(t *testing.T) {
	h := (&host{}).start(t)
	s := sender(t, "smtp://"+h.addr)
	if err := s.Carry(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	<-h.ended
	if err := s.Carry(t.Context(), letter()); err != nil {
		t.Errorf("a late letter: %v", err)
	}
	<-h.ended
}
