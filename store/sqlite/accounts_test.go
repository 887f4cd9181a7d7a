package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAddGeneratesIDs(t *testing.T) {
	c := newClerk(t)
	c.Random = strings.NewReader("8 bytes.8 again.")
	for i, want := range []string{"382062797465732e", "3820616761696e2e"} {
		if got := c.mustAdd(t, NewAccount{Identifiers: []Identifier{username(fmt.Sprint("user", i))}}); got != want {
			t.Errorf("id %s, want %s", got, want)
		}
	}
	if _, err := c.Add(t.Context(), NewAccount{Identifiers: []Identifier{username("lena")}}); err == nil {
		t.Error("added without randomness")
	}
}

func TestAddRefuses(t *testing.T) {
	c := newClerk(t)
	c.mustAdd(t, NewAccount{ID: "1", Identifiers: []Identifier{username("lena"), email("lena@example.com")}})
	ids := []Identifier{username("boris")}
	for _, test := range []struct {
		name  string
		add   NewAccount
		taken bool
		says  string
	}{
		{"no identifier", NewAccount{}, false, "no identifier"},
		{"empty identifier", NewAccount{Identifiers: []Identifier{email("")}}, false, "is empty"},
		{"nothing to send to", NewAccount{Identifiers: []Identifier{email("lena@example.com").written("")}}, false, "is empty"},
		{"unknown kind", NewAccount{Identifiers: []Identifier{{"fax", "1", "1"}}}, false, `"fax"`},
		{"taken id", NewAccount{ID: "1", Identifiers: ids}, true, "id 1"},
		{"taken username", NewAccount{Identifiers: []Identifier{username("lena")}}, true, "username lena"},
		{"taken second username", NewAccount{Identifiers: []Identifier{username("boris"), username("lena")}}, true, "lena"},
		{"spaced id", NewAccount{ID: "a b", Identifiers: ids}, false, "id holds a space"},
		{"long id", NewAccount{ID: strings.Repeat("1", maxID+1), Identifiers: ids}, false, "id is too long"},
		{"long name", NewAccount{Name: strings.Repeat("я", maxName+1), Identifiers: ids}, false, "display_name is too long"},
		{"broken name", NewAccount{Name: "a\nb", Identifiers: ids}, false, "display_name holds"},
		{"no birthday", NewAccount{Birthday: "31.02.1990", Identifiers: ids}, false, "birthday is no date"},
		{"future birthday", NewAccount{Birthday: "2026-11-24", Identifiers: ids}, false, "birthday is in the future"},
		{"spreadsheet's zero", NewAccount{Birthday: "1899-12-30", Identifiers: ids}, false, "birthday is before 1900"},
		{"no language", NewAccount{Language: "русский", Identifiers: ids}, false, "language is no language tag"},
		{"long password", NewAccount{Password: bytes.Repeat([]byte("x"), 100), Identifiers: ids}, false, "hashing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, err := c.Add(t.Context(), test.add)
			if err == nil || id != "" {
				t.Fatalf("added as %q, %v", id, err)
			}
			if errors.Is(err, ErrTaken) != test.taken || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %q, want it to say %q", err, test.says)
			}
		})
	}
	if got := c.mustList(t, "", 10); len(got) != 1 {
		t.Errorf("a refused account was left behind: %v", got)
	}
}

func TestAddTakes(t *testing.T) {
	c := newClerk(t)
	for i, n := range []NewAccount{
		{ID: strings.Repeat("1", maxID)},
		{ID: "user@example.com/7"},
		{Name: strings.Repeat("я", maxName)},
		{Birthday: "2026-11-23"},
		{Birthday: "2024-02-29"},
		{Language: "pt_BR"},
		{Language: "zh-Hant-TW"},
		{Identifiers: []Identifier{email("shared@example.com")}},
		{Identifiers: []Identifier{email("shared@example.com"), email("shared@example.com").written("Shared@example.com")}},
	} {
		n.Identifiers = append(n.Identifiers, username(fmt.Sprint("user", i)))
		c.mustAdd(t, n)
	}
	if got := c.one(t, username("user5")).Language; got != "pt-BR" {
		t.Errorf("language %q, want pt-BR", got)
	}
	if got := len(c.find(t, email("shared@example.com"))); got != 2 {
		t.Errorf("%d accounts share the address, want 2", got)
	}
}

