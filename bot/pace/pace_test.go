package pace

import (
	"testing"
	"time"
)

func TestTakeBoundsEveryStretch(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	p := New(3, time.Minute)
	for i, c := range []struct{ after, wait time.Duration }{
		{0, 0}, {20 * time.Second, 0}, {20 * time.Second, 0},
		{10 * time.Second, 10 * time.Second}, // the first is 50 s old
		{10 * time.Second, 0},                // it is a minute old
		{0, 20 * time.Second},
		{20 * time.Second, 0},
	} {
		now = now.Add(c.after)
		if got := p.Take(now); got != c.wait {
			t.Errorf("time %d: wait %s, want %s", i+1, got, c.wait)
		}
	}
}
