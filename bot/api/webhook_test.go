package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

const signing = "a secret that both sides know, thirty-two bytes"

var happened = flows.HookJob{ID: "17-3", Number: 17, Status: "closed", What: "password_set", At: noon}

// receiver is a webhook's receiver, and the webhook.
func receiver(t *testing.T, answer http.HandlerFunc) *Webhook {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return NewWebhook(WebhookOptions{
		URL: strings.Replace(server.URL, "http://", "http://rekey:pass-word@", 1) + "/rekey?token=query-word", Secret: signing,
		Now: func() time.Time { return noon.Add(time.Hour) },
	})
}

func TestAnEventIsSigned(t *testing.T) {
	var got *http.Request
	var body []byte
	h := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})
	if err := h.Post(t.Context(), happened); err != nil {
		t.Fatal(err)
	}
	if string(body) != `{"id":"17-3","number":17,"status":"closed","what":"password_set","at":"2026-11-23T12:00:00Z"}` ||
		got.Method != http.MethodPost || got.URL.Path != "/rekey" || got.Header.Get("Content-Type") != "application/json" ||
		got.Header.Get("Rekey-Timestamp") != "1795438800" {
		t.Fatalf("%+v\n%s", got, body)
	}
	// Computed by: printf '%s' '1795438800.<body>' | openssl dgst -sha256 -hmac '<secret>'
	const want = "f8b95fb4ce538f1bb59af2de0ab62f5cd07d535ac020ee8d8cc9b16d8ceacb21"
	if signed := got.Header.Get("Rekey-Signature"); signed != want {
		t.Errorf("the signature is %s", signed)
	}
	if user, password, ok := got.BasicAuth(); !ok || user != "rekey" || password != "pass-word" {
		t.Errorf("the receiver is not told who posts")
	}
}

func TestWhatAReceiverAnswers(t *testing.T) {
	for status, want := range map[int]struct{ taken, final bool }{
		200: {true, false}, 204: {true, false}, 302: {false, false}, 400: {false, true}, 404: {false, true}, 410: {false, true},
		408: {false, false}, 429: {false, false}, 500: {false, false}, 503: {false, false},
	} {
		calls := 0
		h := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "no such case, lena@example.org; "+signing+" pass-word query-word")
		})
		err := h.Post(t.Context(), happened)
		if server, is := errors.AsType[flows.ServerError](err); err != nil && (!is || server.Status != strconv.Itoa(status) ||
			!strings.Contains(err.Error(), "("+strconv.Itoa(status)+" no such case, ***; *** *** ***)")) {
			t.Errorf("%d: %v", status, err)
		}
		if (err == nil) != want.taken || errors.Is(err, flows.ErrUndeliverable) != want.final || calls != 1 {
			t.Errorf("%d: %v after %d calls", status, err, calls)
		}
		quotesNothing(t, err)
	}
}

func quotesNothing(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"-word", signing} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("an error quotes a secret: %v", err)
		}
	}
}

func TestAReceiverThatIsAway(t *testing.T) {
	h := receiver(t, nil)
	h.URL = "http://rekey:pass-word@127.0.0.1:1/?token=query-word"
	err := h.Post(t.Context(), happened)
	if err == nil || errors.Is(err, flows.ErrUndeliverable) {
		t.Errorf("%v", err)
	}
	quotesNothing(t, err)
}

// A receiver that is silent holds two posts at a time and no more.
func TestASilentReceiverHoldsUpNobody(t *testing.T) {
	arrived := make(chan struct{}, postsAtOnce)
	h := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, postsAtOnce)
	for range postsAtOnce {
		go func() { ended <- h.Post(ctx, happened) }()
	}
	for range postsAtOnce {
		<-arrived
	}
	later, is := errors.AsType[flows.ErrLater](h.Post(ctx, happened))
	if !is || later.After != postLater {
		t.Errorf("a third post: %+v", later)
	}
	stop()
	for range postsAtOnce {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a post that is stopped: %v", err)
		}
	}
}

// The document describes the event as it is posted.
func TestTheDocumentDescribesTheEvent(t *testing.T) {
	h := NewWebhook(WebhookOptions{URL: "http://127.0.0.1:1", Secret: signing, Now: func() time.Time { return noon }})
	r, err := h.request(t.Context(), happened)
	if err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	d := readDocument(t)
	d.fits(t, "an event", d.Components.Schemas["CaseEvent"], body)
	var described struct {
		Webhooks map[string]map[string]struct{ Parameters []struct{ Name string } }
	}
	if err := json.Unmarshal(document, &described); err != nil {
		t.Fatal(err)
	}
	headers := described.Webhooks["caseEvent"]["post"].Parameters
	if len(headers) != 2 {
		t.Fatalf("headers are %+v", headers)
	}
	for _, p := range headers {
		if r.Header.Get(p.Name) == "" {
			t.Errorf("the header %s is described and not sent", p.Name)
		}
	}
}
