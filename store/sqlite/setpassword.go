package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"rekey/flows"
)

// proof is a live grant and what it proves.
type proof struct {
	tag                    []byte
	recovery, reference    string
	account                string
	addresses, credentials int64 // the versions noted when the code was sent
	chat                   int64
	number                 int64 // of the case, if staff started it
}

// SetPassword implements flows.Ledger. The hash is made outside any
// transaction, and only for a live grant; the grant is read again when the
// password is written.
func (l *Ledger) SetPassword(ctx context.Context, k flows.Key, e flows.SetPassword, closing flows.Closing) (flows.Outcome, error) {
	outcome, err := l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		_, live, err := l.readProof(t, e)
		switch {
		case err != nil:
			return nil, err
		case !live:
			return l.unproven(t, e)
		case l.maxBytes > 0 && len(e.Password) > l.maxBytes:
			return flows.PasswordRefused{Reasons: []string{"too_long"}}, nil
		}
		return nil, nil
	})
	if err != nil || outcome != nil {
		return outcome, err
	}
	hash, err := l.hash(ctx, strconv.FormatInt(e.Chat, 10), []byte(e.Password.Reveal()))
	if l.busy != nil && errors.Is(err, l.busy) {
		return flows.Overloaded{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hashing a password: %w", err)
	}
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		p, live, err := l.readProof(t, e)
		if err != nil {
			return nil, err
		}
		if !live {
			return l.unproven(t, e)
		}
		return l.spend(t, e, p, hash, closing)
	})
}

func (l *Ledger) readProof(t *tx, e flows.SetPassword) (p proof, live bool, err error) {
	p.tag, p.recovery, p.chat = l.mac("grant", e.Grant.Reveal()), e.Recovery, e.Chat
	live, err = t.first(into{&p.reference, &p.account, &p.addresses, &p.credentials, &p.number},
		`SELECT r.reference, ifnull(r.account_id, ''), r.address_version, r.credential_version, r.number
		FROM grants g JOIN recoveries r ON r.id = g.recovery
		WHERE g.recovery = ? AND g.tag = ? AND g.state = 'live' AND g.expires_at > ? AND r.chat = ? AND r.void = 0`,
		e.Recovery, p.tag, t.now, e.Chat)
	return p, live, err
}

// unproven tells why a grant does not live.
func (l *Ledger) unproven(t *tx, e flows.SetPassword) (flows.Outcome, error) {
	var state string
	var void int64
	found, err := t.first(into{&state, &void}, `SELECT g.state, r.void FROM grants g JOIN recoveries r ON r.id = g.recovery
		WHERE g.recovery = ? AND g.tag = ? AND r.chat = ?`, e.Recovery, l.mac("grant", e.Grant.Reveal()), e.Chat)
	switch {
	case err != nil:
		return nil, err
	case found && state == "spent":
		return flows.GrantUsed{}, nil
	case found && void == 2:
		return flows.AccountAltered{}, nil
	case found && state == "live":
		return flows.GrantExpired{}, nil
	}
	return flows.GrantVoid{}, nil
}

// spend writes the password if the account still is what the proof is about.
func (l *Ledger) spend(t *tx, e flows.SetPassword, p proof, hash string, closing flows.Closing) (flows.Outcome, error) {
	changed, err := t.exec(`UPDATE accounts SET password_hash = ?1, password_changed_at = ?2,
		sessions_valid_after = max(sessions_valid_after, ?2), credential_version = credential_version + 1
		WHERE id = ?3 AND disabled = 0 AND address_version = ?4 AND credential_version = ?5`,
		hash, t.now, p.account, p.addresses, p.credentials)
	if err != nil {
		return nil, err
	}
	if changed == 0 {
		_, err := t.exec("UPDATE grants SET state = 'void' WHERE recovery = ? AND tag = ?", p.recovery, p.tag)
		return flows.AccountAltered{}, err
	}
	if err := t.endAccount(p.account, p.tag); err != nil {
		return nil, err
	}
	if err := l.tellStaff(t, p); err != nil {
		return nil, err
	}
	set := flows.PasswordSet{Sessions: flows.SessionsEnded, Reference: p.reference, Time: moment(t.now)}
	if err := t.audit(entry{
		event: "password.set", actor: l.actor(p.chat),
		account: p.account, recovery: p.recovery, reference: p.reference,
	}); err != nil {
		return nil, err
	}
	jobs, err := l.notices(t, p, set, e.Language)
	if err != nil {
		return nil, err
	}
	last, err := closing(set)
	if err != nil {
		return nil, fmt.Errorf("preparing the closing reply: %w", err)
	}
	return set, t.owe(l.sealer, append(jobs, last)...)
}

// endAccount ends all that is under way for an account, as if it had never been
// begun for any. The grant with the tag, if there is one, is spent by it.
func (t *tx) endAccount(account string, spent []byte) error {
	if _, err := t.exec(`UPDATE grants SET state = iif(tag = ?1, 'spent', 'void')
		WHERE state = 'live' AND recovery IN (SELECT id FROM recoveries WHERE account_id = ?2)`, spent, account); err != nil {
		return err
	}
	_, err := t.exec("UPDATE recoveries SET void = 2 WHERE account_id = ? AND void = 0", account)
	return err
}

// notices are the letters that tell the owner, one for each address on record.
func (l *Ledger) notices(t *tx, p proof, set flows.PasswordSet, chatLanguage string) ([]flows.Job, error) {
	o, err := readOwner(t, p.account)
	if err != nil {
		return nil, err
	}
	if o.language == "" {
		o.language = chatLanguage
	}
	identifiers, err := identifiersOf(t, p.account)
	if err != nil {
		return nil, err
	}
	var jobs []flows.Job
	for _, i := range identifiers {
		channel, ok := i.channel()
		if !ok || !l.reaches(channel) {
			continue
		}
		id := "notice:" + p.recovery + ":" + strconv.Itoa(len(jobs)+1)
		job, err := flows.NewJob(flows.JobLetter, id, set.Time, set.Time.Add(noticeLife),
			flows.LetterJob{Letter: flows.Letter{
				ID: id, Channel: channel, To: i.Written, Language: o.language, WordsIn: chatLanguage,
				Text: flows.LetterNotice, Facts: flows.Facts{Time: set.Time, Sessions: set.Sessions, Reference: set.Reference},
			}, About: flows.About{Account: p.account, Recovery: p.recovery, Reference: p.reference, Case: p.number}})
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}
