package staff

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"rekey/flows"
)

// ProgramPrefix begins the name of every program, so that nobody takes it for a
// person.
const ProgramPrefix = "API "

// Program gives the member that a program outside Telegram is, such as a
// help-desk system: an agent, whose id follows from its name and is no person's.
func Program(name string) Member {
	sum := sha256.Sum256([]byte(name))
	id := -1 - int64(binary.BigEndian.Uint64(sum[:])>>1)
	return Member{Who: Who{ID: id, Name: ProgramPrefix + name}, Roles: []Role{Agent}}
}

// Program tells whether it is a program: people have positive ids.
func (w Who) Program() bool { return w.ID < 0 }

// Wish is what a program asks for: a case, with its reason, and a link.
type Wish struct {
	Input      flows.InputID
	By         Who
	Identifier string
	Reason     string // not empty
	Ticket     string // may be empty
}

// Start opens a case for a program and asks for a link, as an agent does with
// several buttons. Done again for the same input it does nothing and gives the
// same case and status, unless it was refused. After an error nothing was done.
func (d *Desk) Start(ctx context.Context, w Wish) (Verdict, error) {
	id, masked, ok := d.Identify(strings.TrimSpace(w.Identifier))
	if !ok {
		return no(NoIdentifier), nil
	}
	r, err := d.beginning(ctx, id)
	if err != nil {
		return Verdict{}, err
	}
	r.Input, r.By, r.Present = w.Input, w.By.ID, true
	r.Content = []string{w.Identifier, w.Reason, w.Ticket}
	v, err := d.decide(ctx, r, Ask{Open: masked, Why: w.Reason, Ticket: w.Ticket})
	if err == nil && alarming(v.Refusal) {
		err = d.alarm(ctx, Alarm{By: w.By.ID, Program: w.By.Name, Tried: "reset"}, v.Refusal)
	}
	return v, err
}

// Follow gives a case as it is now.
func (d *Desk) Follow(ctx context.Context, number int64) (Case, bool, error) {
	c, found, err := d.Cases.Case(ctx, number)
	c, _ = c.Tick(d.Now())
	return c, found, err
}

// beginning asks for a case about whom an identifier names.
func (d *Desk) beginning(ctx context.Context, id flows.Identifier) (Request, error) {
	r := Request{Identifier: id}
	accounts, err := d.Directory.Find(ctx, id.Kind, id.Canonical)
	if err != nil {
		return r, fmt.Errorf("looking an account up: %w", err)
	}
	if len(accounts) == 1 {
		r.Account = accounts[0]
	}
	return r, nil
}

// present tells whether somebody is in the staff group; programs need not be.
func (d *Desk) present(ctx context.Context, who int64) (bool, error) {
	if (Who{ID: who}).Program() {
		return true, nil
	}
	there, err := d.Group.Present(ctx, who)
	if err != nil {
		return false, fmt.Errorf("asking who is in the staff group: %w", err)
	}
	return there, nil
}
