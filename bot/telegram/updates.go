package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// pollGrace is how much longer than Telegram's own time-out a poll may take.
const pollGrace = 10 * time.Second

// pollParams is getUpdates. The library has no type for it that is exported.
type pollParams struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"` // seconds
	Allowed []string `json:"allowed_updates"`
}

// isOfWebhook tells whether a webhook is in the way of polling: it is active, or
// has just ended the poll ("terminated by setWebhook request").
func (r *refusal) isOfWebhook() bool {
	return r.is(http.StatusConflict) && strings.Contains(strings.ToLower(r.Description), "webhook")
}

// poll confirms all before the offset and gives up to limit of the updates from
// there on, each undecoded, waiting for one as long as hold. The error is a
// *refusal, or tells that there was no answer.
func (c *Client) poll(ctx context.Context, offset int64, limit int, hold time.Duration) (updates []json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(ctx, hold+pollGrace)
	defer cancel()
	err = c.post(ctx, "getUpdates", &pollParams{offset, limit, int(hold / time.Second), allowedUpdates}, &updates)
	if err == nil || refusalOf(err) != nil {
		return updates, err
	}
	return nil, c.explain(err)
}
