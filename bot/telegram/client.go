package telegram

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"rekey/bot/texts"
	"rekey/flows"
)

const (
	// callWithin bounds one try of one call.
	callWithin = 10 * time.Second
	// maxTries bounds the tries of one call, the first included.
	maxTries = 3
	// retryPause is about how long the second try waits; the third twice that.
	retryPause = 200 * time.Millisecond
	// waitAtMost is how long a call waits for Telegram before it asks to be
	// owed instead.
	waitAtMost = 2 * time.Second
	// longBackOff is the longest pause after an error that is waited out.
	longBackOff = 30 * time.Second
)

// ClientOptions is what a Client is built from. Token, APIURL, Texts and Log
// are required.
type ClientOptions struct {
	Token      string
	APIURL     string // such as "https://api.telegram.org", without the token
	Texts      *texts.Catalogue
	SupportURL string // where the support button leads; empty: the bot answers it
	SignInURL  string // where the sign-in button leads; empty: there is none
	Log        *slog.Logger
	Now        func() time.Time // default time.Now
	Random     func() float64   // in [0, 1), spreads retries; default math/rand/v2
	HTTP       *http.Client     // default: one with a large pool of connections
}

// Client speaks to Telegram. It implements [flows.Messenger] and is safe for
// concurrent use.
type Client struct {
	options ClientOptions
	methods string // the address of all methods; holds the token
	secret  string // the part of the token that no one may see
	pauses  pauses // of what is written
	// removals are those of deletions, which wait for no others: they go first.
	removals pauses
	presses  presses
	hooked   atomic.Int64 // the second in which this process set the webhook
	wait     func(context.Context, time.Duration) error
}

var _ flows.Messenger = (*Client)(nil)

var tokenForm = regexp.MustCompile(`^[0-9]{1,19}:[A-Za-z0-9_-]+$`)

// NewClient builds a Client. It calls nobody. The error is for the operator.
func NewClient(o ClientOptions) (*Client, error) {
	if !tokenForm.MatchString(o.Token) {
		return nil, errors.New("REKEY_TELEGRAM_TOKEN: this is not a bot token; " +
			"one looks like 123456789:letters-and-digits. Copy it from BotFather")
	}
	api, err := url.Parse(o.APIURL)
	if err != nil || api.Host == "" || api.Scheme != "http" && api.Scheme != "https" {
		return nil, errors.New("REKEY_TELEGRAM_API_URL: this is not an address; one looks like https://api.telegram.org")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: newTransport(), CheckRedirect: keepRedirect}
	}
	_, secret, _ := strings.Cut(o.Token, ":")
	c := &Client{options: o, methods: strings.TrimRight(o.APIURL, "/") + "/bot" + o.Token + "/", secret: secret, wait: wait}
	c.pauses.now, c.removals.now = o.Now, o.Now
	return c, nil
}

// do calls a method, again where that may help, and explains what came of it.
// What it brings goes where result points.
func (c *Client) do(ctx context.Context, method string, params, result any) error {
	return c.call(ctx, func(ctx context.Context) error { return c.post(ctx, method, params, result) })
}

// call makes a call, again where that may help, and explains what came of it.
func (c *Client) call(ctx context.Context, once func(context.Context) error) error {
	for try := 1; ; try++ {
		err := c.within(ctx, once)
		if err == nil {
			return nil
		}
		if !c.again(ctx, err, try) {
			return c.explain(err)
		}
	}
}

func (c *Client) within(ctx context.Context, once func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return once(ctx)
}

// again waits before another try, if one may help.
func (c *Client) again(ctx context.Context, err error, try int) bool {
	if try == maxTries {
		return false
	}
	if after, limited := retryAfter(err); limited {
		return after <= waitAtMost && c.linger(ctx, after)
	}
	if !transient(err) {
		return false
	}
	spread := 0.5 + c.options.Random()
	return c.wait(ctx, time.Duration(float64(retryPause)*float64(try)*spread)) == nil
}

// linger waits for a limit of Telegram's; false when the context ends or is in a
// hurry.
func (c *Client) linger(ctx context.Context, d time.Duration) bool {
	hurry := flows.Hurry(ctx)
	select {
	case <-hurry:
		return false
	default:
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-hurry:
			stop()
		case <-ctx.Done():
		}
	}()
	return c.wait(ctx, d) == nil
}

// backOff grows with the failures in a row and never ends in step with others.
func (c *Client) backOff(failures int) time.Duration {
	ceiling := min(time.Second<<min(failures-1, 5), longBackOff)
	return ceiling/2 + time.Duration(float64(ceiling/2)*c.options.Random())
}

// wait lets time pass, unless the context ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
