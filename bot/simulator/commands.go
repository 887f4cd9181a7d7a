package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
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
		var err error
		if name, err = s.chatScope(scope.Type, unquoted(scope.ChatID), unquoted(scope.UserID)); err != nil {
			return "", err
		}
	default:
		return "", badRequest("can't parse BotCommandScope: Unsupported type specified")
	}
	if code := r.text("language_code"); code != "" && len(code) != 2 {
		return "", badRequest("LANGUAGE_CODE_INVALID")
	}
	return menuKey(name, r.text("language_code")), nil
}

// chatScope names the scope of a chat, or of a part of its members.
func (s *Server) chatScope(kind, chatID, userID string) (string, error) {
	user, _ := strconv.ParseInt(userID, 10, 64)
	if kind == "chat_member" && user <= 0 {
		return "", badRequest("can't parse BotCommandScope: Invalid user_id specified")
	}
	c, err := s.access(chatID, toWrite)
	switch {
	case err != nil:
		return "", err
	case c.private() && kind != "chat":
		return "", badRequest("can't use specified scope in private chats")
	case kind != "chat_member":
		return scopeOf(kind, c), nil
	}
	if _, known := s.user(user); !known {
		return "", badRequest("user not found")
	}
	return memberScope(c, user), nil
}

func unquoted(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

func scopeOf(kind string, c *chat) string { return kind + " " + chatLane(c.id) }

func memberScope(c *chat, user int64) string {
	return scopeOf("chat_member", c) + " " + strconv.FormatInt(user, 10)
}

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
	return p.menu(scopeOf("chat", p.chat), "all_private_chats", "default")
}

// CommandsIn returns the bot's menu as this person sees it in a group: an
// administrator may see another one than a member. There is none where the bot
// is not.
func (p *Person) CommandsIn(g *Group) []Command {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if !g.chat.Members[p.server.botID].in() {
		return nil
	}
	scopes := []string{memberScope(g.chat, p.chat.id), scopeOf("chat_administrators", g.chat), scopeOf("chat", g.chat),
		"all_chat_administrators", "all_group_chats", "default"}
	if !g.chat.Members[p.chat.id].leads() {
		scopes = slices.DeleteFunc(scopes, func(scope string) bool { return strings.Contains(scope, "administrators") })
	}
	return p.menu(scopes...)
}

// menu returns the first menu of the scopes, in the person's language before any.
func (p *Person) menu(scopes ...string) []Command {
	for _, scope := range scopes {
		for _, language := range []string{p.language(), ""} {
			if menu := p.server.Menus[menuKey(scope, language)]; len(menu) > 0 {
				return append([]Command{}, menu...)
			}
		}
	}
	return nil
}

// language returns the one of the person's Telegram, without its region.
func (p *Person) language() string {
	own, _, _ := strings.Cut(p.chat.Profile.Language, "-")
	return own
}
