package sqlite

import "sync"

// bell wakes all who wait for it. The zero value is ready.
type bell struct {
	mu   sync.Mutex
	rung chan struct{}
}

// heard gives a channel that closes at the next ring.
func (b *bell) heard() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}
