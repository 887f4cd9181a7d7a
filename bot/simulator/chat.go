package simulator

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// history is how many messages of a chat are kept.
const history = 500

// chat is a private chat with a person, whose id it has, or a group.
type chat struct {
	Profile  Profile        `json:"profile,omitzero"`  // of the person
	Title    string         `json:"title,omitempty"`   // of the group
	Started  bool           `json:"started,omitempty"` // the person has written to the bot
	Blocked  bool           `json:"blocked,omitempty"` // the person has blocked the bot
	Left     bool           `json:"left,omitempty"`    // the bot has left the group
	Keyboard *replyKeyboard `json:"keyboard,omitempty"`
	Messages []*message     `json:"messages"` // by id, ascending

	id       int64
	watchers map[*watcher]struct{}
}

// attach makes a chat part of the server after it was made or read.
func (c *chat) attach(s *Server, id int64) {
	c.id = id
	c.watchers = map[*watcher]struct{}{}
	if c.private() {
		s.people[id] = &Person{server: s, chat: c}
	} else {
		s.groups[id] = &Group{server: s, chat: c}
	}
}

func (c *chat) private() bool { return c.id > 0 }

// message is one message of a chat. A stored message is never changed: an edit
// puts a changed copy in its place.
type message struct {
	ID        int              `json:"id"`
	From      Profile          `json:"from,omitzero"` // zero: the bot
	Date      int64            `json:"date"`          // Unix time
	Edited    int64            `json:"edited,omitempty"`
	Kind      string           `json:"kind"` // text, contact, or a key of attachments
	Text      string           `json:"text,omitempty"`
	Entities  []entity         `json:"entities,omitempty"`
	Inline    [][]inlineButton `json:"inline,omitempty"`
	Fixed     bool             `json:"fixed,omitempty"` // came with a reply keyboard or the like: can't be edited
	Protected bool             `json:"protected,omitempty"`
	Forwarded bool             `json:"forwarded,omitempty"`
	ReplyTo   int              `json:"replyTo,omitempty"`
	Phone     string           `json:"phone,omitempty"` // of a contact
	Media     json.RawMessage  `json:"media,omitempty"` // the field of the API's Message that is named by Kind
}

func (m *message) fromBot() bool { return m.From.ID == 0 }

// find returns the place of a message.
func (c *chat) find(id int) (place int, ok bool) {
	return slices.BinarySearchFunc(c.Messages, id, func(m *message, id int) int { return m.ID - id })
}

func (c *chat) message(id int) (*message, bool) {
	place, ok := c.find(id)
	if !ok {
		return nil, false
	}
	return c.Messages[place], true
}

// add dates and stores a message, and shows it to those who watch.
func (s *Server) add(c *chat, m *message) {
	m.ID = int(s.next(&s.MessageIDs))
	m.Date = s.options.Now().Unix()
	if len(c.Messages) >= history {
		c.Messages = slices.Delete(c.Messages, 0, 1)
	}
	c.Messages = append(c.Messages, m)
	s.show(c, "message", m)
}

// replace puts a changed message in the place of the one with its id.
func (s *Server) replace(c *chat, m *message) {
	place, _ := c.find(m.ID)
	c.Messages[place] = m
	s.show(c, "edit", m)
}

// show tells those who watch a chat of a message. Without any the message is
// not rendered, which costs more than all the rest.
func (s *Server) show(c *chat, kind string, m *message) {
	if len(c.watchers) > 0 {
		c.tell(Event{Kind: kind, ID: m.ID, Message: s.snapshot(m)})
	}
}

// remove deletes a message and the reply keyboard that came with it.
func (c *chat) remove(id int) {
	place, ok := c.find(id)
	if !ok {
		return
	}
	c.Messages = slices.Delete(c.Messages, place, place+1)
	c.tell(Event{Kind: "delete", ID: id})
	if c.Keyboard != nil && c.Keyboard.MessageID == id {
		c.setKeyboard(nil)
	}
}

func (c *chat) setKeyboard(k *replyKeyboard) {
	c.Keyboard = k
	c.tell(Event{Kind: "keyboard"})
}

// age returns how long ago a message was sent.
func (s *Server) age(m *message) time.Duration {
	return s.options.Now().Sub(time.Unix(m.Date, 0))
}

// The objects of the API, as far as they are sent.
type (
	wireUser struct {
		ID           int64  `json:"id"`
		IsBot        bool   `json:"is_bot"`
		FirstName    string `json:"first_name"`
		LastName     string `json:"last_name,omitempty"`
		Username     string `json:"username,omitempty"`
		LanguageCode string `json:"language_code,omitempty"`
	}
	wireChat struct {
		ID        int64  `json:"id"`
		Type      string `json:"type"`
		Title     string `json:"title,omitempty"`
		FirstName string `json:"first_name,omitempty"`
		LastName  string `json:"last_name,omitempty"`
		Username  string `json:"username,omitempty"`
	}
	wireMarkup struct {
		Rows [][]inlineButton `json:"inline_keyboard"`
	}
	wireMessage struct {
		ID        int             `json:"message_id"`
		From      wireUser        `json:"from"`
		Chat      wireChat        `json:"chat"`
		Date      int64           `json:"date"`
		Edited    int64           `json:"edit_date,omitempty"`
		Origin    *wireOrigin     `json:"forward_origin,omitempty"`
		ReplyTo   json.RawMessage `json:"reply_to_message,omitempty"`
		Protected bool            `json:"has_protected_content,omitempty"`
		Text      string          `json:"text,omitempty"`
		Entities  []entity        `json:"entities,omitempty"`
		Markup    *wireMarkup     `json:"reply_markup,omitempty"`
	}
	wireOrigin struct {
		Type string `json:"type"`
		Date int64  `json:"date"`
		Name string `json:"sender_user_name"`
	}
)

func (p Profile) wire() wireUser {
	return wireUser{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, LanguageCode: p.Language}
}

func (s *Server) wireBot() wireUser {
	return wireUser{ID: s.botID, IsBot: true, FirstName: s.options.Name, Username: s.options.Username}
}

func (c *chat) wire() wireChat {
	p := c.Profile
	w := wireChat{ID: c.id, Title: c.Title, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
	switch {
	case c.private():
		w.Type = "private"
	case strings.HasPrefix(strconv.FormatInt(c.id, 10), "-100"):
		w.Type = "supergroup"
	default:
		w.Type = "group"
	}
	return w
}

// wire returns a message as the API's Message.
func (s *Server) wire(c *chat, m *message) json.RawMessage {
	w := wireMessage{ID: m.ID, From: m.From.wire(), Chat: c.wire(), Date: m.Date, Edited: m.Edited,
		Protected: m.Protected, Text: m.Text, Entities: m.Entities}
	if m.fromBot() {
		w.From = s.wireBot()
	}
	if m.Inline != nil {
		w.Markup = &wireMarkup{m.Inline}
	}
	if m.Forwarded {
		w.Origin = &wireOrigin{"hidden_user", m.Date, "Someone Else"}
	}
	if original, ok := c.message(m.ReplyTo); ok {
		flat := *original
		flat.ReplyTo = 0
		w.ReplyTo = s.wire(c, &flat)
	}
	raw, _ := json.Marshal(w)
	if m.Media != nil {
		raw = append(raw[:len(raw)-1], `,"`+m.Kind+`":`...)
		raw = append(append(raw, m.Media...), '}')
	}
	return raw
}
