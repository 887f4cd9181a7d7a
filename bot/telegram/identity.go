package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-telegram/bot/models"
)

// Identity is who the bot is at Telegram.
type Identity struct {
	ID       int64
	Username string // without "@"
}

// ErrToken says that Telegram does not know the bot's token.
var ErrToken = errors.New("REKEY_TELEGRAM_TOKEN: Telegram does not know this token")

// Identify asks Telegram who the bot is. The error is for the operator; it wraps
// ErrToken when Telegram says so twice.
func (c *Client) Identify(ctx context.Context) (Identity, error) {
	var me models.User
	err := c.do(ctx, "getMe", struct{}{}, &me)
	if disowned(err) && c.wait(ctx, c.backOff(1)) == nil {
		err = c.do(ctx, "getMe", struct{}{}, &me)
	}
	if err != nil {
		return Identity{}, c.forOperator(err)
	}
	return Identity{ID: me.ID, Username: me.Username}, nil
}

// Await asks Telegram who the bot is until it answers, however long that takes.
// The error is for the operator, and waiting would not mend it: it wraps ErrToken,
// say; or it is the context's.
func (c *Client) Await(ctx context.Context) (Identity, error) {
	var me models.User
	err := c.persist(ctx, func(ctx context.Context) error { return c.do(ctx, "getMe", struct{}{}, &me) })
	return Identity{ID: me.ID, Username: me.Username}, err
}

// persist makes a call until Telegram takes it or refuses it for good, which is an
// error for the operator. That it waits is logged once a minute.
func (c *Client) persist(ctx context.Context, call func(context.Context) error) error {
	var said time.Time
	for failures := 1; ; failures++ {
		err := call(ctx)
		switch no := refusalOf(err); {
		case err == nil && failures > 1:
			c.options.Log.Info("Telegram answers", "tries", failures)
			return nil
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case disowned(err):
			if err := c.doubt(ctx); err != nil {
				return err
			}
			err = errors.New(err.Error() + ", but not when it is asked again")
		case no != nil && no.Code/100 == 4:
			return c.forOperator(err)
		}
		if now := c.options.Now(); now.Sub(said) >= time.Minute {
			said = now
			c.options.Log.Warn("the start waits for Telegram", "tries", failures, "err", c.forOperator(err))
		}
		later, _ := retryAfter(err)
		if err := c.wait(ctx, max(c.backOff(failures), later)); err != nil {
			return err
		}
	}
}

// Check tries the token. The error is for the operator.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.Identify(ctx)
	return err
}

// doubt asks again before it is believed that Telegram does not know the token:
// one server of Telegram's may be mistaken. It gives the error if it is true.
func (c *Client) doubt(ctx context.Context) error {
	if _, err := c.Identify(ctx); errors.Is(err, ErrToken) {
		return err
	}
	return nil
}

// disowned tells whether Telegram says that it does not know the token.
func disowned(err error) bool {
	no := refusalOf(err)
	return no.is(http.StatusUnauthorized) || no.is(http.StatusNotFound)
}

// forOperator says which setting is wrong, where an error tells.
func (c *Client) forOperator(err error) error {
	if disowned(err) {
		return fmt.Errorf("%w (%d). Copy it again from BotFather", ErrToken, refusalOf(err).Code)
	}
	if transient(err) {
		if lost := (lostError{}); errors.As(err, &lost) {
			err = lost.error
		}
		return fmt.Errorf("REKEY_TELEGRAM_API_URL: no Bot API answers at %s (%w). "+
			"Is the address right, and can this machine reach it?", host(c.options.APIURL), err)
	}
	return fmt.Errorf("asking Telegram: %w", err)
}
