// Package sms carries letters by SMS, through any gateway that takes this
// request:
//
//	POST <url>
//	Content-Type: application/json
//	Idempotency-Key: <id>
//	Authorization: Basic …        (when the URL holds user:password)
//
//	{"id":"…","to":"+79991234567","text":"4821 9934 is your …"}
//
// "id" is the same for all tries of a letter, so that a gateway can drop a
// repetition; "to" is in E.164. An answer 2xx means taken. 4xx means that this
// message will never be taken, except 408 and 429, which like 5xx, any other
// answer and silence mean that the same message comes again. Redirects are not
// followed: they would carry the code to another address. What the gateway says
// in the body of a refusal is quoted in errors as far as flows.Said leaves it.
package sms

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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey/bot/texts"
	"rekey/flows"
)

const (
	timeout   = 15 * time.Second
	maxAnswer = 64 << 10 // read of an answer, so that its connection can serve again
	idleConns = 16
)

// Options say where messages go and what they say.
type Options struct {
	URL    string // http:// or https://, with user:password for basic authorisation if need be
	Texts  *texts.Catalogue
	Client *http.Client // nil: one of its own; its redirect policy is not used
}

// Sender is a flows.Carrier for SMS. Safe for concurrent use.
type Sender struct {
	url    string // without user and password
	host   string
	hidden []string // what of the address errors must not repeat
	user   *url.Userinfo
	texts  *texts.Catalogue
	client http.Client
}

var _ flows.Carrier = (*Sender)(nil)

// errURL never quotes the address, which may hold a password.
var errURL = errors.New("the SMS gateway's address must be like https://user:password@sms.example.org/send")

// New reads the options; it does not connect. Its errors never quote the URL.
func New(o Options) (*Sender, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return nil, errURL
	}
	s := &Sender{user: u.User, host: u.Host, texts: o.Texts, hidden: flows.SecretsIn(u)}
	u.User = nil
	s.url = u.String()
	if o.Client != nil {
		s.client = *o.Client
	} else {
		s.client.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: idleConns, IdleConnTimeout: time.Minute,
		}
	}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s, nil
}

// request is the body of the POST.
type request struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// e164 is a phone number as ITU-T E.164 bounds it.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Carry hands a letter to the gateway. A refusal for good gives an error that
// wraps flows.ErrUndeliverable; any other error may pass.
func (s *Sender) Carry(ctx context.Context, l flows.Letter) error {
	if !e164.MatchString(l.To) {
		return fmt.Errorf("SMS: the recipient is not one phone number in E.164: %w", flows.ErrUndeliverable)
	}
	text := s.texts.Letter(l).Text
	body, err := json.Marshal(request{ID: l.ID, To: l.To, Text: text})
	if err != nil {
		return fmt.Errorf("SMS: encoding the message: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {l.ID}}
	status, words, err := s.do(ctx, http.MethodPost, header, body)
	if err != nil {
		return fmt.Errorf("SMS: %w", err)
	}
	if status/100 == 2 {
		return nil
	}
	told := strings.TrimSpace(strconv.Itoa(status) + " " + flows.Said(words, slices.Concat(s.hidden, l.Secrets(), []string{text})...))
	refused := flows.ServerError{Status: strconv.Itoa(status), Down: status >= http.StatusInternalServerError}
	if status/100 == 4 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests {
		refused.Err = fmt.Errorf("SMS: the gateway at %s refuses the message (%s)", s.host, told)
		return fmt.Errorf("%w: %w", refused, flows.ErrUndeliverable)
	}
	refused.Err = fmt.Errorf("SMS: the gateway at %s does not take the message now (%s)", s.host, told)
	return refused
}

// Check asks the gateway for an answer over HTTP; any will do, since a gateway need
// not know this question, but one that says that it would not take a message. Its
// error says what is wrong, where, and how to mend it.
func (s *Sender) Check(ctx context.Context) error {
	status, _, err := s.do(ctx, http.MethodHead, http.Header{}, nil)
	switch {
	case err != nil:
		return fmt.Errorf("%w. Is the address right, and the gateway running?", err)
	case status == http.StatusUnauthorized:
		return fmt.Errorf("the gateway at %s does not know this user and password (%d). Write them into the URL", s.host, status)
	case status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout:
		return fmt.Errorf("what stands before the gateway at %s does not reach it (%d). Is the gateway running?", s.host, status)
	}
	return nil
}

// do makes one call and gives the answer's status and what it says.
func (s *Sender) do(ctx context.Context, method string, header http.Header, body []byte) (status int, words string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.url, bytes.NewReader(body))
	if err != nil {
		return 0, "", errURL
	}
	r.Header = header
	if s.user != nil {
		password, _ := s.user.Password()
		r.SetBasicAuth(s.user.Username(), password)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		why := reason(err)
		return 0, "", flows.ServerError{Status: why, Down: true, Err: fmt.Errorf("no SMS gateway answers at %s (%s)", s.host, why)}
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // what came of it says enough
	return answer.StatusCode, string(said), nil
}

// reason says why a call failed, without the URL, which may hold a key.
func reason(err error) string {
	var late net.Error
	var broken *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &late) && late.Timeout():
		return "no answer in time"
	case errors.As(err, &broken):
		return broken.Err.Error()
	default:
		return "no proper answer"
	}
}
