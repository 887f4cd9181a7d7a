package simulator

import (
	"bytes"
	"encoding/json"
)

func getMe(s *Server, _ *request) (any, error) {
	return struct {
		wireUser
		CanJoinGroups   bool `json:"can_join_groups"`
		CanReadAll      bool `json:"can_read_all_group_messages"`
		SupportsInline  bool `json:"supports_inline_queries"`
		CanBeInBusiness bool `json:"can_connect_to_business"`
		HasMainWebApp   bool `json:"has_main_web_app"`
	}{wireUser: s.wireBot(), CanJoinGroups: true}, nil
}

func getChat(s *Server, r *request) (any, error) {
	c, err := s.access(r.text("chat_id"), toRead)
	if err != nil {
		return nil, err
	}
	if c.private() && !c.Started {
		return nil, badRequest("chat not found")
	}
	return struct {
		wireChat
		AccentColorID     int             `json:"accent_color_id"`
		MaxReactionCount  int             `json:"max_reaction_count"`
		AcceptedGiftTypes map[string]bool `json:"accepted_gift_types"`
	}{c.wire(), 0, 11, map[string]bool{"unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true,
		"premium_subscription": true, "gifts_from_channels": true}}, nil
}

// setMyText makes the handler that keeps one of the bot's texts in a language.
func setMyText(kind string, longest int) handler {
	return func(s *Server, r *request) (any, error) {
		text := r.text(kind)
		if len([]rune(text)) > longest {
			return nil, badRequest("bot %s is too long", kind)
		}
		s.Texts[kind+" "+r.text("language_code")] = text
		return true, nil
	}
}

// getMyText makes the handler that returns a text in a language, or else the
// one without a language.
func getMyText(kind string) handler {
	return func(s *Server, r *request) (any, error) {
		return map[string]string{kind: s.myText(kind, r.text("language_code"))}, nil
	}
}

func (s *Server) myText(kind, language string) string {
	if text := s.Texts[kind+" "+language]; text != "" {
		return text
	}
	return s.Texts[kind+" "]
}

// Description returns what this person is shown of the bot before they start
// it, in their language where the bot has set one.
func (p *Person) Description() string {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.server.myText("description", p.language())
}

var defaultButton = json.RawMessage(`{"type":"default"}`)

func setChatMenuButton(s *Server, r *request) (any, error) {
	id, err := s.buttonOwner(r)
	if err != nil {
		return nil, err
	}
	button := defaultButton
	if r.has("menu_button") {
		button = json.RawMessage(r.text("menu_button"))
	}
	if err := checkMenuButton(button); err != nil {
		return nil, err
	}
	s.Buttons[id] = button
	return true, nil
}

func getChatMenuButton(s *Server, r *request) (any, error) {
	id, err := s.buttonOwner(r)
	if err != nil {
		return nil, err
	}
	for _, owner := range []int64{id, 0} {
		if button := s.Buttons[owner]; button != nil && !bytes.Equal(button, defaultButton) {
			return button, nil
		}
	}
	return json.RawMessage(`{"type":"commands"}`), nil
}

// buttonOwner returns the chat that a menu button is for; 0 is all of them.
func (s *Server) buttonOwner(r *request) (int64, error) {
	if !r.has("chat_id") {
		return 0, nil
	}
	c, err := s.findChat(r.text("chat_id"))
	if err != nil {
		return 0, err
	}
	if !c.private() {
		return 0, badRequest("chat menu button can be changed in private chats only")
	}
	return c.id, nil
}

func checkMenuButton(raw json.RawMessage) error {
	var button struct {
		Type   string `json:"type"`
		Text   string `json:"text"`
		WebApp webApp `json:"web_app"`
	}
	if json.Unmarshal(raw, &button) != nil {
		return badRequest("can't parse menu button JSON object")
	}
	switch button.Type {
	case "default", "commands":
		return nil
	case "web_app":
		if button.Text == "" || !validWebApp(button.WebApp.URL) {
			return badRequest("BUTTON_URL_INVALID")
		}
		return nil
	}
	return badRequest("can't parse menu button: MenuButton has unsupported type")
}
