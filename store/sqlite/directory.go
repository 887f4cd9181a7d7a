package sqlite

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"rekey/flows"
)

// maxSignIns bounds how many accounts on one identifier a sign-in tries, and so
// how many hashes one attempt costs.
const maxSignIns = 3

// Directory is the built-in directory of accounts. Safe for concurrent use; an
// import may run beside it from another process.
type Directory struct {
	// Random is where generated account ids come from; nil is crypto/rand. Set
	// it before first use.
	Random io.Reader

	db        *DB
	passwords Passwords
}

var _ flows.Directory = (*Directory)(nil)

// Passwords is how the directory hashes. All three are required and safe for
// concurrent use, and none puts a hash or password in an error.
type Passwords struct {
	// Hash gives the PHC string of a password. Key names who waits for it.
	Hash func(ctx context.Context, key string, password []byte) (string, error)
	// Verify tells whether password fits phc, an Argon2id or bcrypt string. An
	// empty phc takes the time of a default one and never fits.
	Verify func(ctx context.Context, phc string, password []byte) (bool, error)
	// Valid tells, without hashing, why phc cannot be verified; nil when it can.
	Valid func(phc string) error
}

// NewDirectory gives the directory that db holds.
func NewDirectory(db *DB, p Passwords) *Directory {
	return &Directory{db: db, passwords: p}
}

// Find implements flows.Directory. The accounts come in the order of their ids.
func (d *Directory) Find(ctx context.Context, kind, canonical string) ([]flows.Account, error) {
	found, err := d.having(ctx, kind, canonical)
	if err != nil {
		return nil, err
	}
	return published(found), nil
}

// SignIn tells whether password signs in to an account with this identifier,
// and which. A disabled account and one without a password never do. Where
// several accounts have the identifier, up to three are tried, in the order of
// their ids; a person with more of them signs in by username. An unknown
// identifier costs the same as a known one.
func (d *Directory) SignIn(ctx context.Context, kind, canonical string, password []byte) (flows.Account, bool, error) {
	found, err := d.having(ctx, kind, canonical)
	if err != nil {
		return flows.Account{}, false, err
	}
	found = slices.DeleteFunc(found, func(a account) bool { return a.disabled || a.hash == "" })
	if len(found) == 0 {
		found = []account{{}} // the work of a known one
	}
	for _, a := range found[:min(len(found), maxSignIns)] {
		fits, err := d.passwords.Verify(ctx, a.hash, password)
		if err != nil {
			return flows.Account{}, false, fmt.Errorf("verifying a password: %w", err)
		}
		if fits && a.hash != "" {
			return a.published(), true, nil
		}
	}
	return flows.Account{}, false, nil
}

// SessionsValidAfter tells since when sessions of the account are valid: one
// that began earlier is over. The zero time puts no bound. It is false when no
// session is valid at all, the account being disabled or unknown.
func (d *Directory) SessionsValidAfter(ctx context.Context, accountID string) (time.Time, bool, error) {
	found, err := accountsIn(ctx, prepared{d.db}, "SELECT ?", accountID)
	if err != nil || len(found) == 0 || found[0].disabled {
		return time.Time{}, false, err
	}
	return fromMillis(found[0].sessionsAfter), true, nil
}

func (d *Directory) having(ctx context.Context, kind, canonical string) ([]account, error) {
	if kind == flows.KindAccount {
		return accountsIn(ctx, prepared{d.db}, "SELECT ?", canonical)
	}
	return accountsIn(ctx, prepared{d.db}, identifiedBy, kind, canonical)
}
