package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// mostWaiting is how many lines of a case wait to be said: the group takes 20 a
// minute, and may take none for hours.
const mostWaiting = 32

// OpenTalk implements flows.Ledger.
func (l *Ledger) OpenTalk(ctx context.Context, k flows.Key, e flows.OpenTalk) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		talks := &budget{bucket: bucket(l.chatTag(e.Chat), "talks"), windows: []window{{l.limits.TalksPerChatDay, day}}}
		if full, err := talks.isFull(t); err != nil || full {
			return flows.TalkRefused{}, err
		}
		if err := talks.charge(t); err != nil {
			return nil, err
		}
		talk := staff.Talk{Chat: e.Chat, Conversation: k.Conversation, Opened: k.Input, Language: e.Language, Trouble: e.Trouble}
		c, found, err := l.talkCase(t, e)
		switch {
		case err != nil:
			return nil, err
		case found:
			err = l.comeBack(t, &c, talk)
		default:
			c, found, err = l.newTalk(t, e, talk)
		}
		if err != nil || !found {
			return flows.TalkRefused{}, err
		}
		var ahead int64
		_, err = t.first(into{&ahead}, "SELECT count(*) FROM cases WHERE talk <> '' AND claimed = 0 AND number < ?", c.Number)
		return flows.TalkOpened{Case: c.Number, Ahead: int(ahead), Staff: c.Claimed.Name}, err
	})
}

// talkCase finds the case where a person belongs who comes to support: that by
// whose link they recover, or the last that they talked about, if it is about the
// same identifier.
func (l *Ledger) talkCase(t *tx, e flows.OpenTalk) (c staff.Case, found bool, err error) {
	number := e.Case
	if number == 0 {
		typed := []byte{}
		if e.Identifier != "" {
			typed = l.typedTag(flows.Identifier{Kind: e.IDKind, Canonical: e.Identifier})
		}
		if found, err = t.first(into{&number}, `SELECT number FROM cases WHERE chat = ?1 AND chat <> 0
			AND (?2 = x'' OR typed = ?2) ORDER BY number DESC LIMIT 1`, e.Chat, typed); err != nil || !found {
			return c, false, err
		}
	}
	c, found, err = l.readCase(t, number)
	return c, found && c.Takes(moment(t.now)), err
}

// comeBack lets a person talk about a case that there is already.
func (l *Ledger) comeBack(t *tx, c *staff.Case, talk staff.Talk) error {
	was := *c
	*c = c.Back(talk, moment(t.now))
	if err := l.changeCase(t, was, *c); err != nil {
		return err
	}
	return l.addLine(t, c.Number, staff.Line{Kind: staff.LineBack, ToStaff: true})
}

// newTalk opens a case for a person; false when too many were opened lately.
func (l *Ledger) newTalk(t *tx, e flows.OpenTalk, talk staff.Talk) (c staff.Case, ok bool, err error) {
	cases := &budget{bucket: bucket(nil, "talks"), windows: []window{{l.limits.TalksPerHour, time.Hour}}}
	if full, err := cases.isFull(t); err != nil || full {
		return c, false, err
	}
	if err := cases.charge(t); err != nil {
		return c, false, err
	}
	account, err := t.soleOwner(e.IDKind, e.Identifier)
	if err != nil {
		return c, false, err
	}
	c = staff.Helped(e.Masked, account, talk, moment(t.now))
	if err := l.writeCase(t, &c); err != nil {
		return c, false, err
	}
	if e.Identifier != "" {
		tag := l.typedTag(flows.Identifier{Kind: e.IDKind, Canonical: e.Identifier})
		if _, err := t.exec("UPDATE cases SET typed = ? WHERE number = ?", tag, c.Number); err != nil {
			return c, false, err
		}
	}
	return c, true, l.noteEvents(t, staff.Scene{}, staff.Verdict{Case: c})
}

// soleOwner gives the account that an identifier names, if it names one alone.
func (t *tx) soleOwner(kind, canonical string) (account string, err error) {
	if kind == flows.KindAccount {
		return canonical, nil
	}
	var n int64
	_, err = t.first(into{&account, &n}, "SELECT ifnull(min(account_id), ''), count(*) FROM identifiers WHERE kind = ? AND canonical = ?", kind, canonical)
	if n != 1 {
		return "", err
	}
	return account, err
}

// Relay implements flows.Ledger.
func (l *Ledger) Relay(ctx context.Context, k flows.Key, e flows.Relay) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		c, found, err := l.readCase(t, e.Case)
		if err != nil || !found || !c.Talk.Live || c.Talk.Chat != e.Chat {
			return flows.TalkOver{}, err
		}
		until, full, err := l.chargeLine(t, e)
		switch {
		case err != nil:
			return nil, err
		case full && e.Hidden: // it does not stay in the chat, even if staff do not hear of it
			return flows.Withheld{}, nil
		case full:
			return flows.TooOften{Until: until}, nil
		}
		if o, err := l.hearCaller(t, c, e); err != nil || o != nil {
			return o, err
		}
		if e.Hidden {
			return flows.Withheld{}, l.withhold(t, c)
		}
		line := staff.Line{Kind: staff.LineSaid, ToStaff: true, Text: e.Text.Reveal(), Media: e.Media, Edited: e.Edited}
		if e.Media != "" {
			line.Chat, line.Message = e.Chat, e.Message
		}
		return flows.Relayed{}, l.addLine(t, c.Number, line)
	})
}

