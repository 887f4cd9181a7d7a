// Package health watches the parts that the bot leans on and tells operators how
// they are.
//
// A [Prober] tries each part once a minute, beside the others, whether or not
// anybody asks, and remembers what it found. So an answer costs nothing, never
// waits for a part that is slow, and is the same for all who ask. When a part
// begins to fail, and when it is well again, is logged once.
//
// A part that fails leaves the bot degraded, in which people are still told what
// is wrong; only without a vital one it is not ready.
package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// every is how long a part is left alone between two probes.
	every = time.Minute
	// within is how long a probe may take, and overrun how much longer it may
	// take to notice that its time is over.
	within  = 10 * time.Second
	overrun = 2 * time.Second
)

// Part is something outside the process that the bot leans on.
type Part struct {
	Name string
	// Probe tries the part. Its error is read by operators and by whoever may ask
	// over HTTP: it says what is wrong and how to mend it, and holds no secret.
	Probe func(context.Context) error
	// Vital tells whether nobody can be helped because of an error of Probe. nil:
	// never. A part that has it is waited for at the start.
	Vital func(error) bool
}

// Always is the Vital of a part without which nobody can be helped.
func Always(error) bool { return true }

// Options is what a Prober is built from. Starting and Log are required.
type Options struct {
	Starting string // what is answered before [Prober.Started], such as "telegram: the start waits for it"
	Log      *slog.Logger
	Now      func() time.Time // default time.Now
}

// Prober knows how the parts are. Safe for concurrent use.
type Prober struct {
	Options

	mu      sync.Mutex
	started bool
	parts   []*state
}

// grade is how a part is.
type grade int

const (
	untried grade = iota
	well
	degraded // it fails, and people are told of it
	unready  // it fails, and nobody can be helped
)

// state is what is known of a part.
type state struct {
	Part
	grade grade
	err   error     // of the newest probe
	since time.Time // when the grade became so
}

// judge gives the grade that a probe's error means.
func (s *state) judge(err error) grade {
	switch {
	case err == nil:
		return well
	case s.Vital != nil && s.Vital(err):
		return unready
	}
	return degraded
}

var errSilent = errors.New("no answer in time")

// New builds a Prober that knows no parts. It calls nobody.
func New(o Options) *Prober {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Prober{Options: o}
}

// Run watches parts until the context ends, beside those of other runs.
func (p *Prober) Run(ctx context.Context, parts ...Part) {
	var running sync.WaitGroup
	defer running.Wait()
	for _, part := range parts {
		s := &state{Part: part}
		p.mu.Lock()
		p.parts = append(p.parts, s)
		p.mu.Unlock()
		running.Go(func() {
			for ctx.Err() == nil {
				p.probe(ctx, s)
				wait(ctx, every)
			}
		})
	}
}

// Started tells that the bot is up: before, it is not ready whatever its parts.
func (p *Prober) Started() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started = true
}

// Failing tells whether the newest probe of a part failed; of one that is not
// known, or not tried yet, it did not.
func (p *Prober) Failing(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.parts {
		if s.Name == name {
			return s.err != nil
		}
	}
	return false
}

// probe tries a part and notes what came of it. One that does not heed its context
// is noted as failing meanwhile, and not tried again before it has ended.
func (p *Prober) probe(ctx context.Context, s *state) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var err error
	ended := make(chan struct{})
	go func() { err = s.Probe(bounded); close(ended) }()
	late := time.NewTimer(within + overrun)
	defer late.Stop()
	select {
	case <-ended:
		p.note(ctx, s, err)
		return
	case <-late.C:
		p.note(ctx, s, errSilent)
	case <-ctx.Done():
	}
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// note remembers how a part is, and logs what has changed.
func (p *Prober) note(ctx context.Context, s *state, err error) {
	if ctx.Err() != nil { // that is why
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	was, now := *s, p.Now()
	if s.err, s.grade = err, s.judge(err); s.grade == was.grade {
		return
	}
	s.since = now
	switch s.grade {
	case unready:
		p.Log.Error("a part fails without which nobody can be helped", "part", s.Name, "err", err)
	case degraded:
		p.Log.Warn("a part fails", "part", s.Name, "err", err)
	case well, untried:
		if was.grade != untried {
			p.Log.Info("a part is well again", "part", s.Name, "after", now.Sub(was.since).Round(time.Second))
		}
	}
}

// ServeHTTP answers with status 200 when people can be helped, if need be with
// what fails, and with 503 when they cannot.
func (p *Prober) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	status, text := p.describe()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// describe gives the status and the text: a word, and a line for each part that
// is not well.
func (p *Prober) describe() (status int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status, word := http.StatusOK, "ready"
	var lines strings.Builder
	if !p.started {
		status = http.StatusServiceUnavailable
		fmt.Fprintln(&lines, p.Starting)
	}
	for _, s := range p.parts {
		switch {
		case s.grade == untried && s.Vital != nil:
			status = http.StatusServiceUnavailable
			fmt.Fprintf(&lines, "%s: not tried yet\n", s.Name)
		case s.grade == unready:
			status = http.StatusServiceUnavailable
		case s.grade == degraded:
			word = "degraded"
		}
		if s.err != nil {
			fmt.Fprintf(&lines, "%s: %v (since %s)\n", s.Name, s.err, s.since.UTC().Format(time.RFC3339))
		}
	}
	if status != http.StatusOK {
		word = "not ready"
	}
	return status, word + "\n" + lines.String()
}

// wait lets time pass, unless the context ends first.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
