package simulator

import "maps"

// The service messages about an upgrade.
const (
	migratedTo   = "migrate_to_chat_id"
	migratedFrom = "migrate_from_chat_id"
)

// Upgrade turns the group into a supergroup with an id that begins with -100,
// and returns that. It has the members; the messages stay in the old group,
// where nobody can write any more. The bot hears of it from both. A group that
// cannot be upgraded, or to that id, panics.
func (g *Group) Upgrade(id int64) *Group {
	s, c := g.server, g.chat
	defer s.change()()
	if isSupergroup(c.id) || !isSupergroup(id) || c.UpgradedTo != 0 || s.Chats[id] != nil {
		panic("simulator: only a basic group can be upgraded, once, and to a new id that begins with -100")
	}
	next := &chat{Title: c.Title, Members: maps.Clone(c.Members)}
	s.Chats[id] = next
	next.attach(s, id)
	owner := s.owner(c)
	s.service(c, &message{From: owner, Kind: migratedTo}, id)
	s.service(next, &message{From: owner, Anonymous: true, Kind: migratedFrom}, c.id)
	c.UpgradedTo = id
	return s.groups[id]
}
