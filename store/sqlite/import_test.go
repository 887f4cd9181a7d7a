package sqlite

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"rekey/flows/identifier"
)

const (
	argonHash  = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
	bcryptHash = "$2a$04$MW9JpyF5uqPa/DP8Hv8LgeKKQJvaF1hgGSZ2T9BY1GOLcrdZKgIy."
)

func importOptions() ImportOptions {
	as := func(kind identifier.Kind) IdentifierReader {
		return func(text string) (id Identifier, wrong string) {
			parsed, refusal := identifier.Parse(text, "RU")
			if refusal != identifier.Accepted {
				return Identifier{}, "is refused as " + string(refusal)
			}
			if parsed.Kind != kind {
				return Identifier{}, "is no " + string(kind)
			}
			return Identifier{string(kind), parsed.Canonical, parsed.Written()}, ""
		}
	}
	return ImportOptions{
		Email: as(identifier.Email), Phone: as(identifier.Phone), Username: as(identifier.Username),
	}
}

// imported imports a file of these lines.
func (c *clerk) imported(t testing.TB, partial bool, lines ...string) ImportReport {
	t.Helper()
	o := importOptions()
	o.Partial = partial
	report, err := c.Import(t.Context(), strings.NewReader(strings.Join(lines, "\n")), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// mustImport imports a file without problems.
func (c *clerk) mustImport(t testing.TB, lines ...string) ImportReport {
	t.Helper()
	report := c.imported(t, false, lines...)
	for _, p := range report.Problems {
		t.Error(p)
	}
	return report
}

func (c *clerk) account(t testing.TB, id string) account {
	t.Helper()
	found, err := accountsIn(t.Context(), c.db.read, "SELECT ?", id)
	if err != nil || len(found) != 1 {
		t.Fatalf("account %s: %d found, %v", id, len(found), err)
	}
	return found[0]
}

func TestImportReadsEveryColumn(t *testing.T) {
	c := newClerk(t)
	report := c.mustImport(t,
		" Email,PHONE,id,username,display_name,birthday,language,disabled,password_hash",
		`Lena@Example.com;lena@work.example,8 (999) 123-45-67,7,LenA,"Lena ""L"" K, Dr",31.12.1990,ru_RU,no,"`+argonHash+`"`,
	)
	if want := (ImportReport{Lines: 1, Added: 1}); !reflect.DeepEqual(report, want) {
		t.Errorf("report %+v, want %+v", report, want)
	}
	want := account{
		accountRow: accountRow{
			id: "7", name: `Lena "L" K, Dr`, birthday: "1990-12-31", language: "ru-RU", hash: argonHash,
			addressVersion: 1, credentialVersion: 1,
		},
		identifiers: []Identifier{
			email("lena@example.com").written("Lena@example.com"), email("lena@work.example"), phone("+79991234567"),
			username("lena").written("LenA"),
		},
	}
	if got := c.account(t, "7"); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n %+v, want\n %+v", got, want)
	}
}

func TestImportReadsEveryFormat(t *testing.T) {
	for name, file := range map[string]string{
		"comma":              "id,email\n1,a@example.com;b@example.com\n",
		"comma, CRLF":        "id,email\r\n1,a@example.com;b@example.com\r\n",
		"no end of line":     "id,email\n1,a@example.com;b@example.com",
		"byte order mark":    "\ufeffid,email\n1,a@example.com;b@example.com\n",
		"mark and quotes":    "\ufeff\"id\",\"email\"\n\"1\",\"a@example.com;b@example.com\"\n",
		"empty lines":        "\n\nid,email\n\n1,a@example.com;b@example.com\n\n,\n , \n",
		"spaces":             " ID , Email \n 1 , a@example.com ; b@example.com ;\n",
		"semicolon, quotes":  "id;email\n1;\"a@example.com;b@example.com\"\n",
		"semicolon, bars":    "id;email\n1;a@example.com|b@example.com\n",
		"semicolon and mark": "\ufeffemail;id\n a@example.com | b@example.com;1\n",
		"value twice":        "id,email\n1,a@example.com;b@example.com;A@example.com\n",
		"long quoted cell":   "id,email,display_name\n1,a@example.com;b@example.com,\"" + strings.Repeat("x", maxName) + "\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := newClerk(t)
			c.mustImport(t, file)
			want := []string{"a@example.com", "b@example.com"}
			if got := c.account(t, "1").canonicals(kindEmail); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestImportReadsDisabled(t *testing.T) {
	c := newClerk(t)
	c.mustImport(t, "username,disabled", "yes1,true", "yes2,1", "yes3,YES", "not1,false", "not2,0", "not3,No", "not4,")
	for name, want := range map[string]bool{
		"yes1": true, "yes2": true, "yes3": true, "not1": false, "not2": false, "not3": false, "not4": false,
	} {
		if got := c.one(t, username(name)).Disabled; got != want {
			t.Errorf("%s: disabled %v", name, got)
		}
	}
}

func TestImportedPasswordSignsIn(t *testing.T) {
	c := newClerk(t)
	phc, err := hashFast(t.Context(), "", []byte("old password"))
	if err != nil {
		t.Fatal(err)
	}
	c.mustImport(t, "username,password_hash", "lena,"+phc, "boris,")
	for name, want := range map[string]bool{"lena": true, "boris": false} {
		if _, ok, err := c.SignIn(t.Context(), kindUsername, name, []byte("old password")); ok != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", name, ok, err, want)
		}
	}
}

func TestImportRefusesFiles(t *testing.T) {
	for _, test := range []struct{ name, file, says string }{
		{"empty", "", "is empty"},
		{"only a mark", "\ufeff", "is empty"},
		{"only line ends", "\r\n\n", "is empty"},
		{"unknown column", "id,mail\n1,a@example.com\n", `column 2 of the header, "mail", is unknown`},
		{"empty column", "id,\n1,\n", `column 2 of the header, "", is unknown`},
		{"repeated column", "id,email,Email\n1,a@example.com,\n", "column email twice"},
		{"mixed separators", "id;email,phone\n1;a@example.com,\n", `"email,phone", is unknown`},
		{"no header", "lena@example.com," + bcryptHash + "\n", "looks like data"},
		{"broken header", "id,\"email\n1,a@example.com\n", "reading the header"},
		{"UTF-16 of Windows", "\xff\xfei\x00d\x00", "UTF-16"},
		{"UTF-16 of others", "\xfe\xff\x00i\x00d", "UTF-16"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClerk(t)
			_, err := c.Import(t.Context(), strings.NewReader(test.file), importOptions())
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error %v, want it to say %q", err, test.says)
			}
			if strings.Contains(err.Error(), bcryptHash) || strings.Contains(err.Error(), "lena@") {
				t.Errorf("the error repeats data: %v", err)
			}
		})
	}
}

