package simulator

import (
	"cmp"
	"slices"
	"strings"
)

// Topic is a topic of a forum. Messages of no topic are in the general one,
// whose id is 0 here, as it is left out in the Bot API.
type Topic struct {
	ID        int    `json:"id"` // that of the message that created it
	Name      string `json:"name"`
	Color     int64  `json:"color"`          // of the icon, as RGB
	Icon      string `json:"icon,omitempty"` // id of a custom emoji
	Closed    bool   `json:"closed,omitempty"`
	CreatorID int64  `json:"creatorID"` // the person or bot that made it
}

// The service messages about topics.
const (
	topicCreated  = "forum_topic_created"
	topicEdited   = "forum_topic_edited"
	topicClosed   = "forum_topic_closed"
	topicReopened = "forum_topic_reopened"
)

const longestTopic = 128 // characters of a name; Telegram cuts what is longer

var topicColors = []int64{7322096, 16766590, 13338331, 9367192, 16749490, 16478047}

// topic returns the topic with an id, or nil.
func (c *chat) topic(id int) *Topic {
	for _, t := range c.Topics {
		if t.ID == id {
			return t
		}
	}
	return nil
}

func topicName(name string) string {
	name = strings.TrimSpace(name)
	return string([]rune(name)[:min(len([]rune(name)), longestTopic)])
}

// mayWriteIn reports whether a member may write in a topic: also in a closed
// one who made it or manages topics.
func (c *chat) mayWriteIn(id int, member int64) bool {
	t := c.topic(id)
	return t == nil || !t.Closed || t.CreatorID == member || c.Members[member].may(ManageTopics)
}

// thread returns the topic that message_thread_id names. Telegram ignores it
// in a group without topics.
func (c *chat) thread(r *request) (int, error) {
	id := int(r.int("message_thread_id"))
	switch {
	case id == 0, !c.private() && !c.Forum:
		return 0, nil
	case c.topic(id) == nil:
		return 0, badRequest("message thread not found")
	}
	return id, nil
}

// address notes the topic and the answered message of a call on its message.
// An answer without a topic goes to that of what it answers.
func (s *Server) address(r *request, c *chat, m *message) (err error) {
	if m.Topic, err = c.thread(r); err != nil {
		return err
	}
	if m.ReplyTo, err = c.replyTarget(r); err != nil {
		return err
	}
	if original, ok := c.message(m.ReplyTo); ok {
		if m.Topic != 0 && m.Topic != original.Topic {
			return notSimulated("a reply to a message of another topic")
		}
		m.Topic = original.Topic
	}
	if !c.mayWriteIn(m.Topic, s.botID) {
		return badRequest("TOPIC_CLOSED")
	}
	return nil
}

// forum returns the chat of a call about topics, which must have some.
func (s *Server) forum(r *request) (*chat, error) {
	c, err := s.access(r.text("chat_id"), toWrite)
	if err == nil && !c.Forum {
		err = badRequest("the chat is not a forum")
	}
	return c, err
}

// forumTopic returns the chat and the topic of a call, if the bot made the
// topic or has the right to do something to it.
func (s *Server) forumTopic(r *request, right Right, something string) (*chat, *Topic, error) {
	c, err := s.forum(r)
	if err != nil {
		return nil, nil, err
	}
	id := int(r.int("message_thread_id"))
	t := c.topic(id)
	switch {
	case id <= 0:
		return nil, nil, badRequest("invalid forum topic identifier specified")
	case t == nil:
		return nil, nil, badRequest("TOPIC_ID_INVALID")
	case t.CreatorID != s.botID && !c.Members[s.botID].may(right):
		return nil, nil, badRequest("not enough rights to %s the topic", something)
	}
	return c, t, nil
}

func createForumTopic(s *Server, r *request) (any, error) {
	c, err := s.forum(r)
	if err != nil {
		return nil, err
	}
	t := &Topic{Name: topicName(r.text("name")), Color: cmp.Or(r.int("icon_color"), topicColors[0]),
		Icon: r.text("icon_custom_emoji_id"), CreatorID: s.botID}
	switch {
	case !c.Members[s.botID].may(ManageTopics):
		return nil, badRequest("not enough rights to create a topic")
	case t.Name == "":
		return nil, badRequest("name must be non-empty")
	case !slices.Contains(topicColors, t.Color):
		return nil, badRequest("invalid icon color specified")
	}
	s.createTopic(c, Profile{}, t)
	value := t.wire()
	value["message_thread_id"] = t.ID
	return value, nil
}

func (t *Topic) wire() map[string]any {
	value := map[string]any{"name": t.Name, "icon_color": t.Color}
	if t.Icon != "" {
		value["icon_custom_emoji_id"] = t.Icon
	}
	return value
}

func (s *Server) createTopic(c *chat, by Profile, t *Topic) {
	m := &message{From: by, Kind: topicCreated, Text: t.Name}
	s.service(c, m, t.wire())
	t.ID = m.ID
	c.Topics = append(c.Topics, t)
	c.tell(Event{Kind: "topics"})
}

func editForumTopic(s *Server, r *request) (any, error) {
	c, t, err := s.forumTopic(r, ManageTopics, "edit")
	if err != nil {
		return nil, err
	}
	name, icon := cmp.Or(r.text("name"), t.Name), t.Icon
	if r.has("icon_custom_emoji_id") {
		icon = r.text("icon_custom_emoji_id")
	}
	switch name = topicName(name); {
	case name == "":
		return nil, badRequest("name must be non-empty")
	case r.text("name") == "" && !r.has("icon_custom_emoji_id"):
		return true, nil
	case name == t.Name && icon == t.Icon:
		return nil, badRequest("TOPIC_NOT_MODIFIED")
	}
	value := map[string]any{}
	if name != t.Name {
		value["name"] = name
	}
	if icon != t.Icon {
		value["icon_custom_emoji_id"] = icon
	}
	t.Name, t.Icon = name, icon
	s.service(c, &message{Kind: topicEdited, Topic: t.ID, Text: name}, value)
	c.tell(Event{Kind: "topics"})
	return true, nil
}

// switchForumTopic makes the handler that closes or reopens a topic.
func switchForumTopic(closed bool) handler {
	return func(s *Server, r *request) (any, error) {
		c, t, err := s.forumTopic(r, ManageTopics, "close or open")
		if err != nil {
			return nil, err
		}
		if t.Closed == closed {
			return nil, badRequest("TOPIC_NOT_MODIFIED")
		}
		s.switchTopic(c, Profile{}, t, closed)
		return true, nil
	}
}

func (s *Server) switchTopic(c *chat, by Profile, t *Topic, closed bool) {
	kind := topicReopened
	if closed {
		kind = topicClosed
	}
	t.Closed = closed
	s.service(c, &message{From: by, Kind: kind, Topic: t.ID, Text: t.Name}, struct{}{})
	c.tell(Event{Kind: "topics"})
}

func deleteForumTopic(s *Server, r *request) (any, error) {
	c, t, err := s.forumTopic(r, DeleteMessages, "delete")
	if err != nil {
		return nil, err
	}
	c.deleteTopic(t)
	return true, nil
}

// deleteTopic deletes a topic and its messages, of which a bot hears nothing.
func (c *chat) deleteTopic(t *Topic) {
	for _, m := range slices.Clone(c.Messages) {
		if m.Topic == t.ID {
			c.remove(m.ID)
		}
	}
	c.Topics = slices.DeleteFunc(c.Topics, func(other *Topic) bool { return other == t })
	c.tell(Event{Kind: "topics"})
}
