package flows

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must not reach a log, an error or a queue in the clear:
// what a person typed, a code, a password. It prints itself as "[redacted]"
// in every format; encoding it as JSON is an error of the program and gives
// the same word.
type Secret string

// Reveal gives the text itself. Only the code that needs it calls it.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer and hides the text.
func (s Secret) String() string { return redacted }

// Format implements fmt.Formatter, so that no verb prints the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements slog.LogValuer and hides the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler and hides the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
