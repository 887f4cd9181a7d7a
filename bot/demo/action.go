package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"rekey/bot/simulator"
)

// longestBody bounds what an action can bring: a message of 4,096 characters,
// each escaped, and some more.
const longestBody = 64 << 10

// refusal is an error whose words are for the person at the page.
type refusal string

func (r refusal) Error() string { return string(r) }

const outOfDate = refusal("The page is out of date. Please load it again.")

// request is the body of an action. Which of its fields count, depends on the act.
type request struct {
	As         string `json:"as"` // the visitor
	ID         int    `json:"id"`
	Text       string `json:"text"`
	Label      string `json:"label"`
	Kind       string `json:"kind"`
	Device     string `json:"device"`
	By         int64  `json:"by"` // the colleague, in the group
	Topic      int    `json:"topic"`
	ReplyTo    int    `json:"replyTo"`
	Forwarded  bool   `json:"forwarded"`
	Identifier string `json:"identifier"`
	Password   string `json:"password"`
}

// call is an action of a visitor, as its handler gets it.
type call struct {
	*visitor
	ctx  context.Context
	act  string
	body request
}

// action makes a handler of what performs an action: JSON in, JSON out.
func action(p *page, perform func(call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body request
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody)).Decode(&body)
		v, known := p.visitors[body.As]
		if err != nil || !known || r.Header.Get("Content-Type") != "application/json" {
			answer(w, http.StatusBadRequest, problem{string(outOfDate)})
			return
		}
		result, err := perform(call{v, r.Context(), r.PathValue("act"), body})
		refused, isRefused := errors.AsType[refusal](err)
		switch {
		case err == nil:
			answer(w, http.StatusOK, result)
		case isRefused:
			answer(w, http.StatusConflict, problem{string(refused)})
		default:
			p.broken(r.Context(), "carrying out an action", err)
			answer(w, http.StatusInternalServerError, problem{"Something went wrong in the demo. Its terminal says what."})
		}
	})
}

type problem struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the browser may be gone
}

// chatActs are what a person can do in the chat.
var chatActs = map[string]func(p *simulator.Person, in request) error{
	"start":   func(p *simulator.Person, in request) error { p.Start(in.Text); return nil },
	"say":     func(p *simulator.Person, in request) error { p.Say(in.Text); return nil },
	"edit":    func(p *simulator.Person, in request) error { p.Edit(in.ID, in.Text); return nil },
	"forward": func(p *simulator.Person, in request) error { p.Forward(in.Text); return nil },
	"attach":  func(p *simulator.Person, in request) error { p.AttachWith(in.Kind, in.Text); return nil },
	"contact": func(p *simulator.Person, in request) error { p.ShareContact(); return nil },
	"press":   func(p *simulator.Person, in request) error { return p.Press(in.ID, in.Label) },
	"tap":     func(p *simulator.Person, in request) error { _, err := p.Tap(in.Label); return err },
	"block":   func(p *simulator.Person, in request) error { p.Block(); return nil },
	"unblock": func(p *simulator.Person, in request) error { p.Unblock(); return nil },
}

func chatAct(c call) (any, error) {
	act, ok := chatActs[c.act]
	if !ok {
		return nil, outOfDate
	}
	if err := act(c.person, c.body); err != nil {
		return nil, refusal(err.Error())
	}
	return struct{}{}, nil
}

// shopAnswer tells how an action at the shop ended.
type shopAnswer struct {
	OK       bool      `json:"ok"`
	Sessions []session `json:"sessions"`
}

func signIn(c call) (any, error) {
	at, ok := place(c.body.Device)
	if !ok {
		return nil, outOfDate
	}
	accepted, err := c.desk.signIn(c.ctx, at, c.body.Identifier, c.body.Password)
	if err != nil {
		return nil, err
	}
	sessions, err := c.desk.look(c.ctx)
	return shopAnswer{accepted, sessions}, err
}

func signOut(c call) (any, error) {
	at, ok := place(c.body.Device)
	if !ok {
		return nil, outOfDate
	}
	c.desk.signOut(at)
	sessions, err := c.desk.look(c.ctx)
	return shopAnswer{true, sessions}, err
}
