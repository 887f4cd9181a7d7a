package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// accountChange puts next in the place of was, which has no id when next is new.
type accountChange struct{ was, next account }

// same tells that there is nothing to write.
func (c accountChange) same() bool {
	return c.was.accountRow == c.next.accountRow && slices.Equal(c.was.identifiers, c.next.identifiers)
}

// plan compares lines with the accounts on record and gives the change that
// each good one makes. The bad ones it rejects.
func (im *importing) plan(ctx context.Context, q querier, lines []*accountLine) ([]accountChange, error) {
	record, err := im.recordOf(ctx, q, lines)
	if err != nil {
		return nil, err
	}
	changes := make([]accountChange, 0, len(lines))
	for _, l := range lines {
		c, problem, err := im.planLine(l, record)
		if err != nil {
			return nil, err
		}
		if problem != (Problem{}) {
			problem.Line = l.number
			im.wrong.add(problem)
			im.file.bad.add(l.number)
			continue
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// twin is an account on record, and the number of its row.
type twin struct {
	account
	row int
}

// record is what is on record about a block of lines.
type record struct {
	byID   map[string]account
	twins  map[string][]twin // by the identifiers that a line without id could be about
	owners map[string]string // of usernames
}

func (im *importing) recordOf(ctx context.Context, q querier, block []*accountLine) (record, error) {
	var ids, usernames []string
	var primaries [][]string
	for _, l := range block {
		usernames = append(usernames, l.given.canonicals(kindUsername)...)
		if l.given.id != "" {
			ids = append(ids, l.given.id)
		} else if len(l.given.identifiers) > 0 {
			first := l.given.identifiers[0]
			primaries = append(primaries, []string{first.Kind, first.Canonical})
		}
	}
	r := record{byID: map[string]account{}, twins: map[string][]twin{}}
	named, err := accountsIn(ctx, q, "SELECT value FROM json_each(?)", jsonText(ids))
	if err != nil {
		return record{}, err
	}
	for _, a := range named {
		r.byID[a.id] = a
	}
	alike, err := accountsIn(ctx, q, `
		SELECT i.account_id FROM json_each(?) j
		JOIN identifiers i ON i.kind = j.value ->> 0 AND i.canonical = j.value ->> 1`, jsonText(primaries))
	if err != nil {
		return record{}, err
	}
	rows, err := rowsOf(ctx, q, alike)
	if err != nil {
		return record{}, err
	}
	for _, a := range alike {
		if row := rows[a.id]; !im.added.has(row) {
			key := im.twinKey(a)
			r.twins[key] = append(r.twins[key], twin{a, row})
		}
	}
	r.owners, err = usernameOwners(ctx, q, usernames)
	return r, err
}

// twinKey is equal for accounts that have the same identifiers of the kinds
// that the file has columns for.
func (im *importing) twinKey(a account) string {
	var key []string
	for _, i := range a.identifiers {
		if im.file.has(i.Kind) {
			key = append(key, i.Kind+" "+i.Canonical)
		}
	}
	slices.Sort(key)
	return strings.Join(key, "\n")
}

// planLine gives the change that a line makes, or its problem.
func (im *importing) planLine(l *accountLine, r record) (accountChange, Problem, error) {
	was, problem := im.subject(l, r)
	if problem != (Problem{}) {
		return accountChange{}, problem, nil
	}
	next := was
	im.file.put(&next, l)
	if len(next.identifiers) == 0 {
		return accountChange{}, Problem{Wrong: "has no username, email or phone", Mend: "give one of them, else nobody can find the account"}, nil
	}
	if was.id != "" {
		return accountChange{was, revised(was, next, im.dir.db.now())}, im.taken(l, next, r), nil
	}
	if next.id == "" {
		var err error
		if next.id, err = im.dir.newID(); err != nil {
			return accountChange{}, Problem{}, err
		}
	}
	next.addressVersion, next.credentialVersion = 1, 1
	return accountChange{was, next}, im.taken(l, next, r), nil
}

// subject gives the account on record that a line is about; none when the line
// is about a new one.
func (im *importing) subject(l *accountLine, r record) (account, Problem) {
	if l.given.id != "" {
		return r.byID[l.given.id], Problem{}
	}
	twins := r.twins[im.twinKey(l.given)]
	if len(twins) > 1 {
		return account{}, Problem{
			Wrong: fmt.Sprintf("has no id and fits %d accounts with the same identifiers", len(twins)),
			Mend:  "give the id of the one that is meant",
		}
	}
	if len(twins) == 0 || im.met.has(twins[0].row) {
		return account{}, Problem{}
	}
	if _, named := im.file.ids.first(twins[0].id); named {
		return account{}, Problem{}
	}
	im.met.add(twins[0].row)
	return twins[0].account, Problem{}
}

// taken tells when a username of next is another account's. A file that is
// taken whole may pass a username on from one account to another.
func (im *importing) taken(l *accountLine, next account, r record) Problem {
	for _, username := range l.given.canonicals(kindUsername) {
		owner, ok := r.owners[username]
		if !ok || owner == next.id || im.whole && im.file.letsGo(owner, username) {
			continue
		}
		return Problem{
			Column: kindUsername,
			Wrong:  fmt.Sprintf("has %q, which belongs to account %s", username, owner),
			Mend:   "choose another username, or give the line that account's id to update it",
		}
	}
	return Problem{}
}

// rowsOf gives the numbers of the rows of accounts, by their ids.
func rowsOf(ctx context.Context, q querier, accounts []account) (map[string]int, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.id
	}
	return byText[int](ctx, q, "SELECT id, rowid FROM accounts WHERE id IN (SELECT value FROM json_each(?))", jsonText(ids))
}
