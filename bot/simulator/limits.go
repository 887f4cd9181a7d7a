package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// GroupLimit is how many messages a minute Telegram lets a bot send to a group.
const GroupLimit = 20

// LimitChat lets the bot write to a person's chat only so far apart from now on;
// what comes sooner gets a 429. Telegram does so to a chat that is written to
// faster than once a second (core.telegram.org/bots/faq). With 0 it ends.
func (s *Server) LimitChat(id int64, apart time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apart[id] = apart
}

// spend counts a message of the bot to a chat, or refuses it and says when the
// next one can go.
func (s *Server) spend(c *chat) error {
	if apart := s.apart[c.id]; apart > 0 {
		now := s.options.Now()
		if wait := apart - now.Sub(c.wrote); wait > 0 {
			return tooMany(int((wait + time.Second - 1) / time.Second))
		}
		c.wrote = now
	}
	limit := s.options.GroupLimit
	if limit == 0 || c.private() {
		return nil
	}
	now := s.options.Now()
	c.sent = slices.DeleteFunc(c.sent, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(c.sent) < limit {
		c.sent = append(c.sent, now)
		return nil
	}
	wait := time.Minute - now.Sub(c.sent[len(c.sent)-limit])
	return tooMany(int((wait + time.Second - 1) / time.Second))
}

func tooMany(seconds int) error {
	return &apiError{code: http.StatusTooManyRequests, retryAfter: seconds,
		text: fmt.Sprintf("Too Many Requests: retry after %d", seconds)}
}
