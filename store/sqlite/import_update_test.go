package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestImportUpdates(t *testing.T) {
	const header = "id,username,email,display_name,birthday,disabled,password_hash"
	const before = "1,lena,lena@example.com;lena@work.example,Lena,1990-12-31,no," + bcryptHash
	const otherHash = "$2a$04$AAAAAAAAAAAAAAAAAAAAAAKKQJvaF1hgGSZ2T9BY1GOLcrdZKgIy."
	later := newClerk(t).now.Add(time.Hour).UnixMilli()
	base := account{
		accountRow: accountRow{
			id: "1", name: "Lena", birthday: "1990-12-31", hash: bcryptHash, addressVersion: 1, credentialVersion: 1,
		},
		identifiers: []Identifier{email("lena@example.com"), email("lena@work.example"), username("lena")},
	}
	for _, test := range []struct {
		name         string
		header, line string
		change       func(*account)
	}{
		{"nothing", header, before, nil},
		{"same in other words", header, "1,lena,lena@Example.com.; lena@work.example,Lena,31.12.1990,0," + bcryptHash, nil},
		{"other letters", "id,username,email", "1,LENA,Lena@Example.com;lena@work.example", func(a *account) {
			a.identifiers[0], a.identifiers[2] = a.identifiers[0].written("Lena@example.com"), a.identifiers[2].written("LENA")
		}},
		{"empty hash stays", header, "1,lena,lena@example.com;lena@work.example,Lena,1990-12-31,,", nil},
		{"columns left out stay", "id", "1", nil},
		{"new hash", "id,password_hash", "1," + otherHash, func(a *account) {
			a.hash, a.credentialVersion, a.changedAt = otherHash, 2, later
		}},
		{"new address", "id,email", "1,new@example.com", func(a *account) {
			a.identifiers, a.addressVersion, a.addressedAt = []Identifier{email("new@example.com"), username("lena")}, 2, later
		}},
		{"other primary", "id,email", "1,lena@work.example;lena@example.com", func(a *account) {
			a.identifiers[0], a.identifiers[1], a.addressVersion, a.addressedAt = a.identifiers[1], a.identifiers[0], 2, later
		}},
		{"addresses removed", "id,email", "1,", func(a *account) {
			a.identifiers, a.addressVersion, a.addressedAt = []Identifier{username("lena")}, 2, later
		}},
		{"phone added", "id,phone", "1,+79991234567", func(a *account) {
			a.identifiers, a.addressVersion, a.addressedAt = []Identifier{a.identifiers[0], a.identifiers[1], phone("+79991234567"), username("lena")}, 2, later
		}},
		{"disabled", "id,disabled", "1,yes", func(a *account) { a.disabled, a.sessionsAfter = true, later }},
		{"privileged", "id,privileged", "1,yes", func(a *account) { a.privileged = true }},
		{"name and birthday removed", "id,display_name,birthday", "1,,", func(a *account) { a.name, a.birthday = "", "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClerk(t)
			c.mustImport(t, header, before)
			c.now = c.now.Add(time.Hour)
			want, report := base, ImportReport{Lines: 1, Unchanged: 1}
			want.identifiers = append([]Identifier(nil), base.identifiers...)
			if test.change != nil {
				test.change(&want)
				report = ImportReport{Lines: 1, Updated: 1}
			}
			for range 2 { // once more changes nothing
				if got := c.mustImport(t, test.header, test.line); !reflect.DeepEqual(got, report) {
					t.Errorf("report %+v, want %+v", got, report)
				}
				if got := c.account(t, "1"); !reflect.DeepEqual(got, want) {
					t.Errorf("got\n %+v, want\n %+v", got, want)
				}
				report = ImportReport{Lines: 1, Unchanged: 1}
				c.now = c.now.Add(time.Hour)
			}
		})
	}
}

func TestImportRefusesToTakeTheLastIdentifier(t *testing.T) {
	c := newClerk(t)
	c.mustImport(t, "id,email", "1,lena@example.com")
	report := c.imported(t, false, "id,email", "1,")
	if report.Rejected != 1 || !strings.Contains(report.Problems[0].Wrong, "no username, email or phone") {
		t.Fatalf("report %+v", report)
	}
	c.one(t, email("lena@example.com"))
}

