package sqlite

import (
	"context"
	"fmt"
	"strings"

	"rekey/flows/staff"
)

// Roster is the list of support staff. Safe for concurrent use; commands change
// it beside a running bot.
type Roster struct{ db *DB }

// NewRoster gives the roster of a file.
func NewRoster(db *DB) *Roster { return &Roster{db} }

// Appoint puts somebody on staff, or gives who is on it another name and other
// roles.
func (r *Roster) Appoint(ctx context.Context, m staff.Member) error {
	err := r.db.transact(ctx, func(t *tx) error {
		if err := t.appoint(m); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE staff SET added_by = 0 WHERE id = ?", m.ID); err != nil {
			return err
		}
		return t.audit(entry{event: "staff.appointed", actor: "operator", detail: fmt.Sprintf("%d: %s", m.ID, joinRoles(m.Roles))})
	})
	if err != nil {
		return fmt.Errorf("appointing staff: %w", err)
	}
	return nil
}

// Dismiss takes somebody off staff and tells whether they were on it.
func (r *Roster) Dismiss(ctx context.Context, id int64) (was bool, err error) {
	err = r.db.transact(ctx, func(t *tx) error {
		n, err := t.exec("DELETE FROM staff WHERE id = ?", id)
		if was = n > 0; err != nil || !was {
			return err
		}
		return t.audit(entry{event: "staff.dismissed", actor: "operator", detail: fmt.Sprint(id)})
	})
	if err != nil {
		return false, fmt.Errorf("dismissing staff: %w", err)
	}
	return was, nil
}

// Staff lists who is on staff, in the order of their ids.
func (r *Roster) Staff(ctx context.Context) (all []staff.Member, err error) {
	err = r.db.transact(ctx, func(t *tx) error {
		all, err = t.staff()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing staff: %w", err)
	}
	return all, nil
}

// appoint puts somebody on staff. Who is on it already is not put there anew.
func (t *tx) appoint(m staff.Member) error {
	_, err := t.exec(`INSERT INTO staff (id, name, roles, added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT DO UPDATE SET name = ?2, roles = ?3`, m.ID, m.Name, joinRoles(m.Roles), t.now, m.AddedBy)
	return err
}

func (t *tx) staff() (all []staff.Member, err error) {
	for row, err := range t.rows("SELECT id, name, roles, added_by FROM staff ORDER BY id") {
		m, err := readMember(row, err)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// member gives who has an id; the zero Member is not on staff.
func (t *tx) member(id int64) (m staff.Member, err error) {
	for r, err := range t.rows("SELECT id, name, roles, added_by FROM staff WHERE id = ?", id) {
		return readMember(r, err)
	}
	return m, nil
}

func readMember(r row, err error) (m staff.Member, _ error) {
	var roles string
	if err == nil {
		err = r.scan(&m.ID, &m.Name, &roles, &m.AddedBy)
	}
	m.Roles = splitRoles(roles)
	return m, err
}

func splitRoles(text string) (roles []staff.Role) {
	if text == "" {
		return nil
	}
	for role := range strings.SplitSeq(text, ",") {
		roles = append(roles, staff.Role(role))
	}
	return roles
}

func joinRoles(roles []staff.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}
