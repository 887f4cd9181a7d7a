package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// feed is getUpdates. The library's own decodes whole batches, so that one
// update it does not know keeps all others from coming.
type feed struct {
	client  *Client
	address string // holds the token
}

// pollGrace is how much longer than Telegram's own time-out a poll may take.
const pollGrace = 10 * time.Second

func (c *Client) feed() feed {
	allowed, _ := json.Marshal(allowedUpdates)
	return feed{client: c, address: c.apiURL() + "/bot" + c.options.Token +
		"/getUpdates?allowed_updates=" + url.QueryEscape(string(allowed))}
}

// refusal is an answer of the Bot API that is not ok.
type refusal struct {
	Code        int    `json:"error_code"`
	Description string `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"` // seconds
	} `json:"parameters"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("Telegram refuses: %s (%d)", r.Description, r.Code)
}

func (r *refusal) is(code int) bool { return r != nil && r.Code == code }

// isWebhook tells whether a webhook is in the way of polling: it is active, or
// has just ended the poll ("terminated by setWebhook request").
func (r *refusal) isWebhook() bool {
	return r.is(http.StatusConflict) && strings.Contains(strings.ToLower(r.Description), "webhook")
}

// poll confirms all before the offset and gives up to limit of the updates from
// there on, waiting for one as long as hold. The error is a *refusal, or tells
// that there was no answer.
func (f feed) poll(ctx context.Context, offset int64, limit int, hold time.Duration) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, hold+pollGrace)
	defer cancel()
	address := f.address + "&limit=" + strconv.Itoa(limit) + "&timeout=" + strconv.Itoa(int(hold/time.Second))
	if offset != 0 {
		address += "&offset=" + strconv.FormatInt(offset, 10)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, f.client.explain(err)
	}
	_, body, err := f.client.server.exchange(request)
	if err != nil {
		return nil, f.client.explain(err)
	}
	return f.client.updates(body)
}

func (c *Client) updates(body []byte) ([]json.RawMessage, error) {
	var answer struct {
		refusal
		OK     bool              `json:"ok"`
		Result []json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, c.explain(err)
	}
	if !answer.OK {
		answer.Description = c.hide(answer.Description)
		return nil, &answer.refusal
	}
	return answer.Result, nil
}
