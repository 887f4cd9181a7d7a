package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rekey/flows"
	"rekey/flows/staff"
)

const (
	longestBody = 16 << 10
	longestKey  = 64 // of idempotency
	bodyWithin  = 10 * time.Second
	// answerAfter is more than opening a case takes.
	answerAfter = 50 * time.Millisecond
	// afterLimit is when to try again after the limit on cases. The one of an
	// hour is over then; that of a day may not be.
	afterLimit = time.Hour
	// afterFailure is when to try again after a failure of our own.
	afterFailure = 5 * time.Second
)

// opening is the body of POST /api/v1/cases.
type opening struct {
	Identifier string `json:"identifier"`
	Reason     string `json:"reason"`
	Ticket     string `json:"ticket"`
}

// opened answers it. It is the same whether there is an account or not.
type opened struct {
	Number int64        `json:"number"`
	Status staff.Status `json:"status"`
}

// start opens a case.
func (a *API) start(w http.ResponseWriter, r *http.Request, k Key) {
	once := r.Header.Get("Idempotency-Key")
	if !visible(once) {
		refuse(w, problem{Status: http.StatusBadRequest, Detail: "Send an Idempotency-Key of 1 to 64 visible ASCII characters."})
		return
	}
	o, p := readOpening(w, r)
	if p.Status != 0 {
		refuse(w, p)
		return
	}
	v, err := a.evenly(r.Context(), staff.Wish{
		Input: flows.InputID("api:" + k.Name + ":" + once), By: staff.Program(k.Name).Who,
		Identifier: o.Identifier, Reason: o.Reason, Ticket: o.Ticket,
	})
	if err != nil {
		a.fail(w, err)
		return
	}
	if p := refusal(v); p.Status != 0 {
		refuse(w, p)
		return
	}
	w.Header().Set("Location", "/api/v1/cases/"+strconv.FormatInt(v.Case.Number, 10))
	write(w, http.StatusCreated, "application/json", opened{v.Case.Number, v.Case.Status})
}

// evenly asks the desk, and takes as long for an account as for none: the time of
// an answer, measured often enough, would tell them apart.
func (a *API) evenly(ctx context.Context, w staff.Wish) (staff.Verdict, error) {
	timer := time.NewTimer(answerAfter)
	defer timer.Stop()
	v, err := a.Desk.Start(ctx, w)
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return v, err
}

func visible(text string) bool {
	return text != "" && len(text) <= longestKey && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// refusal gives the problem that a verdict is; the zero problem is none.
func refusal(v staff.Verdict) problem {
	switch {
	case v.Differs:
		return problem{Status: http.StatusUnprocessableEntity, Detail: "This Idempotency-Key came before, with another body."}
	case v.Refusal == "":
		return problem{}
	}
	switch v.Refusal {
	case staff.AlreadyOpen:
		return problem{Status: http.StatusConflict, Detail: "A case for this identifier is open.", Number: v.Case.Number}
	case staff.TooMany:
		return problem{Status: http.StatusTooManyRequests, Detail: "This key has opened as many cases as one member of staff may.", after: afterLimit}
	case staff.NoIdentifier:
		return problem{Status: http.StatusUnprocessableEntity, Detail: "The identifier is no email address, phone number or username."}
	case staff.TooLong:
		return problem{Status: http.StatusUnprocessableEntity, Detail: "Reason and ticket have at most 200 characters each."}
	default:
		return problem{Status: http.StatusForbidden, Detail: "This key may not do that."}
	}
}

// readOpening reads the body, or gives the problem with it.
func readOpening(w http.ResponseWriter, r *http.Request) (o opening, p problem) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return o, problem{Status: http.StatusUnsupportedMediaType, Detail: "Send the body as application/json."}
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // where the connection has one
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return o, problem{Status: http.StatusRequestEntityTooLarge, Detail: "A body has at most 16 KiB."}
	}
	if err == nil {
		err = decode(body, &o)
	}
	switch {
	case err != nil:
		return o, problem{Status: http.StatusBadRequest, Detail: "The body is not one JSON object, in UTF-8, with identifier, reason and ticket as texts and nothing else."}
	case strings.TrimSpace(o.Identifier) == "" || strings.TrimSpace(o.Reason) == "":
		return o, problem{Status: http.StatusUnprocessableEntity, Detail: "Say for whom it is, in identifier, and why, in reason."}
	default:
		return o, problem{}
	}
}

func decode(body []byte, o *opening) error {
	if !utf8.Valid(body) || !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return errors.New("no JSON object in UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(o); err != nil {
		return fmt.Errorf("decoding: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// seen is a case as programs see it.
type seen struct {
	Number int64        `json:"number"`
	Status staff.Status `json:"status"`
	Opened time.Time    `json:"opened"`
	Reason string       `json:"reason"`
	Ticket string       `json:"ticket"`
	Events []seenEvent  `json:"events"`
}

type seenEvent struct {
	What staff.What `json:"what"`
	At   time.Time  `json:"at"`
	By   string     `json:"by"`
	Act  staff.Act  `json:"act,omitempty"`
}

// read shows a case.
func (a *API) read(w http.ResponseWriter, r *http.Request, _ Key) {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		number = 0 // of no case
	}
	c, found, err := a.Desk.Follow(r.Context(), number)
	switch {
	case err != nil:
		a.fail(w, err)
	case !found:
		refuse(w, problem{Status: http.StatusNotFound, Detail: "No case has this number."})
	default:
		write(w, http.StatusOK, "application/json", show(c))
	}
}

func show(c staff.Case) seen {
	s := seen{Number: c.Number, Status: c.Status, Opened: c.Opened, Reason: c.Reason, Ticket: c.Ticket, Events: []seenEvent{}}
	for _, e := range c.Events {
		s.Events = append(s.Events, seenEvent{What: e.What, At: e.At, By: e.By, Act: e.Act})
	}
	return s
}

// fail says that it was not the caller.
func (a *API) fail(w http.ResponseWriter, err error) {
	a.Log.Error("a request to the HTTP API could not be answered", "err", err)
	refuse(w, problem{Status: http.StatusServiceUnavailable, Detail: "Nothing was done. Send the same request again.", after: afterFailure})
}
