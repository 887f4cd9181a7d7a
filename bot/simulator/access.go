package simulator

import "strconv"

// want is what a call has in mind with a chat.
type want int

const (
	toRead want = iota
	toEdit
	toWrite // or to read the members
)

// findChat returns the chat that a chat_id names: one with a person, or a group.
func (s *Server) findChat(id string) (*chat, error) {
	if id == "" {
		return nil, badRequest("chat_id is empty")
	}
	n, _ := strconv.ParseInt(id, 10, 64)
	c := s.Chats[n]
	if c == nil {
		return nil, badRequest("chat not found")
	}
	return c, nil
}

// access returns the chat that a chat_id names, if the bot's place in a group
// allows what it wants there.
func (s *Server) access(id string, w want) (*chat, error) {
	c, err := s.findChat(id)
	if err != nil || c.private() {
		return c, err
	}
	bot := c.Members[s.botID]
	switch {
	case c.UpgradedTo != 0 && w == toWrite:
		return nil, migrated(c.UpgradedTo)
	case c.kind() == "group" && (w == toRead || c.UpgradedTo != 0):
		return c, nil
	case bot.Status == Kicked:
		return nil, forbidden("bot was kicked from the " + c.kind() + " chat")
	case !bot.in():
		return nil, forbidden("bot is not a member of the " + c.kind() + " chat")
	}
	return c, nil
}

// open returns the chat of a call, if the bot may write or edit there.
func (s *Server) open(r *request, w want) (*chat, error) {
	c, err := s.access(r.text("chat_id"), w)
	switch {
	case err != nil:
		return nil, err
	case c.Blocked:
		return nil, forbidden("bot was blocked by the user")
	case c.private() && !c.Started:
		return nil, forbidden("bot can't initiate conversation with a user")
	}
	return c, nil
}