func TestImportReportsUnreadableFile(t *testing.T) {
	c := newClerk(t)
	broken := errors.New("the disk is gone")
	for _, start := range []string{"", "id,email\n1,a@example.com\n"} {
		file := io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken))
		_, err := c.Import(t.Context(), file, importOptions())
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", start, err)
		}
	}
	if got := c.mustList(t, "", 10); len(got) != 0 {
		t.Errorf("took %v of a file that broke off", got)
	}
}

func TestImportRefusesLines(t *testing.T) {
	const header = "id,username,email,phone,display_name,birthday,language,disabled,password_hash"
	for _, test := range []struct{ name, line, column, says string }{
		{"malformed email", "1,,a@b,,,,,,", "email", "malformed_email"},
		{"second email malformed", "1,,a@example.com;b,,,,,,", "email", "value 2 is no email"},
		{"malformed phone", "1,,,+7 123,,,,,", "phone", "malformed_phone"},
		{"username in email", "1,,lena,,,,,,", "email", "is no email"},
		{"phone in username", "1,+7 999 123-45-67,,,,,,,", "username", "is no username"},
		{"long email", "1,," + strings.Repeat("a", 300) + "@example.com,,,,,,", "email", "too_long"},
		{"spaced id", "a b,lena,,,,,,,", "id", "holds a space"},
		{"zero byte in id", "a\x00b,lena,,,,,,,", "id", "invisible"},
		{"long id", strings.Repeat("1", maxID+1) + ",lena,,,,,,,", "id", "too long"},
		{"long name", "1,lena,,," + strings.Repeat("я", maxName+1) + ",,,,", "display_name", "too long"},
		{"name on two lines", "1,lena,,,\"a\nb\",,,,", "display_name", "line break"},
		{"impossible birthday", "1,lena,,,,2025-02-29,,,", "birthday", "no date"},
		{"American birthday", "1,lena,,,,12/31/1990,,,", "birthday", "no date"},
		{"future birthday", "1,lena,,,,2030-01-01,,,", "birthday", "future"},
		{"language by name", "1,lena,,,,,Russian language,,", "language", "no language tag"},
		{"language of one letter", "1,lena,,,,,r,,", "language", "no language tag"},
		{"unclear disabled", "1,lena,,,,,,maybe,", "disabled", "neither yes nor no"},
		{"password in the clear", "1,lena,,,,,,,hunter2", "password_hash", "neither Argon2id nor bcrypt"},
		{"MD5", "1,lena,,,,,,,$1$abc$def", "password_hash", "neither Argon2id nor bcrypt"},
		{"other encoding", "1,lena,,,\xcb\xe5\xed\xe0,,,,", "display_name", "not in UTF-8"},
		{"no identifier", "1,,,,Lena,,,,", "", "has no username, email or phone"},
		{"unquoted Argon2id", "1,lena,,,,,,," + argonHash, "", "has 11 cells where the header has 9"},
		{"too few cells", "1,lena", "", "has 2 cells"},
		{"bare quote", `1,le"na,,,,,,,`, "", "quote out of place"},
		{"open quote", `1,"lena,,,,,,,`, "", "quote out of place"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClerk(t)
			report := c.imported(t, false, header, "0,zero,,,,,,,", test.line)
			if report.Lines != 2 || report.Rejected != 1 || report.Added != 0 || len(report.Problems) != 1 {
				t.Fatalf("report %+v", report)
			}
			p := report.Problems[0]
			if p.Line != 3 || p.Column != test.column || !strings.Contains(p.Wrong, test.says) || p.Mend == "" {
				t.Errorf("problem %+v, want line 3, column %q, saying %q", p, test.column, test.says)
			}
			if strings.Contains(p.String(), "hunter2") {
				t.Errorf("the problem repeats the cell: %s", p)
			}
			if got := c.mustList(t, "", 10); len(got) != 0 {
				t.Errorf("took %v of a file with a bad line", got)
			}
			if got := c.imported(t, true, header, "0,zero,,,,,,,", test.line); got.Added != 1 || got.Rejected != 1 {
				t.Errorf("partial: report %+v, want one added, one rejected", got)
			}
		})
	}
}

