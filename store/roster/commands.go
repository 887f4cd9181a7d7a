package roster

import (
	"context"
	"fmt"
	"time"

	"rekey/flows/staff"
)

// Opener opens the desk for what one command does there, and closes it. Only a
// command that has something to put into an empty database may make one.
type Opener func(ctx context.Context, fills bool, do func(Desk) error) error

// Commands is the part of the command line that serves the list of staff, as
// struct tags of package kong.
type Commands struct {
	Add    add    `cmd:"" help:"Put somebody on staff, or change their name and roles."`
	List   list   `cmd:"" help:"List who is on staff."`
	Remove remove `cmd:"" help:"Take somebody off staff; what they asked for and nobody approved is void."`
	Report report `cmd:"" help:"Print what staff did, and what came of it."`
}

type member struct {
	ID int64 `arg:"" help:"Their id at Telegram, a number."`
}

type add struct {
	member
	Name  string       `required:"" help:"As people who are helped read it."`
	Roles []staff.Role `name:"role" required:"" enum:"agent,approver,auditor,admin" help:"What they may do; give several one after the other."`
}

// Run puts somebody on staff.
func (a add) Run(ctx context.Context, open Opener) error {
	return open(ctx, true, func(d Desk) error { return d.Add(ctx, a.ID, a.Name, a.Roles) })
}

type list struct{}

// Run lists who is on staff.
func (list) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.List(ctx) })
}

type remove struct{ member }

// Run takes somebody off staff.
func (r remove) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.Remove(ctx, r.ID) })
}

// day is one that an operator types, in UTC.
type day struct{ time.Time }

// UnmarshalText reads a day as it is typed.
func (d *day) UnmarshalText(text []byte) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		return fmt.Errorf("%q is no day: write it as 2026-11-30", text)
	}
	return nil
}

type report struct {
	From   day    `required:"" placeholder:"YYYY-MM-DD" help:"The first day, in UTC."`
	To     day    `required:"" placeholder:"YYYY-MM-DD" help:"The last day, in UTC."`
	Format string `enum:"csv" default:"csv" help:"The form of the report: ${enum}."`
}

// Run prints a report.
func (r report) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.Report(ctx, r.From.Time, r.To.Time) })
}