// A file without ids finds its accounts again.
func TestImportWithoutIDsAgain(t *testing.T) {
	c := newClerk(t)
	file := []string{
		"username,email,phone,display_name",
		"lena,lena@example.com;family@example.com,,Lena",
		",family@example.com,+79991234567,Boris",
	}
	if got := c.mustImport(t, file...); got.Added != 2 {
		t.Fatalf("report %+v", got)
	}
	if got := c.mustImport(t, file...); got.Unchanged != 2 || got.Lines != 2 {
		t.Errorf("again: report %+v", got)
	}
	file[1] = strings.Replace(file[1], "lena@", "Lena@", 1)
	if got := c.mustImport(t, file...); got.Unchanged != 1 || got.Updated != 1 {
		t.Errorf("in other letters: report %+v", got)
	}
	if got := c.one(t, email("lena@example.com")).Addresses[0].Value; got != "Lena@example.com" {
		t.Errorf("mail goes to %s", got)
	}
	file[2] += " the Elder"
	if got := c.mustImport(t, file...); got.Unchanged != 1 || got.Updated != 1 {
		t.Errorf("with another name: report %+v", got)
	}
	if got := c.one(t, phone("+79991234567")).Name; got != "Boris the Elder" {
		t.Errorf("name %q", got)
	}
	file[2] = ",family@example.com,,Boris"
	if got := c.mustImport(t, file...); got.Unchanged != 1 || got.Added != 1 {
		t.Errorf("with other identifiers: report %+v", got)
	}
}

func TestImportRefusesToChooseBetweenTwins(t *testing.T) {
	c := newClerk(t)
	file := []string{"email,display_name", "family@example.com,Lena", "family@example.com,Boris"}
	if got := c.mustImport(t, file...); got.Added != 2 {
		t.Fatalf("report %+v", got)
	}
	got := c.imported(t, false, file...)
	if got.Rejected != 2 || !strings.Contains(got.Problems[0].Wrong, "fits 2 accounts") {
		t.Errorf("again: report %+v", got)
	}
	if n := len(c.find(t, email("family@example.com"))); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
}

// An account that one line names by its id is not another line's as well.
func TestImportGivesAnAccountToOneLine(t *testing.T) {
	for _, file := range [][]string{
		{"id,email,display_name", "1,family@example.com,Lena", ",family@example.com,Boris"},
		{"id,email,display_name", ",family@example.com,Boris", "1,family@example.com,Lena"},
	} {
		c := newClerk(t)
		c.mustAdd(t, NewAccount{ID: "1", Identifiers: []Identifier{email("family@example.com")}})
		if got := c.mustImport(t, file...); got.Added != 1 || got.Updated != 1 {
			t.Errorf("report %+v", got)
		}
		if got := c.account(t, "1").name; got != "Lena" {
			t.Errorf("account 1 is %q", got)
		}
	}
}

func TestImportUsernames(t *testing.T) {
	for _, test := range []struct {
		name     string
		lines    []string // after the header id,username
		rejected []int    // lines, when the file is taken whole
		partial  []int    // lines, when it is partial
	}{
		{"own", []string{"1,lena", "2,boris"}, nil, nil},
		{"second one", []string{"1,lena;elena"}, nil, nil},
		{"taken on record", []string{"3,lena"}, []int{2}, []int{2}},
		{"taken on record, in another case", []string{"3,LENA"}, []int{2}, []int{2}},
		{"taken as second", []string{"3,karl;lena"}, []int{2}, []int{2}},
		{"taken in the file", []string{"3,karl", "4,karl"}, []int{3}, []int{3}},
		{"id in the file twice", []string{"3,karl", "3,klara"}, []int{3}, []int{3}},
		{"twice within a cell", []string{"3,karl;Karl"}, nil, nil},
		{"passed on", []string{"1,elena", "3,lena"}, nil, []int{3}},
		{"passed on, taken first", []string{"3,lena", "1,elena"}, nil, []int{2}},
		{"exchanged", []string{"1,boris", "2,lena"}, nil, []int{2, 3}},
		{"owner in the file keeps it", []string{"1,lena", "3,lena"}, []int{3}, []int{3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, partial := range []bool{false, true} {
				c := newClerk(t)
				c.mustImport(t, "id,username", "1,lena", "2,boris")
				report := c.imported(t, partial, append([]string{"id,username"}, test.lines...)...)
				want := test.rejected
				if partial {
					want = test.partial
				}
				var got []int
				for _, p := range report.Problems {
					got = append(got, p.Line)
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("partial %v: problems %v, want them on lines %v", partial, report.Problems, want)
				}
				for _, name := range []string{"lena", "boris", "karl"} {
					if n := len(c.find(t, username(name))); n > 1 {
						t.Errorf("partial %v: %d accounts have the username %s", partial, n, name)
					}
				}
			}
		})
	}
}

