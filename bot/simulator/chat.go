package simulator

import (
	"encoding/json"
	"slices"
	"time"
)

// history is how many messages of a chat are kept.
const history = 500

// chat is a private chat with a person, whose id it has, or a group.
type chat struct {
	Profile  Profile        `json:"profile,omitzero"`  // of the person
	Started  bool           `json:"started,omitempty"` // the person has written to the bot
	Blocked  bool           `json:"blocked,omitempty"` // the person has blocked the bot
	Keyboard *replyKeyboard `json:"keyboard,omitempty"`
	Messages []*message     `json:"messages"` // by id, ascending

	Title      string               `json:"title,omitempty"`      // of the group, as all below
	Forum      bool                 `json:"forum,omitempty"`      // it has topics
	Topics     []*Topic             `json:"topics,omitempty"`     // by id, ascending
	Members    map[int64]Membership `json:"members,omitempty"`    // by user, the bot too
	UpgradedTo int64                `json:"upgradedTo,omitempty"` // the supergroup in its place

	id       int64
	sent     []time.Time // when the bot wrote in the last minute; see spend
	wrote    time.Time   // when the bot wrote last, where LimitChat counts
	watchers map[*watcher]struct{}
}

// attach makes a chat part of the server after it was made or read.
func (c *chat) attach(s *Server, id int64) {
	c.id = id
	c.watchers = map[*watcher]struct{}{}
	if c.private() {
		s.people[id] = &Person{server: s, chat: c}
		return
	}
	s.groups[id] = &Group{server: s, chat: c}
	if c.Members == nil {
		c.Members = map[int64]Membership{s.botID: {Status: Member}}
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
	Kind      string           `json:"kind"`           // text, contact, a key of attachments, or a service message's field
	Text      string           `json:"text,omitempty"` // a caption where Kind is not text; what a service message is about
	Entities  []entity         `json:"entities,omitempty"`
	Inline    [][]inlineButton `json:"inline,omitempty"`
	Fixed     bool             `json:"fixed,omitempty"` // came with a reply keyboard or the like: can't be edited
	Forces    []int64          `json:"forces,omitempty"`
	Protected bool             `json:"protected,omitempty"`
	Forwarded bool             `json:"forwarded,omitempty"`
	Anonymous bool             `json:"anonymous,omitempty"` // written as the group
	Topic     int              `json:"topic,omitempty"`     // that it is in; 0 is the general one
	ReplyTo   int              `json:"replyTo,omitempty"`
	Phone     string           `json:"phone,omitempty"` // of a contact
	File      string           `json:"file,omitempty"`  // id of the kept file that it shows
	Media     json.RawMessage  `json:"media,omitempty"` // the field of the API's Message that is named by Kind
}

func (m *message) fromBot() bool { return m.From.ID == 0 }

// answers returns the message that this one shows to answer: without another,
// in a topic the one that created it.
func (m *message) answers() int {
	if m.ReplyTo == 0 && m.Topic != m.ID {
		return m.Topic
	}
	return m.ReplyTo
}

// isService reports whether a message tells of an event and nobody wrote it.
func (m *message) isService() bool { return slices.Contains(services, m.Kind) }

// services are the kinds of service messages, each the field of the API's
// Message that makes it one.
var services = []string{newMembers, leftMember, topicCreated, topicEdited, topicClosed, topicReopened,
	migratedTo, migratedFrom}

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
	if m.Kind == topicCreated {
		m.Topic = m.ID
	}
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
		c.tell(Event{Kind: kind, ID: m.ID, Message: s.snapshot(c, m)})
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
