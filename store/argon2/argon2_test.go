package argon2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// trivial are parameters that cost nothing.
func trivial() Params { return Params{MemoryKiB: 8, Time: 1, Threads: 1} }

func newHasher(t testing.TB, p Params, o Options) *Hasher {
	t.Helper()
	h, err := New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustHash(t testing.TB, h *Hasher, password string) string {
	t.Helper()
	phc, err := h.Hash(t.Context(), "", []byte(password))
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

func TestHashAndVerify(t *testing.T) {
	h := newHasher(t, Params{MemoryKiB: 64, Time: 2, Threads: 2}, Options{})
	for _, password := range []string{"Tulip#84kw", "", " ", "\x00", "хвоя", strings.Repeat("ж", 256)} {
		phc := mustHash(t, h, password)
		if !strings.HasPrefix(phc, "$argon2id$v=19$m=64,t=2,p=2$") {
			t.Errorf("hash = %s", phc)
		}
		if err := ValidHash(phc); err != nil {
			t.Errorf("ValidHash(%s): %v", phc, err)
		}
		for typed, want := range map[string]bool{password: true, password + "x": false, "x" + password: false} {
			if ok, err := h.Verify(t.Context(), phc, []byte(typed)); ok != want || err != nil {
				t.Errorf("Verify(%q) of %q = %v, %v", typed, password, ok, err)
			}
		}
		if mustHash(t, h, password) == phc {
			t.Errorf("two hashes of %q have one salt", password)
		}
	}
}

// The Argon2id strings are the test values of the reference implementation,
// the bcrypt ones those of Openwall's crypt_blowfish.
func TestVerifyKnownHashes(t *testing.T) {
	h := newHasher(t, trivial(), Options{})
	known := []struct{ phc, password string }{
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
		{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
		{"$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
	}
	for _, k := range known {
		if ok, err := h.Verify(t.Context(), k.phc, []byte(k.password)); !ok || err != nil {
			t.Errorf("Verify(%s) of its password = %v, %v", k.phc, ok, err)
		}
		if ok, err := h.Verify(t.Context(), k.phc, []byte(k.password+"!")); ok || err != nil {
			t.Errorf("Verify(%s) of another password = %v, %v", k.phc, ok, err)
		}
	}
}

func TestVerifyNeverTruncatesForBcrypt(t *testing.T) {
	h := newHasher(t, trivial(), Options{})
	whole := bytes.Repeat([]byte("a"), BcryptMax)
	phc, err := bcrypt.GenerateFromPassword(whole, bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := h.Verify(t.Context(), string(phc), whole); !ok || err != nil {
		t.Errorf("Verify of 72 bytes = %v, %v", ok, err)
	}
	if ok, err := h.Verify(t.Context(), string(phc), append(whole, 'a')); ok || err != nil {
		t.Errorf("Verify of 73 bytes = %v, %v", ok, err)
	}
}

// ticker is a clock that moves a second at every look, which shows that work
// was timed and therefore done in a slot.
func ticker() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestVerifyWithoutHash(t *testing.T) {
	h := newHasher(t, trivial(), Options{Now: ticker()})
	before := h.slots.mean
	if ok, err := h.Verify(t.Context(), "", nil); ok || err != nil {
		t.Errorf("Verify of the empty password = %v, %v", ok, err)
	}
	if h.slots.mean == before {
		t.Error("no work was done for an account without a hash")
	}
	if err := ValidHash(""); err == nil {
		t.Error("the empty hash is valid")
	}
}

func TestVerifyRefusesInvalidHashesUntimed(t *testing.T) {
	h := newHasher(t, trivial(), Options{})
	for _, phc := range []string{"plain", "$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$" + strings.Repeat("A", 22), "$2b$31$" + strings.Repeat("a", 53)} {
		if ok, err := h.Verify(t.Context(), phc, []byte("x")); ok || err == nil {
			t.Errorf("Verify(%s) = %v, %v", phc, ok, err)
		}
	}
}

func TestHashSaltComesFromRand(t *testing.T) {
	a := mustHash(t, newHasher(t, trivial(), Options{Rand: strings.NewReader("0123456789abcdef")}), "x")
	b := mustHash(t, newHasher(t, trivial(), Options{Rand: strings.NewReader("0123456789abcdef")}), "x")
	if a != b || !strings.Contains(a, "$"+b64.EncodeToString([]byte("0123456789abcdef"))+"$") {
		t.Errorf("hashes with one salt = %s and %s", a, b)
	}
	broken := errors.New("no entropy")
	for name, reader := range map[string]io.Reader{"Error": iotest.ErrReader(broken), "Short": strings.NewReader("123")} {
		h := newHasher(t, trivial(), Options{Rand: reader})
		if phc, err := h.Hash(t.Context(), "", []byte("x")); phc != "" || err == nil {
			t.Errorf("%s: Hash = %q, %v", name, phc, err)
		}
	}
}

func TestNew(t *testing.T) {
	if h := newHasher(t, Params{}, Options{}); h.params != Default() {
		t.Errorf("the zero Params hash with %s", h.params)
	}
	for _, p := range []Params{{MemoryKiB: 8, Time: 1}, {Threads: 1, Time: 1}, {MemoryKiB: 8, Threads: 1}, {MemoryKiB: 8, Time: 1, Threads: 2}, {MemoryKiB: maxMemoryKiB + 1, Time: 1, Threads: 1}} {
		if _, err := New(p, Options{}); err == nil {
			t.Errorf("New(%s) is no error", p)
		}
	}
}

func TestHashConcurrently(t *testing.T) {
	h := newHasher(t, trivial(), Options{Slots: 2, MaxWait: time.Hour})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			password := []byte{byte(i)}
			phc, err := h.Hash(t.Context(), string(password), password)
			if err != nil {
				t.Error(err)
				return
			}
			if ok, err := h.Verify(t.Context(), phc, password); !ok || err != nil {
				t.Errorf("Verify = %v, %v", ok, err)
			}
		})
	}
	all.Wait()
	if h.slots.free != 2 || len(h.slots.queue) != 0 {
		t.Errorf("%d slots are free and %d wait", h.slots.free, len(h.slots.queue))
	}
}

func TestHashBusyAndCancelled(t *testing.T) {
	h := newHasher(t, trivial(), Options{Slots: 1, MaxWait: time.Nanosecond})
	if err := h.slots.acquire(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	if phc, err := h.Hash(t.Context(), "chat", []byte("x")); phc != "" || !errors.Is(err, ErrBusy) {
		t.Errorf("Hash = %q, %v", phc, err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(done, "chat", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash with a done context: %v", err)
	}
}

func BenchmarkHash(b *testing.B) {
	for _, p := range []Params{trivial(), {MemoryKiB: 19 * 1024, Time: 2, Threads: 1}, Default()} {
		b.Run(p.String(), func(b *testing.B) {
			h := newHasher(b, p, Options{})
			b.ReportAllocs()
			for b.Loop() {
				mustHash(b, h, "Tulip#84kw")
			}
		})
	}
}

func BenchmarkValidHash(b *testing.B) {
	phc := mustHash(b, newHasher(b, trivial(), Options{}), "Tulip#84kw")
	for b.Loop() {
		if err := ValidHash(phc); err != nil {
			b.Fatal(err)
		}
	}
}
