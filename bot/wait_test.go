package bot

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// lastWords is how long before the suite's limit a test stops waiting at the
// latest, to say what for.
const lastWords = 20 * time.Second

// withinSuite bounds a context by the limit of the whole suite (go test
// -timeout), and by nothing else: on a slow machine everything takes longer, and
// is right all the same.
func withinSuite(ctx context.Context, t *testing.T) (context.Context, context.CancelFunc) {
	if end, limited := t.Deadline(); limited {
		return context.WithDeadline(ctx, end.Add(-min(lastWords, time.Until(end)/10)))
	}
	return context.WithCancel(ctx)
}

// eventually waits until something is so.
func eventually(t *testing.T, log fmt.Stringer, what string, so func() bool) {
	t.Helper()
	within, cancel := withinSuite(context.Background(), t)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-within.Done():
			t.Fatalf("waited in vain until %s; the log is\n%s", what, log)
		}
	}
}
