package sqlite

import (
	"crypto/hmac"

	"rekey/flows"
)

// relaysCompared is how many live codes of an account a wrong guess is compared
// with: as many as an account is sent in a day.
const relaysCompared = 5

// noticeRelay warns the owner when a wrong guess is the code of another chat:
// somebody may have talked them out of it. The chat learns nothing of it.
func (l *Ledger) noticeRelay(t *tx, g guess, typed flows.Secret) error {
	relayed := false
	for r, err := range t.rows(`SELECT r.id, r.chat, c.tag FROM recoveries r JOIN codes c ON c.recovery = r.id
		WHERE r.account_id = ? AND r.chat <> ? AND r.void = 0 AND c.state = 'live' AND c.expires_at > ?
		ORDER BY r.id DESC LIMIT ?`, g.account, g.chat, t.now, int64(relaysCompared)) {
		var recovery string
		var chat int64
		var tag []byte
		if err == nil {
			err = r.scan(&recovery, &chat, &tag)
		}
		if err != nil {
			return err
		}
		relayed = hmac.Equal(l.codeTag(recovery, chat, typed.Reveal()), tag) || relayed
	}
	if !relayed {
		return nil
	}
	if err := t.audit(entry{
		event: "code.relayed", actor: l.actor(g.chat), account: g.account, recovery: g.recovery, reference: g.reference,
	}); err != nil {
		return err
	}
	return l.admonish(t, g.account, flows.LetterRelay)
}