// chargeLine counts a line of a person's, unless they said too much lately or too
// much waits to be said.
func (l *Ledger) chargeLine(t *tx, e flows.Relay) (until time.Time, full bool, err error) {
	lines := &budget{bucket: bucket(l.chatTag(e.Chat), "lines"), windows: []window{{l.limits.LinesPerMinute, time.Minute}}}
	if at, full, err := lines.full(t); err != nil || full {
		return moment(at), full, err
	}
	var waiting int64
	if _, err := t.first(into{&waiting}, "SELECT count(*) FROM lines WHERE number = ?", e.Case); err != nil || waiting >= mostWaiting {
		return moment(t.now).Add(time.Minute), true, err
	}
	return time.Time{}, false, lines.charge(t)
}

// hearCaller compares what a person said with the code that support waits for; no
// outcome when it is talk.
func (l *Ledger) hearCaller(t *tx, c staff.Case, e flows.Relay) (flows.Outcome, error) {
	now, text := moment(t.now), e.Text.Reveal()
	if !l.verifier.Awaits(c, text, now) {
		return nil, nil
	}
	owner, err := readOwner(t, c.Account)
	if err != nil {
		return nil, err
	}
	after, right := l.verifier.ReadOut(c, text, owner.active, now, l.limits.CallerVerified)
	if err := l.changeCase(t, c, after); err != nil {
		return nil, err
	}
	if right {
		return flows.CallerKnown{}, nil
	}
	return flows.CallerUnknown{}, nil
}

// withhold tells staff that there was a secret.
func (l *Ledger) withhold(t *tx, c staff.Case) error {
	if err := l.changeCase(t, c, c.Withheld(moment(t.now))); err != nil {
		return err
	}
	return l.addLine(t, c.Number, staff.Line{Kind: staff.LineWithheld, ToStaff: true})
}

// EndTalk implements flows.Ledger.
func (l *Ledger) EndTalk(ctx context.Context, k flows.Key, _ flows.EndTalk) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		return flows.TalkLeft{}, l.leaveTalk(t, k.Conversation)
	})
}

// leaveTalk ends the talk of a conversation, if there is one.
func (l *Ledger) leaveTalk(t *tx, conversation string) error {
	var number int64
	if talks, err := t.first(into{&number}, "SELECT number FROM cases WHERE talk = ? AND talk <> ''", conversation); err != nil || !talks {
		return err
	}
	c, found, err := l.readCase(t, number)
	if err != nil || !found {
		return err
	}
	if err := l.changeCase(t, c, c.Left(moment(t.now))); err != nil {
		return err
	}
	return l.addLine(t, number, staff.Line{Kind: staff.LineLeft, ToStaff: true})
}

// addLine keeps a line until it is said, and owes the saying.
func (l *Ledger) addLine(t *tx, number int64, line staff.Line) error {
	plain, err := json.Marshal(line)
	if err != nil {
		return err
	}
	body, err := l.sealer.Seal(plain, sealedLine(number))
	if err != nil {
		return fmt.Errorf("sealing a line: %w", err)
	}
	var id int64
	if _, err := t.first(into{&id}, "INSERT INTO lines (number, at, body) VALUES (?, ?, ?) RETURNING id", number, t.now, body); err != nil {
		return err
	}
	t.wrote = true
	now := moment(t.now)
	job, err := flows.NewJob(flows.JobTalk, fmt.Sprintf("talk:%d:%d", number, id), now, now.Add(day), flows.CaseJob{Number: number})
	if err != nil {
		return err
	}
	return t.owe(l.sealer, job)
}

func sealedLine(number int64) string { return fmt.Sprintf("line:%d", number) }

func (l *Ledger) unsealLine(number int64, body []byte) (line staff.Line, err error) {
	plain, err := l.sealer.Open(body, sealedLine(number))
	if err != nil {
		return line, fmt.Errorf("opening a line of case %d: %w", number, err)
	}
	if err := json.Unmarshal(plain, &line); err != nil {
		return line, fmt.Errorf("decoding a line of case %d: %w", number, err)
	}
	return line, nil
}

// Lines implements staff.Cases.
func (c *Cases) Lines(ctx context.Context, number int64) (lines []staff.Line, k staff.Case, at staff.Place, err error) {
	var id int64
	var body []byte
	err = c.db.each(ctx, into{&id, &body}, func() error {
		l, err := c.unsealLine(number, body)
		l.ID = id
		lines = append(lines, l)
		return err
	}, "SELECT id, body FROM lines WHERE number = ? ORDER BY id", number)
	if err != nil || len(lines) == 0 {
		return nil, k, at, err
	}
	var topic, message int64
	if _, err := c.db.look(ctx, into{&topic, &message}, "SELECT topic, message FROM cases WHERE number = ?", number); err != nil {
		return nil, k, at, err
	}
	at.Topic, at.Message = int(topic), int(message)
	k, _, err = c.Case(ctx, number)
	return lines, k, at, err
}

// Said implements staff.Cases.
func (c *Cases) Said(ctx context.Context, lines ...staff.Line) error {
	return c.db.transact(ctx, func(t *tx) error {
		for _, l := range lines {
			if _, err := t.exec("DELETE FROM lines WHERE id = ?", l.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
