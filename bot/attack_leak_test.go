package bot

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/bot/simulator"
)

// TestAttackLogsUnderFaults goes through a recovery while Telegram's API and
// the mail server fail in all their ways, with everything logged. Neither the
// token nor a code nor a password is in the log or in the database.
func TestAttackLogsUnderFaults(t *testing.T) {
	t.Parallel()
	b := begin(t, time.Now, cheap, "REKEY_LOG_LEVEL=debug")
	server := b.stage.Telegram
	strike := func(faults ...simulator.Fault) {
		server.ClearFaults()
		for _, f := range faults {
			server.Inject(f)
		}
	}
	v := b.visitor(t, 7001)
	v.say("/help", "I help you")
	// Every try of a call and its repetition by net/http is in vain, so the error is
	// logged that knows the address.
	strike(simulator.Fault{Method: "sendMessage", Code: 500, Times: 1}, simulator.Fault{Method: "sendMessage", DropBefore: true, Times: 6},
		simulator.Fault{Method: "getUpdates", DropBefore: true, Times: 2})
	v.person.Start("recover")
	v.hears("Step 1 of 4")
	strike(simulator.Fault{Method: "sendMessage", Code: 401, Times: 1}, simulator.Fault{Method: "getUpdates", Code: 409, Times: 1})
	b.stage.Mail.Refuse(func(to string) error { // as servers do, it repeats what it was told
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "no room for <" + to + "> now"}
	})
	v.say("lena@gmail.com", "Step 2 of 4")
	b.stage.Mail.Refuse(nil)
	code := v.mailed("lena@gmail.com", 1)
	strike(simulator.Fault{Method: "sendMessage", Code: 404, Times: 1})
	v.say(code, "Step 3 of 4")
	strike(simulator.Fault{Method: "deleteMessage", Code: 400, Times: 1}, simulator.Fault{Method: "sendMessage", DropAfter: true, Times: 1})
	v.hide(chosen, "Step 4 of 4")
	strike(simulator.Fault{Method: "sendMessage", Code: 429, RetryAfter: 1, Times: 1}, simulator.Fault{Method: "deleteMessage", Code: 403, Times: 1})
	v.say(chosen, "Your password is changed")
	strike()
	b.quiet(t)
	b.end(t)
	if !strings.Contains(b.log.String(), "level=WARN") {
		t.Error("no fault was logged, so nothing was tried")
	}
	b.hunt(t, []string{chosen, "Teapot#1947", setting(b.stage.Environ(""), "REKEY_SECRET")})
	if strings.Contains(b.log.String(), "lena@gmail.com") {
		t.Error("the log holds an address")
	}
}

// TestAttackTokenInErrors lets the Bot API answer in ways that tempt a program
// to print the address of its call, which holds the token, or to repeat the call
// elsewhere.
func TestAttackTokenInErrors(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a call, with the token, was repeated to another server")
	}))
	t.Cleanup(elsewhere.Close)
	answers := map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
		},
		"broken redirect": func(w http.ResponseWriter, r *http.Request) { // which net/http quotes
			w.Header().Set("Location", "http://["+r.URL.Path)
			w.WriteHeader(http.StatusFound)
		},
		"page":  func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprintf(w, "<h1>%s</h1>", r.URL) },
		"half":  func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprintf(w, `{"ok":true,"result":"%s`, r.URL) },
		"shape": func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprintf(w, `{"ok":true,"result":%q}`, r.URL) },
		"cut":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"short": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "900")
			_, _ = fmt.Fprint(w, r.URL)
		},
	}
	for _, code := range []int{400, 401, 409, 429, 500} {
		answers[fmt.Sprint("refused with ", code)] = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(code)
			_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":"no such address: %s"}`, code, r.URL)
		}
	}
	addresses := map[string]string{"nobody there": "http://127.0.0.1:1", "no such host": "http://no..such..host", "other protocol": "https://127.0.0.1:1"}
	for what, answer := range answers {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		addresses[what] = server.URL
	}
	for what, address := range addresses {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			leaks(t, "check", address)
		})
	}
}

// TestAttackTokenInPolling answers only the first question, so that the bot
// goes on asking for updates.
func TestAttackTokenInPolling(t *testing.T) {
	t.Parallel()
	for _, code := range []int{200, 400, 409, 429, 500} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/getMe") {
					_, _ = fmt.Fprint(w, `{"ok":true,"result":{"id":1000001,"is_bot":true,"first_name":"R","username":"r"}}`)
					return
				}
				w.WriteHeader(code)
				_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":"webhook at %s"}`, code, r.URL)
			}))
			t.Cleanup(server.Close)
			leaks(t, "run", server.URL)
		})
	}
}

const canary = "cAnArY-token-that-nobody-may-see"

// leaks runs a command against an address of the Bot API until it ends, or has
// logged something of its calls, and looks in what it printed for the token, and
// for the address of a call as net/http tells it.
func leaks(t *testing.T, command, address string) {
	t.Helper()
	printed := &journal{}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	w := Env{Environ: []string{
		"REKEY_TELEGRAM_TOKEN=1000001:" + canary, "REKEY_TELEGRAM_API_URL=" + address, "REKEY_LOG_LEVEL=debug", cheap,
		"REKEY_DATABASE=" + filepath.Join(t.TempDir(), "rekey.db"), "REKEY_SECRET=" + strings.Repeat("s", 64),
		"REKEY_SMTP_URL=smtp://127.0.0.1:1", "REKEY_MAIL_FROM=a@example.org", "REKEY_LISTEN=127.0.0.1:0",
	}, Now: time.Now, Out: printed, Err: printed}
	ended := make(chan int, 1)
	go func() { ended <- Main(ctx, []string{command}, w) }()
	eventually(t, printed, "the calls fail", func() bool {
		select {
		case status := <-ended:
			ended <- status
			return true
		default:
			return strings.Contains(printed.String(), "asking Telegram") || strings.Contains(printed.String(), "another process receives") ||
				strings.Contains(printed.String(), "deleting the webhook")
		}
	})
	stop()
	<-ended
	if text := printed.String(); strings.Contains(text, canary) || strings.Contains(text, `Post \"http`) || strings.Contains(text, `Post "http`) || text == "" {
		t.Errorf("%s prints the token, an address, or nothing:\n%s", command, text)
	}
}
