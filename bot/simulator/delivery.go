package simulator

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// The figures of Telegram's server (tdlib/telegram-bot-api, WebhookActor.cpp).
const (
	responseTimeout = 60 * time.Second
	longestRetry    = 3600 // seconds of Retry-After that are honoured
	longestDelay    = 60   // seconds; the delay ends between this and twice this
)

// hook delivers updates to a webhook: those of a lane one after the other,
// lanes side by side over at most max_connections connections. It takes in
// updates in their order and stops at twice as many lanes as connections, so
// that enough stuck lanes hold up everyone, as they do at Telegram.
type hook struct {
	server      *Server
	target      webhook
	client      *http.Client
	ctx         context.Context
	cancel      context.CancelFunc
	connections chan struct{}

	lanes map[string]*lane // guarded by the server's lock, as all below
	next  *list.Element    // the first update that no lane has yet
}

// lane holds updates that are delivered one at a time, in order.
type lane struct {
	name    string
	waiting []*list.Element
	delay   int // seconds; doubles with each failure after the first
	failed  bool
}

// feed hands updates to their lanes, from e on when nothing waits before it.
// The caller holds the server's lock.
func (h *hook) feed(e *list.Element) {
	if h.next == nil {
		h.next = e
	}
	for h.next != nil && h.ctx.Err() == nil {
		name := h.next.Value.(*update).Lane
		l := h.lanes[name]
		if l == nil && len(h.lanes) >= 2*h.target.MaxConnections {
			return
		}
		if l == nil {
			l = &lane{name: name, delay: 1}
			h.lanes[name] = l
			h.server.running.Go(func() { h.run(l) })
		}
		l.waiting = append(l.waiting, h.next)
		h.next = h.next.Next()
	}
}

// run delivers a lane's updates until none is left or the webhook is replaced.
func (h *hook) run(l *lane) {
	for {
		body, ok := h.head(l)
		if !ok {
			return
		}
		select {
		case <-h.ctx.Done():
			return
		case h.connections <- struct{}{}:
		}
		retryAfter, failure := h.post(body)
		<-h.connections
		wait := h.settle(l, retryAfter, failure)
		if wait == 0 {
			continue
		}
		pause := time.NewTimer(wait)
		select {
		case <-h.ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// head returns the body of the lane's first update that is not too old. When
// there is none, the lane ends and makes room for another.
func (h *hook) head(l *lane) (body []byte, ok bool) {
	defer h.server.change()()
	now := h.server.options.Now().Unix()
	for h.ctx.Err() == nil && len(l.waiting) > 0 {
		if u := l.waiting[0].Value.(*update); u.Expires >= now {
			return u.Body, true
		}
		h.drop(l)
	}
	if h.ctx.Err() == nil {
		delete(h.lanes, l.name)
		h.feed(h.next)
	}
	return nil, false
}

func (h *hook) drop(l *lane) {
	h.server.queue.pending.Remove(l.waiting[0])
	l.waiting = l.waiting[1:]
	l.delay, l.failed = 1, false
}

// post sends one update. The failure, empty when there is none, is worded as
// getWebhookInfo shows it.
func (h *hook) post(body []byte) (retryAfter int, failure string) {
	r, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.target.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	r.Header.Set("Content-Type", "application/json")
	if h.target.Secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.target.Secret)
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return 0, connectionFailure(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	if answer.StatusCode/100 == 2 {
		return 0, ""
	}
	retryAfter, _ = strconv.Atoi(answer.Header.Get("Retry-After"))
	return min(max(retryAfter, 0), longestRetry), "Wrong response from the webhook: " + answer.Status
}

func connectionFailure(err error) string {
	if timeout := (interface{ Timeout() bool })(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return "Read timeout expired"
	}
	return "Connection failed"
}

// settle notes how a delivery went and returns how long the lane waits before
// the next: not at all after a success or a first failure without Retry-After.
func (h *hook) settle(l *lane, retryAfter int, failure string) time.Duration {
	s := h.server
	defer s.change()()
	if h.ctx.Err() != nil {
		return 0
	}
	head := l.waiting[0]
	if failure == "" {
		if s.queue.confirm(head) {
			l.waiting = l.waiting[1:]
		}
		l.delay, l.failed = 1, false
		return 0
	}
	s.Hook.LastError, s.Hook.LastErrorDate = failure, s.options.Now().Unix()
	wait := retryAfter
	if retryAfter == 0 && l.failed {
		l.delay = min(l.delay*2, int(longestDelay*(1+s.options.Random())))
		wait = l.delay
	}
	l.failed = true
	if s.options.Now().Unix()+int64(wait) > head.Value.(*update).Expires {
		h.drop(l)
		return 0
	}
	return time.Duration(wait) * s.options.RetryUnit
}
