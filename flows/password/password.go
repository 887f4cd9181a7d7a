// Package password is the policy for new passwords: what they need, what they
// may not be, and every reason why one is refused.
//
// # Model
//
// A Policy is a preset, narrowed by the limits of the directory that will keep
// the password. Check measures a candidate byte for byte as it arrives (no
// trimming, no normalisation, because the service's sign-in does neither) and
// returns all its faults at once, so that a person mends them in one go. What
// Telegram takes from a message on the way is not to be known here.
//
// Length and composition follow the preset. The rest is what guessers try
// first, and holds for both presets:
//
//   - common passwords, also with the usual decoration ("P@ssw0rd2024!") and
//     typed in the other of the Russian and English keyboard layouts;
//   - rows and repetitions ("aaaa1111!", "Ab1!Ab1!");
//   - what is known of the person and the service: name, birthday,
//     identifiers, brand.
//
// Common passwords are refused as a whole only: a phrase may contain one. The
// name, the birthday and the identifiers of the person are refused wherever
// they stand. So is what nobody could type again at the sign-in, because it
// cannot be seen; what a visible character needs beside it stays.
//
// All functions are pure and safe for concurrent use. Candidates are neither
// kept nor returned.
package password

import "unicode/utf8"

// Preset names a set of rules. Its values are configuration and never change
// meaning. The zero Preset is Classic.
type Preset string

// The presets.
const (
	// Classic asks for 8 code points with letters, digits and symbols, as
	// users of web shops know it.
	Classic Preset = "classic"
	// NIST asks for 15 code points of any kind (NIST SP 800-63B-4, section
	// 3.1.1.2, for a password that is the only factor).
	NIST Preset = "nist"
)

// MaxLength is the longest password of every preset, in code points.
const MaxLength = 256

// Policy says which passwords are accepted. The zero Policy is Classic without
// a limit in bytes.
type Policy struct {
	Preset Preset
	// MaxBytes is the directory's own limit in bytes of UTF-8 (72 for bcrypt),
	// or 0 when it has none.
	MaxBytes int
	// Brand is the name of the service, or empty.
	Brand string
}

// MinLength returns the shortest password in code points.
func (p Policy) MinLength() int {
	if p.Preset == NIST {
		return 15
	}
	return 8
}

// NeedsMix reports whether a password needs a letter, a digit and a symbol.
func (p Policy) NeedsMix() bool { return p.Preset != NIST }

// Person is what is known about the owner of an account. Every field may be
// empty.
type Person struct {
	// Names are the person's names, whole or in parts.
	Names []string
	// Birthday is written YYYY-MM-DD; another form counts as unknown.
	Birthday string
	// Identifiers are email addresses, numbers in E.164 and usernames.
	Identifiers []string
}

// Reason says why a password is refused. It is a closed set, listed by Reasons;
// its values are stored and never change meaning.
type Reason string

// The reasons.
const (
	TooShort           Reason = "too_short"
	TooLong            Reason = "too_long" // in code points, or in bytes for the directory
	NeedsLetter        Reason = "needs_letter"
	NeedsNumber        Reason = "needs_number"
	NeedsSymbol        Reason = "needs_symbol"
	ControlCharacter   Reason = "control_character" // also others that cannot be seen or typed again
	TooCommon          Reason = "too_common"
	CommonDecorated    Reason = "common_decorated" // a common password with digits and symbols around it
	Sequence           Reason = "sequence"
	ContainsName       Reason = "contains_name"
	ContainsBirthday   Reason = "contains_birthday"
	ContainsIdentifier Reason = "contains_identifier"
	ContainsBrand      Reason = "contains_brand"
)

// Reasons returns every reason in the order in which Check reports them. The
// slice is the caller's.
func Reasons() []Reason {
	return []Reason{
		TooShort, TooLong, NeedsLetter, NeedsNumber, NeedsSymbol, ControlCharacter,
		TooCommon, CommonDecorated, Sequence, ContainsName, ContainsBirthday, ContainsIdentifier, ContainsBrand,
	}
}

// Check returns every reason to refuse candidate as the password of who, in the
// order of Reasons, and none when it is accepted. Of a candidate over MaxLength
// it says only that. It takes under a millisecond.
func (p Policy) Check(candidate string, who Person) []Reason {
	length := utf8.RuneCountInString(candidate)
	if length > MaxLength {
		return []Reason{TooLong}
	}
	mix := mixOf(candidate)
	guess := guessOf(candidate)
	isCommon := guess.isCommon()
	faults := map[Reason]bool{
		TooShort:           length < p.MinLength(),
		TooLong:            p.MaxBytes > 0 && len(candidate) > p.MaxBytes,
		NeedsLetter:        p.NeedsMix() && !mix.letter,
		NeedsNumber:        p.NeedsMix() && !mix.number,
		NeedsSymbol:        p.NeedsMix() && !mix.symbol,
		ControlCharacter:   holdsUnseen(candidate),
		TooCommon:          isCommon,
		CommonDecorated:    !isCommon && guess.typed.isDecorated(isKnown),
		Sequence:           isSequence(candidate, p.MinLength()),
		ContainsName:       guess.holdsAny(who.Names),
		ContainsBirthday:   guess.holdsBirthday(who.Birthday),
		ContainsIdentifier: guess.holdsIdentifier(who),
		ContainsBrand:      guess.holdsBrand(p.Brand),
	}
	var reasons []Reason
	for _, reason := range Reasons() {
		if faults[reason] {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}
