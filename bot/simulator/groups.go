package simulator

import (
	"strings"
)

// Group is a group that the bot is or was in. All methods are safe for
// concurrent use.
type Group struct {
	server *Server
	chat   *chat
}

// GroupOptions say how a group begins.
type GroupOptions struct {
	Title   string
	Forum   bool                   // with topics; only a supergroup can have them
	Bot     Membership             // default: a plain member
	Members map[*Person]Membership // anyone else who writes there becomes a plain member by it
}

// Group returns the group with a negative id, as [Server.NewGroup] does for one
// in which the bot is a plain member.
func (s *Server) Group(id int64, title string) *Group {
	return s.NewGroup(id, GroupOptions{Title: title})
}

// NewGroup returns the group with a negative id; one that begins with -100 is
// a supergroup. A new group has just taken the bot in, which the bot hears of;
// of one that is there only the title is changed. An id that is not negative
// panics.
func (s *Server) NewGroup(id int64, o GroupOptions) *Group {
	if id >= 0 {
		panic("simulator: the id of a group must be negative")
	}
	defer s.change()()
	if s.Chats[id] == nil {
		s.foundGroup(id, o)
	}
	s.Chats[id].Title = o.Title
	return s.groups[id]
}

func (s *Server) foundGroup(id int64, o GroupOptions) {
	c := &chat{}
	s.Chats[id] = c
	c.attach(s, id)
	if o.Forum {
		s.enableTopics(c)
	}
	for p, m := range o.Members {
		c.Members[p.chat.id] = m
	}
	if o.Bot.Status == "" {
		o.Bot.Status = Member
	}
	c.Members[s.botID] = o.Bot
	s.membership(c, s.owner(c), s.wireBot(), Membership{}, o.Bot)
}

// owner returns the group's creator, or someone unknown when it has none.
func (s *Server) owner(c *chat) Profile {
	for id, m := range c.Members {
		if p := s.people[id]; p != nil && m.Status == Creator {
			return p.chat.Profile
		}
	}
	return Profile{ID: 1, FirstName: "Owner"}
}

// Title returns the group's name.
func (g *Group) Title() string {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	return g.chat.Title
}

// Place makes a person whatever its owner wants them to be: promotes,
// restricts, invites or removes them.
func (g *Group) Place(p *Person, m Membership) {
	defer g.server.change()()
	g.server.place(g.chat, g.server.owner(g.chat), p.chat.id, m)
}

// PlaceBot does the same with the bot.
func (g *Group) PlaceBot(m Membership) {
	defer g.server.change()()
	g.server.place(g.chat, g.server.owner(g.chat), g.server.botID, m)
}

// Join takes the person into a group, unless they are in it or banned from it.
func (p *Person) Join(g *Group) {
	defer p.server.change()()
	m := g.chat.Members[p.chat.id]
	switch {
	case m.in() || m.Status == Kicked:
		return
	case m.Status == Restricted:
		m.Away = false
	default:
		m = Membership{Status: Member}
	}
	p.server.place(g.chat, p.chat.Profile, p.chat.id, m)
}

// Leave takes the person out of a group.
func (p *Person) Leave(g *Group) {
	defer p.server.change()()
	m := g.chat.Members[p.chat.id]
	if !m.in() {
		return
	}
	after := Membership{Status: Left}
	if m.Status == Restricted {
		after, after.Away = m, true
	}
	p.server.place(g.chat, p.chat.Profile, p.chat.id, after)
}

// hears tells whether the bot is told of a message. As a plain member it is in
// privacy mode: it learns of events, of commands that can be meant for it, and
// of answers to what it said.
func (s *Server) hears(c *chat, m *message) bool {
	if c.private() {
		return true
	}
	bot := c.Members[s.botID]
	if !bot.in() {
		return false
	}
	original, answers := c.message(m.ReplyTo)
	return bot.leads() || m.isService() || s.commanded(m) || answers && original.fromBot()
}

// commanded reports whether a message begins with a command that names this
// bot, or none.
func (s *Server) commanded(m *message) bool {
	if len(m.Entities) == 0 || m.Entities[0].Type != "bot_command" || m.Entities[0].Offset != 0 {
		return false
	}
	_, name, named := strings.Cut(m.Text[:m.Entities[0].Length], "@") // a command is ASCII
	return !named || strings.EqualFold(name, s.options.Username)
}
