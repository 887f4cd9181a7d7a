package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rekey/flows"
)

// The kinds of identifiers, as they are stored.
const (
	kindEmail    = "email"
	kindPhone    = "phone"
	kindUsername = "username"
)

// Identifier is what an account is found by, and reached at.
type Identifier struct {
	Kind      string // "email", "phone" or "username"
	Canonical string // what is compared
	Written   string // what is sent to and shown
}

// same tells whether i and other are found by the same words.
func (i Identifier) same(other Identifier) bool {
	return i.Kind == other.Kind && i.Canonical == other.Canonical
}

// channel is the way to it, if it is an address.
func (i Identifier) channel() (flows.Channel, bool) {
	switch i.Kind {
	case kindEmail:
		return flows.Email, true
	case kindPhone:
		return flows.SMS, true
	}
	return "", false
}

// account is a row of accounts with its identifiers.
type account struct {
	accountRow
	identifiers []Identifier // in the order of their kinds, the primary of each first
}

// accountRow is a row of accounts. Times are Unix milliseconds.
type accountRow struct {
	id                string
	name              string
	birthday          string // YYYY-MM-DD
	language          string
	disabled          bool
	privileged        bool
	hash              string
	changedAt         int64
	sessionsAfter     int64
	addressVersion    int64
	addressedAt       int64 // when that grew last; 0: never, or unknown
	credentialVersion int64
}

// revised gives next, which takes the place of was, with the versions and times
// that follow from what differs. Disabling ends all sessions for good. An
// identifier that is only written otherwise leaves recoveries under way alone.
func revised(was, next account, now time.Time) account {
	if !slices.EqualFunc(was.identifiers, next.identifiers, Identifier.same) {
		next.addressVersion++
		next.addressedAt = now.UnixMilli()
	}
	if next.hash != was.hash {
		next.credentialVersion++
		next.changedAt = now.UnixMilli()
	}
	if next.disabled && !was.disabled {
		next.sessionsAfter = now.UnixMilli()
	}
	return next
}

func published(accounts []account) []flows.Account {
	out := make([]flows.Account, len(accounts))
	for i, a := range accounts {
		out[i] = a.published()
	}
	return out
}

func (a account) published() flows.Account {
	out := flows.Account{
		ID: a.id, Name: a.name, Birthday: a.birthday, Language: a.language, Disabled: a.disabled, Privileged: a.privileged,
		AddressVersion: a.addressVersion, CredentialVersion: a.credentialVersion,
		PasswordChanged: fromMillis(a.changedAt),
	}
	for _, i := range a.identifiers {
		if channel, ok := i.channel(); ok {
			out.Addresses = append(out.Addresses, flows.Address{Channel: channel, Canonical: i.Canonical, Value: i.Written})
		} else if out.Username == "" {
			out.Username = i.Written
		}
	}
	return out
}

// withKind gives a's identifiers with those of one kind replaced. It leaves a
// as it is.
func (a account) withKind(kind string, ids []Identifier) []Identifier {
	others := slices.DeleteFunc(slices.Clone(a.identifiers), func(i Identifier) bool { return i.Kind == kind })
	return byKind(append(others, ids...))
}

// byKind sorts identifiers as they are read back.
func byKind(ids []Identifier) []Identifier {
	slices.SortStableFunc(ids, func(a, b Identifier) int { return strings.Compare(a.Kind, b.Kind) })
	return ids
}

// ofKind gives a's identifiers of one kind.
func (a account) ofKind(kind string) []Identifier {
	return slices.DeleteFunc(slices.Clone(a.identifiers), func(i Identifier) bool { return i.Kind != kind })
}

// canonicals gives by what a's identifiers of one kind are compared.
func (a account) canonicals(kind string) []string {
	var out []string
	for _, i := range a.identifiers {
		if i.Kind == kind {
			out = append(out, i.Canonical)
		}
	}
	return out
}

// querier is a pool or a transaction to read with.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// prepared is a querier of the reading pool for the few queries that serve
// people. Like look, it heeds the context at the beginning only.
type prepared struct{ db *DB }

