package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rekey/flows/staff"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const (
	full     = "rk_full"
	reading  = "rk_reading"
	starting = "rk_starting"
	proper   = `{"identifier":"lena@gmail.com","reason":"forgot","ticket":"HD-1"}`
)

// script is a desk that says what it is told to.
type script struct {
	verdict staff.Verdict
	found   staff.Case
	err     error
	wishes  []staff.Wish
	takes   time.Duration
}

func (s *script) Start(_ context.Context, w staff.Wish) (staff.Verdict, error) {
	s.wishes = append(s.wishes, w)
	<-time.After(s.takes)
	return s.verdict, s.err
}

func (s *script) Follow(_ context.Context, number int64) (staff.Case, bool, error) {
	return s.found, number != 0 && number == s.found.Number, s.err
}

// rig is the API before a scripted desk, with a key for all and one for each scope.
type rig struct {
	*testing.T
	handler http.Handler
	desk    *script
	now     time.Time
	log     strings.Builder
}

func newRig(t *testing.T) *rig {
	r := &rig{T: t, now: noon, desk: &script{verdict: staff.Verdict{Case: staff.Case{Number: 17, Status: staff.Waiting}}}}
	r.handler = New(Options{
		Keys: []Key{
			{Name: "helpdesk", Scopes: []Scope{StartReset, ReadCase}, Hash: sha256.Sum256([]byte(full))},
			{Name: "board", Scopes: []Scope{ReadCase}, Hash: sha256.Sum256([]byte(reading))},
			{Name: "form", Scopes: []Scope{StartReset}, Hash: sha256.Sum256([]byte(starting))},
		},
		Desk: r.desk, Now: func() time.Time { return r.now }, Log: slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	return r
}

// ask sends a request with a proper body and headers, but for the changes.
func (r *rig) ask(method, path, key string, changes ...func(*http.Request)) *httptest.ResponseRecorder {
	r.Helper()
	q := httptest.NewRequestWithContext(r.Context(), method, path, strings.NewReader(proper))
	q.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"ticket-1"}, "Authorization": {"Bearer " + key}}
	for _, change := range changes {
		change(q)
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(q *http.Request) { q.Header.Set(name, value) }
}

func body(text string) func(*http.Request) {
	return func(q *http.Request) { q.Body = io.NopCloser(strings.NewReader(text)) }
}

func TestACaseIsOpened(t *testing.T) {
	r := newRig(t)
	w := r.ask(http.MethodPost, "/api/v1/cases", full)
	if w.Code != http.StatusCreated || w.Body.String() != `{"number":17,"status":"waiting"}`+"\n" || w.Header().Get("Location") != "/api/v1/cases/17" {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	want := staff.Wish{
		Input: "api:helpdesk:ticket-1", By: staff.Program("helpdesk").Who,
		Identifier: "lena@gmail.com", Reason: "forgot", Ticket: "HD-1",
	}
	if len(r.desk.wishes) != 1 || r.desk.wishes[0] != want || !want.By.Program() {
		t.Fatalf("the desk hears %+v", r.desk.wishes)
	}
}

// How long the desk takes is not to be seen.
func TestAttackTimeOfAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for _, r.desk.takes = range []time.Duration{0, time.Millisecond, answerAfter - 1} {
			begun := time.Now()
			r.ask(http.MethodPost, "/api/v1/cases", full)
			if took := time.Since(begun); took != answerAfter {
				t.Errorf("the desk takes %s, the answer %s", r.desk.takes, took)
			}
		}
	})
}

// Nothing but these fields leaves the house, whatever a case holds.
func TestAttackACaseShowsNoSecret(t *testing.T) {
	r := newRig(t)
	fill(reflect.ValueOf(&r.desk.found).Elem())
	r.desk.found.Number = 17
	w := r.ask(http.MethodGet, "/api/v1/cases/17", reading)
	var shown map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	for part, allowed := range map[string]struct {
		of   any
		keys []string
	}{
		"case":  {shown, []string{"events", "number", "opened", "reason", "status", "ticket"}},
		"event": {shown["events"].([]any)[0], []string{"act", "at", "by", "what"}},
	} {
		var keys []string
		for k := range allowed.of.(map[string]any) {
			keys = append(keys, k)
		}
		if slices.Sort(keys); !slices.Equal(keys, allowed.keys) {
			t.Errorf("a %s shows %v", part, keys)
		}
	}
	for _, secret := range []string{r.desk.found.Account, r.desk.found.Masked, r.desk.found.Caller.Tag, "4242"} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%q shows in %s", secret, w.Body)
		}
	}
}

