package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"rekey/flows"
)

// refusal is an answer of the Bot API that is not ok.
type refusal struct {
	Code        int    `json:"error_code"`
	Description string `json:"description"`
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`        // seconds
		MovedTo    int64 `json:"migrate_to_chat_id"` // the chat that a group has become
	} `json:"parameters"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("Telegram refuses: %s (%d)", r.Description, r.Code)
}

func (r *refusal) is(code int) bool { return r != nil && r.Code == code }

// refusalOf gives the refusal that an error is; nil when it is none.
func refusalOf(err error) *refusal {
	var no *refusal
	errors.As(err, &no)
	return no
}

// retryAfter tells how long Telegram asks to wait, when it does.
func retryAfter(err error) (time.Duration, bool) {
	var later flows.ErrLater
	if errors.As(err, &later) {
		return later.After, true
	}
	no := refusalOf(err)
	if !no.is(http.StatusTooManyRequests) {
		return 0, false
	}
	return time.Duration(max(no.Parameters.RetryAfter, 1)) * time.Second, true
}

// transient tells whether the same call may do better in a moment.
func transient(err error) bool {
	var broken *brokenError
	var lost lostError
	return errors.As(err, &broken) || errors.As(err, &lost)
}

// refused tells whether Telegram refuses a call for one of these reasons.
func refused(err error, reasons ...string) bool {
	no := refusalOf(err)
	return no.is(http.StatusBadRequest) && slices.ContainsFunc(reasons, func(reason string) bool {
		return strings.Contains(no.Description, reason)
	})
}

// unreachable tells whether nothing can be said in a chat any more: the person
// blocked the bot, deleted the account, or never wrote.
func unreachable(err error) bool {
	return refusalOf(err).is(http.StatusForbidden) || refused(err, "chat not found", "PEER_ID_INVALID")
}

// explain gives an error that can be shown: one of flows' where Telegram asks
// to wait, and never with the token or an answer's body in it.
func (c *Client) explain(err error) error {
	if after, ok := retryAfter(err); ok {
		return flows.ErrLater{After: after}
	}
	if unreadable(err) {
		return errors.New("the answer of Telegram cannot be read")
	}
	if text := err.Error(); strings.Contains(text, c.secret) {
		return errors.New(c.hide(text))
	}
	return err
}

// unreadable tells whether an answer could not be decoded; the error may quote
// it then.
func unreadable(err error) bool {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &shape)
}

// hide takes the token out of a text.
func (c *Client) hide(text string) string { return strings.ReplaceAll(text, c.secret, "***") }

// final marks an error as one that another try cannot mend.
func final(err error) error { return fmt.Errorf("%w: %w", flows.ErrUnreachable, err) }
