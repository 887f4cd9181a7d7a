package simulator

import (
	"cmp"
	"slices"
	"time"
)

// Message is a message as people see it.
type Message struct {
	ID        int        `json:"id"`
	FromBot   bool       `json:"fromBot"`
	FromID    int64      `json:"fromID,omitempty"` // the person; not of the bot or of who writes as the group
	From      string     `json:"from"`             // display name
	Text      string     `json:"text"`             // or the caption, or the name that a service message is about
	HTML      string     `json:"html"`             // the text with its formatting, safe in a page; line breaks as they are
	Kind      string     `json:"kind"`             // text, contact, as in Person.Attach, or a service message's field in the Bot API
	Inline    [][]Button `json:"inline,omitempty"`
	Date      time.Time  `json:"date"`
	Edited    bool       `json:"edited"`          // its text was changed
	Forwarded bool       `json:"forwarded"`       // written by someone else
	Protected bool       `json:"protected"`       // cannot be forwarded or saved
	Topic     int        `json:"topic,omitempty"` // of a forum; 0 is the general one
	ReplyTo   int        `json:"replyTo,omitempty"`
	Forces    []int64    `json:"forces,omitempty"` // the people whose apps begin an answer to it at once
	Phone     string     `json:"phone,omitempty"`  // of the own contact
	File      string     `json:"file,omitempty"`   // what Server.File knows a photo or document by, if it was uploaded
	FileName  string     `json:"fileName,omitempty"`
}

// Button is a button under a message. One with a URL opens a page; Data is
// what the bot gets from any other.
type Button struct {
	Text  string `json:"text"`
	Data  string `json:"data,omitempty"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"` // "", "danger", "success" or "primary"
}

// Chat returns the messages of the private chat, oldest first, without deleted
// ones; at most the last 500.
func (p *Person) Chat() []Message { return p.server.snapshots(p.chat) }

// Chat returns the messages of the group, as [Person.Chat] does.
func (g *Group) Chat() []Message { return g.server.snapshots(g.chat) }

func (s *Server) snapshots(c *chat) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Message, len(c.Messages))
	for i, m := range c.Messages {
		all[i] = s.snapshot(c, m)
	}
	return all
}

// Keyboard returns the reply keyboard that is shown, or nil.
func (p *Person) Keyboard() [][]KeyboardButton {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.chat.Keyboard == nil {
		return nil
	}
	return slices.Clone(p.chat.Keyboard.Rows)
}

// snapshot returns a message as people see it.
func (s *Server) snapshot(c *chat, m *message) Message {
	out := Message{ID: m.ID, FromBot: m.fromBot(), From: s.options.Name, Text: m.Text,
		HTML: renderHTML(m.Text, m.Entities), Kind: m.Kind, Date: time.Unix(m.Date, 0), Edited: m.Edited != 0,
		Forwarded: m.Forwarded, Protected: m.Protected, Topic: m.Topic, ReplyTo: m.ReplyTo, Forces: m.Forces, Phone: m.Phone, File: m.File}
	if f := s.file(m.File); f != nil {
		out.FileName = f.Name
	}
	switch {
	case m.Anonymous:
		out.From = c.Title
	case !m.fromBot():
		out.From, out.FromID = cmp.Or(m.From.wire().name(), "Someone"), m.From.ID
	}
	for _, row := range m.Inline {
		var buttons []Button
		for _, b := range row {
			shown := Button{Text: b.Text, Data: b.CallbackData, URL: b.URL, Style: b.Style}
			if b.WebApp != nil {
				shown.URL = b.WebApp.URL
			}
			buttons = append(buttons, shown)
		}
		out.Inline = append(out.Inline, buttons)
	}
	return out
}
