package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// column is a column that a file can have.
type column struct {
	name string
	mend string
	// read takes in what a cell says, or tells what is wrong with it. What it
	// says nothing about stays as it is on record.
	read func(cell string, given *account) (says bool, wrong string)
	// put sets in an account what a cell said.
	put func(to *account, given account)
	// note tells what is odd about what a cell said, though it is taken; nil: nothing
	// ever is.
	note func(given account) (odd, means string)
}

// knownColumns are the columns that a file can have. Inner separates values
// within a cell.
func knownColumns(o ImportOptions, inner string, valid func(phc string) error, now time.Time) []column {
	several := "write one, or several separated by " + strings.Join(strings.Split(inner, ""), " or ")
	return []column{
		textColumn(idField(), now, func(a *account) *string { return &a.id }).silentWhenEmpty(),
		identifierColumn(kindUsername, o.Username, inner, several),
		identifierColumn(kindEmail, o.Email, inner, several),
		identifierColumn(kindPhone, o.Phone, inner, several+", each with its country code"),
		textColumn(nameField(), now, func(a *account) *string { return &a.name }),
		textColumn(birthdayField(), now, func(a *account) *string { return &a.birthday }),
		languageColumn(o.Speaks, now),
		flagColumn("disabled", func(a *account) *bool { return &a.disabled }),
		flagColumn("privileged", func(a *account) *bool { return &a.privileged }),
		hashColumn(valid),
	}
}

func textColumn(f field, now time.Time, in func(*account) *string) column {
	return column{
		name: f.name, mend: f.mend,
		read: func(cell string, given *account) (bool, string) {
			value, wrong := f.read(cell, now)
			*in(given) = value
			return true, wrong
		},
		put: func(to *account, given account) { *in(to) = *in(&given) },
	}
}

// languageColumn holds the language of mails, perhaps of none that can be written.
func languageColumn(speaks func(tag string) bool, now time.Time) column {
	c := textColumn(languageField(), now, func(a *account) *string { return &a.language })
	c.note = func(given account) (odd, means string) {
		if speaks == nil || given.language == "" || speaks(given.language) {
			return "", ""
		}
		return "is a language that there are no texts in", "mails go out in that of REKEY_LANGUAGE instead"
	}
	return c
}

// silentWhenEmpty gives the column with empty cells that say nothing.
func (c column) silentWhenEmpty() column {
	read := c.read
	c.read = func(cell string, given *account) (bool, string) {
		if cell == "" {
			return false, ""
		}
		return read(cell, given)
	}
	return c
}

func identifierColumn(kind string, read IdentifierReader, inner, mend string) column {
	return column{
		name: kind, mend: mend,
		read: func(cell string, given *account) (bool, string) {
			ids, wrong := readIdentifiers(cell, inner, read)
			given.identifiers = given.withKind(kind, ids)
			return true, wrong
		},
		put: func(to *account, given account) { to.identifiers = to.withKind(kind, given.ofKind(kind)) },
	}
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

// flagColumn holds yes or no.
func flagColumn(name string, in func(*account) *bool) column {
	return column{
		name: name, mend: "write yes or no, true or false, 1 or 0, or leave it empty",
		read: func(cell string, given *account) (bool, string) {
			switch strings.ToLower(cell) {
			case "true", "1", "yes":
				*in(given) = true
			case "false", "0", "no":
				*in(given) = false
			default:
				return false, "is neither yes nor no"
			}
			return true, ""
		},
		put: func(to *account, given account) { *in(to) = *in(&given) },
	}.silentWhenEmpty()
}

func hashColumn(valid func(phc string) error) column {
	return column{
		name: "password_hash", mend: "give an Argon2id or bcrypt string, or leave it empty",
		read: func(cell string, given *account) (bool, string) {
			if err := valid(cell); err != nil {
				return false, "cannot be verified: " + err.Error()
			}
			given.hash = cell
			return true, ""
		},
		put: func(to *account, given account) { to.hash = given.hash },
	}.silentWhenEmpty()
}
