// Package roster is the operator's desk at the list of support staff.
package roster

import (
	"context"
	"errors"
	"fmt"
	"io"

	"rekey/flows/staff"
	"rekey/store/sqlite"
)

// Desk serves one operator. All fields are needed.
type Desk struct {
	Roster *sqlite.Roster
	Out    io.Writer
}

// Add puts somebody on staff, or changes their name and roles.
func (d Desk) Add(ctx context.Context, id int64, name string, roles []staff.Role) error {
	name, named := staff.ReadName(name)
	switch {
	case id <= 0:
		return fmt.Errorf("%d is no id of a person at Telegram: it is a positive number. When they write /today in the staff group, the log names it, as by=123456789", id)
	case !named:
		return fmt.Errorf("give a name of 1 to %d bytes with --name: people who are helped read it", staff.LongestName)
	case len(roles) == 0:
		return errors.New("give at least one --role: agent, approver, auditor or admin")
	}
	m := staff.Member{Who: staff.Who{ID: id, Name: name}, Roles: staff.Ordered(roles)}
	if err := d.Roster.Appoint(ctx, m); err != nil {
		return err
	}
	d.print("%s (%d) is on staff as %s.\n", name, id, m.Rank())
	return nil
}

// List prints who is on staff.
func (d Desk) List(ctx context.Context) error {
	all, err := d.Roster.Staff(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		d.print("%d  %s  %s\n", m.ID, m.Name, m.Rank())
	}
	return nil
}

// Remove takes somebody off staff.
func (d Desk) Remove(ctx context.Context, id int64) error {
	was, err := d.Roster.Dismiss(ctx, id)
	if err != nil {
		return err
	}
	if !was {
		return fmt.Errorf("nobody on staff has the id %d; rekey staff list shows who is", id)
	}
	d.print("%d is not on staff any more.\n", id)
	return nil
}

func (d Desk) print(format string, args ...any) { _, _ = fmt.Fprintf(d.Out, format, args...) }
