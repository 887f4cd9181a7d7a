package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-telegram/bot"

	"rekey/flows"
)

// retryAfter tells how long Telegram asks to wait, when it does.
func retryAfter(err error) (time.Duration, bool) {
	var later flows.ErrLater
	if errors.As(err, &later) {
		return later.After, true
	}
	var limit *bot.TooManyRequestsError
	if !errors.As(err, &limit) {
		return 0, false
	}
	return time.Duration(max(limit.RetryAfter, 1)) * time.Second, true
}

// transient tells whether the same call may do better in a moment.
func transient(err error) bool {
	var broken *brokenError
	var lost lostError
	return errors.As(err, &broken) || errors.As(err, &lost)
}

// refused tells whether Telegram refuses a call for one of these reasons.
func refused(err error, reasons ...string) bool {
	if !errors.Is(err, bot.ErrorBadRequest) {
		return false
	}
	for _, reason := range reasons {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	return false
}

// unreachable tells whether nothing can be said in a chat any more: the person
// blocked the bot, deleted the account, or never wrote.
func unreachable(err error) bool {
	return errors.Is(err, bot.ErrorForbidden) || refused(err, "chat not found", "PEER_ID_INVALID")
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

// unreadable tells whether the library could not decode an answer; its error
// quotes the answer then.
func unreadable(err error) bool {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &shape)
}

// hide takes the token out of a text.
func (c *Client) hide(text string) string { return strings.ReplaceAll(text, c.secret, "***") }

// final marks an error as one that another try cannot mend.
func final(err error) error { return fmt.Errorf("%w: %w", flows.ErrUnreachable, err) }
