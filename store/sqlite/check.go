package sqlite

import (
	"context"
	"crypto/hmac"
	"strings"

	"rekey/flows"
)

// guess is one guess at the newest code of a recovery.
type guess struct {
	recovery, reference, account string
	chat                         int64
	barren                       bool // nothing matches, though it answers as always
	long                         bool
	code, guesses, issued        int64
	tag                          []byte
	state                        string
	expires                      int64
	identifier                   []byte

	// kept tells that the code was right before, and that its conversation neither
	// spent nor lost what it proved: the grant with this tag.
	kept     bool
	grant    []byte
	mintedBy string
}

// allowed gives how many guesses a limit allows: the right one, that a code holds
// which is typed again, is not counted once more.
func (g guess) allowed(limit int) int {
	if g.kept {
		limit++
	}
	return limit
}

// CheckCode implements flows.Ledger. Where the account is unknown, changed
// elsewhere, disabled or guessed at too often, it does the same work and the
// guess reads as wrong.
func (l *Ledger) CheckCode(ctx context.Context, k flows.Key, e flows.CheckCode) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		g, found, err := readGuess(t, k, e)
		if err != nil {
			return nil, err
		}
		chat := &budget{
			bucket:  bucket(l.chatTag(e.Chat), "guesses"),
			windows: []window{{g.allowed(l.limits.GuessesPerChatDay), day}},
		}
		until, full, err := chat.full(t)
		switch {
		case err != nil:
			return nil, err
		case full:
			return flows.GuessedTooOften{Until: moment(until)}, nil
		case !found, g.state == "void", g.state == "live" && t.now >= g.expires:
			return flows.CodeExpired{}, nil
		case g.state == "used" && !g.kept:
			return flows.CodeUsed{}, nil
		case g.guesses >= int64(g.allowed(l.limits.GuessesPerCode)):
			until, err := l.nextSend(t, l.chatTag(g.chat), g.identifier, g.issued, int(g.code))
			return flows.CodeClosed{Until: moment(until)}, err
		}
		// Under pressure on the deployment the short codes that are out end for
		// everyone: comparing them would go beyond the budget of guesses.
		if _, pressed, err := l.wrongGuesses().full(t); err != nil || pressed && !g.long {
			return flows.CodeExpired{}, err
		}
		return l.charged(t, k, e, g, chat)
	})
}

func readGuess(t *tx, k flows.Key, e flows.CheckCode) (g guess, found bool, err error) {
	g.recovery, g.chat = e.Recovery, e.Chat
	found, err = t.first(
		into{&g.reference, &g.account, &g.barren, &g.identifier, &g.code, &g.tag, &g.long, &g.state, &g.guesses, &g.issued, &g.expires},
		`SELECT r.reference, ifnull(r.account_id, ''), r.void, r.identifier_tag, c.number, c.tag, c.long, c.state, c.guesses, c.issued_at, c.expires_at
		FROM recoveries r JOIN codes c ON c.recovery = r.id
		WHERE r.id = ? AND r.chat = ? AND r.void <> 1 ORDER BY c.number DESC LIMIT 1`, e.Recovery, e.Chat)
	if err != nil || g.state != "used" {
		return g, found, err
	}
	g.kept, err = t.first(into{&g.grant, &g.mintedBy}, `SELECT g.tag, g.minted_by FROM grants g JOIN recoveries r ON r.id = g.recovery
		WHERE g.recovery = ? AND g.state = 'live' AND g.expires_at > ? AND r.conversation = ? AND r.void = 0`, e.Recovery, t.now, k.Conversation)
	return g, found, err
}

// charged counts the guess and compares it; both are one with the outcome.
func (l *Ledger) charged(t *tx, k flows.Key, e flows.CheckCode, g guess, chat *budget) (flows.Outcome, error) {
	account := l.accountGuesses(g)
	_, exhausted, err := account.full(t)
	if err != nil {
		return nil, err
	}
	closed, err := l.closed(t, g.struck())
	if err != nil {
		return nil, err
	}
	exhausted = exhausted || closed
	owner, err := readOwner(t, g.account)
	if err != nil {
		return nil, err
	}
	typed := l.codeTag(g.recovery, g.chat, e.Code.Reveal())
	right, state := hmac.Equal(typed, g.tag) && owner.active && !g.barren && !exhausted, g.state
	if right && g.kept {
		return l.giveBack(t, k, g)
	}
	charged := []*budget{chat, account}
	if exhausted {
		charged = charged[:1]
	}
	if err := chargeAll(t, charged...); err != nil {
		return nil, err
	}
	if right {
		state = "used"
	}
	if _, err := t.exec("UPDATE codes SET guesses = guesses + 1, state = ? WHERE recovery = ? AND number = ?",
		state, g.recovery, g.code); err != nil {
		return nil, err
	}
	if right {
		return l.accepted(t, k, g, owner)
	}
	if !exhausted {
		if err := l.missed(t, g, owner, account.used+1); err != nil {
			return nil, err
		}
	}
	if err := l.noticeRelay(t, g, e.Code); err != nil {
		return nil, err
	}
	return l.wrong(t, g, typed)
}

