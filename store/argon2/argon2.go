// Package argon2 hashes passwords with Argon2id and verifies Argon2id and
// bcrypt hashes, a few at a time.
//
// # Model
//
// A hash is made to be slow and large: at the default parameters it takes 64
// MiB and four cores. A Hasher therefore owns a fixed number of slots, and every
// hash and every verification waits for one in a first-come queue. One key (a
// chat) waits there at most once, so that nobody fills the queue alone, and when
// the wait would be long the Hasher says ErrBusy at once instead of letting a
// person wait for an answer that comes too late.
//
// Hashes are written in the PHC string format,
//
//	$argon2id$v=19$m=65536,t=3,p=4$<salt>$<tag>
//
// with a 16-byte salt and a 32-byte tag in unpadded base64 (RFC 9106). Hashes
// from elsewhere are verified within bounds, so that one planted or mistaken
// hash cannot take all memory.
package argon2

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

const (
	// BcryptMax is the longest password that bcrypt hashes whole, in bytes.
	BcryptMax = 72

	saltBytes = 16
	tagBytes  = 32
)

// ErrBusy says that no slot will be free soon enough, or that the key already
// waits for one. Nothing was computed; trying again later is right.
var ErrBusy = errors.New("too many passwords are being hashed")

// Options are the settings of a Hasher that have a default.
type Options struct {
	// MaxWait is the longest estimated wait in the queue; a longer one is
	// ErrBusy. Default: 20 s.
	MaxWait time.Duration
	// Slots is how many hashes run at once. Default: the number of cores that
	// the process may use, divided by the threads of a hash, at least 1. With
	// Memory, no more than fit.
	Slots int
	// Memory is how many bytes hashes may take together, together with what
	// earlier ones left to the garbage collector. Default: no bound.
	Memory int64
	// Rand gives salts. Default: crypto/rand.
	Rand io.Reader
	// Now is the clock by which hashes are timed. Default: time.Now.
	Now func() time.Time
}

// Hasher hashes and verifies passwords. It is safe for concurrent use.
type Hasher struct {
	params Params
	slots  *slots
	memory memory
	rand   io.Reader
	now    func() time.Time
}

// New returns a Hasher that makes hashes with p; the zero Params stand for
// Default. It refuses parameters that Verify would refuse, and those of which
// not one hash fits into Options.Memory.
func New(p Params, o Options) (*Hasher, error) {
	if p == (Params{}) {
		p = Default()
	}
	if err := p.bounded(); err != nil {
		return nil, err
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 20 * time.Second
	}
	if o.Slots <= 0 {
		o.Slots = max(1, runtime.GOMAXPROCS(0)/int(p.Threads))
	}
	if o.Memory > 0 {
		o.Slots = int(min(int64(o.Slots), o.Memory/p.Bytes()))
	}
	if o.Slots == 0 {
		return nil, fmt.Errorf("a hash with %s takes %d MiB, and there are %d", p, p.Bytes()>>20, o.Memory>>20)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Hasher{
		params: p, slots: newSlots(o.Slots, o.MaxWait, p.estimate()), memory: memory{most: o.Memory}, rand: o.Rand, now: o.Now,
	}, nil
}

// Slots tells how many hashes run at once.
func (h *Hasher) Slots() int { return h.slots.total }

// Hash returns the PHC string of password with a fresh salt. Key names who asks
// (a chat): while it waits in the queue, a second entry of it is ErrBusy; an
// empty key may wait any number of times. A done ctx ends the waiting, not the
// hashing. The password is neither changed nor kept.
func (h *Hasher) Hash(ctx context.Context, key string, password []byte) (string, error) {
	hash := argon2id{Params: h.params, salt: make([]byte, saltBytes)}
	if _, err := io.ReadFull(h.rand, hash.salt); err != nil {
		return "", fmt.Errorf("reading a salt: %w", err)
	}
	err := h.run(ctx, key, func() error {
		hash.tag = h.derive(hash, password, tagBytes)
		return nil
	})
	if err != nil {
		return "", err
	}
	return hash.String(), nil
}

// Verify reports whether password is the one of a PHC string. An empty string,
// an account without a password, is false after the same work as a hash. A
// password over BcryptMax bytes is never the one of a bcrypt hash. An error is
// ErrBusy, that of ctx, or a hash that ValidHash refuses.
func (h *Hasher) Verify(ctx context.Context, phc string, password []byte) (bool, error) {
	matches, err := h.verifier(phc)
	if err != nil {
		return false, err
	}
	var ok bool
	err = h.run(ctx, "", func() (err error) {
		ok, err = matches(password)
		return err
	})
	return ok, err
}

// ValidHash returns an error that says why Verify cannot use a PHC string, or
// nil when it can. It does not hash, and its error does not show the hash.
func ValidHash(phc string) error {
	if isBcrypt(phc) {
		return validBcrypt(phc)
	}
	_, err := parseArgon2id(phc)
	return err
}

// verifier returns the comparison with a PHC string, to be run in a slot.
func (h *Hasher) verifier(phc string) (func(password []byte) (bool, error), error) {
	switch {
	case phc == "":
		return h.refuse, nil
	case isBcrypt(phc):
		return func(password []byte) (bool, error) { return matchesBcrypt(phc, password) }, validBcrypt(phc)
	}
	hash, err := parseArgon2id(phc)
	return func(password []byte) (bool, error) { return h.matches(hash, password), nil }, err
}

// refuse does the work of a comparison that fails.
func (h *Hasher) refuse(password []byte) (bool, error) {
	none := argon2id{Params: h.params, salt: make([]byte, saltBytes)}
	h.derive(none, password, tagBytes)
	return false, nil
}

// run waits for a slot and does work in it.
func (h *Hasher) run(ctx context.Context, key string, work func() error) error {
	if err := h.slots.acquire(ctx, key); err != nil {
		return err
	}
	began := h.now()
	defer func() { h.slots.release(h.now().Sub(began)) }()
	return work()
}

// derive makes the tag, in the memory that there is for it.
func (h *Hasher) derive(a argon2id, password []byte, length uint32) []byte {
	h.memory.take(a.Bytes())
	defer h.memory.leave(a.Bytes())
	return argon2.IDKey(password, a.salt, a.Time, a.MemoryKiB, a.Threads, length)
}

func (h *Hasher) matches(a argon2id, password []byte) bool {
	return subtle.ConstantTimeCompare(h.derive(a, password, uint32(len(a.tag))), a.tag) == 1
}

func matchesBcrypt(phc string, password []byte) (bool, error) {
	tooLong := len(password) > BcryptMax
	if tooLong {
		password = password[:BcryptMax]
	}
	err := bcrypt.CompareHashAndPassword([]byte(phc), password)
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil && !tooLong, err
}
