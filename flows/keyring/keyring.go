// Package keyring seals what is kept and tags what is compared, with keys
// derived from the operator's secrets.
//
// # Model
//
// A keyring holds one or more secrets, newest first. From each it derives, by
// HKDF-SHA256 (RFC 5869) under a label for each purpose, a key that seals, a
// key that tags, and a public key id. It seals and tags with the newest secret
// only. What an older secret sealed opens as long as that secret is in the
// ring; what it tagged is recognised no more. A rotation puts a fresh secret in
// front and drops the old one once nothing sealed is older than the rotation.
//
// # The envelope
//
//	offset 0         1         5            17                   n-16      n
//	       +---------+---------+------------+--------------------+---------+
//	       | version | key id  | nonce      | ciphertext         | tag     |
//	       | 1 byte  | 4 bytes | 12 bytes   | as long as the text| 16 bytes|
//	       +---------+---------+------------+--------------------+---------+
//
// The text is sealed with AES-256-GCM. Version, key id and the caller's
// context are its additional data, so none of them can be exchanged. Nonces
// are random, which NIST SP 800-38D (section 8.3) bounds to 2^32 texts a key:
// rotate before that.
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
)

// MinSecret is the least length of a secret in bytes, the strength of the keys
// derived from it.
const MinSecret = 32

const (
	version   = 1
	keyIDSize = 4
	headSize  = 1 + keyIDSize
	keySize   = 32 // AES-256, and the output of SHA-256 for the tags
)

// The purposes of the derived keys. Changing one makes everything kept
// unreadable.
const (
	labelID   = "rekey/v1/key id"
	labelSeal = "rekey/v1/seal"
	labelMAC  = "rekey/v1/mac"
)

// Keyring seals, opens and tags. Build one with New. It is safe for concurrent
// use and implements flows.Sealer.
type Keyring struct {
	// Random is where nonces come from; nil is crypto/rand. Set it before first
	// use, in tests only: a nonce that repeats gives the key away.
	Random io.Reader

	keys []key // newest first
}

// key is what is derived from one secret.
type key struct {
	head []byte // version and key id
	aead cipher.AEAD
	macs *sync.Pool // of hash.Hash: keying one costs as much as a tag does
}

// New builds a keyring from secrets of at least MinSecret random bytes each,
// newest first. It does not keep them. The error names a secret by its place
// and never by its content.
func New(secrets ...[]byte) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, fmt.Errorf("no secret: give one of at least %d random bytes", MinSecret)
	}
	ring := &Keyring{}
	for i, secret := range secrets {
		if len(secret) < MinSecret {
			return nil, fmt.Errorf("secret %d has %d bytes: give at least %d random ones", i+1, len(secret), MinSecret)
		}
		k, err := newKey(secret)
		if err != nil {
			return nil, fmt.Errorf("deriving keys from secret %d: %w", i+1, err)
		}
		ring.keys = append(ring.keys, k)
	}
	return ring, nil
}

func newKey(secret []byte) (key, error) {
	id, idErr := hkdf.Key(sha256.New, secret, nil, labelID, keyIDSize)
	seal, sealErr := hkdf.Key(sha256.New, secret, nil, labelSeal, keySize)
	mac, macErr := hkdf.Key(sha256.New, secret, nil, labelMAC, keySize)
	if err := errors.Join(idErr, sealErr, macErr); err != nil {
		return key{}, err
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return key{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return key{}, err
	}
	macs := &sync.Pool{New: func() any { return hmac.New(sha256.New, mac) }}
	return key{head: append([]byte{version}, id...), aead: aead, macs: macs}, nil
}

// Seal encrypts plain, which it leaves as it is, under the newest secret. The
// result opens only with the same context. It fails only when randomness does.
func (r *Keyring) Seal(plain []byte, context string) ([]byte, error) {
	k := &r.keys[0]
	nonceEnd := headSize + k.aead.NonceSize()
	sealed := make([]byte, nonceEnd, nonceEnd+len(plain)+k.aead.Overhead())
	copy(sealed, k.head)
	nonce := sealed[headSize:]
	if _, err := io.ReadFull(r.random(), nonce); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	return k.aead.Seal(sealed, nonce, plain, k.additional(context)), nil
}

// Open decrypts what Seal gave for the same context, under any secret of the
// ring. It fails when sealed was altered, was sealed for another context, or
// was sealed under a secret that is not in the ring.
func (r *Keyring) Open(sealed []byte, context string) ([]byte, error) {
	known := false
	for i := range r.keys {
		k := &r.keys[i]
		if len(sealed) < headSize+k.aead.NonceSize() || string(sealed[:headSize]) != string(k.head) {
			continue
		}
		known = true
		nonce, text := sealed[headSize:][:k.aead.NonceSize()], sealed[headSize+k.aead.NonceSize():]
		if plain, err := k.aead.Open(nil, nonce, text, k.additional(context)); err == nil {
			return plain, nil
		}
	}
	if known {
		return nil, errors.New("opening a sealed text: it was altered or belongs elsewhere")
	}
	return nil, errors.New("opening a sealed text: it was sealed under a secret that is not configured, or is none")
}

// MAC tags parts under the newest secret with HMAC-SHA-256. Another purpose,
// another order or another division into parts gives another tag. The result
// has 32 bytes and is the caller's; compare tags with hmac.Equal.
func (r *Keyring) MAC(purpose string, parts ...string) []byte {
	return r.keys[0].tag(message(purpose, parts))
}

func (r *Keyring) random() io.Reader {
	if r.Random == nil {
		return rand.Reader
	}
	return r.Random
}

func (k *key) additional(context string) []byte {
	return append(k.head[:headSize:headSize], context...)
}

func (k *key) tag(message []byte) []byte {
	h := k.macs.Get().(hash.Hash)
	defer k.macs.Put(h)
	h.Reset()
	h.Write(message)
	return h.Sum(nil)
}

// message writes purpose and parts one after the other, each behind its length
// in 8 bytes, so that no two lists read the same.
func message(purpose string, parts []string) []byte {
	m := make([]byte, 0, 128)
	m = appendPart(m, purpose)
	for _, part := range parts {
		m = appendPart(m, part)
	}
	return m
}

func appendPart(m []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint64(m, uint64(len(part))), part...)
}
