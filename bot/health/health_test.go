package health

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// watch lets a prober run in a time of the test's own, which begins at midnight of
// 2000-01-01; begin makes it watch parts.
func watch(t *testing.T, do func(p *Prober, begin func(...Part), log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		p.Started()
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		do(p, func(parts ...Part) {
			running.Go(func() { p.Run(ctx, parts...) })
			synctest.Wait()
		}, &log)
		stop()
		running.Wait()
	})
}

func (p *Prober) expect(t *testing.T, status int, text string) {
	t.Helper()
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if answer.Code != status || answer.Body.String() != text {
		t.Errorf("status %d:\n%s\nwant %d:\n%s", answer.Code, answer.Body.String(), status, text)
	}
}

// later lets time pass until all that was to happen has happened.
func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// scripted is a part whose probes fail as the test says.
type scripted struct {
	mu    sync.Mutex
	err   error
	tried int
}

func (s *scripted) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *scripted) probe(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried++
	return s.err
}

var errFull = errors.New("REKEY_REDIS_URL: it is full. Raise its maxmemory")

func TestAVitalPartDecides(t *testing.T) {
	watch(t, func(p *Prober, begin func(...Part), log *bytes.Buffer) {
		var redis scripted
		begin(Part{"redis", redis.probe, Always})
		p.expect(t, 200, "ready\n")
		redis.fail(errFull)
		later(every)
		p.expect(t, 503, "not ready\nredis: "+errFull.Error()+" (since 2000-01-01T00:01:00Z)\n")
		if !p.Failing("redis") || p.Failing("mail") {
			t.Error("it is not said that redis fails alone")
		}
		later(2 * every)
		p.expect(t, 503, "not ready\nredis: "+errFull.Error()+" (since 2000-01-01T00:01:00Z)\n")
		redis.fail(nil)
		later(every)
		p.expect(t, 200, "ready\n")
		said := log.String()
		if strings.Count(said, "level=ERROR") != 1 || !strings.Contains(said, `part=redis err="`+errFull.Error()) ||
			strings.Count(said, "level=INFO") != 1 || !strings.Contains(said, "well again") || !strings.Contains(said, "after=3m0s") ||
			strings.Count(said, "\n") != 2 {
			t.Error(said)
		}
		if redis.tried != 5 {
			t.Errorf("tried %d times in four minutes, want 5", redis.tried)
		}
	})
}

func TestAnyOtherPartDegrades(t *testing.T) {
	watch(t, func(p *Prober, begin func(...Part), log *bytes.Buffer) {
		var mail, telegram scripted
		unknown := errors.New("unknown token")
		mail.fail(errors.New("the sender is refused"))
		telegram.fail(errors.New("out of reach"))
		begin(Part{"mail", mail.probe, nil}, Part{"telegram", telegram.probe, func(err error) bool { return errors.Is(err, unknown) }})
		p.expect(t, 200, "degraded\nmail: the sender is refused (since 2000-01-01T00:00:00Z)\ntelegram: out of reach (since 2000-01-01T00:00:00Z)\n")
		telegram.fail(unknown)
		later(every)
		p.expect(t, 503, "not ready\nmail: the sender is refused (since 2000-01-01T00:00:00Z)\ntelegram: unknown token (since 2000-01-01T00:01:00Z)\n")
		if said := log.String(); strings.Count(said, "level=WARN") != 2 || strings.Count(said, "level=ERROR") != 1 {
			t.Error(said)
		}
	})
}

// A part that answers late, or never, holds up neither an answer nor other parts,
// and is never tried twice at once.
func TestASilentPartHoldsUpNobody(t *testing.T) {
	watch(t, func(p *Prober, begin func(...Part), _ *bytes.Buffer) {
		var database scripted
		release := make(chan struct{})
		tried := 0
		silent := func(context.Context) error { // deaf, as a file on a disk that hangs
			tried++
			<-release
			return nil
		}
		slow := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		begin(Part{"silent", silent, Always}, Part{"slow", slow, nil}, Part{"database", database.probe, Always})
		p.expect(t, 503, "not ready\nsilent: not tried yet\n")
		later(within + overrun)
		p.expect(t, 503, "not ready\nsilent: no answer in time (since 2000-01-01T00:00:12Z)\nslow: context deadline exceeded (since 2000-01-01T00:00:10Z)\n")
		later(time.Hour)
		if tried != 1 || database.tried < 60 {
			t.Errorf("the silent part was tried %d times, the database %d times", tried, database.tried)
		}
		close(release)
		later(every)
		p.expect(t, 200, "degraded\nslow: context deadline exceeded (since 2000-01-01T00:00:10Z)\n")
	})
}

func TestNotReadyBeforeTheStart(t *testing.T) {
	p := New(Options{Starting: "telegram: it is awaited", Log: slog.New(slog.DiscardHandler)})
	p.expect(t, 503, "not ready\ntelegram: it is awaited\n")
	p.Started()
	p.expect(t, 200, "ready\n")
}

// A probe that ends because the bot does says nothing of the part.
func TestTheEndIsNoFailure(t *testing.T) {
	var log *bytes.Buffer
	watch(t, func(_ *Prober, begin func(...Part), into *bytes.Buffer) {
		log = into
		begin(Part{"mail", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, nil})
	})
	if log.Len() > 0 {
		t.Error(log.String())
	}
}
