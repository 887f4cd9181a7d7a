package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"
)

const (
	secretHeader = "X-Telegram-Bot-Api-Secret-Token" // Bot API, setWebhook
	// maxUpdate bounds one update, in bytes.
	maxUpdate = 1 << 20
	// comeBack is after how many seconds Telegram tries again.
	comeBack = "1"
	// places is how many updates are in hand at most. Telegram sends windowSize at
	// once; what is beyond costs a moment, and to refuse it would hold up everybody.
	places = 10 * windowSize
)

// WebhookOptions is what a Webhook is built from. Both are required.
type WebhookOptions struct {
	URL    string // where Telegram reaches the handler, HTTPS
	Secret string // 1 to 256 letters, digits, _ and -; Telegram sends it along
}

// Webhook receives updates as Telegram posts them. It is an [http.Handler] that
// answers with status 200 when an update is finished, and with 503 when it is
// not, so that Telegram posts it again. Its server's time-out for writing must
// be over 30 seconds.
type Webhook struct {
	receiver *Receiver
	options  WebhookOptions
	secret   [sha256.Size]byte
	slots    chan struct{} // one for each update in hand
	draining atomic.Bool
	base     context.Context
	giveUp   context.CancelFunc
}

// Webhook builds the webhook's handler.
func (r *Receiver) Webhook(o WebhookOptions) *Webhook {
	w := &Webhook{receiver: r, options: o, secret: sha256.Sum256([]byte(o.Secret)), slots: make(chan struct{}, places)}
	w.base, w.giveUp = context.WithCancel(context.Background())
	return w
}

// Register tells Telegram to post updates here, until it answers. The error is
// for the operator, and waiting would not mend it; or it is the context's.
func (w *Webhook) Register(ctx context.Context) error {
	client := w.receiver.Client
	err := client.persist(ctx, func(ctx context.Context) error {
		return client.do(ctx, "setWebhook", &bot.SetWebhookParams{URL: w.options.URL, SecretToken: w.options.Secret,
			AllowedUpdates: allowedUpdates, MaxConnections: windowSize}, new(bool))
	})
	if no := refusalOf(err); no.is(http.StatusBadRequest) {
		return fmt.Errorf("REKEY_WEBHOOK_URL: Telegram does not take this address: %w", no)
	}
	if err == nil {
		client.hooked.Store(client.options.Now().Unix())
	}
	return err
}

// ServeHTTP takes one update.
func (w *Webhook) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		out.Header().Set("Allow", http.MethodPost)
		out.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if !w.authentic(r) {
		out.WriteHeader(http.StatusForbidden)
		return
	}
	if !w.enter() {
		w.refuse(out)
		return
	}
	defer w.exit()
	body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxUpdate))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		out.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	if !w.take(body) {
		w.refuse(out)
		return
	}
	out.WriteHeader(http.StatusOK)
	w.receiver.Point("acknowledged")
}

// authentic compares the secret in a time that tells nothing about it.
func (w *Webhook) authentic(r *http.Request) bool {
	given := r.Header.Values(secretHeader)
	if len(given) != 1 || w.options.Secret == "" {
		return false
	}
	sum := sha256.Sum256([]byte(given[0]))
	return subtle.ConstantTimeCompare(sum[:], w.secret[:]) == 1
}

func (w *Webhook) refuse(out http.ResponseWriter) {
	out.Header().Set("Retry-After", comeBack)
	out.WriteHeader(http.StatusServiceUnavailable)
}

// enter takes a slot; false when all are taken or the webhook drains.
func (w *Webhook) enter() bool {
	if w.draining.Load() {
		return false
	}
	select {
	case w.slots <- struct{}{}:
		w.receiver.crowd.set(len(w.slots) >= crowded)
		return true
	default:
		return false
	}
}

func (w *Webhook) exit() {
	<-w.slots
	w.receiver.crowd.set(len(w.slots) >= crowded)
}

// take handles an update in its lane and tells whether it is finished.
func (w *Webhook) take(body []byte) bool {
	r := w.receiver
	a, wanted := r.arrive(body)
	if !wanted {
		return true
	}
	done := make(chan bool, 1)
	if !r.admit(a, func() { done <- r.finish(w.base, a) }) {
		r.shed(w.base, a, func(finished bool) { done <- finished })
	}
	return <-done
}

// Drain refuses updates from now on and waits for those in hand; after
// DrainWithin they are given up, and Telegram posts them to the next process.
// Shut the server down afterwards.
func (w *Webhook) Drain() {
	w.draining.Store(true)
	defer w.giveUp()
	late := time.NewTimer(w.receiver.DrainWithin)
	defer late.Stop()
	for range cap(w.slots) {
		select {
		case w.slots <- struct{}{}:
		case <-late.C:
			return
		}
	}
}
