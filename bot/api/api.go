// Package api lets programs outside Telegram, such as a help-desk system, open
// cases for support staff and follow them, over HTTP:
//
//	POST /api/v1/cases            scope start-reset
//	GET  /api/v1/cases/{number}   scope read-case
//	GET  /api/v1/openapi.json     for everybody
//
// A program is an agent and no more: what it asks for is decided like the wish
// of a person on staff, and most of it waits for a second person in the staff
// group. No answer holds an identifier, account, address, code or link. Errors
// are problem details (RFC 9457). docs/api.md is the guide for callers.
package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"rekey/bot/pace"
	"rekey/flows/staff"
)

// Scope is something that a key may do.
type Scope string

// The scopes.
const (
	StartReset Scope = "start-reset"
	ReadCase   Scope = "read-case"
)

// Key is a program's key. On staff the program is staff.Program of its name.
type Key struct {
	Name   string
	Scopes []Scope
	Hash   [sha256.Size]byte // SHA-256 of the key
}

// Desk is where cases are opened and looked at; see staff.Desk.
type Desk interface {
	Start(context.Context, staff.Wish) (staff.Verdict, error)
	Follow(ctx context.Context, number int64) (staff.Case, bool, error)
}

// Options are what the API is built from. All are required.
type Options struct {
	Keys []Key
	Desk Desk
	Now  func() time.Time
	Log  *slog.Logger
}

// API answers programs. Safe for concurrent use.
type API struct {
	Options
	paces     map[string]*pace.Pace // by the key's name
	strangers *pace.Pace            // whose requests are logged
}

const (
	// requests is how many a key may make within a minute.
	requests = 60
	// strangersLogged is how many requests without a key are logged within a
	// minute: who tries many does not get to fill the disk.
	strangersLogged = 10
)

//go:embed openapi.json
var document []byte

// route is one operation.
type route struct {
	method, path string
	answer       http.Handler
}

// New gives the handler of everything below /api/v1/.
func New(o Options) http.Handler {
	a := &API{Options: o, paces: map[string]*pace.Pace{}, strangers: pace.New(strangersLogged, time.Minute)}
	for _, k := range o.Keys {
		a.paces[k.Name] = pace.New(requests, time.Minute)
	}
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.method+" "+r.path, r.answer)
		mux.HandleFunc(r.path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", r.method)
			refuse(w, problem{Status: http.StatusMethodNotAllowed, Detail: "Use " + r.method + " here."})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, problem{Status: http.StatusNotFound, Detail: "Nothing is here; /api/v1/openapi.json lists what there is."})
	})
	return mux
}

func (a *API) routes() []route {
	return []route{
		{http.MethodPost, "/api/v1/cases", a.authorised(StartReset, a.start)},
		{http.MethodGet, "/api/v1/cases/{number}", a.authorised(ReadCase, a.read)},
		{http.MethodGet, "/api/v1/openapi.json", http.HandlerFunc(describe)},
	}
}

func describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(document)
}

// authorised lets those in who have a key with the scope, at their pace.
func (a *API) authorised(s Scope, answer func(http.ResponseWriter, *http.Request, Key)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k, ok := a.holder(r)
		if !ok {
			if a.strangers.Take(a.Now()) == 0 {
				a.Log.Warn("a request to the HTTP API has no key that is known", "path", r.URL.Path)
			}
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, problem{Status: http.StatusUnauthorized, Detail: "Send a key of REKEY_API_KEYS as Authorization: Bearer."})
			return
		}
		if wait := a.paces[k.Name].Take(a.Now()); wait > 0 {
			refuse(w, problem{Status: http.StatusTooManyRequests, Detail: "This key has made 60 requests within a minute.", after: wait})
			return
		}
		if !slices.Contains(k.Scopes, s) {
			refuse(w, problem{Status: http.StatusForbidden, Detail: "This key lacks the scope " + string(s) + "."})
			return
		}
		answer(w, r, k)
	})
}

// holder finds whose key a request has. It compares hashes, all of them and
// whole, so that how long it takes says nothing about any key.
func (a *API) holder(r *http.Request) (holder Key, ok bool) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(key))
	for _, k := range a.Keys {
		if subtle.ConstantTimeCompare(hash[:], k.Hash[:]) == 1 {
			holder, ok = k, true
		}
	}
	return holder, ok && strings.EqualFold(scheme, "Bearer")
}