// fill gives every field of a case a value of its own.
func fill(v reflect.Value) {
	for field, at := range v.Fields() {
		switch {
		case at.Type() == reflect.TypeFor[time.Time]():
			at.Set(reflect.ValueOf(noon))
		case at.Kind() == reflect.String:
			at.SetString("the " + v.Type().Name() + "'s " + field.Name)
		case at.Kind() == reflect.Struct:
			fill(at)
		case at.Kind() == reflect.Slice:
			at.Set(reflect.MakeSlice(at.Type(), 1, 1))
			if at.Index(0).Kind() == reflect.Struct {
				fill(at.Index(0))
			}
		case at.CanInt():
			at.SetInt(4242)
		}
	}
}

func TestAttackTheLog(t *testing.T) {
	r := newRig(t)
	for _, want := range []int{strangersLogged, 2 * strangersLogged} {
		for range 3 * strangersLogged {
			if w := r.ask(http.MethodGet, "/api/v1/cases/17", "unknown"); w.Code != http.StatusUnauthorized {
				t.Errorf("a stranger is answered %d", w.Code)
			}
		}
		if got := strings.Count(r.log.String(), "no key that is known"); got != want {
			t.Errorf("%d lines are logged, want %d", got, want)
		}
		r.now = r.now.Add(time.Minute)
	}
}

