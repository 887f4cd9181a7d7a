package simulator

// Topics returns the topics of the group but the general one, oldest first.
func (g *Group) Topics() []Topic {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	all := make([]Topic, len(g.chat.Topics))
	for i, t := range g.chat.Topics {
		all[i] = *t
	}
	return all
}

// ChatIn returns the messages of one topic, as [Group.Chat] does of all; 0 is
// the general one.
func (g *Group) ChatIn(topic int) []Message {
	var in []Message
	for _, m := range g.Chat() {
		if m.Topic == topic {
			in = append(in, m)
		}
	}
	return in
}

// EnableTopics gives a supergroup topics, as its settings do. In another group
// it panics.
func (g *Group) EnableTopics() {
	defer g.server.change()()
	g.server.enableTopics(g.chat)
}

func (s *Server) enableTopics(c *chat) {
	if c.kind() != "supergroup" {
		panic("simulator: only a supergroup, whose id begins with -100, can have topics")
	}
	if s.MessageIDs.Last == 0 {
		s.next(&s.MessageIDs) // no topic can have the general one's number
	}
	c.Forum = true
}

// CreateTopic makes a topic and returns its id, or 0 where the person may not.
func (p *Person) CreateTopic(g *Group, name string) int {
	defer p.server.change()()
	t := &Topic{Name: topicName(name), Color: topicColors[0], CreatorID: p.chat.id}
	if !g.chat.Forum || t.Name == "" || !g.chat.Members[p.chat.id].may(ManageTopics) {
		return 0
	}
	p.server.createTopic(g.chat, p.chat.Profile, t)
	return t.ID
}

// CloseTopic closes a topic or opens it again, and reports whether the person
// could.
func (p *Person) CloseTopic(g *Group, id int, closed bool) bool {
	defer p.server.change()()
	t := g.chat.topic(id)
	own := g.chat.Members[p.chat.id]
	if t == nil || t.Closed == closed || t.CreatorID != p.chat.id && !own.may(ManageTopics) {
		return false
	}
	p.server.switchTopic(g.chat, p.chat.Profile, t, closed)
	return true
}

// DeleteTopic deletes a topic with its messages, and reports whether the person
// could. Telegram tells a bot nothing of it.
func (p *Person) DeleteTopic(g *Group, id int) bool {
	defer p.server.change()()
	t := g.chat.topic(id)
	if t == nil || !g.chat.Members[p.chat.id].may(DeleteMessages) {
		return false
	}
	g.chat.deleteTopic(t)
	return true
}
