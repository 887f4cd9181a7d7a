package sqlite

import "rekey/flows"

// sent is a recovery with the newest code that was sent in it.
type sent struct {
	recovery
	channel         string // as asked for
	long            bool
	state           string
	guesses         int64
	issued, expires int64
}

// lastSent reads a recovery of the conversation that gives the order, if it is
// about the same identifier.
func (l *Ledger) lastSent(t *tx, e flows.SendCode, id string) (s sent, found bool, err error) {
	s.id = id
	var codes int64
	found, err = t.first(into{&s.reference, &s.begun, &codes, &s.channel, &s.long, &s.state, &s.guesses, &s.issued, &s.expires},
		`SELECT r.reference, r.begun_at, r.codes, c.channel, c.long, c.state, c.guesses, c.issued_at, c.expires_at
		FROM recoveries r JOIN codes c ON c.recovery = r.id
		WHERE r.id = ? AND r.chat = ? AND r.conversation = ? AND r.identifier_tag = ? AND r.void <> 1
		ORDER BY c.number DESC LIMIT 1`, id, e.Chat, e.Conversation, l.identifierTag(e))
	s.codes = int(codes)
	return s, found, err
}

// takeUpBegun takes up the recovery that the conversation began without being
// kept, if there is one.
func (l *Ledger) takeUpBegun(t *tx, e flows.SendCode) (flows.Outcome, error) {
	var id string
	if _, err := t.first(into{&id}, "SELECT ifnull(max(id), '') FROM recoveries WHERE conversation = ? AND id > ?",
		e.Conversation, e.Newest); err != nil || id == "" {
		return nil, err
	}
	last, found, err := l.lastSent(t, e, id)
	if err != nil {
		return nil, err
	}
	return l.takeUp(t, e, last, found)
}

// takeUp tells of a code that its conversation does not know of, as it was told
// when it was sent; nothing is sent or charged. No outcome where there is none, or
// where it is of no use any more.
func (l *Ledger) takeUp(t *tx, e flows.SendCode, s sent, unknown bool) (flows.Outcome, error) {
	if !unknown || s.channel != string(e.Channel) || s.state != "live" || t.now >= s.expires || s.guesses >= int64(l.limits.GuessesPerCode) {
		return nil, nil
	}
	if _, pressed, err := l.wrongGuesses().full(t); err != nil || pressed && !s.long {
		return nil, err
	}
	resendAt, err := l.nextSend(t, l.chatTag(e.Chat), l.identifierTag(e), s.issued, s.codes)
	if err != nil {
		return nil, err
	}
	return l.codeSent(s, resendAt), nil
}
