package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
)

// snapshot is the first event of a stream: all that the page shows.
type snapshot struct {
	Chat  []simulator.Message `json:"chat"`
	Group []simulator.Message `json:"group"`
	Mails []mail              `json:"mails"`
	Texts []smsbox.Message    `json:"texts"`
	State state               `json:"state"`
}

// state is what has no events of its own. It is sent anew when it has changed.
type state struct {
	Keyboard [][]simulator.KeyboardButton `json:"keyboard"`
	Commands []simulator.Command          `json:"commands"`
	About    string                       `json:"about"` // what the bot says of itself before it is started
	Sessions []session                    `json:"sessions"`
	Staff    staffState                   `json:"staff"`
}

// stream sends what happens, as server-sent events, until the browser leaves:
// "snapshot", then "chat" and "group" (simulator.Events), "mail", "sms" and
// "state". Since it watches before it takes the snapshot, news can repeat what that
// has.
func (p *page) stream(w http.ResponseWriter, r *http.Request) {
	v, ok := p.visitors[r.URL.Query().Get("as")]
	if !ok {
		http.Error(w, "No sample person has this name.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	err := p.follow(r.Context(), v, &events{w: w, flush: http.NewResponseController(w).Flush})
	if err != nil {
		p.broken(r.Context(), "sending events", err)
	}
}

// follow returns nil when one of the parts that it watches has ended.
func (p *page) follow(ctx context.Context, v *visitor, out *events) error {
	chat, stopChat := v.person.Watch()
	defer stopChat()
	group, stopGroup := p.options.Group.Watch()
	defer stopGroup()
	mails, stopMails := p.options.Mail.Watch()
	defer stopMails()
	texts, stopTexts := p.options.SMS.Watch()
	defer stopTexts()
	tick := time.NewTicker(p.poll)
	defer tick.Stop()

	err := p.begin(ctx, v, out)
	for err == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			err = p.sendState(ctx, v, out)
		case event, open := <-chat:
			if !open {
				return nil
			}
			err = p.sendChat(ctx, v, out, event)
		case event, open := <-group:
			if !open {
				return nil
			}
			err = p.sendGroup(ctx, v, out, event)
		case m, open := <-mails:
			if !open {
				return nil
			}
			err = out.send("mail", newMail(m))
		case m, open := <-texts:
			if !open {
				return nil
			}
			err = out.send("sms", m)
		}
	}
	return err
}

// sendChat sends an event of the chat. Only the state holds the keyboard.
func (p *page) sendChat(ctx context.Context, v *visitor, out *events, event simulator.Event) error {
	if event.Kind == "keyboard" {
		return p.sendState(ctx, v, out)
	}
	return out.send("chat", event)
}

// begin sends the snapshot.
func (p *page) begin(ctx context.Context, v *visitor, out *events) error {
	now, err := p.state(ctx, v)
	if err != nil {
		return err
	}
	all := snapshot{Chat: v.person.Chat(), Group: p.options.Group.Chat(), Mails: []mail{}, Texts: p.options.SMS.Messages(), State: now}
	for _, m := range p.options.Mail.Mails() {
		all.Mails = append(all.Mails, newMail(m))
	}
	return out.send("snapshot", all)
}

// sendState sends the state, if it is not the one sent before.
func (p *page) sendState(ctx context.Context, v *visitor, out *events) error {
	now, err := p.state(ctx, v)
	if err != nil {
		return err
	}
	return out.sendChanged("state", now)
}

func (p *page) state(ctx context.Context, v *visitor) (state, error) {
	sessions, err := v.desk.look(ctx)
	if err != nil {
		return state{}, fmt.Errorf("looking at the shop's sessions: %w", err)
	}
	return state{
		Keyboard: v.person.Keyboard(), Commands: v.person.Commands(), About: v.person.Description(),
		Sessions: sessions, Staff: p.staffState(),
	}, nil
}

// events writes server-sent events.
type events struct {
	w     http.ResponseWriter
	flush func() error
	last  []byte // that sendChanged has sent
}

func (e *events) send(name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("event %s: %w", name, err)
	}
	return e.write(name, data)
}

// sendChanged sends a body that differs from its last one.
func (e *events) sendChanged(name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("event %s: %w", name, err)
	}
	if bytes.Equal(data, e.last) {
		return nil
	}
	e.last = data
	return e.write(name, data)
}

// write sends one event. JSON has no line breaks, so one data line holds it.
func (e *events) write(name string, data []byte) error {
	if _, err := fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return e.flush()
}
