// Package accounts is the operator's desk at the built-in directory: it reads
// what an operator types or hands in, and prints what came of it.
package accounts

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"rekey/flows/identifier"
	"rekey/store/sqlite"
)

// Desk serves one operator. All fields are needed.
type Desk struct {
	Directory *sqlite.Directory
	Region    string                // ISO 3166-1 alpha-2, for phone numbers without a country code
	Speaks    func(tag string) bool // whether mails can be in a language
	In        io.Reader
	Out       io.Writer
}

// Account is what an operator types to add one.
type Account struct {
	ID       string   `help:"Its id in your service; generated when left out."`
	Name     string   `help:"Display name."`
	Birthday string   `placeholder:"YYYY-MM-DD" help:"Refused as part of a new password."`
	Language string   `placeholder:"TAG" help:"Language of mails, such as en."`
	Emails   []string `name:"email" placeholder:"ADDRESS" help:"Email address; the first is the primary."`
	Phones   []string `name:"phone" placeholder:"NUMBER" help:"Phone number; the first is the primary."`
	Username string   `placeholder:"NAME" help:"Username."`

	Privileged bool `help:"It has power over others: support staff act on it in pairs."`
}

// Import takes a CSV file and prints a report. The error tells that lines were
// bad; they are in the report.
func (d Desk) Import(ctx context.Context, file io.Reader, partial bool) error {
	begun := time.Now()
	report, err := d.Directory.Import(ctx, file, sqlite.ImportOptions{
		Partial: partial, Email: d.column(identifier.Email), Phone: d.column(identifier.Phone), Username: d.column(identifier.Username),
		Speaks: d.Speaks, Progress: d.tell,
	})
	d.printAll("", report.Problems, report.More)
	d.printAll("note: ", report.Notices, report.MoreNotices)
	if err != nil && report.Added+report.Updated > 0 {
		return fmt.Errorf("after %d accounts were added and %d updated: %w; the same file can be imported again", report.Added, report.Updated, err)
	}
	if err != nil {
		return err
	}
	d.print("Lines: %d. Added: %d, updated: %d, unchanged: %d, rejected: %d, in %s.\n",
		report.Lines, report.Added, report.Updated, report.Unchanged, report.Rejected, time.Since(begun).Round(time.Millisecond))
	switch {
	case report.Rejected > 0 && !partial:
		return errors.New("nothing was imported: mend these lines, or take the good ones with --partial")
	case report.Rejected > 0:
		return fmt.Errorf("lines that were not imported: %d", report.Rejected)
	}
	return nil
}

// printAll prints what is said of lines, and how much more there is of it.
func (d Desk) printAll(head string, all []sqlite.Problem, more int) {
	for _, p := range all {
		d.print("%s%s\n", head, p)
	}
	if more > 0 {
		d.print("%s… and %d more\n", head, more)
	}
}

// tellEvery is how many lines of an import lie between two words about it.
const tellEvery = 1_000_000

// tell says how far a long import has come.
func (d Desk) tell(checked, written int) {
	switch {
	case written == 0 && checked%tellEvery == 0:
		d.print("%d lines are checked.\n", checked)
	case written > 0 && written%tellEvery == 0:
		d.print("%d of %d lines are done.\n", written, checked)
	}
}

// column reads the values of a column: each must be of that column's kind.
func (d Desk) column(kind identifier.Kind) sqlite.IdentifierReader {
	return func(text string) (id sqlite.Identifier, wrong string) {
		parsed, refusal := identifier.Parse(text, d.Region)
		switch {
		case refusal != identifier.Accepted:
			return sqlite.Identifier{}, "is not " + noun(kind)
		case parsed.Kind != kind:
			return sqlite.Identifier{}, "is " + noun(parsed.Kind) + " rather than " + noun(kind)
		}
		return OnRecord(parsed), ""
	}
}

// OnRecord gives an identifier as the directory keeps it.
func OnRecord(id identifier.ID) sqlite.Identifier {
	return sqlite.Identifier{Kind: string(id.Kind), Canonical: id.Canonical, Written: id.Written()}
}

func noun(k identifier.Kind) string {
	switch k {
	case identifier.Email:
		return "an email address"
	case identifier.Phone:
		return "a phone number"
	default:
		return "a username"
	}
}

