package flows

import (
	"context"
	"errors"
	"time"
)

// StepTolerance is how far the ledger's clock may fall back without being
// mistrusted; beyond, it was stepped back, and what it timed ends.
const StepTolerance = 2 * time.Second

// Ledger is the durable record of what was done. Every method that takes a Key
// is one transaction, idempotent under that key for 48 hours: performed again
// it charges nothing and gives the same outcome, unless that was a refusal, which
// changed nothing and is decided anew. When it cannot answer, it returns an error
// and nothing was done. All methods are safe for concurrent use, across processes
// where the store is shared.
type Ledger interface {
	SendCode(context.Context, Key, SendCode) (Outcome, error)
	CheckCode(context.Context, Key, CheckCode) (Outcome, error)
	// SetPassword commits the job that closing gives for the outcome
	// PasswordSet together with the password.
	SetPassword(context.Context, Key, SetPassword, Closing) (Outcome, error)
	OpenLink(context.Context, Key, OpenLink) (Outcome, error)
	DenyLink(context.Context, Key, DenyLink) (Outcome, error)
	AnswerMatch(context.Context, Key, AnswerMatch) (Outcome, error)
	OpenTalk(context.Context, Key, OpenTalk) (Outcome, error)
	Relay(context.Context, Key, Relay) (Outcome, error)
	EndTalk(context.Context, Key, EndTalk) (Outcome, error)
	// Abandon voids all codes and grants of a conversation, and ends its talk
	// with support.
	Abandon(ctx context.Context, conversation string) error
	// Forfeit voids the grant that CheckCode minted, or gave back last, under the
	// key, unless it is the one that the conversation holds.
	Forfeit(ctx context.Context, k Key, held Secret) error
	// Trail tells what a chat's recoveries begun since then, and its talk, left behind.
	Trail(ctx context.Context, chat int64, since time.Time) (Trail, error)
	// Admit decides whether a code may really be sent to an account's address:
	// it charges the account's own limits and notes the account on the
	// recovery. Where these limits refuse, it owes the owner a letter, one a
	// day. Asked again for the same code it charges nothing.
	Admit(context.Context, Admission) (Admitted, error)
	// AdmitSMS decides whether a letter, which its ID names, may go by SMS because
	// no mail can bring it, and charges what SMS may cost. Asked again for the same
	// letter within a day it charges nothing.
	AdmitSMS(ctx context.Context, letter, number string) (bool, error)
}

// Trail is what a chat left behind in the ledger. Of its recoveries it is the same
// whether there is such an account or not, until a code was right.
type Trail struct {
	// Unspent tells that the newest grant was not spent: what is typed may be its
	// password.
	Unspent bool
	// Open is when the newest recovery began, unless its conversation gave it up or
	// a password was set by it; zero then, and where there is none.
	Open time.Time
	// Talk is the conversation in which the chat talks with support; empty: in none.
	Talk string
}

// Closing turns the outcome PasswordSet into the job that tells the person.
type Closing func(PasswordSet) (Job, error)

// Admission asks to send a code to an address of an account.
type Admission struct {
	Recovery string
	Code     int64 // the code's number within its recovery
	Account  Account
	Address  Address
}

// Admitted answers an Admission. The zero value refuses.
type Admitted struct {
	OK        bool
	Again     time.Time // not zero: the deployment sends too fast; ask again then
	Elsewhere bool      // the deployment sends no more to this channel now; an address of another may be asked for
}

// Directory is where the accounts live. Safe for concurrent use.
type Directory interface {
	// Find gives the accounts, disabled ones too, that have this identifier in
	// canonical form. The kind "account" names one by its id.
	Find(ctx context.Context, kind, canonical string) ([]Account, error)
}

// Account is an account as a directory knows it.
type Account struct {
	ID                string
	Name              string // display name
	Username          string // as it is on record
	Birthday          string // YYYY-MM-DD, or empty
	Language          string // an IETF tag, or empty
	Disabled          bool
	Privileged        bool      // has power over others
	Addresses         []Address // the primary of each channel first
	AddressVersion    int64     // grows with every change of canonical addresses
	CredentialVersion int64     // grows with every change of password
	PasswordChanged   time.Time // zero when unknown
}

// Address is where an account's owner can be reached.
type Address struct {
	Channel   Channel
	Canonical string // what is compared
	Value     string // what is sent to: an email address as it is on record, or a phone number in E.164
}

// Conversations keeps each chat's conversation. It may lose them at any
// moment; nothing unsafe follows. Safe for concurrent use.
type Conversations interface {
	// Load gives the chat's sealed conversation; false when there is none.
	Load(ctx context.Context, chat int64) (Stored, bool, error)
	// Save writes next over the revision was (0: there was none) and tells
	// whether it did; false means another replica was faster.
	Save(ctx context.Context, chat int64, was uint64, next Stored) (bool, error)
}

// Stored is a conversation as a store sees it.
type Stored struct {
	Revision uint64 // at least 1
	Body     []byte // sealed
	Expires  time.Time
}

// Sealer encrypts what is kept; the context binds a sealed text to its place,
// so that it opens nowhere else. Safe for concurrent use.
type Sealer interface {
	Seal(plain []byte, context string) ([]byte, error)
	Open(sealed []byte, context string) ([]byte, error)
}

// Messenger speaks in the chat. Safe for concurrent use.
type Messenger interface {
	// Send sends one message. ErrUnreachable is final; ErrLater asks to owe it.
	Send(ctx context.Context, chat int64, language string, r Reply) error
	// Delete removes messages of a person; one that is gone already counts as
	// removed. ErrUnreachable is final: they cannot be removed any more.
	Delete(ctx context.Context, chat int64, messages ...int) error
	// Answer answers a button press, with a short text unless say is empty.
	Answer(ctx context.Context, chat int64, callback, language string, say MessageID) error
}

// Carrier brings letters to one channel's addresses. Safe for concurrent use.
type Carrier interface {
	// Carry hands the letter over. ErrUndeliverable is final. A ServerError tells
	// what the server of the channel has to do with it.
	Carry(context.Context, Letter) error
}

// What the edges report, wrapped with details that hold no secret.
var (
	ErrUnreachable   = errors.New("the chat or message cannot be reached any more")
	ErrUndeliverable = errors.New("the letter cannot be delivered")
)

// ServerError is an error that a foreign server is behind. Its text holds no
// secret, and of what the server said only what Said leaves.
type ServerError struct {
	// Status is by what equal errors are counted together: what the server
	// answered, such as "550 5.1.1" or "503", or why there is no answer, such as
	// "connection refused".
	Status string
	// Down tells that the server would take nothing else now either.
	Down bool
	Err  error
}

// Error implements error.
func (e ServerError) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e ServerError) Unwrap() error { return e.Err }

// ErrLater reports that Telegram asks to wait. What is short a Messenger waits
// for itself, unless the context is in a hurry ([WithHurry]).
type ErrLater struct{ After time.Duration }

// Error implements error.
func (e ErrLater) Error() string { return "asked to wait " + e.After.String() }
