package flows

import "time"

// support hands the person over to support, and keeps what they were at. Where
// nobody works in the chat, it says how to reach support elsewhere.
func (m *Machine) support(to Conversation, in Input, buttons []ButtonName, now time.Time) (Turn, error) {
	talk, ok := m.flows[TalkName]
	if !ok {
		return m.aside(to, SaySupport, buttons, now)
	}
	if flow, ok := m.current(to); ok && to.Flow == TalkName {
		hint, err := flow.hint(to, now)
		return Turn{To: to, Replies: []Reply{hint}}, err
	}
	begun, held := Beginning{}, Position{}
	if flow, ok := m.current(to); ok && m.lives(to, now) {
		var err error
		if begun, err = flow.beginning(to); err != nil {
			return Turn{}, err
		}
		held = to.Position
	} else {
		to = to.leave()
		to.ID = m.identity(to.Chat, in.ID)
	}
	begun.Secret = begun.Secret || in.Suspect
	to = talk.stand(to, "line", now)
	to.Held, to.Data = held, Data{known: Talking{Begun: begun}}
	return m.step(talk, to, in, now)
}

// wantsSupport tells whether an input hands the person over to support.
func wantsSupport(in Input) bool {
	return in.Kind == Ordered && in.Name == "support" || in.Kind == Pressed && ButtonName(in.Name) == ButtonSupport
}

// lives tells whether a conversation's time is not over yet.
func (m *Machine) lives(c Conversation, now time.Time) bool {
	flow, ok := m.flows[c.Flow]
	if !ok {
		return false
	}
	_, _, life := flow.about()
	return now.Before(c.Started.Add(life))
}

// resume takes up what waited while the person talked with support. Time may have
// done something to it.
func (m *Machine) resume(c Conversation, said []Reply, now time.Time) (Turn, error) {
	to := c
	to.Position, to.Held = c.Held, Position{}
	flow, ok := m.current(to)
	if !ok {
		return Turn{To: c.leave(), Replies: said}, nil
	}
	for i := range said {
		said[i].Buttons = nil // what is asked next has its own
	}
	if !m.lives(to, now) {
		return Turn{To: to.leave(), Replies: append(said, again(SayTimeUp))}, nil
	}
	t, err := m.standing(flow, to, now, flow.question)
	if err != nil {
		return Turn{}, err
	}
	t.Replies = append(said, t.Replies...)
	return t, nil
}
