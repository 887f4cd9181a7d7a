package inbox_test

import (
	"errors"
	"net/smtp"
	"strings"
	"testing"

	"rekey/bot/mail/inbox"
)

func start(tb testing.TB) *inbox.Inbox {
	tb.Helper()
	i, err := inbox.Start("127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = i.Close() })
	return i
}

func send(i *inbox.Inbox, body string, to ...string) error {
	return smtp.SendMail(strings.TrimPrefix(i.URL(), "smtp://"), nil, "shop@example.org", to, []byte(body))
}

func TestTakesMail(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want inbox.Mail
	}{
		"plain": {
			"From: shop@example.org\r\nSubject: Hello\r\nMessage-ID: <7@example.org>\r\nContent-Type: text/plain\r\n\r\nLine\r\n.dot\r\n",
			inbox.Mail{From: "shop@example.org", Subject: "Hello", MessageID: "7@example.org", Text: "Line\n.dot\n"},
		},
		"base64 and encoded words": {
			"From: =?utf-8?q?=D0=9B=D0=B0?= <shop@example.org>\r\nSubject: =?utf-8?b?0LrQvtC0?=\r\n" +
				"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n0LrQvtC0\r\n",
			inbox.Mail{From: "Ла <shop@example.org>", Subject: "код", HTML: "код"},
		},
		"two parts": {
			"Subject: Two\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
				"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nco=\r\nde=3D1\r\n" +
				"--b\r\nContent-Type: text/html\r\n\r\n<p>code\r\n--b--\r\n",
			inbox.Mail{Subject: "Two", Text: "code=1", HTML: "<p>code"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := start(t)
			mails, cancel := i.Watch()
			defer cancel()
			if err := send(i, test.body, "lena@example.org"); err != nil {
				t.Fatal(err)
			}
			got := <-mails
			if got.Received.IsZero() || len(got.Header) == 0 {
				t.Errorf("no time or header: %+v", got)
			}
			if got.To != "lena@example.org" || got.From != test.want.From || got.Subject != test.want.Subject ||
				got.MessageID != test.want.MessageID || got.Text != test.want.Text || got.HTML != test.want.HTML {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestOneMailForEachRecipient(t *testing.T) {
	i := start(t)
	if err := send(i, "Subject: Hello\r\nContent-Type: text/plain\r\n\r\nHello\r\n", "a@example.org", "b@example.org"); err != nil {
		t.Fatal(err)
	}
	mails := i.Mails()
	if len(mails) != 2 || mails[0].To != "a@example.org" || mails[1].To != "b@example.org" {
		t.Errorf("got %+v", mails)
	}
}

func TestRefusesWhatIsNoMail(t *testing.T) {
	i := start(t)
	for _, body := range []string{
		"\x00",
		"Subject: Hello\r\n\r\nno type\r\n",
		"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n===\r\n",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\nno part\r\n",
	} {
		if err := send(i, body, "a@example.org"); err == nil {
			t.Errorf("took %q", body)
		}
	}
	if n := len(i.Mails()); n != 0 {
		t.Errorf("%d mails are kept", n)
	}
}

func TestRefuse(t *testing.T) {
	i := start(t)
	body := "Subject: Hello\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
	for want, fault := range map[string]error{
		"451": inbox.ErrTemporary,
		"550": inbox.ErrUnknown,
		"4":   errors.New("anything else"),
	} {
		i.Refuse(func(to string) error {
			if to != "lena@example.org" {
				return nil
			}
			return fault
		})
		if err := send(i, body, "lena@example.org"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: %v, want %s", fault, err, want)
		}
		if err := send(i, body, "ann@example.org"); err != nil {
			t.Errorf("%v for another: %v", fault, err)
		}
	}
	i.Refuse(nil)
	if err := send(i, body, "lena@example.org"); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsHangingSessions(t *testing.T) {
	i := start(t)
	asked := make(chan struct{})
	i.Refuse(func(string) error {
		close(asked)
		return inbox.ErrHang
	})
	sent := make(chan error, 1)
	go func() { sent <- send(i, "", "lena@example.org") }()
	<-asked
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err == nil {
		t.Error("the mail was taken")
	}
}
