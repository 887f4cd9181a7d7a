package staff

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"rekey/flows"
)

// typed takes what was written in a case's topic, or as a reply to its card. In
// a talk it goes to the person; otherwise what is no answer to a question stays
// talk among staff.
func (d *Desk) typed(ctx context.Context, in Input) error {
	c, ok, err := d.caseOf(ctx, in)
	if err != nil || !ok {
		return err
	}
	r := Request{Input: in.ID, By: in.From, Case: c.Number}
	a := Ask{Typed: in.Text, Media: in.Media, At: in.Message}
	switch {
	case c.Talk.Live:
		talks, err := d.talksWith(ctx, c, in)
		if err != nil || !talks {
			return err
		}
	case in.Media != "" || c.Asks == "" || c.Claimed.ID != in.From:
		return nil
	default:
		a.Asked = c.Asks
	}
	return d.ask(ctx, in, r, a)
}

// talksWith tells whether what somebody wrote is meant for the person: who works
// on the case wrote it, or somebody who could, while nobody does.
func (d *Desk) talksWith(ctx context.Context, c Case, in Input) (bool, error) {
	if c.Claimed.ID != 0 && c.Claimed.ID != in.From {
		return false, nil
	}
	m, err := d.Cases.Member(ctx, in.From)
	return err == nil && m.Is(workers...), err
}

func (d *Desk) caseOf(ctx context.Context, in Input) (Case, bool, error) {
	if in.Case != 0 {
		return d.Cases.Case(ctx, in.Case)
	}
	return d.Cases.CaseAt(ctx, Place{Topic: in.Topic, Message: in.Answers})
}

// Relay says what waits to be said in a case's talk, to each side in order. What
// holds up one side, such as a group that hears no more for now, holds up nothing
// for the other.
func (d *Desk) Relay(ctx context.Context, number int64) error {
	one := &d.talks[number%int64(len(d.talks))]
	one.Lock()
	defer one.Unlock()
	lines, c, at, err := d.Cases.Lines(ctx, number)
	if err != nil {
		return err
	}
	forStaff, forPerson := sides(lines)
	return errors.Join(d.passAll(ctx, c, at, forPerson), d.passAll(ctx, c, at, forStaff))
}

func sides(lines []Line) (forStaff, forPerson []Line) {
	for _, l := range lines {
		if l.ToStaff {
			forStaff = append(forStaff, l)
		} else {
			forPerson = append(forPerson, l)
		}
	}
	return forStaff, forPerson
}

func (d *Desk) passAll(ctx context.Context, c Case, at Place, lines []Line) error {
	for _, some := range batches(lines) {
		if err := d.pass(ctx, c, at, some); err != nil {
			return err
		}
		d.Point("talk.passed")
		if err := d.Cases.Said(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

// batches puts neighbouring texts for staff together, since a group hears only
// so many messages.
func batches(lines []Line) (all [][]Line) {
	length := 0
	for i, l := range lines {
		length += utf8.RuneCountInString(l.Text)
		joins := i > 0 && l.plain() && lines[i-1].plain() && length < longestLine
		if joins {
			all[len(all)-1] = append(all[len(all)-1], l)
			continue
		}
		all, length = append(all, []Line{l}), utf8.RuneCountInString(l.Text)
	}
	return all
}

// plain tells whether it is a text of the person's.
func (l Line) plain() bool { return l.ToStaff && l.Kind == LineSaid && l.Media == "" }

// pass says lines to whom they are for. What can never be said the one side, the
// other is told; nobody hears what was said to another chat, from which the case
// has moved on.
func (d *Desk) pass(ctx context.Context, c Case, at Place, lines []Line) error {
	if lines[0].ToStaff {
		err := d.toStaff(ctx, at, c.Number, lines...)
		if errors.Is(err, flows.ErrUnreachable) {
			return d.unless(d.Group.ToPerson(ctx, c.Talk, Line{Kind: LineLost}))
		}
		return err
	}
	l := lines[0]
	if l.Kind == LineEnded {
		return d.Tell(ctx, flows.Input{
			ID: flows.TalkInput(c.Number, l.ID), Kind: flows.Ended, Chat: l.To, Name: string(l.Opened), Param: l.By,
			Press: flows.Press{Conversation: l.Conversation},
		})
	}
	err := flows.ErrUnreachable
	if l.To == c.Talk.Chat {
		err = d.Group.ToPerson(ctx, c.Talk, l)
	}
	if errors.Is(err, flows.ErrUnreachable) {
		return d.unless(d.toStaff(ctx, at, c.Number, Line{Kind: LineLost, ToStaff: true}))
	}
	return err
}

// toStaff waits until there is a place for it.
func (d *Desk) toStaff(ctx context.Context, at Place, number int64, lines ...Line) error {
	later := flows.ErrLater{After: time.Second}
	if at.Message == 0 {
		return later
	}
	err := d.Group.ToStaff(ctx, at, number, lines...)
	if !errors.Is(err, ErrNoPlace) {
		return err
	}
	if err := d.draw(ctx, number, true); err != nil {
		return err
	}
	return later
}

// unless forgives that the other side cannot be reached either.
func (d *Desk) unless(err error) error {
	if errors.Is(err, flows.ErrUnreachable) {
		d.Log.Warn("a line of a talk is lost", "err", err)
		return nil
	}
	return err
}
