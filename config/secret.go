package config

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that must not reach a log or an error: a token, a key, a URL
// with a password. Whatever prints or encodes it gets "[redacted]".
type Secret string

// Reveal gives the text itself. Only the code that needs it calls it.
func (s Secret) Reveal() string { return string(s) }

// String implements [fmt.Stringer] and hides the text.
func (s Secret) String() string { return redacted }

// GoString implements [fmt.GoStringer] and hides the text.
func (s Secret) GoString() string { return redacted }

// Format implements [fmt.Formatter], so that no verb prints the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements [slog.LogValuer] and hides the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too, and
// hides the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Secrets are keys, newest first: the first seals, every one opens.
type Secrets []Secret

// Reveal gives fresh copies of the keys themselves, newest first.
func (s Secrets) Reveal() [][]byte {
	keys := make([][]byte, len(s))
	for i, secret := range s {
		keys[i] = []byte(secret)
	}
	return keys
}
