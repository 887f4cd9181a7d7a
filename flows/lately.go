package flows

import (
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"
)

// rememberSaid is how long it is remembered what was said.
const rememberSaid = time.Minute

// lately remembers what was last said in each chat. The zero value is ready.
type lately struct {
	beginning sync.Mutex // so that two do not begin at once

	mu    sync.Mutex
	said  map[int64]saying
	swept time.Time
}

type saying struct {
	replies []Reply
	album   string // that it answers
	at      time.Time
}

// heard tells whether a chat was last told the same, later than since or in answer
// to the same album.
func (l *lately) heard(chat int64, replies []Reply, album string, since time.Time) bool {
	l.mu.Lock()
	last, known := l.said[chat]
	l.mu.Unlock()
	return known && (last.at.After(since) || album != "" && album == last.album) && slices.EqualFunc(last.replies, replies, alike)
}

// note keeps what is said in a chat now.
func (l *lately) note(chat int64, replies []Reply, album string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) >= rememberSaid {
		maps.DeleteFunc(l.said, func(_ int64, s saying) bool { return now.Sub(s.at) >= rememberSaid })
		l.swept = now
	}
	if l.said == nil {
		l.said = map[int64]saying{}
	}
	l.said[chat] = saying{replies, album, now}
}

// begin notes what is about to be said in a chat; false when the chat was last told
// the same, later than since, or is being told.
func (l *lately) begin(chat int64, replies []Reply, since, now time.Time) bool {
	l.beginning.Lock()
	defer l.beginning.Unlock()
	if l.heard(chat, replies, "", since) {
		return false
	}
	l.note(chat, replies, "", now)
	return true
}

// forget forgets what was not said after all.
func (l *lately) forget(chat int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.said, chat)
}

// alike tells whether two replies say the same but for the time that is left. The
// buttons of one work as well as those of the other.
func alike(a, b Reply) bool {
	if !slices.Equal(a.Say, b.Say) || a.Conversation != b.Conversation || a.AskContact != b.AskContact || !slices.Equal(a.Buttons, b.Buttons) {
		return false
	}
	a.Facts.Wait, a.Facts.Life, a.Facts.Barred = b.Facts.Wait, b.Facts.Life, b.Facts.Barred
	return reflect.DeepEqual(a.Facts, b.Facts)
}