func TestAddGivesAUsernameOnce(t *testing.T) {
	c, path := newClerk(t), filepath.Join(t.TempDir(), "rekey.db")
	var added atomic.Int64
	var group sync.WaitGroup
	for range 2 {
		d := c.beside(t, path)
		for range 4 {
			group.Go(func() {
				_, err := d.Add(t.Context(), NewAccount{Identifiers: []Identifier{username("lena")}})
				switch {
				case err == nil:
					added.Add(1)
				case !errors.Is(err, ErrTaken):
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	if added.Load() != 1 {
		t.Errorf("added %d times", added.Load())
	}
}

func (c *clerk) mustList(t testing.TB, after string, limit int) []string {
	t.Helper()
	accounts, err := c.List(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestListPages(t *testing.T) {
	c := newClerk(t)
	for _, id := range []string{"c", "a", "e", "b", "d"} {
		c.mustAdd(t, NewAccount{ID: id, Identifiers: []Identifier{username(id), email(id + "@example.com"), phone("+7" + id)}})
	}
	for _, test := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 2, []string{"a", "b"}},
		{"b", 2, []string{"c", "d"}},
		{"d", 2, []string{"e"}},
		{"e", 2, []string{}},
		{"bb", 10, []string{"c", "d", "e"}},
		{"", 0, []string{}},
		{"", -1, []string{}},
	} {
		if got := c.mustList(t, test.after, test.limit); !reflect.DeepEqual(got, test.want) {
			t.Errorf("after %q, limit %d: %v, want %v", test.after, test.limit, got, test.want)
		}
	}
}

func TestDisableAndEnable(t *testing.T) {
	c := newClerk(t)
	c.mustAdd(t, NewAccount{ID: "1", Identifiers: []Identifier{username("lena"), email("family@example.com")}, Password: []byte("x")})
	c.mustAdd(t, NewAccount{ID: "2", Identifiers: []Identifier{username("boris"), email("family@example.com")}})
	for _, test := range []struct {
		name string
		by   Identifier
		do   func(kind, canonical string) (int, error)
		n    int
		want [2]bool
	}{
		{"disable one", username("lena"), c.disable(t), 1, [2]bool{true, false}},
		{"disable both", email("family@example.com"), c.disable(t), 2, [2]bool{true, true}},
		{"enable one", username("boris"), c.enable(t), 1, [2]bool{true, false}},
		{"enable both", email("family@example.com"), c.enable(t), 2, [2]bool{false, false}},
		{"disable nobody", username("nobody"), c.disable(t), 0, [2]bool{false, false}},
	} {
		c.now = c.now.Add(time.Minute)
		n, err := test.do(test.by.Kind, test.by.Canonical)
		if err != nil || n != test.n {
			t.Fatalf("%s: %d accounts, %v; want %d", test.name, n, err, test.n)
		}
		lena, boris := c.one(t, username("lena")), c.one(t, username("boris"))
		if got := [2]bool{lena.Disabled, boris.Disabled}; got != test.want {
			t.Errorf("%s: disabled %v, want %v", test.name, got, test.want)
		}
		if lena.AddressVersion != 1 || lena.CredentialVersion != 1 || lena.Addresses == nil {
			t.Errorf("%s: changed more than it should: %+v", test.name, lena)
		}
	}
}

func (c *clerk) disable(t testing.TB) func(string, string) (int, error) {
	return func(kind, canonical string) (int, error) { return c.Disable(t.Context(), kind, canonical) }
}

func (c *clerk) enable(t testing.TB) func(string, string) (int, error) {
	return func(kind, canonical string) (int, error) { return c.Enable(t.Context(), kind, canonical) }
}
