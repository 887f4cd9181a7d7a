package telegram

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
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

// server is the Bot API as the library and the poller reach it: whole requests
// with a length instead of chunks, whole answers, and errors that tell a broken
// server from a refusal.
type server struct{ client *http.Client }

// brokenError is an answer that is none of the Bot API's, or a server's own
// trouble. Its body is not kept.
type brokenError struct{ status int }

func (e *brokenError) Error() string {
	return fmt.Sprintf("the server answers with status %d", e.status)
}

// lostError is a call without an answer. It may have been carried out.
type lostError struct{ error }

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

// Do implements the library's HttpClient.
func (s *server) Do(r *http.Request) (*http.Response, error) {
	if err := makeWhole(r); err != nil {
		return nil, err
	}
	answer, body, err := s.exchange(r)
	if err != nil {
		return nil, err
	}
	if sent(r, body) {
		body = emptyResult
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// exchange makes one call and reads the whole answer, whose body is closed.
func (s *server) exchange(r *http.Request) (*http.Response, []byte, error) {
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, nil, lostError{withoutAddress(err)}
	}
	defer answer.Body.Close()
	body, err := readAnswer(answer)
	if err != nil {
		return nil, nil, lostError{err}
	}
	if answer.StatusCode >= http.StatusInternalServerError || !bytes.HasPrefix(body, []byte("{")) {
		return nil, nil, &brokenError{answer.StatusCode}
	}
	return answer, body, nil
}

// makeWhole reads the body that the library writes in pieces. With a length
// and a way to begin anew, net/http itself replays a request that met a
// connection which the server had just closed; that header without a value
// permits it and is not sent (see net/http.Transport).
func makeWhole(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	var whole bytes.Buffer
	whole.Grow(2 << 10)
	_, err := whole.ReadFrom(r.Body)
	r.Body.Close()
	if err != nil {
		return fmt.Errorf("building the request: %w", err)
	}
	body := whole.Bytes()
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	r.Header["Idempotency-Key"] = nil
	return nil
}

func readAnswer(answer *http.Response) ([]byte, error) {
	var body bytes.Buffer
	if n := answer.ContentLength; n > 0 && n < maxAnswer {
		body.Grow(int(n) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(answer.Body, maxAnswer+1))
	if n > maxAnswer {
		return nil, errors.New("the answer is too long")
	}
	return body.Bytes(), err
}

var emptyResult = []byte(`{"ok":true,"result":{}}`)

// sent tells whether a message was sent. What it looks like now is of no
// interest: decoding it is a quarter of what a call costs the processor, and a
// part of it that the library does not know would make a sent message an error.
func sent(r *http.Request, body []byte) bool {
	return strings.HasSuffix(r.URL.Path, "/sendMessage") && bytes.HasPrefix(body, []byte(`{"ok":true`))
}

// withoutAddress takes off what net/http says about where the call went.
func withoutAddress(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}
