package simulator

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// webhook is what the bot set, and how the last delivery went wrong.
type webhook struct {
	URL            string `json:"url"`
	Secret         string `json:"secret,omitempty"`
	MaxConnections int    `json:"maxConnections,omitempty"`
	LastError      string `json:"lastError,omitempty"`
	LastErrorDate  int64  `json:"lastErrorDate,omitempty"` // Unix time
}

func (w webhook) sameTarget(other webhook) bool {
	return w.URL == other.URL && w.Secret == other.Secret && w.MaxConnections == other.MaxConnections
}

const defaultConnections = 40

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{0,256}$`)

func setWebhook(s *Server, r *request) (any, error) {
	if r.text("url") == "" {
		return deleteWebhook(s, r)
	}
	if err := checkWebhookURL(r.text("url")); err != nil {
		return nil, err
	}
	if len(r.text("secret_token")) > 256 {
		return nil, badRequest("secret token is too long")
	}
	if !secretForm.MatchString(r.text("secret_token")) {
		return nil, badRequest("secret token contains unallowed characters")
	}
	next := webhook{URL: r.text("url"), Secret: r.text("secret_token"), MaxConnections: defaultConnections}
	if r.has("max_connections") {
		next.MaxConnections = min(max(int(r.int("max_connections")), 1), 100)
	}
	if err := s.allow(r); err != nil {
		return nil, err
	}
	if s.Hook.sameTarget(next) && !r.bool("drop_pending_updates") {
		return described{true, "Webhook is already set"}, nil
	}
	s.dropPending(r)
	s.endPoller("terminated by setWebhook request")
	s.replaceHook(next)
	return described{true, "Webhook was set"}, nil
}

func deleteWebhook(s *Server, r *request) (any, error) {
	text := "Webhook is already deleted"
	if s.hook != nil {
		text = "Webhook was deleted"
	}
	s.dropPending(r)
	s.replaceHook(webhook{})
	return described{true, text}, nil
}

func (s *Server) dropPending(r *request) {
	if r.bool("drop_pending_updates") {
		s.queue.pending.Init()
	}
}

func (s *Server) replaceHook(next webhook) {
	if s.hook != nil {
		s.hook.cancel()
	}
	s.Hook = next
	s.hook = s.startHook()
}

// checkWebhookURL asks for what Telegram asks for, and lets plain HTTP and any
// port through on this machine.
func checkWebhookURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return badRequest("invalid webhook URL specified")
	}
	if isLoopback(u) && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	if u.Scheme != "https" {
		return badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	}
	if !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()) {
		return badRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	return nil
}

func isLoopback(u *url.URL) bool {
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

func getWebhookInfo(s *Server, _ *request) (any, error) {
	return struct {
		URL                  string   `json:"url"`
		HasCustomCertificate bool     `json:"has_custom_certificate"`
		PendingUpdateCount   int      `json:"pending_update_count"`
		LastErrorDate        int64    `json:"last_error_date,omitempty"`
		LastErrorMessage     string   `json:"last_error_message,omitempty"`
		MaxConnections       int      `json:"max_connections,omitempty"`
		AllowedUpdates       []string `json:"allowed_updates,omitempty"`
	}{s.Hook.URL, false, s.queue.pending.Len(), s.Hook.LastErrorDate, s.Hook.LastError,
		s.Hook.MaxConnections, slices.Clone(s.Allowed)}, nil
}

// startHook begins to deliver to the webhook that is set, if one is, and takes
// in all that is queued. The caller holds the lock.
func (s *Server) startHook() *hook {
	if s.Hook.URL == "" {
		return nil
	}
	h := &hook{server: s, target: s.Hook, lanes: map[string]*lane{},
		connections: make(chan struct{}, s.Hook.MaxConnections),
		client: &http.Client{
			Timeout: responseTimeout,
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
				MaxIdleConnsPerHost: s.Hook.MaxConnections,
				IdleConnTimeout:     time.Minute,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
	h.ctx, h.cancel = context.WithCancel(s.ctx)
	context.AfterFunc(h.ctx, h.client.CloseIdleConnections)
	h.feed(s.queue.pending.Front())
	return h
}
