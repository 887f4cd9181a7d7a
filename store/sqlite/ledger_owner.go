package sqlite

import (
	"slices"
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

// admonish owes the owner a warning, unless there was the same within a day.
func (l *Ledger) admonish(t *tx, account string, text flows.MessageID) error {
	letters := &budget{bucket: bucket(l.tag("account", account), "letters", []byte(text)), windows: []window{{1, day}}}
	if full, err := letters.isFull(t); err != nil || full {
		return err
	}
	id := string(text) + ":" + account + ":" + moment(t.now).Format(time.DateOnly)
	owed, err := l.write(t, account, flows.Letter{ID: id, Text: text, Facts: flows.Facts{Time: moment(t.now)}}, moment(t.now).Add(noticeLife))
	if err != nil || !owed {
		return err
	}
	return letters.charge(t)
}

// write owes a letter to an account's first address, the email before the phone,
// or else to the first of the other kind; false where the owner has none to which
// letters go here.
func (l *Ledger) write(t *tx, account string, letter flows.Letter, deadline time.Time) (owed bool, err error) {
	var to, instead flows.Address
	for r, err := range t.rows(`SELECT i.kind, i.canonical, i.written, a.language
		FROM accounts a JOIN identifiers i ON i.account_id = a.id AND i.kind IN ('email', 'phone')
		WHERE a.id = ? ORDER BY i.kind, i.position`, account) {
		var i Identifier
		if err == nil {
			err = r.scan(&i.Kind, &i.Canonical, &i.Written, &letter.Language)
		}
		if err != nil {
			return false, err
		}
		switch channel, _ := i.channel(); {
		case !l.reaches(channel):
		case to.Channel == "":
			to = flows.Address{Channel: channel, Canonical: i.Canonical, Value: i.Written}
		case instead.Channel == "" && channel != to.Channel:
			instead = flows.Address{Channel: channel, Canonical: i.Canonical, Value: i.Written}
		}
	}
	if to.Channel == "" {
		return false, nil
	}
	letter.Channel, letter.To, letter.WordsIn = to.Channel, to.Value, letter.Language
	job, err := flows.NewJob(flows.JobLetter, letter.ID, moment(t.now), deadline, flows.LetterJob{
		Letter: letter, Instead: instead, About: flows.About{Account: account, Case: letter.Facts.Case},
	})
	if err != nil {
		return false, err
	}
	return true, t.owe(l.sealer, job)
}

// reaches tells whether letters go by a channel here.
func (l *Ledger) reaches(c flows.Channel) bool {
	return l.channels == nil || slices.Contains(l.channels, c)
}