func (p prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	s, err := p.db.reader(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// identifiedBy gives the ids of the accounts with a kind and canonical form.
const identifiedBy = "SELECT account_id FROM identifiers WHERE kind = ? AND canonical = ?"

// accountsIn reads the accounts whose ids the query gives, in their order.
func accountsIn(ctx context.Context, q querier, ids string, args ...any) ([]account, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT a.id, a.display_name, a.birthday, a.language, a.disabled, a.privileged, a.password_hash,
		       a.password_changed_at, a.sessions_valid_after, a.address_version, a.address_changed_at, a.credential_version,
		       coalesce(i.kind, ''), coalesce(i.canonical, ''), coalesce(i.written, '')
		FROM accounts a LEFT JOIN identifiers i ON i.account_id = a.id
		WHERE a.id IN (`+ids+`)
		ORDER BY a.id, i.kind, i.position`, args...)
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []account
	for rows.Next() {
		var a account
		var i Identifier
		if err := rows.Scan(&a.id, &a.name, &a.birthday, &a.language, &a.disabled, &a.privileged, &a.hash,
			&a.changedAt, &a.sessionsAfter, &a.addressVersion, &a.addressedAt, &a.credentialVersion,
			&i.Kind, &i.Canonical, &i.Written); err != nil {
			return nil, fmt.Errorf("reading an account: %w", err)
		}
		if len(out) == 0 || out[len(out)-1].id != a.id {
			out = append(out, a)
		}
		if last := &out[len(out)-1]; i.Kind != "" {
			last.identifiers = append(last.identifiers, i)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	return out, nil
}

// usernameOwners tells for each of the usernames that is taken whose it is.
func usernameOwners(ctx context.Context, q querier, usernames []string) (map[string]string, error) {
	return byText[string](ctx, q, `
		SELECT canonical, account_id FROM identifiers
		WHERE kind = 'username' AND canonical IN (SELECT value FROM json_each(?))`, jsonText(usernames))
}

// byText reads the second column of a query by the first.
func byText[V any](ctx context.Context, q querier, query string, args ...any) (map[string]V, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]V{}
	for rows.Next() {
		var text string
		var value V
		if err := rows.Scan(&text, &value); err != nil {
			return nil, fmt.Errorf("reading an account: %w", err)
		}
		found[text] = value
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	return found, nil
}

// accountWriter writes accounts within one transaction.
type accountWriter struct{ add, update, drop, name *sql.Stmt }

func newAccountWriter(ctx context.Context, tx *sql.Tx) (*accountWriter, error) {
	w := &accountWriter{}
	for stmt, text := range map[**sql.Stmt]string{
		&w.add: `
			INSERT INTO accounts (id, display_name, birthday, language, disabled, password_hash,
			                      password_changed_at, sessions_valid_after, address_version, credential_version,
			                      privileged, address_changed_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
		&w.update: `
			UPDATE accounts SET display_name = ?2, birthday = ?3, language = ?4, disabled = ?5, password_hash = ?6,
			                    password_changed_at = ?7, sessions_valid_after = ?8,
			                    address_version = ?9, credential_version = ?10,
			                    privileged = ?11, address_changed_at = ?12
			WHERE id = ?1`,
		&w.drop: "DELETE FROM identifiers WHERE account_id = ?",
		&w.name: "INSERT INTO identifiers (kind, canonical, written, account_id, position) VALUES (?, ?, ?, ?, ?)",
	} {
		var err error
		if *stmt, err = tx.PrepareContext(ctx, text); err != nil {
			return nil, fmt.Errorf("preparing to write accounts: %w", err)
		}
	}
	return w, nil
}

// write puts next in the place of was, which has no id when next is new; then it
// gives the number of the new row. It heeds ctx at its beginning only: watching
// one costs more than a statement.
func (w *accountWriter) write(ctx context.Context, was, next account) (row int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	ctx = context.WithoutCancel(ctx)
	put := w.update
	if was.id == "" {
		put = w.add
	}
	done, err := put.ExecContext(ctx, next.id, next.name, next.birthday, next.language, next.disabled, next.hash,
		next.changedAt, next.sessionsAfter, next.addressVersion, next.credentialVersion, next.privileged, next.addressedAt)
	if err == nil && was.id == "" {
		var last int64
		last, err = done.LastInsertId()
		row = int(last)
	}
	if err != nil {
		return 0, fmt.Errorf("writing account %s: %w", next.id, err)
	}
	if slices.Equal(was.identifiers, next.identifiers) {
		return row, nil
	}
	if was.id != "" {
		if _, err := w.drop.ExecContext(ctx, next.id); err != nil {
			return 0, fmt.Errorf("replacing the identifiers of account %s: %w", next.id, err)
		}
	}
	position, kind := 0, ""
	for _, i := range next.identifiers {
		if i.Kind != kind {
			position, kind = 0, i.Kind
		}
		if _, err := w.name.ExecContext(ctx, i.Kind, i.Canonical, i.Written, next.id, position); err != nil {
			return 0, fmt.Errorf("writing the identifiers of account %s: %w", next.id, err)
		}
		position++
	}
	return row, nil
}

// jsonText is how a list of any length becomes one argument, for json_each.
func jsonText(list any) string {
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // lists of strings always encode
	}
	return string(b)
}

// fromMillis gives the zero time for 0, which stands for an unknown one.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return moment(ms)
}
