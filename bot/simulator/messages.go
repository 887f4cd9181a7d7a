package simulator

import (
	"reflect"
	"slices"
	"time"
)

// deletable is how long after it was sent a message can be deleted; a dice in
// a private chat can be deleted only after diceStays.
const (
	deletable = 48 * time.Hour
	diceStays = 24 * time.Hour
)

func sendMessage(s *Server, r *request) (any, error) {
	if r.text("text") == "" {
		return nil, badRequest("message text is empty")
	}
	text, entities, err := formatted(r, "text", "entities")
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, badRequest("text must be non-empty")
	}
	if units(text) > longestText {
		return nil, badRequest("message is too long")
	}
	return s.send(r, &message{Kind: "text", Text: text, Entities: entities})
}

// send adds the bot's message to the chat with what all messages can have.
func (s *Server) send(r *request, m *message) (any, error) {
	if r.has("ephemeral_message_parameters") {
		return nil, notSimulated("an ephemeral message")
	}
	c, err := s.open(r, toWrite)
	if err != nil {
		return nil, err
	}
	k, err := parseMarkup(r, c.private())
	if err != nil {
		return nil, err
	}
	if err := s.address(r, c, m); err != nil {
		return nil, err
	}
	if err := s.spend(c); err != nil {
		return nil, err
	}
	m.Entities = s.mentions(m.Entities)
	if k.forced {
		m.Forces = s.forced(c, m, k.selective)
	}
	m.Inline, m.Fixed, m.Protected = k.inline, k.replace || k.forced, r.bool("protect_content")
	s.add(c, m)
	if k.reply != nil {
		k.reply.MessageID = m.ID
	}
	if k.replace {
		c.setKeyboard(k.reply)
	}
	return s.wire(c, m), nil
}

// replyTarget returns the message that is replied to, or 0.
func (c *chat) replyTarget(r *request) (int, error) {
	var reply struct {
		MessageID int  `json:"message_id"`
		OrNot     bool `json:"allow_sending_without_reply"`
	}
	if err := r.decode("reply_parameters", &reply); err != nil || reply.MessageID == 0 {
		return 0, err
	}
	if _, ok := c.message(reply.MessageID); ok {
		return reply.MessageID, nil
	}
	if reply.OrNot {
		return 0, nil
	}
	return 0, badRequest("message to be replied not found")
}

// editable returns the message that a call wants to edit.
func (s *Server) editable(r *request) (*chat, *message, error) {
	if r.text("chat_id") == "" && r.text("inline_message_id") != "" {
		return nil, nil, badRequest("MESSAGE_ID_INVALID")
	}
	c, err := s.open(r, toEdit)
	if err != nil {
		return nil, nil, err
	}
	if r.int("message_id") == 0 {
		return nil, nil, badRequest("message identifier is not specified")
	}
	m, ok := c.message(int(r.int("message_id")))
	if !ok {
		return nil, nil, badRequest("message to edit not found")
	}
	if !m.fromBot() || m.Fixed {
		return nil, nil, badRequest("message can't be edited")
	}
	return c, m, nil
}

func editMessageText(s *Server, r *request) (any, error) {
	if r.has("rich_message") {
		return nil, notSimulated("a rich message")
	}
	if r.text("text") == "" {
		return nil, badRequest("message text is empty")
	}
	text, entities, err := formatted(r, "text", "entities")
	if err != nil {
		return nil, err
	}
	c, old, err := s.editable(r)
	if err != nil {
		return nil, err
	}
	switch {
	case old.Kind != "text":
		return nil, badRequest("there is no text in the message to edit")
	case text == "":
		return nil, badRequest("text must be non-empty")
	case units(text) > longestText:
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	edited := *old
	edited.Text, edited.Entities, edited.Edited = text, entities, s.options.Now().Unix()
	return s.edit(r, c, old, &edited)
}

func editMessageReplyMarkup(s *Server, r *request) (any, error) {
	c, old, err := s.editable(r)
	if err != nil {
		return nil, err
	}
	edited := *old
	return s.edit(r, c, old, &edited)
}

// edit puts the edited message with the request's inline keyboard, or none,
// in the place of the old one, if anything differs.
func (s *Server) edit(r *request, c *chat, old, edited *message) (any, error) {
	k, err := parseMarkup(r, c.private())
	if err != nil {
		return nil, err
	}
	edited.Inline = k.inline
	if edited.Text == old.Text && slices.Equal(edited.Entities, old.Entities) &&
		reflect.DeepEqual(edited.Inline, old.Inline) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are " +
			"exactly the same as a current content and reply markup of the message")
	}
	s.replace(c, edited)
	return s.wire(c, edited), nil
}

func deleteMessage(s *Server, r *request) (any, error) {
	c, err := s.access(r.text("chat_id"), toWrite)
	if err != nil {
		return nil, err
	}
	id := int(r.int("message_id"))
	if id == 0 {
		return nil, badRequest("message identifier is not specified")
	}
	m, ok := c.message(id)
	if !ok {
		return nil, badRequest("message to delete not found")
	}
	if err := s.canDelete(c, m); err != nil {
		return nil, err
	}
	c.remove(id)
	return true, nil
}

func deleteMessages(s *Server, r *request) (any, error) {
	var ids []int
	if err := r.decode("message_ids", &ids); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, badRequest("message identifiers are not specified")
	}
	if len(ids) > 100 {
		return nil, badRequest("too many message identifiers specified")
	}
	c, err := s.access(r.text("chat_id"), toWrite)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if m, ok := c.message(id); ok {
			if err := s.canDelete(c, m); err != nil {
				return nil, err
			}
		}
	}
	for _, id := range ids {
		c.remove(id)
	}
	return true, nil
}

// canDelete knows the limits of deleteMessage.
func (s *Server) canDelete(c *chat, m *message) error {
	switch {
	case m.Kind == topicCreated, !c.private() && !m.fromBot() && !c.Members[s.botID].may(DeleteMessages):
		return badRequest("message can't be deleted")
	case s.age(m) >= deletable, c.private() && m.Kind == "dice" && s.age(m) < diceStays:
		return badRequest("message can't be deleted for everyone")
	}
	return nil
}

var chatActions = []string{"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
	"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"}

func sendChatAction(s *Server, r *request) (any, error) {
	if !slices.Contains(chatActions, r.text("action")) {
		return nil, badRequest("wrong parameter action in request")
	}
	c, err := s.open(r, toWrite)
	if err != nil {
		return nil, err
	}
	topic, err := c.thread(r)
	if err != nil {
		return nil, err
	}
	c.tell(Event{Kind: "typing", Topic: topic})
	return true, nil
}
