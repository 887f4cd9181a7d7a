package flows

import "context"

// EffectKind names an effect in the ledger. The words are kept: they never
// change meaning.
type EffectKind string

// The closed set of effects.
const (
	KindSendCode    EffectKind = "send_code"
	KindCheckCode   EffectKind = "check_code"
	KindSetPassword EffectKind = "set_password"
	KindOpenLink    EffectKind = "open_link"
	KindDenyLink    EffectKind = "deny_link"
	KindAnswerMatch EffectKind = "answer_match"
	KindOpenTalk    EffectKind = "open_talk"
	KindRelay       EffectKind = "relay"
	KindEndTalk     EffectKind = "end_talk"
)

// Key names one performance of an effect. Performing again under the same key
// charges nothing and gives the recorded outcome.
type Key struct {
	Conversation string
	Input        InputID
	Kind         EffectKind
}

// Effect is an order that the ledger carries out. The set is closed; each
// effect lists what can come of it.
type Effect interface {
	Next
	Kind() EffectKind
	perform(ctx context.Context, l Ledger, k Key, closing Closing) (Outcome, error)
}

// SendCode begins a recovery (Recovery empty) or asks for a new code within
// one. It answers the same, and costs the same, for every identifier: only the
// worker of the job that it leaves looks the account up.
type SendCode struct {
	Recovery     string // empty to begin one
	Conversation string
	Chat         int64
	Revision     uint64 // of the conversation, for the expiry's input id
	// Newest is the newest recovery that the conversation knows of, and Codes how
	// many codes of it. There are more where the conversation could not be kept:
	// those are taken up, and nothing is sent.
	Newest     string
	Codes      int
	Identifier string // canonical
	IDKind     string // "email", "phone", "username" or, by a link of support's, "account"
	Channel    Channel
	Language   string // the chat's
	Case       int64  // of support, which started it; 0: the person did
}

// CheckCode counts a guess and compares it, in one atomic write. A right code
// that its conversation types again, because it could not be kept, gives back
// the grant that it minted, if that is neither spent nor over, and costs nothing.
type CheckCode struct {
	Recovery string
	Chat     int64
	Code     Secret // canonical: ASCII digits, or upper-case base 32
}

// SetPassword spends a grant: the password's hash, the audit row, the closing
// reply and the notices are one transaction.
type SetPassword struct {
	Recovery string
	Grant    Secret
	Chat     int64
	Language string
	Password Secret
}

// OpenLink spends a link of support's for this chat.
type OpenLink struct {
	Token Secret
	Chat  int64
}

// DenyLink tells support that the person did not ask for what a link began. It
// ends what is under way for the account.
type DenyLink struct {
	Case int64
	Chat int64
}

// AnswerMatch is the person's choice among the numbers that a caller may hear
// from support; 0 says that somebody else is on the phone.
type AnswerMatch struct {
	Case   int64
	Chat   int64
	Choice int
}

func (OpenLink) next()    {}
func (DenyLink) next()    {}
func (AnswerMatch) next() {}
func (SendCode) next()    {}
func (CheckCode) next()   {}
func (SetPassword) next() {}

// Kind implements Effect.
func (SendCode) Kind() EffectKind { return KindSendCode }

// Kind implements Effect.
func (CheckCode) Kind() EffectKind { return KindCheckCode }

// Kind implements Effect.
func (SetPassword) Kind() EffectKind { return KindSetPassword }

// Kind implements Effect.
func (OpenLink) Kind() EffectKind { return KindOpenLink }

// Kind implements Effect.
func (DenyLink) Kind() EffectKind { return KindDenyLink }

// Kind implements Effect.
func (AnswerMatch) Kind() EffectKind { return KindAnswerMatch }

func (e OpenLink) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.OpenLink(ctx, k, e)
}

func (e DenyLink) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.DenyLink(ctx, k, e)
}

func (e AnswerMatch) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.AnswerMatch(ctx, k, e)
}

func (e SendCode) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.SendCode(ctx, k, e)
}

func (e CheckCode) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.CheckCode(ctx, k, e)
}

func (e SetPassword) perform(ctx context.Context, l Ledger, k Key, closing Closing) (Outcome, error) {
	return l.SetPassword(ctx, k, e, closing)
}

// EffectOutcomes lists, for every effect, the outcomes that can come of it.
func EffectOutcomes() map[EffectKind][]Outcome {
	return map[EffectKind][]Outcome{
		KindSendCode:    {CodeSent{}, TooOften{}, TooSoon{}, NoResends{}},
		KindCheckCode:   {CodeAccepted{}, CodeWrong{}, CodeSuperseded{}, CodeExpired{}, CodeSpent{}, CodeClosed{}, CodeUsed{}, GuessedTooOften{}},
		KindOpenLink:    {LinkOpened{}, LinkOver{}},
		KindDenyLink:    {LinkDenied{}},
		KindAnswerMatch: {MatchDone{}, MatchOver{}},
		KindOpenTalk:    {TalkOpened{}, TalkRefused{}},
		KindRelay:       {Relayed{}, Withheld{}, CallerKnown{}, CallerUnknown{}, TooOften{}, TalkOver{}},
		KindEndTalk:     {TalkLeft{}},
		KindSetPassword: {PasswordSet{}, PasswordRefused{}, GrantExpired{}, GrantUsed{}, GrantVoid{}, AccountAltered{}, Overloaded{}, PasswordUnsettled{}},
	}
}
