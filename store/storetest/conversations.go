// Package storetest holds the suites that every store must pass, and the real
// servers that stores are tested on.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"rekey/flows"
)

// Conversations checks an implementation of flows.Conversations. open gives an
// empty one; the suite opens it once for every case.
func Conversations(t *testing.T, open func(testing.TB) flows.Conversations) {
	for name, check := range map[string]func(*testing.T, flows.Conversations){
		"AbsentAtFirst":       absentAtFirst,
		"RoundTrip":           roundTrip,
		"ChatsAreApart":       chatsAreApart,
		"StaleRevision":       staleRevision,
		"ExpiredIsAbsent":     expiredIsAbsent,
		"OneFirstSaveWins":    oneFirstSaveWins,
		"OneRevisionWins":     oneRevisionWins,
		"NoSaveIsLost":        noSaveIsLost,
		"EndedContextIsError": endedContextIsError,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

const chat = int64(7_000_000_001)

func stored(revision uint64, body string) flows.Stored {
	return flows.Stored{Revision: revision, Body: []byte(body), Expires: time.Now().Add(time.Hour).Truncate(time.Millisecond)}
}

func save(tb testing.TB, c flows.Conversations, chat int64, was uint64, next flows.Stored, want bool) {
	tb.Helper()
	if saved, err := c.Save(tb.Context(), chat, was, next); err != nil || saved != want {
		tb.Fatalf("saving revision %d over %d = %t, %v; want %t", next.Revision, was, saved, err, want)
	}
}

func expect(tb testing.TB, c flows.Conversations, chat int64, want flows.Stored) {
	tb.Helper()
	got, ok, err := c.Load(tb.Context(), chat)
	if err != nil || !ok {
		tb.Fatalf("loading = %t, %v; want a conversation", ok, err)
	}
	if got.Revision != want.Revision || !bytes.Equal(got.Body, want.Body) || !got.Expires.Equal(want.Expires) {
		tb.Fatalf("loaded %+v, want %+v", got, want)
	}
}

func expectNone(tb testing.TB, c flows.Conversations, chat int64) {
	tb.Helper()
	if got, ok, err := c.Load(tb.Context(), chat); ok || err != nil {
		tb.Fatalf("loading = %+v, %t, %v; want none", got, ok, err)
	}
}

func absentAtFirst(t *testing.T, c flows.Conversations) {
	expectNone(t, c, chat)
	save(t, c, chat, 1, stored(2, "over nothing"), false)
	expectNone(t, c, chat)
}

func roundTrip(t *testing.T, c flows.Conversations) {
	for i, body := range []string{"plain", "\x00\xff\r\n\x00", "", string(bytes.Repeat([]byte{0xa5}, 64<<10))} {
		chat, first := chat+int64(i), stored(1, body)
		save(t, c, chat, 0, first, true)
		expect(t, c, chat, first)
		last := stored(math.MaxInt64, body+"!")
		last.Expires = last.Expires.Add(-time.Minute)
		save(t, c, chat, 1, last, true)
		expect(t, c, chat, last)
	}
	bare := stored(1, "")
	bare.Body = nil
	save(t, c, -chat, 0, bare, true)
	expect(t, c, -chat, bare)
}

func chatsAreApart(t *testing.T, c flows.Conversations) {
	a, b := stored(1, "a"), stored(1, "b")
	save(t, c, chat, 0, a, true)
	save(t, c, -chat, 0, b, true)
	save(t, c, chat, 1, stored(2, "a2"), true)
	expect(t, c, -chat, b)
}

func staleRevision(t *testing.T, c flows.Conversations) {
	save(t, c, chat, 0, stored(1, "one"), true)
	save(t, c, chat, 0, stored(1, "another one"), false)
	save(t, c, chat, 1, stored(2, "two"), true)
	save(t, c, chat, 1, stored(2, "late two"), false)
	save(t, c, chat, 3, stored(4, "from the future"), false)
	got, _, err := c.Load(t.Context(), chat)
	if err != nil || string(got.Body) != "two" {
		t.Fatalf("a lost save wrote: %+v, %v", got, err)
	}
}

func expiredIsAbsent(t *testing.T, c flows.Conversations) {
	save(t, c, chat, 0, stored(1, "one"), true)
	over := stored(2, "over")
	over.Expires = time.Now().Add(-time.Second)
	save(t, c, chat, 1, over, true)
	expectNone(t, c, chat)
	save(t, c, chat, 2, stored(3, "over an expired one"), false)
	fresh := stored(1, "fresh")
	save(t, c, chat, 0, fresh, true)
	expect(t, c, chat, fresh)
}

func oneFirstSaveWins(t *testing.T, c flows.Conversations) { race(t, c, 0) }

func oneRevisionWins(t *testing.T, c flows.Conversations) {
	save(t, c, chat, 0, stored(1, "one"), true)
	for was := uint64(1); was < 6; was++ {
		race(t, c, was)
	}
}

// race saves 64 times over one revision; exactly one must win and stay.
func race(t *testing.T, c flows.Conversations, was uint64) {
	const racers = 64
	won := make(chan flows.Stored, racers)
	together(racers, func(i int) {
		next := stored(was+1, fmt.Sprintf("racer %d over %d", i, was))
		saved, err := c.Save(t.Context(), chat, was, next)
		if err != nil {
			t.Errorf("racer %d: %v", i, err)
		}
		if saved {
			won <- next
		}
	})
	if len(won) != 1 {
		t.Fatalf("%d of %d racers won over revision %d, want 1", len(won), racers, was)
	}
	expect(t, c, chat, <-won)
}

// noSaveIsLost counts up in one conversation from several goroutines that
// load, save and try again.
func noSaveIsLost(t *testing.T, c flows.Conversations) {
	const counters, each = 8, 10
	save(t, c, chat, 0, stored(1, "start"), true)
	together(counters, func(i int) {
		for n := 0; n < each; {
			was, ok, err := c.Load(t.Context(), chat)
			if err != nil || !ok {
				t.Errorf("loading = %t, %v", ok, err)
				return
			}
			saved, err := c.Save(t.Context(), chat, was.Revision, stored(was.Revision+1, fmt.Sprintf("%d counts %d", i, n)))
			if err != nil {
				t.Errorf("saving: %v", err)
				return
			}
			if saved {
				n++
			}
		}
	})
	got, _, err := c.Load(t.Context(), chat)
	if err != nil || got.Revision != 1+counters*each {
		t.Fatalf("revision %d after %d saves, %v", got.Revision, counters*each, err)
	}
}

func endedContextIsError(t *testing.T, c flows.Conversations) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Load(ctx, chat); err == nil {
		t.Error("loading with an ended context gives no error")
	}
	if _, err := c.Save(ctx, chat, 0, stored(1, "one")); err == nil {
		t.Error("saving with an ended context gives no error")
	}
	expectNone(t, c, chat)
}

// together runs do n times at once and waits for all.
func together(n int, do func(int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}
