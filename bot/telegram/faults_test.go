package telegram

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Whatever the other side does, the token and what it wrote stay out of errors.
func TestErrorsHideTheToken(t *testing.T) {
	r := newRig(t)
	tests := map[string]http.HandlerFunc{
		"cuts the connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"quotes the address": func(w http.ResponseWriter, q *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"ok":false,"error_code":404,"description":"Not Found: ` + q.URL.Path + `"}`))
		},
		"quotes it in a page": func(w http.ResponseWriter, q *http.Request) { _, _ = w.Write([]byte("<p>marked-body " + q.URL.Path)) },
		"quotes it in broken JSON": func(w http.ResponseWriter, q *http.Request) {
			_, _ = w.Write([]byte(`{"ok":false,"description":"marked-body ` + q.URL.Path))
		},
		"gives another result": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ok":true,"result":"marked-body"}`))
		},
		"sends elsewhere": func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "gopher://"+q.Host+q.URL.Path, http.StatusFound)
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			client := r.newClient(server.URL, r.Token())
			checked := client.Check(t.Context())
			_, polled := client.poll(t.Context(), 0, 1, 0)
			for call, err := range map[string]error{"Check": checked, "poll": polled,
				"Delete": client.Delete(t.Context(), 77, 1), "Answer": client.Answer(t.Context(), 77, "1", "en", "")} {
				if err == nil || strings.Contains(err.Error(), tokenSecret) || strings.Contains(err.Error(), "marked-body") {
					t.Errorf("%s: %v", call, err)
				}
			}
		})
	}
}

func TestErrorsWhenNobodyAnswers(t *testing.T) {
	r := newRig(t)
	client := r.newClient("http://127.0.0.1:1", r.Token())
	_, err := client.Identify(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "REKEY_TELEGRAM_API_URL: no Bot API answers at 127.0.0.1:1") ||
		strings.Contains(err.Error(), tokenSecret) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Send(ctx, 77, "en", welcome); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), tokenSecret) {
		t.Error(err)
	}
}

// A message that was sent is sent, whatever parts of it the library does not
// know.
func TestSendReadsNothingBack(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":"new kind of id"}}`))
	}))
	defer server.Close()
	if err := newRig(t).newClient(server.URL, "1:a").Send(t.Context(), 77, "en", welcome); err != nil {
		t.Error(err)
	}
}

func TestNewClientRefuses(t *testing.T) {
	for name, o := range map[string]ClientOptions{
		"REKEY_TELEGRAM_TOKEN":   {Token: "1:secret part\n", APIURL: "https://api.telegram.org"},
		"REKEY_TELEGRAM_API_URL": {Token: "1:secret", APIURL: "api.telegram.org"},
	} {
		_, err := NewClient(o)
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}

// A connection that the server closed while it was idle costs neither the call
// nor a wait.
func TestStaleConnection(t *testing.T) {
	r := newRig(t)
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 2 {
			panic(http.ErrAbortHandler) // on the connection that the first call left open
		}
		_, _ = w.Write([]byte(`{"ok":true,"result":true}`))
	}))
	defer server.Close()
	client := r.newClient(server.URL, r.Token())
	for range 2 {
		if err := client.Delete(t.Context(), 77, 1); err != nil {
			t.Fatal(err)
		}
	}
	if waits := r.waits.taken(); len(waits) != 0 {
		t.Errorf("waited %v", waits)
	}
}
