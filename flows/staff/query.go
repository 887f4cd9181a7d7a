package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Figures are what happened since a time, and what is open now.
type Figures struct {
	Since                       time.Time
	Opened, Closed              int
	Recovered                   int // passwords set by a link of staff's
	Denied                      int // links and calls of which the owner knew nothing
	Asked, Approved, Refused    int // of a second person
	OpenNow, WaitingNow, Queued int // Queued: open and nobody's
}

// Row is a line of the audit log about an account.
type Row struct {
	At     time.Time
	Event  string
	Actor  string
	Case   int64
	Detail string
}

// longestList bounds what a query shows.
const longestList = 10

// queries lists the commands that change nothing, and who may give them.
var queries = map[string]struct {
	roles  []Role
	answer func(*Desk, context.Context, Input) (Notice, error)
}{
	"case":  {Roles(), (*Desk).showCase},
	"find":  {Roles(), (*Desk).findCases},
	"today": {Roles(), (*Desk).today},
	"week":  {Roles(), (*Desk).week},
	"audit": {[]Role{Auditor}, (*Desk).audit},
	"staff": {[]Role{Admin}, (*Desk).listStaff},
}

// Commands lists the commands of staff in the order of their menu, without
// slashes.
func Commands() []string { return []string{"reset", "case", "find", "today", "week", "audit", "staff"} }

// query answers a command that changes nothing.
func (d *Desk) query(ctx context.Context, in Input) error {
	q := queries[in.Name]
	_, why, err := d.entitled(ctx, in.From, q.roles)
	switch {
	case err != nil:
		return err
	case why != "":
		return d.refuse(ctx, in, why, 0)
	}
	n, err := q.answer(d, ctx, in)
	if err != nil {
		return err
	}
	return d.answer(ctx, in, n, true)
}

// entitled gives who somebody is, or why they have no right to what these roles
// have.
func (d *Desk) entitled(ctx context.Context, id int64, roles []Role) (by Member, why Refusal, err error) {
	if by, err = d.Cases.Member(ctx, id); err != nil {
		return by, "", err
	}
	switch present, err := d.present(ctx, id); {
	case err != nil:
		return by, "", err
	case len(by.Roles) == 0:
		return by, NotStaff, nil
	case !present:
		return by, NotPresent, nil
	case !by.Is(roles...):
		return by, NotYourRole, nil
	}
	return by, "", nil
}

// askWhom asks who is to be helped. The answer opens a case, and nothing is kept
// meanwhile: the question itself tells whom it asks.
func (d *Desk) askWhom(ctx context.Context, in Input) error {
	by, why, err := d.entitled(ctx, in.From, workers)
	switch {
	case err != nil:
		return err
	case why != "":
		return d.refuse(ctx, in, why, 0)
	}
	asking := Input{ID: in.ID, Topic: in.Topic, Message: in.Message}
	return errors.Join(d.answer(ctx, asking, Notice{Whom: &by.Who}, true), d.answer(ctx, in, Notice{}, false))
}

// showCase tells where a case stands.
func (d *Desk) showCase(ctx context.Context, in Input) (Notice, error) {
	number, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(in.Text), "#"), 10, 64)
	if err != nil {
		return Notice{Refusal: NoNumber}, nil
	}
	c, found, err := d.Cases.Case(ctx, number)
	if err != nil || !found {
		return Notice{Refusal: NoNumber}, err
	}
	return Notice{Cases: []Case{c}}, nil
}

// findCases lists the cases that were opened for an identifier. It tells nothing
// about accounts.
func (d *Desk) findCases(ctx context.Context, in Input) (Notice, error) {
	id, _, ok := d.Identify(strings.TrimSpace(in.Text))
	if !ok {
		return Notice{Refusal: NoIdentifier}, nil
	}
	cases, err := d.Cases.Find(ctx, id, longestList)
	if err != nil {
		return Notice{}, err
	}
	if len(cases) == 0 {
		return Notice{Refusal: NothingFound}, nil
	}
	return Notice{Cases: cases}, nil
}

// today tells what happened since midnight, UTC.
func (d *Desk) today(ctx context.Context, _ Input) (Notice, error) {
	f, err := d.Cases.Figures(ctx, d.Now().UTC().Truncate(24*time.Hour))
	return Notice{Figures: &f}, err
}

// week shows the figures of the last seven days.
func (d *Desk) week(ctx context.Context, in Input) (Notice, error) {
	w, err := d.Cases.Week(ctx, Fortnight(d.Now(), d.Zone))
	if err != nil {
		return Notice{}, err
	}
	return Notice{}, d.Group.Post(ctx, in.Topic, in.Message, w)
}

// listStaff tells an admin who is on staff.
func (d *Desk) listStaff(ctx context.Context, _ Input) (Notice, error) {
	all, err := d.Cases.Staff(ctx)
	return Notice{Staff: all}, err
}

// audit tells an auditor, and nobody else, what happened to an account.
func (d *Desk) audit(ctx context.Context, in Input) (Notice, error) {
	id, masked, ok := d.Identify(strings.TrimSpace(in.Text))
	if !ok {
		return Notice{Refusal: NoIdentifier}, nil
	}
	accounts, err := d.Directory.Find(ctx, id.Kind, id.Canonical)
	if err != nil {
		return Notice{}, fmt.Errorf("looking an account up: %w", err)
	}
	var rows []Row
	for _, a := range accounts {
		of, err := d.Cases.Audit(ctx, a.ID, 2*longestList)
		if err != nil {
			return Notice{}, err
		}
		rows = append(rows, of...)
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return a.At.Compare(b.At) })
	if err := d.Cases.Note(ctx, in.From, "audit_read", masked); err != nil {
		return Notice{}, err
	}
	if err := d.Group.Whisper(ctx, in.From, Notice{Rows: rows, Masked: masked}); err != nil {
		d.Log.Warn("an auditor is not reached in private", "err", err)
		return Notice{Refusal: NotInPrivate}, nil
	}
	return Notice{Whispered: true}, nil
}
