package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"rekey/flows"
)

// ErrTaken reports that an id or a username belongs to another account.
var ErrTaken = errors.New("belongs to another account already")

// NewAccount is an account to add. The zero value lacks an identifier.
type NewAccount struct {
	ID       string // empty: 16 hexadecimal digits are generated
	Name     string // display name
	Birthday string // YYYY-MM-DD or DD.MM.YYYY, or empty
	Language string // an IETF tag, or empty
	Disabled bool
	// Privileged tells that the account has power over others.
	Privileged bool
	// Identifiers come with both their forms, the primary of each kind first. A
	// username belongs to one account, an email address or phone number may
	// belong to several.
	Identifiers []Identifier
	// Password is hashed; empty leaves the account without one. It is not kept.
	Password []byte
}

// Add adds an account and gives its id. The error tells what is wrong with the
// account and how to mend it; it wraps ErrTaken where the id or a username is
// another account's.
func (d *Directory) Add(ctx context.Context, n NewAccount) (id string, err error) {
	next, err := d.newAccount(ctx, n)
	if err != nil {
		return "", err
	}
	if err := d.db.inTx(ctx, func(tx *sql.Tx) error { return insert(ctx, tx, next) }); err != nil {
		return "", err
	}
	return next.id, nil
}

func (d *Directory) newAccount(ctx context.Context, n NewAccount) (account, error) {
	a := account{accountRow: accountRow{disabled: n.Disabled, privileged: n.Privileged, addressVersion: 1, credentialVersion: 1}}
	for _, v := range []struct {
		field field
		text  string
		into  *string
	}{
		{idField(), n.ID, &a.id}, {nameField(), n.Name, &a.name},
		{birthdayField(), n.Birthday, &a.birthday}, {languageField(), n.Language, &a.language},
	} {
		var wrong string
		if *v.into, wrong = v.field.read(v.text, d.db.now()); wrong != "" {
			return account{}, fmt.Errorf("%s %s: %s", v.field.name, wrong, v.field.mend)
		}
	}
	var err error
	if a.identifiers, err = distinct(n.Identifiers); err != nil {
		return account{}, err
	}
	if a.id == "" {
		if a.id, err = d.newID(); err != nil {
			return account{}, err
		}
	}
	if len(n.Password) == 0 {
		return a, nil
	}
	if a.hash, err = d.passwords.Hash(ctx, "operator", n.Password); err != nil {
		return account{}, fmt.Errorf("hashing the password: %w", err)
	}
	a.changedAt = d.db.now().UnixMilli()
	return a, nil
}

// distinct gives identifiers as they are read back, each once.
func distinct(given []Identifier) ([]Identifier, error) {
	if len(given) == 0 {
		return nil, errors.New("no identifier: give a username, an email address or a phone number")
	}
	var out []Identifier
	for _, i := range given {
		if !slices.Contains([]string{kindEmail, kindPhone, kindUsername}, i.Kind) || i.Canonical == "" || i.Written == "" {
			return nil, fmt.Errorf("an identifier of kind %q is empty or of no known kind: use email, phone or username", i.Kind)
		}
		if !slices.ContainsFunc(out, i.same) {
			out = append(out, i)
		}
	}
	return byKind(out), nil
}

func insert(ctx context.Context, tx *sql.Tx, next account) error {
	same, err := accountsIn(ctx, tx, "SELECT ?", next.id)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return fmt.Errorf("id %s %w: choose another id, or none to have one generated", next.id, ErrTaken)
	}
	owners, err := usernameOwners(ctx, tx, next.canonicals(kindUsername))
	if err != nil {
		return err
	}
	for username, owner := range owners {
		return fmt.Errorf("username %s %w, %s: choose another username", username, ErrTaken, owner)
	}
	w, err := newAccountWriter(ctx, tx)
	if err != nil {
		return err
	}
	_, err = w.write(ctx, account{}, next)
	return err
}

// List gives up to limit accounts whose ids come after the given one, in the
// order of their ids; begin with "".
func (d *Directory) List(ctx context.Context, after string, limit int) ([]flows.Account, error) {
	found, err := accountsIn(ctx, d.db.read,
		"SELECT id FROM accounts WHERE id > ? ORDER BY id LIMIT ?", after, max(limit, 0))
	if err != nil {
		return nil, err
	}
	return published(found), nil
}

// Disable disables every account with this identifier and ends its sessions
// for good. It gives their number, those that were disabled before included.
func (d *Directory) Disable(ctx context.Context, kind, canonical string) (int, error) {
	return d.alter(ctx, kind, canonical, func(a *account) { a.disabled = true })
}

// Enable lets every account with this identifier sign in again. It gives their
// number, those that were enabled before included.
func (d *Directory) Enable(ctx context.Context, kind, canonical string) (int, error) {
	return d.alter(ctx, kind, canonical, func(a *account) { a.disabled = false })
}

// Privilege notes that every account with this identifier has power over others,
// so that support staff act on it in pairs. It gives their number.
func (d *Directory) Privilege(ctx context.Context, kind, canonical string) (int, error) {
	return d.alter(ctx, kind, canonical, func(a *account) { a.privileged = true })
}

// Unprivilege ends what Privilege noted. It gives the number of accounts.
func (d *Directory) Unprivilege(ctx context.Context, kind, canonical string) (int, error) {
	return d.alter(ctx, kind, canonical, func(a *account) { a.privileged = false })
}

// alter changes every account with an identifier and gives their number.
func (d *Directory) alter(ctx context.Context, kind, canonical string, change func(*account)) (n int, err error) {
	err = d.db.inTx(ctx, func(tx *sql.Tx) error {
		found, err := accountsIn(ctx, tx, identifiedBy, kind, canonical)
		if err != nil {
			return err
		}
		w, err := newAccountWriter(ctx, tx)
		if err != nil {
			return err
		}
		n = len(found)
		for _, was := range found {
			next := was
			change(&next)
			if _, err := w.write(ctx, was, revised(was, next, d.db.now())); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func (d *Directory) newID() (string, error) {
	random := d.Random
	if random == nil {
		random = rand.Reader
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(random, id); err != nil {
		return "", fmt.Errorf("drawing an account id: %w", err)
	}
	return hex.EncodeToString(id), nil
}
