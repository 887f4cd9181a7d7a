package argon2

import (
	"runtime"
	"sync"
)

// memory keeps hashes within a bound. Each allocates a block that is garbage once
// it ends, and Go collects garbage only when there is about as much of it as of
// everything else: several blocks, which a bound may not leave room for.
type memory struct {
	most int64 // bytes; 0: no bound

	mu      sync.Mutex
	live    int64 // of hashes under way
	garbage int64 // of those that ended since the last collection, if Go collected none itself
}

// take makes room for a block that is about to be allocated.
func (m *memory) take(bytes int64) {
	if m.most == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.garbage > 0 && m.live+m.garbage+bytes > m.most {
		runtime.GC() // returns once the blocks are free
		m.garbage = 0
	}
	m.live += bytes
}

// leave gives a block to the garbage collector.
func (m *memory) leave(bytes int64) {
	if m.most == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live -= bytes
	m.garbage += bytes
}
