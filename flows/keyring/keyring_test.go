package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"rekey/flows"
)

var _ flows.Sealer = (*Keyring)(nil)

func secret(fill byte) []byte { return bytes.Repeat([]byte{fill}, MinSecret) }

func mustNew(t testing.TB, secrets ...[]byte) *Keyring {
	t.Helper()
	ring, err := New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func mustSeal(t testing.TB, ring *Keyring, plain, context string) []byte {
	t.Helper()
	sealed, err := ring.Seal([]byte(plain), context)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestNewRefusesWeakSecrets(t *testing.T) {
	for name, secrets := range map[string][][]byte{
		"none":         nil,
		"empty":        {{}},
		"short":        {secret(1)[1:]},
		"short second": {secret(1), secret(2)[1:]},
	} {
		if _, err := New(secrets...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNewKeepsNoSecret(t *testing.T) {
	given := secret(1)
	ring := mustNew(t, given)
	sealed, tag := mustSeal(t, ring, "text", "here"), ring.MAC("p")
	clear(given)
	if _, err := ring.Open(sealed, "here"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(tag, ring.MAC("p")) {
		t.Fatal("the tag changed with the caller's slice")
	}
}

// The envelope and the labels are on disk: this pins them.
func TestKeptFormat(t *testing.T) {
	ring := mustNew(t, secret(7))
	ring.Random = strings.NewReader("twelve bytes")
	got := hex.EncodeToString(mustSeal(t, ring, "a text", "a place"))
	if want := "01" + wantKeyID + hex.EncodeToString([]byte("twelve bytes")) + wantSealed; got != want {
		t.Errorf("sealed\n %s, want\n %s", got, want)
	}
	if got := hex.EncodeToString(ring.MAC("code", "a", "b")); got != wantTag {
		t.Errorf("tag %s, want %s", got, wantTag)
	}
}

// Computed from RFC 5869, RFC 2104 and SP 800-38D by another implementation
// for the secret of 32 bytes 07.
const (
	wantKeyID  = "be316c86"
	wantSealed = "f90949a977e08c1d8a150b9fd8c67139b6fdf8a33296"
	wantTag    = "d5e51ebbd4f3fe0b40d82fa1b2b11217d7882d6fcea66711f0a8599b758f0a97"
)

func TestSealOpens(t *testing.T) {
	ring := mustNew(t, secret(1))
	for _, plain := range []string{"", "x", strings.Repeat("long ", 10_000)} {
		got, err := ring.Open(mustSeal(t, ring, plain, "chat:7"), "chat:7")
		if err != nil || string(got) != plain {
			t.Errorf("%d bytes: got %d, %v", len(plain), len(got), err)
		}
	}
}

func TestSealNeverRepeats(t *testing.T) {
	ring := mustNew(t, secret(1))
	if bytes.Equal(mustSeal(t, ring, "text", ""), mustSeal(t, ring, "text", "")) {
		t.Fatal("the same text sealed twice gives the same bytes")
	}
}

func TestOpenRefuses(t *testing.T) {
	ring := mustNew(t, secret(1))
	sealed := mustSeal(t, ring, "text", "here")
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := ring.Open(altered, "here"); err == nil {
			t.Errorf("opened with byte %d altered", i)
		}
	}
	for n := range sealed {
		if _, err := ring.Open(sealed[:n], "here"); err == nil {
			t.Errorf("opened when cut to %d bytes", n)
		}
	}
	for _, context := range []string{"", "her", "heres", "Here"} {
		if _, err := ring.Open(sealed, context); err == nil {
			t.Errorf("opened for context %q", context)
		}
	}
	if _, err := mustNew(t, secret(2)).Open(sealed, "here"); err == nil {
		t.Error("opened with another secret")
	}
}

// A forged head must not open even where the key is the right one.
func TestHeadIsAuthenticated(t *testing.T) {
	ring := mustNew(t, secret(1))
	k := ring.keys[0]
	nonce := make([]byte, k.aead.NonceSize())
	bare := k.aead.Seal(append(bytes.Clone(k.head), nonce...), nonce, []byte("text"), []byte("here"))
	if _, err := ring.Open(bare, "here"); err == nil {
		t.Fatal("opened without the head in the additional data")
	}
}

func TestRotation(t *testing.T) {
	before := mustNew(t, secret(1))
	after := mustNew(t, secret(2), secret(1))
	sealed := mustSeal(t, before, "text", "here")
	if got, err := after.Open(sealed, "here"); err != nil || string(got) != "text" {
		t.Fatalf("the older secret's text: %q, %v", got, err)
	}
	if _, err := before.Open(mustSeal(t, after, "text", "here"), "here"); err == nil {
		t.Fatal("the ring seals with an older secret")
	}
	if newest := mustNew(t, secret(2)); !bytes.Equal(after.MAC("code", "1"), newest.MAC("code", "1")) {
		t.Fatal("the ring tags with an older secret")
	}
}

// Two secrets with the same key id are possible, if rarely.
func TestOpenTriesEveryKeyWithTheID(t *testing.T) {
	ring := mustNew(t, secret(1), secret(2))
	ring.keys[0].head = ring.keys[1].head
	block, err := aes.NewCipher(secret(3))
	if err != nil {
		t.Fatal(err)
	}
	if ring.keys[0].aead, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Open(mustSeal(t, mustNew(t, secret(2)), "text", ""), ""); err != nil {
		t.Fatal(err)
	}
}

func TestMACIsUnambiguous(t *testing.T) {
	ring := mustNew(t, secret(1))
	seen := map[string]string{}
	for _, list := range [][]string{
		{"p"}, {"p", ""}, {"p", "", ""}, {"", "p"}, {"p", "a"}, {"p", "a", "b"}, {"p", "b", "a"}, {"p", "ab"},
		{"p", "ab", ""}, {"p", "", "ab"}, {"pa", "b"}, {"p\x00a", "b"}, {"p", "a\x00b"},
		{"p", "a\x00\x00\x00\x00\x00\x00\x00\x01b"},
	} {
		tag := string(ring.MAC(list[0], list[1:]...))
		name := fmt.Sprintf("%q", list)
		if other, ok := seen[tag]; ok {
			t.Errorf("%s and %s have the same tag", name, other)
		}
		seen[tag] = name
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestSealFailsWithoutRandomness(t *testing.T) {
	ring := mustNew(t, secret(1))
	ring.Random = broken{}
	if _, err := ring.Seal([]byte("text"), ""); err == nil {
		t.Fatal("sealed without a nonce")
	}
}

func TestConcurrentUse(t *testing.T) {
	ring := mustNew(t, secret(2), secret(1))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			context := fmt.Sprint("place ", i)
			for range 200 {
				sealed, err := ring.Seal([]byte(context), context)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := ring.Open(sealed, context); err != nil || string(got) != context {
					t.Errorf("%q, %v", got, err)
				}
				ring.MAC("p", context)
			}
		})
	}
	group.Wait()
}

func FuzzOpen(f *testing.F) {
	ring := mustNew(f, secret(1))
	ring.Random = strings.NewReader("twelve bytes") // the same text in every fuzzing process
	genuine := mustSeal(f, ring, "text", "here")
	f.Add(genuine, "here")
	f.Add([]byte{}, "")
	f.Fuzz(func(t *testing.T, sealed []byte, context string) {
		_, err := ring.Open(sealed, context)
		if opened := err == nil; opened != (context == "here" && bytes.Equal(sealed, genuine)) {
			t.Fatalf("opened: %v", opened)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	ring, plain := mustNew(b, secret(1)), make([]byte, 600)
	for b.Loop() {
		if _, err := ring.Seal(plain, "conversation:123456789"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	ring := mustNew(b, secret(1))
	for b.Loop() {
		ring.MAC("code", "recovery", "chat", "12345678")
	}
}
