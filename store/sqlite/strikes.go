package sqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"rekey/flows"
)

// struck names whose guesses in a row are counted: the account's, or where
// there is none the typed identifier's, so that both cost the same.
func (g guess) struck() string {
	if g.account == "" {
		return "nobody:" + hex.EncodeToString(g.identifier)
	}
	return g.account
}

// closed tells that an account was guessed at so often without a right guess
// that only support can help.
func (l *Ledger) closed(t *tx, account string) (bool, error) {
	var count int64
	_, err := t.first(into{&count}, "SELECT count FROM strikes WHERE account = ?", account)
	return count >= int64(l.limits.GuessesInARow), err
}

// missed counts a guess that was compared in vain, today's nth at the account,
// and warns the owner where there can be no more: today, or until support helps.
func (l *Ledger) missed(t *tx, g guess, o owner, today int) error {
	if _, err := t.exec(`INSERT INTO strikes (account, known, count, at) VALUES (?1, ?2, 1, ?3)
		ON CONFLICT DO UPDATE SET count = count + 1, at = ?3`, g.struck(), boolean(g.account != ""), t.now); err != nil {
		return err
	}
	closed, err := l.closed(t, g.struck())
	switch {
	case err != nil || !o.active || g.barren:
		return err
	case closed:
		return errors.Join(l.admonish(t, g.account, flows.LetterClosed), t.audit(entry{
			event: "recovery.closed", actor: "ledger", account: g.account, recovery: g.recovery, reference: g.reference,
		}))
	case today >= l.limits.GuessesPerAccountDay:
		return l.admonish(t, g.account, flows.LetterPressure)
	}
	return nil
}

// Unlock opens the recovery of the accounts with an identifier again where too
// many wrong guesses in a row closed it, and tells how many accounts there are.
func (d *Directory) Unlock(ctx context.Context, kind, canonical string) (accounts int, err error) {
	err = d.db.transact(ctx, func(t *tx) error {
		if _, err := t.exec("DELETE FROM strikes WHERE account IN (SELECT account_id FROM identifiers WHERE kind = ? AND canonical = ?)",
			kind, canonical); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO audit (at, event, actor, account)
			SELECT ?, 'recovery.unlocked', 'operator', account_id FROM identifiers WHERE kind = ? AND canonical = ?`, t.now, kind, canonical)
		accounts = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("unlocking accounts: %w", err)
	}
	return accounts, nil
}