func TestAttackKeys(t *testing.T) {
	r := newRig(t)
	for name, authorization := range map[string]string{
		"none": "", "no scheme": full, "another scheme": "Basic " + full, "unknown": "Bearer rk_other", "empty": "Bearer ",
		"a beginning": "Bearer " + full[:len(full)-1], "more": "Bearer " + full + "x", "two spaces": "Bearer  " + full,
		"a hash": fmt.Sprintf("Bearer %x", sha256.Sum256([]byte(full))),
	} {
		for _, w := range []*httptest.ResponseRecorder{
			r.ask(http.MethodPost, "/api/v1/cases", "", header("Authorization", authorization)),
			r.ask(http.MethodGet, "/api/v1/cases/17", "", header("Authorization", authorization)),
		} {
			if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %d", name, w.Code)
			}
		}
	}
	if w := r.ask(http.MethodPost, "/api/v1/cases", reading); w.Code != http.StatusForbidden {
		t.Errorf("a key that reads opens a case: %d", w.Code)
	}
	if w := r.ask(http.MethodGet, "/api/v1/cases/17", starting); w.Code != http.StatusForbidden {
		t.Errorf("a key that opens cases reads one: %d", w.Code)
	}
	if len(r.desk.wishes) > 0 {
		t.Errorf("the desk hears %+v", r.desk.wishes)
	}
	if strings.Contains(r.log.String(), "rk_") {
		t.Errorf("a key is logged: %s", &r.log)
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"no idempotency key":      {header("Idempotency-Key", ""), 400},
		"a long one":              {header("Idempotency-Key", strings.Repeat("x", 65)), 400},
		"one with a space":        {header("Idempotency-Key", "a b"), 400},
		"one beyond ASCII":        {header("Idempotency-Key", "é"), 400},
		"no type":                 {header("Content-Type", ""), 415},
		"another type":            {header("Content-Type", "text/plain"), 415},
		"large":                   {body(`{"identifier":"` + strings.Repeat("x", 16<<10) + `"}`), 413},
		"no JSON":                 {body("identifier=lena"), 400},
		"nothing":                 {body(""), 400},
		"null":                    {body("null"), 400},
		"a list":                  {body("[" + proper + "]"), 400},
		"an unknown field":        {body(`{"identifier":"a","reason":"b","role":"admin"}`), 400},
		"a number for a text":     {body(`{"identifier":5,"reason":"b"}`), 400},
		"two objects":             {body(proper + proper), 400},
		"trailing letters":        {body(proper + "x"), 400},
		"broken UTF-8":            {body("{\"identifier\":\"a\xff\",\"reason\":\"b\"}"), 400},
		"no reason":               {body(`{"identifier":"a"}`), 422},
		"a reason of spaces":      {body(`{"identifier":"a","reason":" \n"}`), 422},
		"no identifier":           {body(`{"reason":"b"}`), 422},
		"a type with a parameter": {header("Content-Type", "application/json; charset=utf-8"), 201},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			w := r.ask(http.MethodPost, "/api/v1/cases", full, test.change)
			if w.Code != test.want || (w.Code == http.StatusCreated) != (len(r.desk.wishes) == 1) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestRefusalsAreProblems(t *testing.T) {
	for name, test := range map[string]struct {
		verdict staff.Verdict
		err     error
		want    int
		after   string
	}{
		"open already": {staff.Verdict{Refusal: staff.AlreadyOpen, Case: staff.Case{Number: 9}}, nil, 409, ""},
		"too many":     {staff.Verdict{Refusal: staff.TooMany}, nil, 429, "3600"},
		"unreadable":   {staff.Verdict{Refusal: staff.NoIdentifier}, nil, 422, ""},
		"too long":     {staff.Verdict{Refusal: staff.TooLong}, nil, 422, ""},
		"another body": {staff.Verdict{Differs: true}, nil, 422, ""},
		"not on staff": {staff.Verdict{Refusal: staff.NotStaff}, nil, 403, ""},
		"broken":       {staff.Verdict{}, errors.New("the disk of /secret is full"), 503, "5"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.desk.verdict, r.desk.err = test.verdict, test.err
			w := r.ask(http.MethodPost, "/api/v1/cases", full)
			var p problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if w.Code != test.want || p.Status != test.want || p.Detail == "" || p.Title != http.StatusText(test.want) || p.Number != test.verdict.Case.Number ||
				w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Retry-After") != test.after {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("the caller reads of our insides: %s", w.Body)
			}
		})
	}
}

func TestOtherPathsAndMethods(t *testing.T) {
	r := newRig(t)
	for path, want := range map[string]int{
		"/api/v1/cases/18": 404, "/api/v1/cases/0": 404, "/api/v1/cases/-1": 404, "/api/v1/cases/x": 404,
		"/api/v1/cases/99999999999999999999": 404, "/api/v1/": 404, "/api/v1/staff": 404, "/api/v1/cases": 405,
	} {
		if w := r.ask(http.MethodGet, path, full); w.Code != want || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodPost} {
		if w := r.ask(method, "/api/v1/cases/17", full); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodGet {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// Each key has 60 requests in any minute, of whatever kind.
func TestAKeyHasItsPace(t *testing.T) {
	r := newRig(t)
	for i := range requests {
		r.now = noon.Add(time.Duration(i) * 500 * time.Millisecond)
		if w := r.ask(http.MethodGet, "/api/v1/cases/1", full); w.Code != http.StatusNotFound {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
	if w := r.ask(http.MethodPost, "/api/v1/cases", full); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "31" {
		t.Fatalf("one too many: %d %v", w.Code, w.Header())
	}
	if w := r.ask(http.MethodGet, "/api/v1/cases/1", reading); w.Code != http.StatusNotFound {
		t.Fatalf("another key: %d", w.Code)
	}
	r.now = noon.Add(time.Minute)
	if w := r.ask(http.MethodPost, "/api/v1/cases", full); w.Code != http.StatusCreated {
		t.Fatalf("when the first is a minute old: %d", w.Code)
	}
	if w := r.ask(http.MethodPost, "/api/v1/cases", full); w.Code != http.StatusTooManyRequests {
		t.Fatalf("the second is not: %d", w.Code)
	}
}
