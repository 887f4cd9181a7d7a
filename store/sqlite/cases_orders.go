package sqlite

import (
	"fmt"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// callerLettersDay is how many letters to read out from an owner is sent in a day,
// over all cases.
const callerLettersDay = 10

// known tells of an account what decisions and cards need; the zero Known is
// nobody's.
func (c *Cases) known(t *tx, account string) (k staff.Known, err error) {
	var addressed int64
	found, err := t.first(into{&k.Name, &k.Disabled, &k.Privileged, &addressed},
		"SELECT display_name, disabled, privileged, address_changed_at FROM accounts WHERE id = ?", account)
	if err != nil || !found {
		return staff.Known{}, err
	}
	k.ID = account
	k.AddressChanged = fromMillis(addressed)
	identifiers, err := identifiersOf(t, account)
	if err != nil {
		return k, err
	}
	for _, i := range identifiers {
		k.Masked = append(k.Masked, c.o.Mask(i.Kind, i.Written))
		k.Privileged = k.Privileged || c.o.Privileged(i.Canonical)
		if channel, ok := i.channel(); ok && c.reaches(channel) {
			k.Channels = append(k.Channels, channel)
		}
	}
	var resets, frozen int64
	if _, err := t.first(into{&resets, &k.Chat, &frozen}, `SELECT
		(SELECT count(*) FROM audit WHERE account = ?1 AND account <> '' AND event = 'password.set' AND at > ?2),
		ifnull((SELECT chat FROM chats WHERE account = ?1), 0), ifnull((SELECT until FROM freezes WHERE account = ?1), 0)`,
		account, t.now-month.Milliseconds()); err != nil {
		return k, err
	}
	k.Resets, k.FrozenUntil = int(resets), fromMillis(frozen)
	if k.Pestered, err = c.callerLetters(account).isFull(t); err != nil {
		return k, err
	}
	k.Closed, err = c.closed(t, account)
	return k, err
}

// carryOut does what staff ordered. None of it depends on what staff typed.
func (c *Cases) carryOut(t *tx, k staff.Case, o staff.Order) error {
	switch o := o.(type) {
	case staff.SendLink:
		return c.sendLink(t, k.Number, o)
	case staff.ExpirePassword:
		_, err := t.exec(`UPDATE accounts SET password_hash = '', password_changed_at = ?1, sessions_valid_after = ?1,
			credential_version = credential_version + 1 WHERE id = ?2`, t.now, o.Account)
		return err
	case staff.EndSessions:
		_, err := t.exec("UPDATE accounts SET sessions_valid_after = max(sessions_valid_after, ?) WHERE id = ?", t.now, o.Account)
		return err
	case staff.Unlock:
		_, err := t.exec("DELETE FROM strikes WHERE account = ?", o.Account)
		return err
	case staff.Freeze:
		return c.freeze(t, k, o)
	case staff.AskChat:
		return c.askChat(t, k, o)
	case staff.Say:
		return c.addLine(t, k.Number, o.Line)
	case staff.SendCallerCode:
		return c.letterToCaller(t, k, o.Account, flows.LetterCaller, flows.Facts{Code: o.Code.Reveal(), Staff: o.By}, o.Until)
	case staff.SendCallerWords:
		return c.letterToCaller(t, k, o.Account, flows.LetterWords, flows.Facts{ReadOut: o.Words, Staff: o.By}, o.Until)
	default:
		return fmt.Errorf("an order of unknown kind %T", o)
	}
}

// sendLink sends a link to the address on record and to the linked chat. The
// links before it end.
func (c *Cases) sendLink(t *tx, number int64, o staff.SendLink) error {
	if _, err := t.exec("UPDATE links SET state = 'void' WHERE number = ? AND state = 'live'", number); err != nil {
		return err
	}
	tag := c.mac("link", o.Token.Reveal())
	if _, err := t.exec("INSERT INTO links (tag, number, account, expires_at) VALUES (?, ?, ?, ?)",
		tag, number, o.Account, o.Until.UnixMilli()); err != nil {
		return err
	}
	facts := flows.Facts{Link: c.o.Link(o.Token.Reveal()), Staff: o.By, Case: number, Life: o.Until.Sub(moment(t.now))}
	name := fmt.Sprintf("link:%x", tag[:8])
	if _, err := c.write(t, o.Account, flows.Letter{ID: name, Text: flows.LetterLink, Facts: facts}, o.Until); err != nil {
		return err
	}
	var chat int64
	if linked, err := t.first(into{&chat}, "SELECT chat FROM chats WHERE account = ?", o.Account); err != nil || !linked {
		return err
	}
	return c.say(t, name+":chat", chat, flows.Reply{
		Say: []flows.MessageID{flows.SayLink}, Facts: facts, Buttons: []flows.ButtonName{flows.ButtonLink},
	}, o.Until.UnixMilli())
}

// freeze stops what is under way for an account, and all that would begin.
func (c *Cases) freeze(t *tx, k staff.Case, o staff.Freeze) error {
	if o.Until.IsZero() {
		_, err := t.exec("DELETE FROM freezes WHERE account = ?", o.Account)
		return err
	}
	if _, err := t.exec("INSERT INTO freezes (account, until) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET until = ?2",
		o.Account, o.Until.UnixMilli()); err != nil {
		return err
	}
	if _, err := t.exec("UPDATE links SET state = 'void' WHERE account = ? AND state = 'live'", o.Account); err != nil {
		return err
	}
	if err := t.endAccount(o.Account, nil); err != nil {
		return err
	}
	_, err := c.write(t, o.Account, flows.Letter{
		ID: fmt.Sprintf("frozen:%d:%d", k.Number, k.Revision), Text: flows.LetterFrozen, Facts: flows.Facts{Case: k.Number},
	}, moment(t.now).Add(noticeLife))
	return err
}

func (c *Cases) callerLetters(account string) *budget {
	return &budget{bucket: bucket(c.tag("account", account), "caller"), windows: []window{{callerLettersDay, day}}}
}

// letterToCaller owes a letter to read out from, and counts it.
func (c *Cases) letterToCaller(t *tx, k staff.Case, account string, text flows.MessageID, facts flows.Facts, until time.Time) error {
	if err := c.callerLetters(account).charge(t); err != nil {
		return err
	}
	facts.Case = k.Number
	_, err := c.write(t, account, flows.Letter{ID: fmt.Sprintf("caller:%d:%d", k.Number, k.Revision), Text: text, Facts: facts}, until)
	return err
}

func (c *Cases) askChat(t *tx, k staff.Case, o staff.AskChat) error {
	r := flows.Reply{Say: []flows.MessageID{flows.AskMatch}, Facts: flows.Facts{Staff: o.By, Case: k.Number, Life: o.Until.Sub(moment(t.now))}}
	for _, n := range o.Numbers {
		r.Buttons = append(r.Buttons, flows.ButtonMatch(k.Number, n))
	}
	r.Buttons = append(r.Buttons, flows.ButtonMatch(k.Number, 0))
	return c.say(t, fmt.Sprintf("match:%d:%d", k.Number, k.Revision), o.Chat, r, o.Until.UnixMilli())
}

// say owes a message to a chat.
func (c *Cases) say(t *tx, key string, chat int64, r flows.Reply, deadline int64) error {
	job, err := flows.NewJob(flows.JobReply, key, moment(t.now), moment(deadline), flows.ReplyJob{At: moment(t.now), Chat: chat, Replies: []flows.Reply{r}})
	if err != nil {
		return err
	}
	return t.owe(c.sealer, job)
}
