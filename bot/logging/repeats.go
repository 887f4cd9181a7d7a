// Package logging keeps a log readable while one cause makes many lines.
package logging

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// mostCauses bounds how many causes are told apart at a time.
	mostCauses = 1000
	// longestCause bounds, in bytes, how much of an error tells causes apart.
	longestCause = 200
)

// causes are the attributes that tell one cause from another: what is wrong, and
// with whom where each is to be known.
var causes = []string{"kind", "channel", "status", "cause", "part", "method", "by", "why", "admin", "country", "err"}

// Repeats hands warnings and errors to another handler, those of one cause once
// in a stretch of time; how often it came again is said at the end of it, in the
// attribute "repeated" of the newest. A cause is the level, the message and those
// attributes that tell what is wrong, an error without the digits in it. What
// carries a reference is always handed on: somebody may ask for it. Safe for
// concurrent use.
type Repeats struct {
	next   slog.Handler
	shared *repeats
	fixed  string // what WithAttrs and WithGroup add to a cause
}

type repeats struct {
	every time.Duration
	after func(time.Duration, func())

	mu    sync.Mutex
	known map[string]*repeated
}

type repeated struct {
	record  slog.Record
	handler slog.Handler
	times   int
}

var _ slog.Handler = (*Repeats)(nil)

// NewRepeats builds the handler.
func NewRepeats(next slog.Handler, every time.Duration) *Repeats {
	after := func(d time.Duration, do func()) { time.AfterFunc(d, do) }
	return &Repeats{next: next, shared: &repeats{every: every, after: after, known: map[string]*repeated{}}}
}

// Enabled implements slog.Handler.
func (h *Repeats) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *Repeats) Handle(ctx context.Context, r slog.Record) error {
	if cause, some := h.cause(r); some && h.shared.again(cause, h.next, r) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *Repeats) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.next = h.next.WithAttrs(attrs)
	for _, a := range attrs {
		with.fixed += " " + a.String()
	}
	return &with
}

// WithGroup implements slog.Handler.
func (h *Repeats) WithGroup(name string) slog.Handler {
	with := *h
	with.next = h.next.WithGroup(name)
	with.fixed += " " + name
	return &with
}

// cause names what a record is about; false for one that is always said.
func (h *Repeats) cause(r slog.Record) (string, bool) {
	if r.Level < slog.LevelWarn {
		return "", false
	}
	some := true
	cause := r.Level.String() + h.fixed + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "reference" {
			some = false
		}
		if slices.Contains(causes, a.Key) {
			text := a.Value.String()
			text = text[:min(len(text), longestCause)]
			if a.Key == "err" {
				text = strings.Map(withoutDigits, text)
			}
			cause += "\x00" + text
		}
		return some
	})
	return cause, some
}

func withoutDigits(r rune) rune {
	if unicode.IsDigit(r) {
		return -1
	}
	return r
}

// again keeps a record whose cause was said already; false when it is to be said.
func (s *repeats) again(cause string, to slog.Handler, r slog.Record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.known[cause]; known != nil {
		known.record, known.handler = r.Clone(), to
		known.times++
		return true
	}
	if len(s.known) < mostCauses {
		s.known[cause] = &repeated{}
		s.after(s.every, func() { s.tell(cause) })
	}
	return false
}

// tell says how often a cause came again, and begins anew; one that did not come
// again is forgotten.
func (s *repeats) tell(cause string) {
	s.mu.Lock()
	last := *s.known[cause]
	if last.times == 0 {
		delete(s.known, cause)
		s.mu.Unlock()
		return
	}
	s.known[cause] = &repeated{}
	s.mu.Unlock()
	s.after(s.every, func() { s.tell(cause) })
	last.record.AddAttrs(slog.Int("repeated", last.times))
	_ = last.handler.Handle(context.Background(), last.record)
}
