package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// column is a column that a file can have. Read turns a cell into what it sets
// in an account, nil when it leaves the account as it is, or tells what is
// wrong with it.
type column struct {
	name string
	mend string
	read func(cell string) (set func(*account), wrong string)
}

// knownColumns are the columns that a file can have. Inner separates values
// within a cell.
func knownColumns(o ImportOptions, inner string, valid func(phc string) error, now time.Time) []column {
	several := "write one, or several separated by " + strings.Join(strings.Split(inner, ""), " or ")
	return []column{
		idColumn(now),
		identifierColumn(kindUsername, o.Username, inner, several),
		identifierColumn(kindEmail, o.Email, inner, several),
		identifierColumn(kindPhone, o.Phone, inner, several+", each with its country code"),
		textColumn(nameField(), now, func(a *account) *string { return &a.name }),
		textColumn(birthdayField(), now, func(a *account) *string { return &a.birthday }),
		textColumn(languageField(), now, func(a *account) *string { return &a.language }),
		flagColumn("disabled", func(a *account) *bool { return &a.disabled }),
		flagColumn("privileged", func(a *account) *bool { return &a.privileged }),
		{
			"password_hash", "give an Argon2id or bcrypt string, or leave it empty",
			func(cell string) (func(*account), string) { return readHash(cell, valid) },
		},
	}
}

func textColumn(f field, now time.Time, into func(*account) *string) column {
	return column{f.name, f.mend, func(cell string) (func(*account), string) {
		value, wrong := f.read(cell, now)
		return func(a *account) { *into(a) = value }, wrong
	}}
}

func idColumn(now time.Time) column {
	c := textColumn(idField(), now, func(a *account) *string { return &a.id })
	read := c.read
	c.read = func(cell string) (func(*account), string) {
		if cell == "" {
			return nil, ""
		}
		return read(cell)
	}
	return c
}

func identifierColumn(kind string, read IdentifierReader, inner, mend string) column {
	return column{kind, mend, func(cell string) (func(*account), string) {
		ids, wrong := readIdentifiers(cell, inner, read)
		return func(a *account) { a.identifiers = a.withKind(kind, ids) }, wrong
	}}
}

// readIdentifiers gives a cell's identifiers, each once.
func readIdentifiers(cell, inner string, read IdentifierReader) (ids []Identifier, wrong string) {
	parts := strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(inner, r) })
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		id, wrong := read(part)
		switch {
		case wrong != "" && len(parts) > 1:
			return nil, fmt.Sprintf("value %d %s", i+1, wrong)
		case wrong != "":
			return nil, wrong
		case !slices.ContainsFunc(ids, id.same):
			ids = append(ids, id)
		}
	}
	return ids, ""
}

// flagColumn holds yes or no; an empty cell leaves the account as it is.
func flagColumn(name string, of func(*account) *bool) column {
	return column{name, "write yes or no, true or false, 1 or 0, or leave it empty", func(cell string) (func(*account), string) {
		switch strings.ToLower(cell) {
		case "":
			return nil, ""
		case "true", "1", "yes":
			return func(a *account) { *of(a) = true }, ""
		case "false", "0", "no":
			return func(a *account) { *of(a) = false }, ""
		}
		return nil, "is neither yes nor no"
	}}
}

func readHash(cell string, valid func(phc string) error) (func(*account), string) {
	if cell == "" {
		return nil, ""
	}
	if err := valid(cell); err != nil {
		return nil, "cannot be verified: " + err.Error()
	}
	return func(a *account) { a.hash = cell }, ""
}
