package telegram

import "sync"

// window holds the updates that the poller knows, in Telegram's order: ready
// ones, which are finished and so is all before them; behind those the ones in
// hand, of which some run. The offset says to Telegram what is ready. A ready
// update stays known until a poll has said so: a poll under way may bring it
// once more.
//
// Ids are never compared with each other: after a quiet week Telegram goes on
// with any number (Bot API, Update.update_id).
type window struct {
	mu       sync.Mutex
	ids      []int64
	finished map[int64]bool // all of ids; false while it runs
	progress
	news chan struct{} // told that something has finished
}

// progress tells how far a window has come.
type progress struct {
	offset  int64 // for the next poll
	ready   int   // updates that the offset is to confirm
	inHand  int   // updates behind them
	running int   // of those in hand
}

func newWindow() *window {
	return &window{finished: map[int64]bool{}, news: make(chan struct{}, 1)}
}

// take adds an update; false when it is known already, or the window full.
func (w *window) take(id int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.finished[id]; known || w.inHand >= windowSize {
		return false
	}
	w.ids = append(w.ids, id)
	w.finished[id] = false
	w.running++
	w.inHand++
	return true
}

// finish notes that an update can be acknowledged and tells whether the offset
// has moved.
func (w *window) finish(id int64) (moved bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished[id] = true
	w.running--
	for w.inHand > 0 && w.finished[w.ids[w.ready]] {
		w.offset = w.ids[w.ready] + 1
		w.ready++
		w.inHand--
		moved = true
	}
	w.tell()
	return moved
}

// confirm forgets what was ready when a poll that has now succeeded began.
func (w *window) confirm(then progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.ids[:then.ready] {
		delete(w.finished, id)
	}
	w.ids = w.ids[then.ready:]
	w.ready -= then.ready
}

// leave gives an update up, so that Telegram delivers it again.
func (w *window) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	w.tell()
}

func (w *window) tell() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (w *window) state() progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress
}
