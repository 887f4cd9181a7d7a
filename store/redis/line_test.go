package redis

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/redis/go-redis/v9"

	"rekey/store/storetest"
)

// gate stops each round trip until it is let through.
type gate struct {
	arrived chan int // how many commands the round trip carries
	through chan struct{}
}

func (g gate) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (g gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (g gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		g.arrived <- len(commands)
		<-g.through
		return next(ctx, commands)
	}
}

// gated gives conversations whose line is in a round trip that waits at a gate,
// and what becomes of the command in it.
func gated(t *testing.T, ctx context.Context) (*Conversations, gate, chan error) {
	t.Helper()
	c := open(t, storetest.Redis(t))
	g := gate{make(chan int, 2*together), make(chan struct{})}
	c.client.AddHook(g)
	first := make(chan error, 1)
	go func() {
		_, _, err := c.Load(ctx, 1)
		first <- err
	}()
	if n := <-g.arrived; n != 1 {
		t.Fatalf("the first round trip carries %d commands", n)
	}
	return c, g, first
}

func TestCommandsThatWaitShareARoundTrip(t *testing.T) {
	c, g, first := gated(t, t.Context())
	var calls []*call
	for range 5 {
		a := &call{redis.NewStringCmd(t.Context(), "PING", "here"), make(chan struct{})}
		calls = append(calls, a)
		c.line.waiting <- a
	}
	g.through <- struct{}{}
	if n := <-g.arrived; n != len(calls) {
		t.Errorf("%d of %d commands that waited share a round trip", n, len(calls))
	}
	close(g.through)
	if err := <-first; err != nil {
		t.Error(err)
	}
	for _, a := range calls {
		<-a.done
		if got := a.command.(*redis.StringCmd).Val(); got != "here" {
			t.Errorf("a command is answered %q", got)
		}
	}
}

func TestEndedContextWaitsForNoRoundTrip(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, g, first := gated(t, ctx)
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("loading gives %v", err)
	}
	g.through <- struct{}{}
}

func TestClosingFinishesTheRoundTripUnderWay(t *testing.T) {
	c, g, first := gated(t, t.Context())
	closed := make(chan struct{})
	go func() {
		c.line.close()
		close(closed)
	}()
	<-c.line.closing
	g.through <- struct{}{}
	if err := <-first; err != nil {
		t.Errorf("the command under way gives %v", err)
	}
	<-closed
	if _, _, err := c.Load(t.Context(), 1); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("a command after the end gives %v", err)
	}
}
