package simulator

import (
	"sync"
)

// Event is something that happened in a chat.
type Event struct {
	// Kind is "message" (new, of either side), "edit", "delete", "answer" (to a
	// button press), "keyboard" (the reply keyboard changed), "topics" (the list
	// of topics changed) or "typing".
	Kind    string  `json:"kind"`
	Message Message `json:"message,omitzero"` // with "message" and "edit"
	ID      int     `json:"id,omitempty"`     // of the message, except with the last three
	Topic   int     `json:"topic,omitempty"`  // in which the bot is typing
	To      int64   `json:"to,omitempty"`     // the person who sees an answer
	Text    string  `json:"text,omitempty"`   // of an answer
	Alert   bool    `json:"alert,omitempty"`  // the answer wants to be closed by hand
}

// watcher passes events on to one reader at the reader's pace.
type watcher struct {
	mu      sync.Mutex
	waiting []Event
	news    chan struct{}
	ended   chan struct{}
}

// Watch returns the events of the person's chat from now on, in order, and a
// function that ends them and closes the channel; call it when done. A slow
// reader delays nobody and misses nothing.
func (p *Person) Watch() (events <-chan Event, cancel func()) { return p.server.watch(p.chat) }

// Watch returns the events of the group, as [Person.Watch] does.
func (g *Group) Watch() (events <-chan Event, cancel func()) { return g.server.watch(g.chat) }

func (s *Server) watch(c *chat) (events <-chan Event, cancel func()) {
	w := &watcher{news: make(chan struct{}, 1), ended: make(chan struct{})}
	out := make(chan Event)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.watchers[w] = struct{}{}
	if s.ctx.Err() == nil {
		s.running.Go(func() { w.run(s.ctx.Done(), out) })
	} else {
		close(out)
	}
	return out, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(c.watchers, w)
		close(w.ended)
	})
}

func (w *watcher) add(e Event) {
	w.mu.Lock()
	w.waiting = append(w.waiting, e)
	w.mu.Unlock()
	select {
	case w.news <- struct{}{}:
	default:
	}
}

func (w *watcher) run(closed <-chan struct{}, out chan<- Event) {
	defer close(out)
	for {
		w.mu.Lock()
		batch := w.waiting
		w.waiting = nil
		w.mu.Unlock()
		for _, e := range batch {
			select {
			case out <- e:
			case <-w.ended:
				return
			case <-closed:
				return
			}
		}
		select {
		case <-w.news:
		case <-w.ended:
			return
		case <-closed:
			return
		}
	}
}

// tell shows an event to those who watch the chat.
func (c *chat) tell(e Event) {
	for w := range c.watchers {
		w.add(e)
	}
}
