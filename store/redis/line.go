package redis

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// together is how many commands share a round trip at most.
const together = 64

// line carries commands to Redis one round trip after the other. Commands that
// wait at the same time share one, whose system calls cost more than they do.
type line struct {
	client  *redis.Client
	waiting chan *call
	close   func() // waits for the round trip under way and refuses all later ones
	closing chan struct{}
	ended   chan struct{}
}

// call is one caller's command.
type call struct {
	command redis.Cmder
	done    chan struct{}
}

func newLine(client *redis.Client) *line {
	l := &line{
		client: client, waiting: make(chan *call, together),
		closing: make(chan struct{}), ended: make(chan struct{}),
	}
	l.close = sync.OnceFunc(func() {
		close(l.closing)
		<-l.ended
	})
	go l.run()
	return l
}

// do carries out a command and gives its error. After the context's error the
// command may yet be carried out; its result must not be read.
func (l *line) do(ctx context.Context, command redis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{command, make(chan struct{})}
	select {
	case l.waiting <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return redis.ErrClosed
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		select {
		case <-c.done: // by the last round trip
		default:
			return redis.ErrClosed
		}
	}
	return command.Err()
}

func (l *line) run() {
	defer close(l.ended)
	for {
		select {
		case <-l.closing:
			return
		case c := <-l.waiting:
			l.carry(l.gather(c))
		}
	}
}

// gather takes the commands that wait now.
func (l *line) gather(first *call) []*call {
	calls := []*call{first}
	for len(calls) < together {
		select {
		case c := <-l.waiting:
			calls = append(calls, c)
		default:
			return calls
		}
	}
	return calls
}

func (l *line) carry(calls []*call) {
	ctx := context.Background() // the client's time-outs bound it
	pipe := l.client.Pipeline()
	for _, c := range calls {
		_ = pipe.Process(ctx, c.command)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for _, c := range calls {
		close(c.done)
	}
}
