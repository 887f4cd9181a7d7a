package accounts

import (
	"context"
	"os"
)

// Opener opens the desk for what one command does there, and closes it. Only a
// command that has something to put into an empty database may make one.
type Opener func(ctx context.Context, fills bool, do func(Desk) error) error

// Commands is the part of the command line that serves the directory, as
// struct tags of package kong.
type Commands struct {
	Import      importFile     `cmd:"" help:"Take accounts from a CSV file."`
	Add         addAccount     `cmd:"" help:"Add one account; its password is read from the input."`
	List        listAccounts   `cmd:"" help:"List all accounts."`
	TryPassword tryPassword    `cmd:"" help:"Does this password sign in? It is read from the input."`
	Disable     disableAccount `cmd:"" help:"Disable an account: it can neither sign in nor be recovered."`
	Enable      enableAccount  `cmd:"" help:"Enable a disabled account."`
	Privilege   privilege      `cmd:"" help:"Note that an account has power over others: support staff act on it in pairs."`
	Unprivilege unprivilege    `cmd:"" help:"Note that an account has no power over others any more."`
	Unlock      unlockAccount  `cmd:"" help:"Send codes again where too many wrong ones in a row closed the recovery."`
}

type importFile struct {
	File    string `arg:"" type:"path" help:"A CSV file with a header."`
	Partial bool   `help:"Take the good lines of a file that has bad ones."`
}

// Run imports a file.
func (i importFile) Run(ctx context.Context, open Opener) error {
	f, err := os.Open(i.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return open(ctx, true, func(d Desk) error { return d.Import(ctx, f, i.Partial) })
}

type addAccount struct{ Account }

// Run adds an account.
func (a addAccount) Run(ctx context.Context, open Opener) error {
	return open(ctx, true, func(d Desk) error { return d.Add(ctx, a.Account) })
}

type listAccounts struct{}

// Run lists the accounts.
func (listAccounts) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.List(ctx) })
}

type owner struct {
	Identifier string `arg:"" help:"Email, phone number or username."`
}

type tryPassword struct{ owner }

// Run tries a password.
func (t tryPassword) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.TryPassword(ctx, t.Identifier) })
}

type disableAccount struct{ owner }

// Run disables accounts.
func (t disableAccount) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.SetDisabled(ctx, t.Identifier, true) })
}

type enableAccount struct{ owner }

// Run enables accounts.
func (t enableAccount) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.SetDisabled(ctx, t.Identifier, false) })
}

type privilege struct{ owner }

// Run notes that accounts are privileged.
func (t privilege) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.SetPrivileged(ctx, t.Identifier, true) })
}

type unprivilege struct{ owner }

// Run notes that accounts are not privileged.
func (t unprivilege) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.SetPrivileged(ctx, t.Identifier, false) })
}

type unlockAccount struct{ owner }

// Run unlocks accounts.
func (t unlockAccount) Run(ctx context.Context, open Opener) error {
	return open(ctx, false, func(d Desk) error { return d.Unlock(ctx, t.Identifier) })
}
