package telegram

import "sync"

// laneDepth is how many updates of a chat are in hand at most. An album is ten
// messages at once.
const laneDepth = 12

// lanes run the work of each chat in order and that of different chats side by
// side. A lane has a goroutine only while there is work in it. The zero value
// is ready.
type lanes struct {
	mu      sync.Mutex
	waiting map[int64][]func() // of the lanes that run
}

// offer appends an update's work to its chat's lane and returns; false when the
// chat has as much in hand as it may.
func (l *lanes) offer(chat int64, work func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if queue, running := l.waiting[chat]; running && len(queue)+1 >= laneDepth {
		return false
	}
	l.add(chat, work)
	return true
}

// run appends work to a chat's lane, however much there is, and returns.
func (l *lanes) run(chat int64, work func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(chat, work)
}

func (l *lanes) add(chat int64, work func()) {
	queue, running := l.waiting[chat]
	if running {
		l.waiting[chat] = append(queue, work)
		return
	}
	if l.waiting == nil {
		l.waiting = map[int64][]func(){}
	}
	l.waiting[chat] = nil
	go l.serve(chat, work)
}

func (l *lanes) serve(chat int64, work func()) {
	for ok := true; ok; work, ok = l.next(chat) {
		work()
	}
}

// next takes a lane's next work, or ends the lane.
func (l *lanes) next(chat int64) (func(), bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.waiting[chat]
	if len(queue) == 0 {
		delete(l.waiting, chat)
		return nil, false
	}
	l.waiting[chat] = queue[1:]
	return queue[0], true
}