// Add adds one account; its password is the first line of the input, which may
// be empty.
func (d Desk) Add(ctx context.Context, a Account) error {
	n := sqlite.NewAccount{ID: a.ID, Name: a.Name, Birthday: a.Birthday, Language: a.Language, Privileged: a.Privileged}
	for _, group := range []struct {
		kind  identifier.Kind
		texts []string
	}{{identifier.Email, a.Emails}, {identifier.Phone, a.Phones}, {identifier.Username, []string{a.Username}}} {
		for _, text := range group.texts {
			if text == "" {
				continue
			}
			id, wrong := d.column(group.kind)(text)
			if wrong != "" {
				return fmt.Errorf("%q %s", text, wrong)
			}
			n.Identifiers = append(n.Identifiers, id)
		}
	}
	d.print("Password, or an empty line for none: ")
	password, err := d.line()
	if err != nil {
		return err
	}
	n.Password = []byte(password)
	id, err := d.Directory.Add(ctx, n)
	if err != nil {
		return err
	}
	d.print("\nAccount %s is added.\n", id)
	if a.Language != "" && !d.Speaks(a.Language) {
		d.print("note: there are no texts in its language, so mails go out in that of REKEY_LANGUAGE\n")
	}
	return nil
}

// List prints all accounts, one a line, without anything that a password could
// be guessed from.
func (d Desk) List(ctx context.Context) error {
	const page = 500
	after := ""
	for {
		found, err := d.Directory.List(ctx, after, page)
		if err != nil {
			return err
		}
		for _, a := range found {
			state := ""
			if a.Privileged {
				state += "  (privileged)"
			}
			if a.Disabled {
				state += "  (disabled)"
			}
			var at []string
			if a.Username != "" {
				at = append(at, a.Username)
			}
			for _, address := range a.Addresses {
				at = append(at, address.Value)
			}
			d.print("%s  %s  %s%s\n", a.ID, a.Name, strings.Join(at, ", "), state)
			after = a.ID
		}
		if len(found) < page {
			return nil
		}
	}
}

// TryPassword reads a password from the input and prints whether it signs in.
// The error tells that it does not.
func (d Desk) TryPassword(ctx context.Context, text string) error {
	id, refusal := identifier.Parse(text, d.Region)
	if refusal != identifier.Accepted {
		return fmt.Errorf("%q is no email address, phone number or username", text)
	}
	d.print("Password: ")
	password, err := d.line()
	if err != nil {
		return err
	}
	account, ok, err := d.Directory.SignIn(ctx, string(id.Kind), id.Canonical, []byte(password))
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("this password does not sign in")
	}
	d.print("\nThis password signs in to account %s.\n", account.ID)
	return nil
}

// SetDisabled disables or enables the accounts with an identifier.
func (d Desk) SetDisabled(ctx context.Context, text string, disabled bool) error {
	if disabled {
		return d.change(ctx, text, "disabled", d.Directory.Disable)
	}
	return d.change(ctx, text, "enabled", d.Directory.Enable)
}

// SetPrivileged notes whether the accounts with an identifier have power over
// others.
func (d Desk) SetPrivileged(ctx context.Context, text string, privileged bool) error {
	if privileged {
		return d.change(ctx, text, "privileged", d.Directory.Privilege)
	}
	return d.change(ctx, text, "no longer privileged", d.Directory.Unprivilege)
}

// Unlock opens the recovery of the accounts with an identifier again.
func (d Desk) Unlock(ctx context.Context, text string) error {
	return d.change(ctx, text, "unlocked", d.Directory.Unlock)
}

// change does something to the accounts with an identifier, and says what.
func (d Desk) change(
	ctx context.Context, text, done string, do func(ctx context.Context, kind, canonical string) (accounts int, err error),
) error {
	id, refusal := identifier.Parse(text, d.Region)
	if refusal != identifier.Accepted {
		return fmt.Errorf("%q is no email address, phone number or username", text)
	}
	n, err := do(ctx, string(id.Kind), id.Canonical)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("no account has the %s %q", id.Kind, text)
	}
	d.print("Accounts %s: %d.\n", done, n)
	return nil
}

// line reads one line of the input as it is.
func (d Desk) line() (string, error) {
	text, err := bufio.NewReader(d.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

func (d Desk) print(format string, args ...any) { _, _ = fmt.Fprintf(d.Out, format, args...) }
