package simulator

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Command is an entry of the bot's menu.
type Command struct {
	Command     string `json:"command"` // without "/"
	Description string `json:"description"`
}

// mostCommands is how many a menu can have.
const mostCommands = 100

var commandForm = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// menuKey names a menu by its scope and language, as state.Menus holds it.
func menuKey(scope, language string) string { return scope + " " + language }

// menuOf returns the key of the menu that a call is about.
func (s *Server) menuOf(r *request) (string, error) {
	scope := struct {
		Type   string          `json:"type"`
		ChatID json.RawMessage `json:"chat_id"`
		UserID json.RawMessage `json:"user_id"`
	}{Type: "default"}
	if err := r.decode("scope", &scope); err != nil {
		return "", err
	}
	name := scope.Type
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
	case "chat", "chat_administrators", "chat_member":
		c, err := s.findChat(strings.Trim(string(scope.ChatID), `"`))
		if err != nil {
			return "", err
		}
		name = scopeOf(scope.Type, c)
		if scope.Type == "chat_member" {
			name += " " + string(scope.UserID)
		}
	default:
		return "", badRequest("can't parse BotCommandScope: Unsupported type specified")
	}
	if code := r.text("language_code"); code != "" && len(code) != 2 {
		return "", badRequest("LANGUAGE_CODE_INVALID")
	}
	return menuKey(name, r.text("language_code")), nil
}

func scopeOf(kind string, c *chat) string { return kind + " " + chatLane(c.id) }

func setMyCommands(s *Server, r *request) (any, error) {
	var commands []Command
	if err := r.decode("commands", &commands); err != nil {
		return nil, err
	}
	if len(commands) > mostCommands {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for i, c := range commands {
		commands[i].Command = strings.TrimPrefix(c.Command, "/")
		if !commandForm.MatchString(commands[i].Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := len([]rune(c.Description)); n < 1 || n > 256 {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	key, err := s.menuOf(r)
	if err != nil {
		return nil, err
	}
	s.Menus[key] = commands
	return true, nil
}

func getMyCommands(s *Server, r *request) (any, error) {
	key, err := s.menuOf(r)
	if err != nil {
		return nil, err
	}
	return append([]Command{}, s.Menus[key]...), nil
}

func deleteMyCommands(s *Server, r *request) (any, error) {
	key, err := s.menuOf(r)
	if err != nil {
		return nil, err
	}
	delete(s.Menus, key)
	return true, nil
}

// Commands returns the bot's menu as this person sees it: the nearest of the
// scopes that has one, in their language before any.
func (p *Person) Commands() []Command {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	own, _, _ := strings.Cut(p.chat.Profile.Language, "-")
	for _, scope := range []string{scopeOf("chat", p.chat), "all_private_chats", "default"} {
		for _, language := range []string{own, ""} {
			if menu := p.server.Menus[menuKey(scope, language)]; len(menu) > 0 {
				return append([]Command{}, menu...)
			}
		}
	}
	return nil
}
