package telegram

import "sync"

// finishedKept is how many finished updates are remembered: at 300 a second,
// nearly a minute's, which is how long Telegram waits for a webhook before it
// posts an update again.
const finishedKept = 1 << 14

// finished remembers the updates that this process finished last, so that one
// that comes again is not handled again. The zero value is ready.
type finished struct {
	mu   sync.Mutex
	ids  map[int64]bool
	ring []int64
	next int // the oldest, once the ring is full
}

func (f *finished) has(update int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[update]
}

func (f *finished) add(update int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[update] {
		return
	}
	if f.ids == nil {
		f.ids = map[int64]bool{}
	}
	if len(f.ring) < finishedKept {
		f.ring = append(f.ring, update)
	} else {
		delete(f.ids, f.ring[f.next])
		f.ring[f.next] = update
		f.next = (f.next + 1) % finishedKept
	}
	f.ids[update] = true
}
