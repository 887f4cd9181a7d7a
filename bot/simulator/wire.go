package simulator

import (
	"encoding/json"
	"strconv"
	"strings"
)

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
		Forum     bool   `json:"is_forum,omitempty"`
	}
	wireMarkup struct {
		Rows [][]inlineButton `json:"inline_keyboard"`
	}
	wireMessage struct {
		ID              int             `json:"message_id"`
		Topic           int             `json:"message_thread_id,omitempty"`
		InTopic         bool            `json:"is_topic_message,omitempty"`
		From            wireUser        `json:"from"`
		SenderChat      *wireChat       `json:"sender_chat,omitempty"`
		Chat            wireChat        `json:"chat"`
		Date            int64           `json:"date"`
		Edited          int64           `json:"edit_date,omitempty"`
		Origin          *wireOrigin     `json:"forward_origin,omitempty"`
		ReplyTo         json.RawMessage `json:"reply_to_message,omitempty"`
		Protected       bool            `json:"has_protected_content,omitempty"`
		Text            string          `json:"text,omitempty"`
		Entities        []entity        `json:"entities,omitempty"`
		Caption         string          `json:"caption,omitempty"`
		CaptionEntities []entity        `json:"caption_entities,omitempty"`
		Markup          *wireMarkup     `json:"reply_markup,omitempty"`
	}
	wireOrigin struct {
		Type string `json:"type"`
		Date int64  `json:"date"`
		Name string `json:"sender_user_name"`
	}
)

// anonymous is who an administrator that stays unnamed is to the bot.
var anonymous = wireUser{ID: 1087968824, IsBot: true, FirstName: "Group", Username: "GroupAnonymousBot"}

func (p Profile) wire() wireUser {
	return wireUser{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, LanguageCode: p.Language}
}

func (s *Server) wireBot() wireUser {
	return wireUser{ID: s.botID, IsBot: true, FirstName: s.options.Name, Username: s.options.Username}
}

func (c *chat) wire() wireChat {
	p := c.Profile
	return wireChat{ID: c.id, Type: c.kind(), Title: c.Title, Forum: c.Forum,
		FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
}

// kind returns the type of a chat in the API's words.
func (c *chat) kind() string {
	switch {
	case c.private():
		return "private"
	case isSupergroup(c.id):
		return "supergroup"
	}
	return "group"
}

func isSupergroup(id int64) bool { return strings.HasPrefix(strconv.FormatInt(id, 10), "-100") }

// wire returns a message as the API's Message, with the one it answers.
func (s *Server) wire(c *chat, m *message) json.RawMessage {
	var replied json.RawMessage
	if original, ok := c.message(m.answers()); ok {
		replied = s.wireReplying(c, original, nil)
	}
	return s.wireReplying(c, m, replied)
}

func (s *Server) wireReplying(c *chat, m *message, replied json.RawMessage) json.RawMessage {
	w := wireMessage{ID: m.ID, From: m.From.wire(), Chat: c.wire(), Date: m.Date, Edited: m.Edited,
		Topic: m.Topic, InTopic: m.Topic != 0, ReplyTo: replied, Protected: m.Protected}
	switch {
	case m.fromBot():
		w.From = s.wireBot()
	case m.Anonymous:
		w.From, w.SenderChat = anonymous, &w.Chat
	}
	switch {
	case m.Kind == "text":
		w.Text, w.Entities = m.Text, m.Entities
	case !m.isService():
		w.Caption, w.CaptionEntities = m.Text, m.Entities
	}
	if m.Inline != nil {
		w.Markup = &wireMarkup{m.Inline}
	}
	if m.Forwarded {
		w.Origin = &wireOrigin{"hidden_user", m.Date, "Someone Else"}
	}
	raw, _ := json.Marshal(w)
	if m.Media != nil {
		raw = append(raw[:len(raw)-1], `,"`+m.Kind+`":`...)
		raw = append(append(raw, m.Media...), '}')
	}
	return raw
}
