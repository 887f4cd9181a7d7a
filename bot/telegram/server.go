package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// maxAnswer bounds what is read of an answer: 100 updates, of which each
	// can hold a text of 4,096 characters and the one it replies to.
	maxAnswer = 16 << 20
	// idleConnections stay open: as many as updates are handled at once, and
	// the jobs beside them. net/http's default of 2 reconnects all the time.
	idleConnections = 128
)

// brokenError is an answer that is none of the Bot API's, or a server's own
// trouble. Its body is not kept.
type brokenError struct{ status int }

func (e *brokenError) Error() string {
	return fmt.Sprintf("Telegram's server answers with status %d", e.status)
}

// lostError is a call without an answer. It may have been carried out.
type lostError struct{ error }

func (e lostError) Error() string { return "no answer from Telegram: " + e.error.Error() }

func (e lostError) Unwrap() error { return e.error }

// newTransport keeps many connections and speaks HTTP/1.1, which costs less
// processor time here than HTTP/2 and has no connection that all share.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConns:        idleConnections,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
	}
}

// keepRedirect follows no redirect: the address holds the token.
func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// post calls a method once. What it brings goes where result points; with nil,
// that it succeeded is all that is read of the answer.
func (c *Client) post(ctx context.Context, method string, params, result any) error {
	kind, body, err := encode(params)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.methods+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	// The second header makes net/http itself replay a request that met a
	// connection which the server had just closed; without a value it permits
	// that and is not sent (see net/http.Transport).
	request.Header = http.Header{"Content-Type": {kind}, "Idempotency-Key": nil}
	buffer := answers.Get().(*bytes.Buffer)
	defer answers.Put(buffer)
	answer, err := c.exchange(request, buffer)
	if err != nil {
		return err
	}
	return c.read(answer, result)
}

// answers are buffers for the bodies of answers. Nothing refers to a body once
// it is decoded.
var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// read decodes an answer. What a message that was sent looks like is of no
// interest: to decode it costs the processor, and a part of it that is not known
// would make a sent message an error.
func (c *Client) read(body []byte, result any) error {
	if result == nil && bytes.HasPrefix(body, []byte(`{"ok":true`)) {
		return nil
	}
	answer := struct {
		refusal
		OK     bool `json:"ok"`
		Result any  `json:"result"`
	}{Result: result}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if answer.OK {
		return nil
	}
	answer.Description = c.hide(answer.Description)
	return &answer.refusal
}

// exchange makes one call and reads the whole answer into the buffer. The error
// tells a broken server from a lost answer.
func (c *Client) exchange(r *http.Request, buffer *bytes.Buffer) ([]byte, error) {
	answer, err := c.options.HTTP.Do(r)
	if err != nil {
		return nil, lostError{withoutAddress(err)}
	}
	defer answer.Body.Close()
	body, err := readAnswer(answer, buffer)
	if err != nil {
		return nil, lostError{err}
	}
	if answer.StatusCode >= http.StatusInternalServerError || !bytes.HasPrefix(body, []byte("{")) {
		return nil, &brokenError{answer.StatusCode}
	}
	return body, nil
}

func readAnswer(answer *http.Response, body *bytes.Buffer) ([]byte, error) {
	body.Reset()
	n, err := body.ReadFrom(io.LimitReader(answer.Body, maxAnswer+1))
	if n > maxAnswer {
		return nil, errors.New("the answer is too long")
	}
	return body.Bytes(), err
}

// withoutAddress takes off what net/http says about where the call went.
func withoutAddress(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}
