package simulator

// Post is what a person writes in a group.
type Post struct {
	Text      string // of the message, or the caption of an attachment
	Kind      string // of an attachment, as for [Person.Attach]; "" is a text
	Topic     int    // where; 0 is the general one, or that of what it answers
	ReplyTo   int    // the message that it answers
	Forwarded bool   // written by someone else
}

// SayIn sends a text to a group.
func (p *Person) SayIn(g *Group, text string) int { return p.Post(g, Post{Text: text}) }

// Post sends a message to a group and returns its id. What cannot be sent gives
// 0: nothing but space, an unknown kind, an answer to nothing or into another
// topic, or a message from someone who may not write there.
func (p *Person) Post(g *Group, post Post) int {
	defer p.server.change()()
	m := textMessage(post.Text)
	if post.Kind != "" {
		m = p.server.attachment(post.Kind, post.Text)
	}
	if m == nil || m.Kind == "text" && m.Text == "" {
		return 0
	}
	m.Topic, m.ReplyTo, m.Forwarded = post.Topic, post.ReplyTo, post.Forwarded
	if !p.mayPost(g.chat, m) {
		return 0
	}
	m.Anonymous = g.chat.Members[p.chat.id].Anonymous
	return p.server.write(g.chat, p.chat.Profile, m)
}

// mayPost reports whether the app lets the person send a message to a group.
func (p *Person) mayPost(c *chat, m *message) bool {
	own, known := c.Members[p.chat.id]
	if !known {
		own = Membership{Status: Member}
		c.Members[p.chat.id] = own
	}
	if m.ReplyTo != 0 {
		original, ok := c.message(m.ReplyTo)
		if !ok || m.Topic != 0 && m.Topic != original.Topic {
			return false
		}
		m.Topic = original.Topic
	}
	if m.Topic != 0 && (c.topic(m.Topic) == nil || !c.mayWriteIn(m.Topic, p.chat.id)) {
		return false
	}
	silenced := own.Status == Restricted && !own.may(SendMessages)
	return own.in() && !silenced && c.UpgradedTo == 0
}

// EditIn changes the text of a message in a group, as [Person.Edit] does.
func (p *Person) EditIn(g *Group, messageID int, text string) { p.edit(g.chat, messageID, text) }

// PressIn presses a button under a message in a group, as [Person.Press] does.
func (p *Person) PressIn(g *Group, messageID int, label string) error {
	return p.pressLabel(g.chat, messageID, label)
}

// PressDataIn sends the bot a press in a group, as [Person.PressData] does.
func (p *Person) PressDataIn(g *Group, messageID int, data string) {
	defer p.server.change()()
	p.pressData(g.chat, messageID, data)
}
