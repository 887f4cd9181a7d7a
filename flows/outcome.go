package flows

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Next is what a step answers with: an outcome that it decides by itself, or
// an effect whose outcome someone else brings.
type Next interface{ next() }

// Outcome is a past fact. The set is closed.
type Outcome interface {
	Next
	outcome()
}

// Past is embedded in every outcome and makes it one.
type Past struct{}

func (Past) next()    {}
func (Past) outcome() {}

// Outcomes of SendCode.
type (
	// CodeSent tells that a code is on its way if the identifier is known.
	CodeSent struct {
		Past
		Recovery  string
		Reference string // RK-XXXX-XXXX
		Number    int    // of the code within its recovery, from 1
		Channel   Channel
		Words     [2]uint8
		Long      bool
		Digits    int
		Expires   time.Time
		ResendAt  time.Time
		Resends   int // how many new codes can still be asked for
	}
	// TooOften tells that the chat's own limits allow no code before Until.
	TooOften struct {
		Past
		Until time.Time
	}
	// TooSoon tells that a new code can be asked for at Until.
	TooSoon struct {
		Past
		Until time.Time
	}
	// NoResends tells that this recovery has had all its codes.
	NoResends struct{ Past }
)

// Outcomes of CheckCode.
type (
	// CodeAccepted carries the grant and what the password policy must know.
	CodeAccepted struct {
		Past
		Grant       string
		Until       time.Time
		Names       []string // the display name's words
		Birthday    string   // YYYY-MM-DD, or empty
		Identifiers []string
		MaxBytes    int // the directory's own limit on passwords; 0 when it has none
	}
	// CodeWrong tells how many guesses the code has left, at least one.
	CodeWrong struct {
		Past
		Tries int
	}
	// CodeSuperseded is a wrong code that was right before a newer one was sent.
	CodeSuperseded struct {
		Past
		Tries int
	}
	// CodeExpired tells that the code's life is over.
	CodeExpired struct{ Past }
	// CodeSpent is a wrong code by which the last guess is used up, and tells when
	// a new code can be asked for.
	CodeSpent struct {
		Past
		Until time.Time
	}
	// CodeClosed tells the same of a code that had no guesses left: what was typed
	// was not compared.
	CodeClosed struct {
		Past
		Until time.Time
	}
	// CodeUsed tells that the code was right before, and that what it proved is
	// used up or over.
	CodeUsed struct{ Past }
	// GuessedTooOften tells that this chat may not guess before Until.
	GuessedTooOften struct {
		Past
		Until time.Time
	}
)

// Outcomes of SetPassword.
type (
	// PasswordSet tells that the new password is durable.
	PasswordSet struct {
		Past
		Sessions  Sessions
		Reference string
		Time      time.Time
	}
	// PasswordRefused tells why the directory refuses it; the grant stays.
	PasswordRefused struct {
		Past
		Reasons []string
	}
	// GrantExpired tells that the grant is too old.
	GrantExpired struct{ Past }
	// GrantUsed tells that a password was set with the grant before.
	GrantUsed struct{ Past }
	// GrantVoid tells that what the code proved was ended before its time.
	GrantVoid struct{ Past }
	// AccountAltered tells that the account's addresses, password or state
	// changed since the code was sent, so that the proof no longer holds.
	AccountAltered struct{ Past }
	// Overloaded tells that nothing was done because too much waits; the same
	// input may simply come again.
	Overloaded struct{ Past }
	// PasswordUnsettled tells that nobody can say yet whether it was set.
	PasswordUnsettled struct{ Past }
)

// Outcomes of OpenLink, DenyLink and AnswerMatch.
type (
	// LinkOpened tells what support started.
	LinkOpened struct {
		Past
		Account string
		Staff   string // who started it
		Case    int64
	}
	// LinkOver tells that the link is used up, void, too old or none.
	LinkOver struct{ Past }
	// LinkDenied tells that support knows, and that nothing goes on.
	LinkDenied struct{ Past }
	// MatchDone tells that support has the person's answer.
	MatchDone struct{ Past }
	// MatchOver tells that nobody waits for it any more.
	MatchOver struct{ Past }
)

