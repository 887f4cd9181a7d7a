package telegram

import (
	"context"
	"sync"

	"rekey/flows"
)

const (
	// surplusAtOnce is how many surplus inputs the Handler is given together.
	surplusAtOnce = 1000
	// asidesAtOnce and asidesWaiting bound the small calls that nobody waits for.
	asidesAtOnce  = 16
	asidesWaiting = 1024
)

// surplus is what chats send beyond what they may have in hand. It is not
// interpreted: what is written is deleted, and presses are answered with
// nothing. Inputs that arrive together are finished together, so that a flood
// costs the store little.
type surplus struct {
	finish func(context.Context, []flows.Input) error

	mu      sync.Mutex
	waiting []excess
	running bool
}

// excess is one surplus input, and who is told whether it is finished.
type excess struct {
	input flows.Input
	done  func(finished bool)
}

// add hands an input over and returns. A context that ends gives up all that
// waits.
func (s *surplus) add(ctx context.Context, in flows.Input, done func(finished bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, excess{in, done})
	if !s.running {
		s.running = true
		go s.run(ctx)
	}
}

func (s *surplus) run(ctx context.Context) {
	for batch := s.next(); len(batch) > 0; batch = s.next() {
		inputs := make([]flows.Input, len(batch))
		for i, e := range batch {
			inputs[i] = e.input
		}
		within, cancel := context.WithTimeout(ctx, overdueWithin)
		err := s.finish(within, inputs)
		cancel()
		for _, e := range batch {
			e.done(err == nil)
		}
	}
}

// next takes what waits, in the order in which it came.
func (s *surplus) next() []excess {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.waiting[:min(len(s.waiting), surplusAtOnce)]
	s.waiting = s.waiting[len(batch):]
	s.running = len(batch) > 0
	return batch
}

// shed finishes an update that its chat has no room for; done is told whether it
// can be acknowledged.
func (r *Receiver) shed(ctx context.Context, a arrival, done func(finished bool)) {
	if a.input != nil && a.input.Kind != flows.Pressed {
		r.surplus.add(ctx, *a.input, func(finished bool) {
			if finished {
				r.finished.add(a.update)
			}
			done(finished)
		})
		return
	}
	callback := a.callback()
	called := r.asides.run(func() {
		switch {
		case callback != "":
			r.unwatch(ctx, callback)
		case a.staff != nil && r.groups.maySpeak(r.Staff.Group.id):
			r.Staff.Group.busy(ctx, *a.staff)
		}
	})
	if !called {
		r.Client.presses.end(callback)
	}
	done(true)
}

// asides are small calls that nobody waits for.
type asides struct{ admitted, running chan struct{} }

func newAsides() asides {
	return asides{make(chan struct{}, asidesWaiting), make(chan struct{}, asidesAtOnce)}
}

// run has a call made; false when too many wait already.
func (a asides) run(call func()) bool {
	select {
	case a.admitted <- struct{}{}:
	default:
		return false
	}
	go func() {
		a.running <- struct{}{}
		defer func() { <-a.running; <-a.admitted }()
		call()
	}()
	return true
}
