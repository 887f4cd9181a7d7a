package sqlite

import (
	"context"
	"fmt"

	"rekey/flows/staff"
)

// Rule implements staff.Cases.
func (c *Cases) Rule(ctx context.Context, r staff.ListRequest, decide func(staff.Roll) staff.Ruling) (v staff.Ruling, err error) {
	err = c.db.transact(ctx, func(t *tx) error {
		v = staff.Ruling{}
		if again, err := t.staffOutcome(r.Input, &v); err != nil || again {
			return err
		}
		roll := staff.Roll{Now: moment(t.now), By: r.By, Present: r.Present}
		var err error
		if roll.List, err = t.staff(); err != nil {
			return err
		}
		if roll.Waiting, _, err = t.waitingChange(r.Number); err != nil {
			return err
		}
		roll.AskerHere = r.AskerHere && roll.Waiting.Asker.ID == r.Asker
		v = decide(roll)
		return t.keepRuling(r, &v)
	})
	if err != nil {
		return staff.Ruling{}, fmt.Errorf("changing the list of staff: %w", err)
	}
	return v, nil
}

// keepRuling keeps what comes of a ruling; a change that is to wait gets its
// number here.
func (t *tx) keepRuling(r staff.ListRequest, v *staff.Ruling) error {
	v.Number = r.Number
	if v.Refusal == "" {
		if err := t.carryOutChange(v); err != nil {
			return err
		}
	}
	return t.keepStaffOutcome(r.Input, v)
}

func (t *tx) carryOutChange(v *staff.Ruling) (err error) {
	k, event := v.Change, "staff.change_"+string(v.State)
	switch {
	case v.State == staff.ChangeWaits:
		_, err = t.first(into{&v.Number}, `INSERT INTO staff_changes (asked_by, asked_name, id, name, roles, was, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number`,
			k.Asker.ID, k.Asker.Name, k.ID, k.Name, joinRoles(k.Roles), joinRoles(k.Was), k.Until.UnixMilli())
		t.wrote = true
	case v.State != staff.ChangeDone:
	case len(k.Roles) == 0:
		event = "staff.dismissed"
		_, err = t.exec("DELETE FROM staff WHERE id = ?", k.ID)
	default:
		event, k.AddedBy = "staff.appointed", k.Asker.ID
		err = t.appoint(k.Member)
	}
	if err != nil {
		return err
	}
	if v.Number != 0 {
		if _, err := t.exec("UPDATE staff_changes SET state = ? WHERE number = ?", string(v.State), v.Number); err != nil {
			return err
		}
	}
	return t.audit(entry{event: event, actor: actorOf(v.By.Who), role: v.By.Rank(),
		detail: fmt.Sprintf("%d: %s; was %s; asked by %d", k.ID, joinRoles(k.Roles), joinRoles(k.Was), k.Asker.ID)})
}

// Change implements staff.Cases.
func (c *Cases) Change(ctx context.Context, number int64) (k staff.Change, waits bool, err error) {
	err = c.db.transact(ctx, func(t *tx) (err error) {
		k, waits, err = t.waitingChange(number)
		return err
	})
	return k, waits, err
}

// waitingChange reads a change of the list that nobody settled yet.
func (t *tx) waitingChange(number int64) (k staff.Change, waits bool, err error) {
	var roles, was string
	var expires int64
	waits, err = t.first(into{&k.Asker.ID, &k.Asker.Name, &k.ID, &k.Name, &roles, &was, &expires},
		"SELECT asked_by, asked_name, id, name, roles, was, expires_at FROM staff_changes WHERE number = ? AND state = 'waiting'", number)
	if err != nil || !waits {
		return staff.Change{}, false, err
	}
	k.Roles, k.Was, k.Until = splitRoles(roles), splitRoles(was), moment(expires)
	return k, true, nil
}