// Outcomes of OpenTalk, Relay and EndTalk.
type (
	// TalkOpened tells that support hears the person from now on.
	TalkOpened struct {
		Past
		Case  int64
		Ahead int    // people who wait longer
		Staff string // who is there already; empty: nobody yet
	}
	// TalkRefused tells that no more talks can be begun now.
	TalkRefused struct{ Past }
	// Relayed tells that support will read it.
	Relayed struct{ Past }
	// Withheld tells that support learns only that there was a secret.
	Withheld struct{ Past }
	// CallerKnown tells that what was said is what support asked for to know who
	// it is. Support learns that, and not what it was.
	CallerKnown struct{ Past }
	// CallerUnknown tells that it is not.
	CallerUnknown struct{ Past }
	// TalkOver tells that support does not hear the person any more.
	TalkOver struct{ Past }
	// TalkLeft tells that support knows that the person has gone.
	TalkLeft struct{ Past }
)

// Outcomes that a talk decides by itself.
type (
	// TalkClosed tells that support ended the talk.
	TalkClosed struct {
		Past
		Staff string
	}
	// Unpassed tells that such a thing cannot be passed on.
	Unpassed struct{ Past }
)

// Outcomes that the steps of the recovery decide by themselves.
type (
	// IdentifierMissing tells that nothing readable was typed.
	IdentifierMissing struct{ Past }
	// IdentifierTooLong tells that no identifier is that long.
	IdentifierTooLong struct{ Past }
	// IdentifierMalformed tells that it is no address, number or username.
	IdentifierMalformed struct{ Past }
	// SeveralIdentifiers tells that more than one was typed.
	SeveralIdentifiers struct{ Past }
	// ContactOfOther tells that the shared phone number is someone else's.
	ContactOfOther struct{ Past }
	// SpellingDoubted tells that the domain looks like a slip.
	SpellingDoubted struct{ Past }
	// CodeMalformed tells that what was typed cannot be a code; nothing is charged.
	CodeMalformed struct{ Past }
	// PasswordUnasked tells that what was typed may be a password, at a step that
	// asks for none.
	PasswordUnasked struct{ Past }
	// CodeLikeAddress tells that an email address was typed where a code belongs.
	CodeLikeAddress struct{ Past }
	// HelpWanted tells that the person asks for help instead.
	HelpWanted struct{ Past }
	// AddressRejected tells that the person wants to give another identifier.
	AddressRejected struct{ Past }
	// PasswordWeak tells that the policy refuses the password, and why.
	PasswordWeak struct {
		Past
		Reasons []string
	}
	// PasswordFormatted tells that the app took signs of the password for
	// formatting, so that it is not what the person typed.
	PasswordFormatted struct{ Past }
	// PasswordTypeset tells that the password has signs that the keyboard at the
	// sign-in may not have; the same password again is taken.
	PasswordTypeset struct{ Past }
	// PasswordNoted tells that the first entry is held as a keyed tag.
	PasswordNoted struct{ Past }
	// ConfirmationDiffers tells that the second entry is not the first.
	ConfirmationDiffers struct{ Past }
	// ConfirmationAlike tells that the second entry only looks like the first.
	ConfirmationAlike struct{ Past }
	// NotUnderstood tells that the step cannot read such an input.
	NotUnderstood struct{ Past }
	// Unconcerned tells that the input means nothing to the step, silently.
	Unconcerned struct{ Past }
)

// recorded are the outcomes that the ledger may keep, by name.
var recorded = func() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for _, outcomes := range EffectOutcomes() {
		for _, o := range outcomes {
			types[OutcomeName(o)] = reflect.TypeOf(o)
		}
	}
	return types
}()

// OutcomeName gives the outcome's name: its type's.
func OutcomeName(o Outcome) string { return reflect.TypeOf(o).Name() }

// EncodeOutcome gives the form in which the ledger keeps an outcome.
func EncodeOutcome(o Outcome) ([]byte, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding outcome %s: %w", OutcomeName(o), err)
	}
	return append([]byte(OutcomeName(o)+" "), body...), nil
}

// DecodeOutcome reads what EncodeOutcome wrote.
func DecodeOutcome(b []byte) (Outcome, error) {
	var name string
	for i, c := range b {
		if c == ' ' {
			name, b = string(b[:i]), b[i+1:]
			break
		}
	}
	t, ok := recorded[name]
	if !ok {
		return nil, fmt.Errorf("decoding outcome: unknown name %q", name)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(b, v.Interface()); err != nil {
		return nil, fmt.Errorf("decoding outcome %s: %w", name, err)
	}
	return v.Elem().Interface().(Outcome), nil
}
