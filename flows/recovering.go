package flows

import (
	"cmp"
	"slices"
	"time"
)

// Recovering is what a recovery keeps from step to step.
type Recovering struct {
	Typed     Identifier `json:"typed,omitzero"`
	Suggested string     `json:"suggested,omitempty"`
	Staff     string     `json:"staff,omitempty"` // who on staff started it
	Case      int64      `json:"case,omitempty"`

	Newest    string    `json:"newest,omitempty"` // the newest recovery of the conversation, also after a change of address
	Recovery  string    `json:"recovery,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Channel   Channel   `json:"channel,omitempty"`
	Words     [2]uint8  `json:"words,omitzero"`
	Long      bool      `json:"long,omitempty"`
	Digits    int       `json:"digits,omitempty"`
	Expires   time.Time `json:"expires,omitzero"`
	Until     time.Time `json:"until,omitzero"` // when what was refused is possible again
	Resends   int       `json:"resends,omitempty"`
	Codes     int       `json:"codes,omitempty"` // asked for so far
	Wrong     int       `json:"wrong,omitempty"` // codes typed so far
	Tries     int       `json:"tries,omitempty"`
	End       CodeEnd   `json:"end,omitempty"`   // of the newest code; empty: none that the person knows of
	Barred    time.Time `json:"barred,omitzero"` // until when no code is looked at

	Grant    string    `json:"grant,omitempty"`
	Owner    Owner     `json:"owner,omitzero"`
	First    string    `json:"first,omitempty"`   // keyed tag of the first entry
	Alike    string    `json:"alike,omitempty"`   // keyed tag of what all entries share that look like it
	Typeset  string    `json:"typeset,omitempty"` // keyed tag of the entry that was refused for its signs
	Reasons  []string  `json:"reasons,omitempty"`
	Sessions Sessions  `json:"sessions,omitempty"`
	Set      time.Time `json:"set,omitzero"`
}

// KindAccount is the kind of identifier that names an account by its id. No
// person can type one: it comes with a link of support's.
const KindAccount = "account"

// Identifier is what a person registered with.
type Identifier struct {
	Kind      string `json:"kind"` // "email", "phone", "username" or KindAccount
	Canonical string `json:"canonical"`
	Display   string `json:"display"` // as it may be shown back to who typed it; empty: not at all
}

// Owner is what the password policy must know of the account's owner.
type Owner struct {
	Names       []string `json:"names,omitempty"`
	Birthday    string   `json:"birthday,omitempty"`
	Identifiers []string `json:"identifiers,omitempty"`
	MaxBytes    int      `json:"max_bytes,omitempty"`
}

// RecoveryOptions is what the recovery is built from. The functions must be
// pure and safe for concurrent use.
type RecoveryOptions struct {
	Life      time.Duration
	CodeLife  time.Duration
	GrantLife time.Duration
	Channels  []Channel // those that work here; at least one
	// Slow tells whether a channel is slow for everyone now; nil: none ever is.
	// Unlike the others it tells of the world: it must know nothing of who asks.
	Slow func(Channel) bool
	// Identify reads an email address, phone number or username. What it
	// refuses is one of the outcomes IdentifierMissing, IdentifierTooLong,
	// IdentifierMalformed and SeveralIdentifiers; otherwise refusal is nil.
	Identify func(text string) (id Identifier, refusal Outcome)
	// Contact reads a phone number as Telegram shares it, and refuses likewise.
	Contact func(phone string) (id Identifier, refusal Outcome)
	// Suggest corrects a likely slip in an email address.
	Suggest func(Identifier) (Identifier, bool)
	// AsksForHelp tells whether a text asks for help, and is nothing else.
	AsksForHelp func(text string) bool
	// Policy names the password preset, with its shortest length.
	Policy    string
	MinLength int
	// Check gives all the reasons against a password.
	Check func(password string, owner Owner) []string
	// Tag is a keyed tag, by which a second entry is compared with the first.
	Tag func(conversation, password string) string
	// Typewritten gives a password with plain signs for those that keyboards of
	// phones put in their place; Alike gives the same for all that look alike
	// because of such signs or of how Unicode writes a letter.
	Typewritten, Alike func(password string) string
}

// learn keeps what an outcome tells.
func learn(r Recovering, o Outcome) Recovering {
	switch o := o.(type) {
	case CodeSent:
		r.Recovery, r.Newest, r.Reference, r.Channel, r.Words = o.Recovery, o.Recovery, o.Reference, o.Channel, o.Words
		r.Long, r.Digits, r.Expires, r.Until, r.Resends = o.Long, o.Digits, o.Expires, o.ResendAt, o.Resends
		r.Codes, r.Tries, r.End = o.Number, 0, ""
	case LinkOpened:
		r.Typed, r.Staff, r.Case = Identifier{Kind: KindAccount, Canonical: o.Account}, o.Staff, o.Case
	case CodeExpired:
		r.End = CodeRanOut
	case TooOften:
		r.Until = o.Until
	case TooSoon:
		r.Until = o.Until
	case NoResends:
		r.Resends = 0
	case CodeWrong:
		r.Wrong, r.Tries = r.Wrong+1, o.Tries
	case CodeSuperseded:
		r.Wrong, r.Tries = r.Wrong+1, o.Tries
	case CodeSpent:
		r.Wrong, r.End, r.Until = r.Wrong+1, CodeTriedOut, o.Until
	case CodeClosed:
		r.End, r.Until = CodeTriedOut, o.Until
	case CodeUsed:
		r.End = CodeWasUsed
	case GuessedTooOften:
		r.Barred = o.Until
	case CodeAccepted:
		r.Grant, r.Expires = o.Grant, o.Until
		r.Owner = Owner{Names: o.Names, Birthday: o.Birthday, Identifiers: o.Identifiers, MaxBytes: o.MaxBytes}
	case AddressRejected:
		r = Recovering{Newest: r.Newest}
	case PasswordWeak:
		r.Reasons = o.Reasons
	case PasswordRefused:
		r.Reasons, r.First, r.Alike = o.Reasons, "", ""
	case PasswordSet:
		r.Sessions, r.Reference, r.Set = o.Sessions, o.Reference, o.Time
	}
	return r
}

func (o RecoveryOptions) facts(r Recovering, now time.Time) Facts {
	return Facts{
		Address: r.Typed.Display, Named: r.Typed.Canonical != "" && r.Typed.Kind != KindAccount, Suggested: r.Suggested, Staff: r.Staff, Case: r.Case,
		Channel: r.Channel, OtherWay: len(o.Channels) > 1, Slow: o.Slow != nil && o.Slow(r.Channel),
		Words: r.Words, Long: r.Long, Digits: r.Digits, Life: r.left(o.CodeLife, now), GrantLife: o.GrantLife, End: r.end(now),
		Wait: max(0, r.Until.Sub(now)), Barred: max(0, r.Barred.Sub(now)), Resends: r.Resends, Tries: r.Tries,
		Policy: o.Policy, MinLength: o.MinLength, Reasons: r.Reasons,
		Sessions: r.Sessions, Reference: r.Reference, Time: r.Set,
	}
}

// end is why the newest code is of no use any more; empty while it is of some.
func (r Recovering) end(now time.Time) CodeEnd {
	if r.End == "" && !r.Expires.IsZero() && !now.Before(r.Expires) {
		return CodeRanOut
	}
	return r.End
}

// barred tells that no code is looked at now, whatever it is.
func (r Recovering) barred(now time.Time) bool { return now.Before(r.Barred) }

// stuck tells that the code that was sent last cannot lead on.
func (r Recovering) stuck(now time.Time) bool { return r.barred(now) || r.end(now) != "" }

// left is how much of a life is left. One that is over is told in full.
func (r Recovering) left(life time.Duration, now time.Time) time.Duration {
	left := r.Expires.Sub(now)
	if left <= 0 || left >= life {
		return life
	}
	return wholeMinutes(left)
}

// began tells support where the person is.
func began(r Recovering, step string, secret bool) Beginning {
	return Beginning{
		Typed: r.Typed, Case: r.Case, Secret: secret, Long: r.Long, First: cmp.Or(r.First, r.Typeset),
		Trouble: Trouble{Step: step, Channel: r.Channel, Codes: r.Codes, Wrong: r.Wrong},
	}
}

// offers leaves out the buttons that could do nothing, the same for every
// account.
func (o RecoveryOptions) offers(r Recovering, b ButtonName, now time.Time) bool {
	resends := r.Resends > 0 && !r.barred(now)
	switch b {
	case ButtonResend:
		return resends
	case ButtonUseSMS:
		return resends && len(o.Channels) > 1 && r.Channel != SMS
	case ButtonUseEmail:
		return resends && len(o.Channels) > 1 && r.Channel != Email
	case ButtonChange:
		return !r.barred(now)
	default:
		return true
	}
}

// channelFor picks where the first code goes: the channel of what was typed,
// if it works here.
func (o RecoveryOptions) channelFor(id Identifier) Channel {
	wish := Email
	if id.Kind == "phone" {
		wish = SMS
	}
	if slices.Contains(o.Channels, wish) {
		return wish
	}
	return o.Channels[0]
}
