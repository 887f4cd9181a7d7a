package sms

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/bot/sms/inbox"
	"rekey/bot/texts"
	"rekey/flows"
)

func catalogue(tb testing.TB) *texts.Catalogue {
	tb.Helper()
	c, err := texts.New(texts.Options{Brand: "Aurora Shop"})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func sender(tb testing.TB, url string) *Sender {
	tb.Helper()
	s, err := New(Options{URL: url, Texts: catalogue(tb)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.client.CloseIdleConnections)
	return s
}

// gateway serves and gives its URL with user and password.
func gateway(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return strings.Replace(server.URL, "http://", "http://rekey:s3cret-word@", 1) + "/send?key=hidden-key"
}

func letter() flows.Letter {
	return flows.Letter{
		ID: "code:7", Channel: flows.SMS, To: "+79991234567", Language: "en", Text: flows.LetterCode,
		Facts: flows.Facts{Code: "48219934", Words: [2]uint8{2, 150}, Life: 10 * time.Minute},
	}
}

func TestCarry(t *testing.T) {
	i := inbox.New()
	var user, password, path string
	s := sender(t, gateway(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		path = r.URL.String()
		i.ServeHTTP(w, r)
	})))
	messages, cancel := i.Watch()
	defer cancel()
	if err := s.Carry(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	got := <-messages
	want := inbox.Message{ID: "code:7", To: "+79991234567", Text: catalogue(t).Letter(letter()).Text, Received: got.Received}
	if got != want || got.Text == "" || got.Received.IsZero() {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if all := i.Messages(); len(all) != 1 || all[0] != got {
		t.Errorf("the inbox holds %+v", all)
	}
	if user != "rekey" || password != "s3cret-word" || path != "/send?key=hidden-key" {
		t.Errorf("called %s as %s:%s", path, user, password)
	}
}

func TestRefusals(t *testing.T) {
	for status, final := range map[int]bool{
		200: false, 202: false, 400: true, 401: true, 404: true, 408: false, 422: true, 429: false, 500: false, 503: false, 302: false,
	} {
		followed := false
		s := sender(t, gateway(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/send" {
				followed = true
				return
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("no credit left; not +79991234567: 4821 9934, /send?key=hidden-key, s3cret-word"))
		})))
		err := s.Carry(t.Context(), letter())
		if server, is := errors.AsType[flows.ServerError](err); err != nil && (!is || server.Status != strconv.Itoa(status) ||
			server.Down != (status >= 500) || !strings.Contains(err.Error(), "("+strconv.Itoa(status)+" no credit left; not ***: ***, /send?key=***, ***")) {
			t.Errorf("%d: %v with status %q, down %t", status, err, server.Status, server.Down)
		}
		if (err == nil) != (status/100 == 2) || errors.Is(err, flows.ErrUndeliverable) != final {
			t.Errorf("%d: %v", status, err)
		}
		if followed {
			t.Errorf("%d: a redirect was followed", status)
		}
		mustNotQuote(t, err)
	}
}

// A gateway repeats what it refuses, and often in a form of its own.
func TestRefusalsHoldNothingOfTheLetter(t *testing.T) {
	const token = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF-"
	for words, facts := range map[string]flows.Facts{
		`{"text":"7F3K9 2QDXM is your \u2026"}`:              {Code: "7F3K92QDXM"},
		`{"link":"https:\/\/t.me\/bot?start=` + token + `"}`: {Link: "https://t.me/bot?start=" + token},
	} {
		s := sender(t, gateway(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(words))
		})))
		l := letter()
		l.Facts = facts
		if err := s.Carry(t.Context(), l); err == nil || strings.Contains(err.Error(), "7F3K9") || strings.Contains(err.Error(), token) {
			t.Error(err)
		}
	}
}

func mustNotQuote(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range []string{"s3cret-word", "hidden-key", "9991234567", "4821"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error quotes %q: %v", secret, err)
		}
	}
}

func TestOneRecipientOnly(t *testing.T) {
	i := inbox.New()
	s := sender(t, gateway(t, i))
	for _, to := range []string{"", "79991234567", "+7999", "+79991234567,+79991234568", "+0123456789", "lena@example.org", "+79991234567\n"} {
		l := letter()
		l.To = to
		if err := s.Carry(t.Context(), l); !errors.Is(err, flows.ErrUndeliverable) {
			t.Errorf("%q: %v", to, err)
		}
	}
	if n := len(i.Messages()); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
}

func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	host := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	s := sender(t, "http://rekey:s3cret-word@"+host+"/send?key=hidden-key")
	err := s.Carry(t.Context(), letter())
	if err == nil || errors.Is(err, flows.ErrUndeliverable) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("Carry: %v", err)
	}
	if server, is := errors.AsType[flows.ServerError](err); !is || !server.Down || server.Status != "connect: connection refused" {
		t.Errorf("status %q, down %t", server.Status, server.Down)
	}
	mustNotQuote(t, err)
	err = s.Check(t.Context())
	want := "no SMS gateway answers at " + host + " (connect: connection refused). Is the address right, and the gateway running?"
	if err == nil || err.Error() != want {
		t.Errorf("Check: %v, want %q", err, want)
	}
}

func TestSilentGateway(t *testing.T) {
	done := make(chan struct{})
	s := sender(t, gateway(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done })))
	defer close(done)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.Carry(ctx, letter())
	if err == nil || errors.Is(err, flows.ErrUndeliverable) || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("got %v", err)
	}
	mustNotQuote(t, err)
}

func TestCheckTakesAnyAnswerButARefusal(t *testing.T) {
	if err := sender(t, gateway(t, inbox.New())).Check(t.Context()); err != nil {
		t.Error(err)
	}
	for status, want := range map[int]string{
		http.StatusNotFound: "", http.StatusForbidden: "", http.StatusInternalServerError: "", http.StatusNotImplemented: "",
		http.StatusUnauthorized: "does not know this user and password (401)", http.StatusServiceUnavailable: "does not reach it (503)",
	} {
		url := gateway(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if err := sender(t, url).Check(t.Context()); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

func TestNewRefusesMistakes(t *testing.T) {
	for _, url := range []string{"", "sms.example.org", "ftp://rekey:s3cret-word@sms.example.org", "https://", "https://rekey:s3cret-w%zzord@host"} {
		if _, err := New(Options{URL: url, Texts: catalogue(t)}); err == nil || err.Error() != errURL.Error() {
			t.Errorf("New(%q): %v; want the error that quotes nothing", url, err)
		}
	}
}

func TestGivenClientKeepsItsPolicy(t *testing.T) {
	client := &http.Client{}
	if _, err := New(Options{URL: "https://sms.example.org", Texts: catalogue(t), Client: client}); err != nil {
		t.Fatal(err)
	}
	if client.CheckRedirect != nil {
		t.Error("the given client was changed")
	}
}
