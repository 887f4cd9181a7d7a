package simulator

import (
	"encoding/json"
	"slices"
)

// copyMessage sends what another message holds as the bot's own: its buttons
// and its author stay behind. Protected content is refused, as it is to people.
func copyMessage(s *Server, r *request) (any, error) {
	from, err := s.access(r.text("from_chat_id"), toRead)
	if err != nil {
		return nil, err
	}
	m, ok := from.message(int(r.int("message_id")))
	switch {
	case !ok:
		return nil, badRequest("message to copy not found")
	case m.isService():
		return nil, badRequest("the message can't be copied")
	case m.Protected:
		return nil, badRequest("message has protected content and can't be forwarded")
	}
	fresh := &message{Kind: m.Kind, Text: m.Text, Entities: m.Entities, Phone: m.Phone, File: m.File, Media: m.Media}
	if fresh.Kind == "dice" {
		fresh.Media = s.roll()
	}
	if r.has("caption") && slices.Contains(captioned, m.Kind) {
		if err := fresh.caption(r); err != nil {
			return nil, err
		}
	}
	if _, err := s.send(r, fresh); err != nil {
		return nil, err
	}
	return map[string]int{"message_id": fresh.ID}, nil
}

// roll returns a new dice: Telegram never copies what one has shown.
func (s *Server) roll() json.RawMessage {
	raw, _ := json.Marshal(map[string]any{"emoji": "🎲", "value": 1 + int(6*s.options.Random())})
	return raw
}
