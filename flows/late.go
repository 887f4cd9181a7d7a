package flows

import "time"

// late tells whether an input is older than a recovery lives: the bot was out of
// reach, or the input was parked. Nobody expects an answer to it, but support
// may still read what was written to it.
func (m *Machine) late(c Conversation, in Input, now time.Time) bool {
	return c.Flow != TalkName && !in.Sent.IsZero() && now.Sub(in.Sent) >= m.life()
}

// life is how long a conversation lives.
func (m *Machine) life() time.Duration {
	_, _, life := m.flows[RecoveryName].about()
	return life
}

// tooLate does not act on an input, whatever it asks for. It ends what the
// input may have belonged to, deletes what may be a secret, and says so once,
// unless the person has begun anew since.
func (m *Machine) tooLate(c, to Conversation, in Input, now time.Time) Turn {
	secret := (in.Kind != Ordered || hasText(in)) && in.Message != 0 && m.Secret(c)
	t := Turn{To: to, Delete: secret || removable(in)}
	if _, ok := m.current(c); ok && m.lives(c, now) {
		return t
	}
	t.To, t.Abandon = to.leave(), running(c)
	if !c.Late {
		t.To.Late, t.Replies = true, []Reply{again(SayLate)}
	}
	return t
}