// Lines that are planned apart are taken like neighbours.
func TestImportFarApart(t *testing.T) {
	far := func(first, second string, cells int) []string {
		lines := []string{first}
		for i := range planBlock {
			lines = append(lines, fmt.Sprintf("filler%d", i)+strings.Repeat(",", cells-1))
		}
		return append(lines, second)
	}
	for _, test := range []struct {
		name, header, first, second string
		added, updated, rejected    int // beside the fillers
	}{
		{"passed on", "username,id", "elena,1", "lena,3", 1, 1, 0},
		{"passed on, taken first", "username,id", "lena,3", "elena,1", 1, 1, 0},
		{"exchanged", "username,id", "boris,1", "lena,2", 0, 2, 0},
		{"taken in the file", "username,id", "karl,3", "karl,4", 0, 0, 1},
		{"owner in the file keeps it", "username,id", "lena,1", "lena,3", 0, 0, 1},
		{"id in the file twice", "username,id", "karl,3", "klara,3", 0, 0, 1},
		{"alike without ids", "username,email", ",new@example.com", ",new@example.com", 2, 0, 0},
		{"alike on record too", "username,email", ",family@example.com", ",family@example.com", 1, 0, 0},
		{"named later", "username,id,email", ",,family@example.com", ",5,family@example.com", 1, 0, 0},
		{"named before", "username,id,email", ",5,family@example.com", ",,family@example.com", 1, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClerk(t)
			c.mustImport(t, "id,username,email", "1,lena,", "2,boris,", "5,,family@example.com")
			cells := strings.Count(test.header, ",") + 1
			got := c.imported(t, false, append([]string{test.header}, far(test.first, test.second, cells)...)...)
			added := planBlock + test.added
			if test.rejected > 0 {
				added = 0
			}
			if got.Added != added || got.Updated != test.updated || got.Rejected != test.rejected {
				t.Errorf("report %+v", got)
			}
			for _, p := range got.Problems {
				if p.Line != planBlock+3 {
					t.Errorf("problem %v, want it on the last line", p)
				}
			}
		})
	}
}

func TestImportShares(t *testing.T) {
	c := newClerk(t)
	c.mustImport(t, "id,email,phone",
		"1,family@example.com,+79991234567", "2,family@example.com,+79991234567", "3,family@example.com;karl@example.com,")
	if n := len(c.find(t, email("family@example.com"))); n != 3 {
		t.Errorf("%d accounts share the address, want 3", n)
	}
	if n := len(c.find(t, phone("+79991234567"))); n != 2 {
		t.Errorf("%d accounts share the number, want 2", n)
	}
}

// Random ids are too long to meet; a broken source of them replaces nothing.
func TestImportNeverOverwritesByGeneratedID(t *testing.T) {
	c := newClerk(t)
	c.Random = strings.NewReader("the same" + "the same")
	c.mustImport(t, "username", "lena")
	if _, err := c.Import(t.Context(), strings.NewReader("username\nboris"), importOptions()); err == nil {
		t.Error("took an account whose id is another's")
	}
	c.one(t, username("lena"))
}

// An import that breaks off leaves nothing, and a partial one what it reports.
func TestImportBrokenOff(t *testing.T) {
	for _, partial := range []bool{false, true} {
		c := newClerk(t)
		ctx, cancel := context.WithCancel(t.Context())
		ids := 0
		c.Random = readerFunc(func(p []byte) (int, error) { // ids are drawn while lines are planned
			if ids++; ids == importChunk+500 {
				cancel()
			}
			return copy(p, fmt.Sprintf("%08d", ids)), nil
		})
		o := importOptions()
		o.Partial = partial
		report, err := c.Import(ctx, usernamesFile(2*importChunk), o)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("partial %v: error %v", partial, err)
		}
		want := 0
		if partial {
			want = importChunk
		}
		if got := len(c.mustList(t, "", 3*importChunk)); got != want || report.Added != want {
			t.Errorf("partial %v: %d accounts, %d reported, want %d", partial, got, report.Added, want)
		}
	}
}

func TestImportReadingBrokenOff(t *testing.T) {
	c := newClerk(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := importOptions()
	o.Progress = func(int, int) { cancel() }
	if _, err := c.Import(ctx, usernamesFile(2*progressEvery), o); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func usernamesFile(n int) io.Reader {
	var file strings.Builder
	file.WriteString("username\n")
	for i := range n {
		fmt.Fprintf(&file, "user%d\n", i)
	}
	return strings.NewReader(file.String())
}
