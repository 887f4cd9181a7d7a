package sqlite

import (
	"time"

	"rekey/flows"
)

// noticeLife is how long a letter that warns an owner is tried.
const noticeLife = 24 * time.Hour

// owner is the account behind a recovery.
type owner struct {
	active                   bool // exists and is not disabled
	name, birthday, language string
}

// readOwner takes the same way when there is no account.
func readOwner(t *tx, account string) (o owner, err error) {
	var disabled bool
	found, err := t.first(into{&o.name, &o.birthday, &o.language, &disabled},
		"SELECT display_name, birthday, language, disabled FROM accounts WHERE id = ?", account)
	o.active = found && !disabled
	return o, err
}

// identifiersOf gives an account's identifiers, the primary of each kind first.
func identifiersOf(t *tx, account string) ([]Identifier, error) {
	var all []Identifier
	for r, err := range t.rows("SELECT kind, canonical, written FROM identifiers WHERE account_id = ? ORDER BY kind, position", account) {
		var i Identifier
		if err == nil {
			err = r.scan(&i.Kind, &i.Canonical, &i.Written)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, nil
}

// admonish owes the owner a warning, to the primary email or else the primary
// phone, unless there was the same within a day.
func (l *Ledger) admonish(t *tx, account string, text flows.MessageID) error {
	to, language, reachable, err := t.primary(account)
	if err != nil || !reachable {
		return err
	}
	channel, _ := to.channel()
	letters := &budget{bucket: bucket(l.tag("account", account), "letters", []byte(text)), windows: []window{{1, day}}}
	if _, full, err := letters.full(t); err != nil || full {
		return err
	}
	if err := letters.charge(t); err != nil {
		return err
	}
	key := string(text) + ":" + account + ":" + moment(t.now).Format(time.DateOnly)
	letter, err := flows.NewJob(flows.JobLetter, key, moment(t.now), moment(t.now).Add(noticeLife),
		flows.LetterJob{Letter: flows.Letter{
			ID: key, Channel: channel, To: to.Written, Language: language, WordsIn: language,
			Text: text, Facts: flows.Facts{Time: moment(t.now)},
		}})
	if err != nil {
		return err
	}
	return t.owe(l.sealer, letter)
}

// primary gives an account's first address, the email before the phone, and its
// owner's language.
func (t *tx) primary(account string) (to Identifier, language string, ok bool, err error) {
	ok, err = t.first(into{&to.Kind, &to.Written, &language}, `SELECT i.kind, i.written, a.language
		FROM accounts a JOIN identifiers i ON i.account_id = a.id AND i.kind IN ('email', 'phone')
		WHERE a.id = ? ORDER BY i.kind, i.position LIMIT 1`, account)
	return to, language, ok, err
}
