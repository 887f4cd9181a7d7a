package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"rekey/bot/telegram"
	"rekey/config"
)

// readWithin bounds how slowly a request may come. net/http also tells the handler
// to stop then, so it is longer than an update is handled, 25 s.
const readWithin = 40 * time.Second

// server answers HTTP from the start on: at first that the bot is not up yet, to
// all but health checks, and then as it is led.
type server struct {
	http   http.Server
	routes atomic.Pointer[http.ServeMux]
	stop   context.CancelCauseFunc
}

// openServer serves at a listener. The context that it gives ends also when that
// fails.
func (b *bot) openServer(ctx context.Context, listener net.Listener) (context.Context, *server) {
	ctx, stop := context.WithCancelCause(ctx)
	s := &server{stop: stop, http: http.Server{ReadHeaderTimeout: 10 * time.Second, ReadTimeout: readWithin, IdleTimeout: 2 * time.Minute}}
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.routes.Load().ServeHTTP(w, r) })
	starting := b.checks()
	starting.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the bot is starting", http.StatusServiceUnavailable)
	})
	s.lead(starting)
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("REKEY_LISTEN: %w", err))
		}
	}()
	return ctx, s
}

// lead sends requests another way from now on.
func (s *server) lead(routes *http.ServeMux) { s.routes.Store(routes) }

// close waits for the answers under way.
func (s *server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), drainAnswers)
	defer cancel()
	_ = s.http.Shutdown(ctx)
	s.stop(nil)
}

// checks are the health checks.
func (b *bot) checks() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.Handle("GET /readyz", b.health)
	return mux
}

// routes leads to all that the bot answers over HTTP.
func (b *bot) routes(webhook *telegram.Webhook, helpers *office) *http.ServeMux {
	mux := b.checks()
	b.serveAPI(mux, helpers)
	if b.cfg.Telegram.Mode == config.Webhook {
		mux.Handle(cmp.Or(b.cfg.Telegram.WebhookURL.Path, "/"), webhook)
	}
	return mux
}
