package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// GroupLimit is how many messages a minute Telegram lets a bot send to a group.
const GroupLimit = 20

// spend counts a message of the bot to a group, or refuses it and says when
// the next one can go.
func (s *Server) spend(c *chat) error {
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
