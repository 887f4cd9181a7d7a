package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"rekey/flows"
)

// clerk is a directory in a file of its own, with real hashes that cost little.
type clerk struct {
	*Directory
	now      time.Time
	verified atomic.Int64 // how often a password was verified
}

func newClerk(t testing.TB) *clerk {
	t.Helper()
	c := &clerk{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "rekey.db"), func() time.Time { return c.now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c.Directory = NewDirectory(db, Passwords{Hash: hashFast, Verify: c.verify, Valid: validHash})
	return c
}

// beside opens another directory, as another process would.
func (c *clerk) beside(t testing.TB, path string) *Directory {
	t.Helper()
	db, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return NewDirectory(db, c.passwords)
}

func hashFast(_ context.Context, _ string, password []byte) (string, error) {
	phc, err := bcrypt.GenerateFromPassword(password, bcrypt.MinCost)
	return string(phc), err
}

func (c *clerk) verify(_ context.Context, phc string, password []byte) (bool, error) {
	c.verified.Add(1)
	if phc == "" {
		return true, nil // even a careless verifier must not let an account without password in
	}
	err := bcrypt.CompareHashAndPassword([]byte(phc), password)
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}

func validHash(phc string) error {
	if strings.HasPrefix(phc, "$argon2id$") {
		return nil
	}
	if _, err := bcrypt.Cost([]byte(phc)); err != nil {
		return errors.New("it is neither Argon2id nor bcrypt")
	}
	return nil
}

func email(address string) Identifier     { return Identifier{kindEmail, address, address} }
func phone(number string) Identifier      { return Identifier{kindPhone, number, number} }
func username(username string) Identifier { return Identifier{kindUsername, username, username} }

// written gives i as it stands on record in other letters.
func (i Identifier) written(so string) Identifier {
	i.Written = so
	return i
}

func (c *clerk) mustAdd(t testing.TB, n NewAccount) string {
	t.Helper()
	id, err := c.Add(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// find gives the accounts with an identifier.
func (c *clerk) find(t testing.TB, i Identifier) []flows.Account {
	t.Helper()
	found, err := c.Find(t.Context(), i.Kind, i.Canonical)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// one gives the only account with an identifier.
func (c *clerk) one(t testing.TB, i Identifier) flows.Account {
	t.Helper()
	found := c.find(t, i)
	if len(found) != 1 {
		t.Fatalf("%d accounts have %v, want 1", len(found), i)
	}
	return found[0]
}

func TestFind(t *testing.T) {
	c := newClerk(t)
	id := c.mustAdd(t, NewAccount{
		Name: "Lena", Birthday: "31.12.1990", Language: "ru",
		Identifiers: []Identifier{
			phone("+79991234567"), email("lena@example.com").written("Lena@example.com"), username("lena").written("LenA"),
			email("lena@work.example"), username("elena"),
		},
		Password: []byte("first password"),
	})
	want := flows.Account{
		ID: id, Name: "Lena", Username: "LenA", Birthday: "1990-12-31", Language: "ru",
		Addresses: []flows.Address{
			{Channel: flows.Email, Canonical: "lena@example.com", Value: "Lena@example.com"},
			{Channel: flows.Email, Canonical: "lena@work.example", Value: "lena@work.example"},
			{Channel: flows.SMS, Canonical: "+79991234567", Value: "+79991234567"},
		},
		AddressVersion: 1, CredentialVersion: 1, PasswordChanged: c.now,
	}
	for _, i := range []Identifier{
		phone("+79991234567"), email("lena@example.com"), email("lena@work.example"), username("lena"), username("elena"),
	} {
		if got := c.one(t, i); !reflect.DeepEqual(got, want) {
			t.Errorf("%v:\n got %+v\nwant %+v", i, got, want)
		}
	}
	for _, i := range []Identifier{
		email("lena"), username("lena@example.com"), email("Lena@example.com"), email("lena@example.com "), {}, phone("lena"),
	} {
		if got := c.find(t, i); len(got) != 0 {
			t.Errorf("%v finds %v", i, got)
		}
	}
}

func TestFindGivesDisabledAndSharing(t *testing.T) {
	c := newClerk(t)
	for _, n := range []NewAccount{{ID: "b"}, {ID: "a", Disabled: true}, {ID: "c"}} {
		n.Identifiers = []Identifier{email("family@example.com"), username(n.ID)}
		c.mustAdd(t, n)
	}
	var got []string
	for _, a := range c.find(t, email("family@example.com")) {
		got = append(got, fmt.Sprint(a.ID, a.Disabled))
	}
	if want := "atrue bfalse cfalse"; strings.Join(got, " ") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestSignIn(t *testing.T) {
	c := newClerk(t)
	shared := email("family@example.com")
	for _, n := range []NewAccount{
		{ID: "1", Password: []byte("one")},
		{ID: "2", Password: []byte("two"), Disabled: true},
		{ID: "3"},
		{ID: "4", Password: []byte("four")},
		{ID: "5", Password: []byte("five")},
		{ID: "6", Password: []byte("six")},
	} {
		n.Identifiers = []Identifier{shared, username("user" + n.ID)}
		c.mustAdd(t, n)
	}
	for _, test := range []struct {
		name     string
		by       Identifier
		password string
		want     string // the account's id
		verified int64
	}{
		{"right", username("user1"), "one", "1", 1},
		{"wrong", username("user1"), "two", "", 1},
		{"empty", username("user1"), "", "", 1},
		{"unknown", username("nobody"), "one", "", 1},
		{"disabled", username("user2"), "two", "", 1},
		{"no password yet", username("user3"), "", "", 1},
		{"first of several", shared, "one", "1", 1},
		{"third of several that can sign in", shared, "five", "5", 3},
		{"disabled among several", shared, "two", "", 3},
		{"fourth of several", shared, "six", "", 3},
		{"fourth by username", username("user6"), "six", "6", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := c.verified.Load()
			got, ok, err := c.SignIn(t.Context(), test.by.Kind, test.by.Canonical, []byte(test.password))
			if err != nil || ok != (test.want != "") || got.ID != test.want {
				t.Errorf("account %q, %v, %v; want %q", got.ID, ok, err, test.want)
			}
			if n := c.verified.Load() - before; n != test.verified {
				t.Errorf("verified %d times, want %d", n, test.verified)
			}
		})
	}
}

func TestSignInReportsWhatBreaks(t *testing.T) {
	c := newClerk(t)
	c.mustAdd(t, NewAccount{Identifiers: []Identifier{username("lena")}, Password: []byte("right")})
	broken := errors.New("no memory")
	c.passwords.Verify = func(context.Context, string, []byte) (bool, error) { return true, broken }
	if _, ok, err := c.SignIn(t.Context(), kindUsername, "lena", []byte("right")); ok || !errors.Is(err, broken) {
		t.Fatalf("signed in: %v, %v", ok, err)
	}
}

func TestSessionsValidAfter(t *testing.T) {
	c := newClerk(t)
	c.mustAdd(t, NewAccount{ID: "1", Identifiers: []Identifier{username("lena")}})
	check := func(id string, want time.Time, wantOK bool) {
		t.Helper()
		got, ok, err := c.SessionsValidAfter(t.Context(), id)
		if err != nil || ok != wantOK || !got.Equal(want) {
			t.Fatalf("account %s: %v, %v, %v; want %v, %v", id, got, ok, err, want, wantOK)
		}
	}
	check("1", time.Time{}, true)
	check("2", time.Time{}, false)
	disabled := c.now
	for range 2 { // the second time changes nothing
		if _, err := c.Disable(t.Context(), kindUsername, "lena"); err != nil {
			t.Fatal(err)
		}
		check("1", time.Time{}, false)
		c.now = c.now.Add(time.Hour)
	}
	if _, err := c.Enable(t.Context(), kindUsername, "lena"); err != nil {
		t.Fatal(err)
	}
	check("1", disabled, true)
}

func TestDirectoryFailsClosed(t *testing.T) {
	c := newClerk(t)
	c.mustAdd(t, NewAccount{ID: "1", Identifiers: []Identifier{username("lena")}, Password: []byte("right")})
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), kindUsername, "lena"); err == nil {
		t.Error("Find answers without its file")
	}
	if _, ok, err := c.SignIn(t.Context(), kindUsername, "lena", []byte("right")); ok || err == nil {
		t.Error("SignIn answers without its file")
	}
	if _, ok, err := c.SessionsValidAfter(t.Context(), "1"); ok || err == nil {
		t.Error("SessionsValidAfter answers without its file")
	}
}

func BenchmarkFind(b *testing.B) {
	c := newClerk(b)
	for i := range 1000 {
		c.mustAdd(b, NewAccount{Identifiers: []Identifier{
			username(fmt.Sprint("user", i)), email(fmt.Sprint("user", i, "@example.com")), phone(fmt.Sprint("+7999", i)),
		}})
	}
	for b.Loop() {
		if found, err := c.Find(b.Context(), kindEmail, "user500@example.com"); err != nil || len(found) != 1 {
			b.Fatal(len(found), err)
		}
	}
}