// accountGuesses bounds the guesses at an account over all chats and
// identifiers; where there is none, the identifier stands for it.
func (l *Ledger) accountGuesses(g guess) *budget {
	owner := l.tag("account", g.account)
	if g.account == "" {
		owner = l.tag("nobody", string(g.identifier))
	}
	return &budget{bucket: bucket(owner, "guesses"), windows: []window{{g.allowed(l.limits.GuessesPerAccountDay), day}}}
}

func (l *Ledger) wrong(t *tx, g guess, typed []byte) (flows.Outcome, error) {
	if err := l.chargeWrong(t); err != nil {
		return nil, err
	}
	var old int64
	superseded, err := t.first(into{&old},
		"SELECT number FROM codes WHERE recovery = ? AND state = 'superseded' AND tag = ?", g.recovery, typed)
	if err != nil {
		return nil, err
	}
	tries := g.allowed(l.limits.GuessesPerCode) - int(g.guesses) - 1
	switch {
	case tries <= 0:
		chat := l.chatTag(g.chat)
		failed := &budget{bucket: failures(chat, g.identifier)}
		if err := failed.charge(t); err != nil {
			return nil, err
		}
		until, err := l.nextSend(t, chat, g.identifier, g.issued, int(g.code))
		return flows.CodeSpent{Until: moment(until)}, err
	case superseded:
		return flows.CodeSuperseded{Tries: tries}, nil
	}
	return flows.CodeWrong{Tries: tries}, nil
}

// chargeWrong counts a wrong guess for the whole deployment, and raises the
// alarm when the budget is spent by it.
func (l *Ledger) chargeWrong(t *tx) error {
	_, before, err := l.wrongGuesses().full(t)
	if err != nil {
		return err
	}
	if err := l.wrongGuesses().charge(t); err != nil {
		return err
	}
	_, after, err := l.wrongGuesses().full(t)
	if err != nil || before || !after {
		return err
	}
	if log := t.w.log.Load(); log != nil {
		log.Warn("too many wrong codes are typed all over: codes are longer until it is over, and short ones that are out have ended")
	}
	return t.audit(entry{event: "guesses.budget_spent", actor: "ledger"})
}

// giveBack gives the grant that the code minted before, as it was given then:
// nothing is proved anew, and nothing is charged.
func (l *Ledger) giveBack(t *tx, k flows.Key, g guess) (flows.Outcome, error) {
	before := flows.Key{Conversation: k.Conversation, Input: flows.InputID(g.mintedBy), Kind: k.Kind}
	accepted, err := l.recorded(t, before)
	if err != nil || accepted == nil {
		return flows.CodeUsed{}, err
	}
	if _, err := t.exec("UPDATE grants SET minted_by = ? WHERE recovery = ? AND tag = ?", string(k.Input), g.recovery, g.grant); err != nil {
		return nil, err
	}
	return accepted, t.audit(entry{
		event: "code.accepted_again", actor: l.actor(g.chat),
		account: g.account, recovery: g.recovery, reference: g.reference,
	})
}

// accepted mints the grant. Only its tag is kept in the clear.
func (l *Ledger) accepted(t *tx, k flows.Key, g guess, o owner) (flows.Outcome, error) {
	grant, err := l.token(32)
	if err != nil {
		return nil, err
	}
	until := t.now + l.limits.GrantLife.Milliseconds()
	if _, err := t.exec("INSERT INTO grants (tag, recovery, minted_by, minted_at, expires_at) VALUES (?, ?, ?, ?, ?)",
		l.mac("grant", grant), g.recovery, string(k.Input), t.now, until); err != nil {
		return nil, err
	}
	if _, err := t.exec("DELETE FROM strikes WHERE account = ?", g.account); err != nil {
		return nil, err
	}
	if err := t.audit(entry{
		event: "code.accepted", actor: l.actor(g.chat),
		account: g.account, recovery: g.recovery, reference: g.reference,
	}); err != nil {
		return nil, err
	}
	addresses, err := identifiersOf(t, g.account)
	if err != nil {
		return nil, err
	}
	identifiers := make([]string, len(addresses))
	for i, a := range addresses {
		identifiers[i] = a.Canonical
	}
	return flows.CodeAccepted{
		Grant: grant, Until: moment(until),
		Names: strings.Fields(o.name), Birthday: o.birthday, Identifiers: identifiers, MaxBytes: l.maxBytes,
	}, nil
}
