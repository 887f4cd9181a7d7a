package sqlite

import (
	"context"

	"rekey/flows"
	"rekey/flows/staff"
)

// OpenLink implements flows.Ledger. The first chat that opens a link keeps it.
func (l *Ledger) OpenLink(ctx context.Context, k flows.Key, e flows.OpenLink) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		var number int64
		var account string
		tag := l.mac("link", e.Token.Reveal())
		live, err := t.first(into{&number, &account},
			"SELECT number, account FROM links WHERE tag = ? AND state = 'live' AND chat = 0 AND expires_at > ?", tag, t.now)
		if err != nil || !live {
			return flows.LinkOver{}, err
		}
		if _, err := t.exec("UPDATE links SET chat = ?, state = 'spent' WHERE tag = ?", e.Chat, tag); err != nil {
			return nil, err
		}
		c, _, err := l.happened(t, number, staff.LinkOpened)
		return flows.LinkOpened{Account: account, Staff: c.By.Name, Case: number}, err
	})
}

// DenyLink implements flows.Ledger. Only the chat that opened a link of the case
// can deny it.
func (l *Ledger) DenyLink(ctx context.Context, k flows.Key, e flows.DenyLink) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		var account string
		opened, err := t.first(into{&account}, "SELECT account FROM links WHERE number = ? AND chat = ? LIMIT 1", e.Case, e.Chat)
		if err != nil || !opened {
			return flows.LinkDenied{}, err
		}
		if err := t.endAccount(account, nil); err != nil {
			return nil, err
		}
		_, _, err = l.happened(t, e.Case, staff.LinkDenied)
		return flows.LinkDenied{}, err
	})
}

// AnswerMatch implements flows.Ledger.
func (l *Ledger) AnswerMatch(ctx context.Context, k flows.Key, e flows.AnswerMatch) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		was, found, err := l.readCase(t, e.Case)
		if err != nil || !found {
			return flows.MatchOver{}, err
		}
		c, now := was, moment(t.now)
		switch {
		case e.Choice == 0:
			c = was.CallerDenied(e.Chat, now)
		case e.Chat == was.Caller.Chat:
			c = was.Tapped(e.Choice, now, l.limits.CallerVerified)
		}
		if len(c.Since(was)) == 0 {
			return flows.MatchOver{}, nil
		}
		return flows.MatchDone{}, l.changeCase(t, was, c)
	})
}

// happened notes on a case what its owner did.
func (l *Ledger) happened(t *tx, number int64, what staff.What) (c staff.Case, found bool, err error) {
	was, found, err := l.readCase(t, number)
	if err != nil || !found {
		return was, found, err
	}
	c = was.Happened(what, moment(t.now))
	return c, true, l.changeCase(t, was, c)
}

// changeCase keeps a case that nobody on staff changed.
func (l *Ledger) changeCase(t *tx, was, c staff.Case) error {
	if err := l.writeCase(t, &c); err != nil {
		return err
	}
	return l.noteEvents(t, staff.Scene{Case: was}, staff.Verdict{Case: c})
}

// tellStaff notes a recovered password: in which chat it was, and on the case that
// started it or, else, in which they asked for help.
func (l *Ledger) tellStaff(t *tx, p proof) error {
	if _, err := t.exec(`INSERT INTO chats (account, chat, at) VALUES (?1, ?2, ?3)
		ON CONFLICT DO UPDATE SET chat = ?2, at = ?3`, p.account, p.chat, t.now); err != nil {
		return err
	}
	number := p.number
	if number == 0 {
		if found, err := t.first(into{&number}, `SELECT number FROM cases WHERE chat = ? AND chat <> 0 AND account = ? AND status <> 'closed'
			ORDER BY number DESC LIMIT 1`, p.chat, p.account); err != nil || !found {
			return err
		}
	}
	_, _, err := l.happened(t, number, staff.PasswordSet)
	return err
}

// frozen tells whether staff stopped the recovery of an account.
func (t *tx) frozen(account string) (bool, error) {
	var until int64
	found, err := t.first(into{&until}, "SELECT until FROM freezes WHERE account = ?", account)
	return found && t.now < until, err
}