func TestImportReportsAllProblemsOfALine(t *testing.T) {
	c := newClerk(t)
	report := c.imported(t, false, "username,birthday,disabled", "lena,never,perhaps", "boris,,")
	if report.Rejected != 1 || len(report.Problems) != 2 {
		t.Fatalf("report %+v", report)
	}
	want := "line 2, column birthday is no date: write it as 1990-12-31 or 31.12.1990, or leave it empty"
	if got := report.Problems[0].String(); got != want {
		t.Errorf("problem %q,\n want %q", got, want)
	}
}

func TestImportNumbersLinesAsEditorsDo(t *testing.T) {
	c := newClerk(t)
	report := c.imported(t, false, "display_name,username,birthday", "", "\"over\ntwo lines\",lena,", "", "x,boris,never")
	var got []int
	for _, p := range report.Problems {
		got = append(got, p.Line)
	}
	if want := []int{3, 6}; !slices.Equal(got, want) {
		t.Errorf("problems on lines %v, want %v", got, want)
	}
}

func TestImportKeepsTheFirstProblems(t *testing.T) {
	c := newClerk(t)
	lines := []string{"username,birthday"}
	for i := range 250 {
		lines = append(lines, fmt.Sprint("user", i, ",never"))
	}
	report := c.imported(t, false, lines...)
	if report.Rejected != 250 || len(report.Problems) != 100 || report.More != 150 {
		t.Fatalf("rejected %d, kept %d, more %d", report.Rejected, len(report.Problems), report.More)
	}
	if first, last := report.Problems[0].Line, report.Problems[99].Line; first != 2 || last != 101 {
		t.Errorf("kept lines %d to %d, want 2 to 101", first, last)
	}
}

// Problems that only the accounts on record show are reported together with
// those of the file alone.
func TestImportReportsAllKindsOfProblemsAtOnce(t *testing.T) {
	c := newClerk(t)
	c.mustAdd(t, NewAccount{ID: "1", Identifiers: []Identifier{username("lena")}})
	report := c.imported(t, false, "username,email,birthday", "lena,lena@example.com,", "boris,,never", "boris,,")
	want := []string{"2 username", "3 birthday", "4 username"}
	var got []string
	for _, p := range report.Problems {
		got = append(got, fmt.Sprint(p.Line, " ", p.Column))
	}
	if !slices.Equal(got, want) || report.Rejected != 3 {
		t.Errorf("problems %v, want %v", got, want)
	}
}

func FuzzReadAccountsFile(f *testing.F) {
	f.Add("id,email,birthday\n1,a@example.com,1990-12-31\n2,b,never\n")
	f.Add("\ufeffUsername;Phone\n\"a\nb\";+79991234567|\n")
	f.Add("email,password_hash\na@example.com,\"" + argonHash + "\"\n\"")
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file, err := readAccountsFile(t.Context(), strings.NewReader(text), importOptions(), validHash, time.Now(), folder)
		if err != nil {
			return
		}
		defer file.close()
		good, err := file.good.next(file.good.left)
		if err != nil {
			t.Fatal(err)
		}
		last := 1
		for _, l := range good {
			if l.number <= last || l.number > 1+strings.Count(text, "\n") || len(file.ids.lines(l.given.id)) > 0 && !file.ids.has(l.given.id, l.number) {
				t.Fatalf("line %d, of id %q, follows line %d", l.number, l.given.id, last)
			}
			last = l.number
		}
		for _, p := range append(file.wrong.first, file.repeated.first...) {
			if !file.bad.has(p.Line) || p.Wrong == "" || p.Mend == "" {
				t.Fatalf("the problem %+v of a line that is not bad", p)
			}
		}
		if bad := file.count - len(good); bad > file.bad.count {
			t.Fatalf("%d of %d lines are good, and %d bad", len(good), file.count, file.bad.count)
		}
	})
}
