package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// Member implements staff.Cases.
func (c *Cases) Member(ctx context.Context, id int64) (m staff.Member, err error) {
	var roles string
	found, err := c.db.look(ctx, into{&m.ID, &m.Name, &roles}, "SELECT id, name, roles FROM staff WHERE id = ?", id)
	if err != nil || !found {
		return staff.Member{}, err
	}
	m.Roles = splitRoles(roles)
	return m, nil
}

// member gives who acts: a program of the configuration, or somebody on the list.
func (c *Cases) member(t *tx, id int64) (staff.Member, error) {
	if i := slices.IndexFunc(c.o.Programs, func(m staff.Member) bool { return m.ID == id }); i >= 0 {
		return c.o.Programs[i], nil
	}
	return t.member(id)
}

// alarmEvery is how often admins are told of one person.
const alarmEvery = 10 * time.Minute

// Alarmed implements staff.Cases.
func (c *Cases) Alarmed(ctx context.Context, a staff.Alarm, why staff.Refusal) (admins []staff.Who, err error) {
	err = c.db.transact(ctx, func(t *tx) error {
		admins = nil
		if err := t.audit(entry{event: "staff.refused", actor: actorOf(staff.Who{ID: a.By, Name: a.Program}), detail: string(why) + " " + a.Tried}); err != nil {
			return err
		}
		alarms := &budget{bucket: bucket(c.tag("staff", strconv.FormatInt(a.By, 10)), "alarms"), windows: []window{{1, alarmEvery}}}
		if full, err := alarms.isFull(t); err != nil || full {
			return err
		}
		all, err := t.staff()
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.Is(staff.Admin) {
				admins = append(admins, m.Who)
			}
		}
		return alarms.charge(t)
	})
	if err != nil {
		return nil, fmt.Errorf("noting an alarm: %w", err)
	}
	return admins, nil
}

// Staff implements staff.Cases.
func (c *Cases) Staff(ctx context.Context) ([]staff.Member, error) { return NewRoster(c.db).Staff(ctx) }

// Find implements staff.Cases.
func (c *Cases) Find(ctx context.Context, id flows.Identifier, most int) (all []staff.Case, err error) {
	var number, revision int64
	var body []byte
	err = c.db.each(ctx, into{&number, &revision, &body}, func() error {
		k, found, err := c.unsealCase(number, revision, body)
		if found {
			all = append(all, k)
		}
		return err
	}, "SELECT number, revision, body FROM cases WHERE typed = ? ORDER BY number DESC LIMIT ?", c.typedTag(id), most)
	if err != nil {
		return nil, fmt.Errorf("finding cases: %w", err)
	}
	return all, nil
}

// Figures implements staff.Cases.
func (c *Cases) Figures(ctx context.Context, since time.Time) (f staff.Figures, err error) {
	f.Since = since
	if _, err = c.db.look(ctx, into{&f.Opened, &f.Closed, &f.Recovered, &f.Denied, &f.Asked, &f.Approved, &f.Refused},
		`SELECT count(*) FILTER (WHERE event = 'case.opened'), count(*) FILTER (WHERE event = 'case.closed'),
			count(*) FILTER (WHERE event = 'case.password_set'), count(*) FILTER (WHERE event IN ('case.link_denied', 'case.caller_denied')),
			count(*) FILTER (WHERE event = 'case.asked'), count(*) FILTER (WHERE event = 'case.approved'),
			count(*) FILTER (WHERE event = 'case.refused')
		FROM audit WHERE number > 0 AND at >= ?`, since.UnixMilli()); err != nil {
		return f, err
	}
	_, err = c.db.look(ctx, into{&f.OpenNow, &f.WaitingNow, &f.Queued},
		`SELECT count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'waiting'),
			count(*) FILTER (WHERE status = 'open' AND claimed = 0) FROM cases WHERE status <> 'closed'`)
	return f, err
}

// Audit implements staff.Cases.
func (c *Cases) Audit(ctx context.Context, account string, most int) (all []staff.Row, err error) {
	var r staff.Row
	var at int64
	err = c.db.each(ctx, into{&at, &r.Event, &r.Actor, &r.Case, &r.Detail}, func() error {
		r.At = moment(at)
		all = append(all, r)
		return nil
	}, `SELECT at, event, actor, number, detail FROM audit
		WHERE account = ? AND account <> '' ORDER BY id DESC LIMIT ?`, account, most)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	slices.Reverse(all)
	return all, nil
}
