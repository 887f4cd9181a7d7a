package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rekey/flows"
)

const (
	postWithin = 5 * time.Second
	// postsAtOnce keeps a receiver that does not answer from holding up the
	// other jobs; what finds no room waits for postLater.
	postsAtOnce = 2
	postLater   = 10 * time.Second
	maxAnswer   = 64 << 10 // read of an answer, so that its connection can serve again
)

// WebhookOptions say where events go. All are required.
type WebhookOptions struct {
	URL    string // with user:password for basic authorisation if need be
	Secret string // what signs events
	Now    func() time.Time
}

// Webhook tells a receiver what happened to the cases that programs opened:
//
//	POST <url>
//	Content-Type: application/json
//	Rekey-Timestamp: 1795435200       Unix seconds, of this try
//	Rekey-Signature: <hex HMAC-SHA256 of timestamp + "." + body>
//
//	{"id":"17-3","number":17,"status":"closed","what":"password_set","at":"2026-11-23T12:00:00Z"}
//
// The id is the same over all tries. 2xx means taken. 4xx means that it never will
// be, except 408 and 429, which like any other answer and silence mean that the
// event comes again. Redirects are not followed. Safe for concurrent use.
type Webhook struct {
	WebhookOptions
	client http.Client
	room   chan struct{}
}

// NewWebhook gives the webhook of a receiver; it does not connect.
func NewWebhook(o WebhookOptions) *Webhook {
	return &Webhook{WebhookOptions: o, room: make(chan struct{}, postsAtOnce), client: http.Client{
		Timeout:       postWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// event is the body of a POST.
type event struct {
	ID     string    `json:"id"`
	Number int64     `json:"number"`
	Status string    `json:"status"`
	What   string    `json:"what"`
	At     time.Time `json:"at"`
}

// Post tells the receiver of an event. A refusal for good gives an error that
// wraps flows.ErrUndeliverable, too many posts at once flows.ErrLater; any other
// error may pass. No error holds the URL, which may have a password.
func (h *Webhook) Post(ctx context.Context, j flows.HookJob) error {
	select {
	case h.room <- struct{}{}:
		defer func() { <-h.room }()
	default:
		return fmt.Errorf("webhook: others are posted first: %w", flows.ErrLater{After: postLater})
	}
	r, err := h.request(ctx, j)
	if err != nil {
		return err
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return fmt.Errorf("webhook: %s does not answer: %w", r.URL.Host, bare(err))
	}
	defer answer.Body.Close()
	words, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // what came of it says enough
	status := answer.StatusCode
	if status/100 == 2 {
		return nil
	}
	told := strings.TrimSpace(strconv.Itoa(status) + " " + flows.Said(string(words), append(h.hidden(), h.Secret)...))
	if status/100 == 4 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests {
		err := fmt.Errorf("webhook: %s refuses the event (%s): %w", r.URL.Host, told, flows.ErrUndeliverable)
		return flows.ServerError{Status: strconv.Itoa(status), Err: err}
	}
	return flows.ServerError{Status: strconv.Itoa(status), Err: fmt.Errorf("webhook: %s does not take the event now (%s)", r.URL.Host, told)}
}

// hidden lists what of the receiver's address errors must not repeat.
func (h *Webhook) hidden() []string {
	u, err := url.Parse(h.URL)
	if err != nil {
		return nil
	}
	return flows.SecretsIn(u)
}

func (h *Webhook) request(ctx context.Context, j flows.HookJob) (*http.Request, error) {
	body, err := json.Marshal(event{j.ID, j.Number, j.Status, j.What, j.At.UTC()})
	if err != nil {
		return nil, fmt.Errorf("webhook: encoding an event: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("webhook: REKEY_API_WEBHOOK_URL is no address that can be posted to")
	}
	timestamp := strconv.FormatInt(h.Now().Unix(), 10)
	r.Header = http.Header{
		"Content-Type":    {"application/json"},
		"Rekey-Timestamp": {timestamp}, "Rekey-Signature": {signature(h.Secret, timestamp, body)},
	}
	return r, nil
}

func signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// bare takes the URL out of an error.
func bare(err error) error {
	if u, is := errors.AsType[*url.Error](err); is {
		return u.Err
	}
	return err
}
