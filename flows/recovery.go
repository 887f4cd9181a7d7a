package flows

import (
	"crypto/subtle"
	"strings"
	"time"
)

// RecoveryName is the recovery flow's name.
const RecoveryName = "recovery"

// RecoverLink is the deep link's payload that begins a recovery at once:
// https://t.me/<bot>?start=recover.
const RecoverLink = "recover"

// Recovering is what a recovery keeps from step to step.
type Recovering struct {
	Typed     Identifier `json:"typed,omitzero"`
	Suggested string     `json:"suggested,omitempty"`

	Recovery  string    `json:"recovery,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Channel   Channel   `json:"channel,omitempty"`
	Words     [2]uint8  `json:"words,omitzero"`
	Long      bool      `json:"long,omitempty"`
	Digits    int       `json:"digits,omitempty"`
	Expires   time.Time `json:"expires,omitzero"`
	Until     time.Time `json:"until,omitzero"` // when what was refused is possible again
	Resends   int       `json:"resends,omitempty"`
	Tries     int       `json:"tries,omitempty"`
	Over      bool      `json:"over,omitempty"` // the person knows that the code expired

	Grant    string    `json:"grant,omitempty"`
	Owner    Owner     `json:"owner,omitzero"`
	First    string    `json:"first,omitempty"` // keyed tag of the first entry
	Reasons  []string  `json:"reasons,omitempty"`
	Sessions Sessions  `json:"sessions,omitempty"`
	Set      time.Time `json:"set,omitzero"`
}

// Identifier is what a person registered with.
type Identifier struct {
	Kind      string `json:"kind"` // "email", "phone" or "username"
	Canonical string `json:"canonical"`
	Display   string `json:"display"` // as it may be shown back to who typed it
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
	// Identify reads an email address, phone number or username. What it
	// refuses is one of the outcomes IdentifierMissing, IdentifierTooLong,
	// IdentifierMalformed and SeveralIdentifiers; otherwise refusal is nil.
	Identify func(text string) (id Identifier, refusal Outcome)
	// Contact reads a phone number as Telegram shares it, and refuses likewise.
	Contact func(phone string) (id Identifier, refusal Outcome)
	// Suggest corrects a likely slip in an email address.
	Suggest func(Identifier) (Identifier, bool)
	// Policy names the password preset, with its shortest length.
	Policy    string
	MinLength int
	// Check gives all the reasons against a password.
	Check func(password string, owner Owner) []string
	// Tag is a keyed tag, by which a second entry is compared with the first.
	Tag func(conversation, password string) string
}

// The steps that read an identifier decide and leave alike.
var (
	naming = []Outcome{
		SpellingDoubted{}, IdentifierMissing{}, IdentifierTooLong{}, IdentifierMalformed{},
		SeveralIdentifiers{}, ContactOfOther{}, PasswordUnasked{}, NotUnderstood{}, Unconcerned{},
	}
	named = []Exit{
		{On: SpellingDoubted{}, To: "spelling"},
		{On: IdentifierMissing{}, To: Stay, Say: AccountEmpty},
		{On: IdentifierTooLong{}, To: Stay, Say: AccountTooLong},
		{On: IdentifierMalformed{}, To: Stay, Say: AccountBroken},
		{On: SeveralIdentifiers{}, To: Stay, Say: AccountSeveral},
		{On: ContactOfOther{}, To: Stay, Say: ContactForeign},
		{On: PasswordUnasked{}, To: Stay, Say: AccountLooksSecret, Delete: true},
		{On: CodeSent{}, To: "code"},
		{On: TooOften{}, To: End, Say: TooManyFlows, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
		{On: TooSoon{}, To: Stay, Say: ResendSoon},
		{On: NoResends{}, To: Stay, Say: ResendNone, Buttons: []ButtonName{ButtonSupport}},
	}
)

// Recovery lets the owner of an account choose a new password. An unknown
// account takes the same path as a known one.
func Recovery(o RecoveryOptions) Flow[Recovering] {
	return Flow[Recovering]{
		Name: RecoveryName, Version: 1, Life: o.Life,
		Learn: learn, Facts: o.facts, Offers: o.offers,
		Steps: []Step[Recovering]{{
			Name:    "account",
			Ask:     AskAccount,
			Wait:    WaitAccount,
			Contact: true,
			Answer:  o.readAccount,
			Orders:  []EffectKind{KindSendCode},
			Decides: naming,
			Exits:   named,
		}, {
			Name:    "spelling",
			Ask:     AskSpelling,
			Wait:    AskSpelling,
			Buttons: []ButtonName{ButtonSpellingYes, ButtonSpellingNo},
			Answer:  o.readSpelling,
			Orders:  []EffectKind{KindSendCode},
			Decides: naming,
			Exits:   named,
		}, {
			Name:    "code",
			Ask:     AskCode,
			Wait:    WaitCode,
			Buttons: []ButtonName{ButtonResend, ButtonUseSMS, ButtonUseEmail, ButtonChange},
			Answer:  o.readCode,
			Orders:  []EffectKind{KindCheckCode, KindSendCode},
			Decides: []Outcome{CodeMalformed{}, PasswordUnasked{}, CodeLikeAddress{}, CodeExpired{}, AddressRejected{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: CodeAccepted{}, To: "password", Say: ThatsYou},
				{On: CodeWrong{}, To: Stay, Say: CodeIsWrong},
				{On: CodeSuperseded{}, To: Stay, Say: CodeIsOld},
				{On: CodeMalformed{}, To: Stay, Say: CodeMisshapen},
				{On: PasswordUnasked{}, To: Stay, Say: CodeLooksSecret, Delete: true},
				{On: CodeLikeAddress{}, To: Stay, Say: CodeIsAddress, Buttons: []ButtonName{ButtonChange}},
				{On: CodeExpired{}, To: Stay, Say: CodeIsExpired, Buttons: []ButtonName{ButtonResend, ButtonChange, ButtonSupport}},
				{On: CodeSpent{}, To: Stay, Say: CodeIsSpent, Buttons: []ButtonName{ButtonResend, ButtonChange, ButtonSupport}},
				{On: GuessedTooOften{}, To: Stay, Say: TooManyGuesses, Buttons: []ButtonName{ButtonSupport}},
				{On: CodeSent{}, To: "code"},
				{On: TooSoon{}, To: Stay, Say: ResendSoon},
				{On: NoResends{}, To: Stay, Say: ResendNone, Buttons: []ButtonName{ButtonChange, ButtonSupport}},
				{On: TooOften{}, To: Stay, Say: TooManyFlows, Buttons: []ButtonName{ButtonSupport}},
				{On: AddressRejected{}, To: "account"},
			},
		}, {
			Name:    "password",
			Ask:     AskPassword,
			Wait:    WaitPassword,
			Secret:  true,
			Answer:  o.readPassword,
			Decides: []Outcome{PasswordWeak{}, PasswordFormatted{}, PasswordNoted{}, GrantExpired{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: PasswordNoted{}, To: "confirm"},
				{On: PasswordWeak{}, To: Stay, Say: PasswordRefusal},
				{On: PasswordFormatted{}, To: Stay, Say: PasswordAltered},
				{On: GrantExpired{}, To: End, Say: GrantRanOut, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
			},
		}, {
			Name:    "confirm",
			Ask:     AskConfirm,
			Wait:    WaitConfirm,
			Secret:  true,
			Answer:  o.readConfirmation,
			Orders:  []EffectKind{KindSetPassword},
			Decides: []Outcome{ConfirmationDiffers{}, GrantExpired{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: PasswordSet{}, To: End, Say: Done, Buttons: []ButtonName{ButtonSignIn}},
				{On: ConfirmationDiffers{}, To: "password", Say: ConfirmDiffers},
				{On: PasswordRefused{}, To: "password", Say: PasswordRefusal},
				{On: Overloaded{}, To: Stay, Say: SayBusy},
				{On: GrantExpired{}, To: End, Say: GrantRanOut, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: AccountAltered{}, To: End, Say: AccountChanged, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: PasswordUnsettled{}, To: End, Say: Unsettled, Buttons: []ButtonName{ButtonSupport}},
			},
		}},
	}
}

func (o RecoveryOptions) readAccount(r Recovering, in Input, at At) (Recovering, Next) {
	var id Identifier
	var refusal Outcome
	switch {
	case in.Kind == Typed:
		id, refusal = o.Identify(in.Text.Reveal())
	case in.Kind == Shared && in.Own:
		id, refusal = o.Contact(in.Text.Reveal())
	case in.Kind == Shared:
		refusal = ContactOfOther{}
	case in.Kind == Expired:
		return r, Unconcerned{}
	default:
		return r, NotUnderstood{}
	}
	if refusal != nil {
		return r, refusal
	}
	if id.Kind == "username" && looksSecret(strings.Map(plainInUsernames, in.Text.Reveal())) {
		return r, PasswordUnasked{}
	}
	r = Recovering{Typed: id, Channel: o.channelFor(id)}
	if better, ok := o.Suggest(id); ok && in.Kind == Typed {
		r.Suggested = better.Display
		return r, SpellingDoubted{}
	}
	return r, r.send(at, r.Channel)
}

func (o RecoveryOptions) readSpelling(r Recovering, in Input, at At) (Recovering, Next) {
	if in.Kind != Pressed {
		return o.readAccount(r, in, at)
	}
	switch ButtonName(in.Name) {
	case ButtonSpellingYes:
		if better, refusal := o.Identify(r.Suggested); refusal == nil {
			r.Typed = better
		}
		return r, r.send(at, r.Channel)
	case ButtonSpellingNo:
		return r, r.send(at, r.Channel)
	default:
		return r, NotUnderstood{}
	}
}

func (o RecoveryOptions) readCode(r Recovering, in Input, at At) (Recovering, Next) {
	switch in.Kind {
	case Typed:
		if code, ok := readCode(in.Text.Reveal(), r.Digits, r.Long); ok {
			return r, CheckCode{Recovery: r.Recovery, Chat: at.Chat, Code: code}
		}
		switch {
		case looksSecret(in.Text.Reveal()):
			return r, PasswordUnasked{}
		case looksAddress(in.Text.Reveal()):
			return r, CodeLikeAddress{}
		default:
			return r, CodeMalformed{}
		}
	case Expired:
		if r.Over || at.Now.Before(r.Expires) {
			return r, Unconcerned{}
		}
		return r, CodeExpired{}
	case Pressed:
		return r, r.pressedAtCode(ButtonName(in.Name), at)
	default:
		return r, NotUnderstood{}
	}
}

func (r Recovering) pressedAtCode(b ButtonName, at At) Next {
	switch b {
	case ButtonResend:
		return r.send(at, r.Channel)
	case ButtonUseSMS:
		return r.send(at, SMS)
	case ButtonUseEmail:
		return r.send(at, Email)
	case ButtonChange:
		return AddressRejected{}
	default:
		return NotUnderstood{}
	}
}

func (o RecoveryOptions) readPassword(r Recovering, in Input, at At) (Recovering, Next) {
	if next, stop := r.unlessTyped(in, at); stop {
		return r, next
	}
	if in.Formatted {
		return r, PasswordFormatted{}
	}
	if reasons := o.Check(in.Text.Reveal(), r.Owner); len(reasons) > 0 {
		return r, PasswordWeak{Reasons: reasons}
	}
	r.First = o.Tag(at.Conversation, in.Text.Reveal())
	return r, PasswordNoted{}
}

func (o RecoveryOptions) readConfirmation(r Recovering, in Input, at At) (Recovering, Next) {
	if next, stop := r.unlessTyped(in, at); stop {
		return r, next
	}
	again := o.Tag(at.Conversation, in.Text.Reveal())
	if subtle.ConstantTimeCompare([]byte(again), []byte(r.First)) != 1 {
		r.First = ""
		return r, ConfirmationDiffers{}
	}
	return r, SetPassword{
		Recovery: r.Recovery, Grant: Secret(r.Grant), Chat: at.Chat, Language: at.Language, Password: in.Text,
	}
}

// unlessTyped decides what a step does that wants a password and got none.
func (r Recovering) unlessTyped(in Input, at At) (Next, bool) {
	switch {
	case !at.Now.Before(r.Expires):
		return GrantExpired{}, true
	case in.Kind == Expired:
		return Unconcerned{}, true
	case in.Kind != Typed:
		return NotUnderstood{}, true
	default:
		return nil, false
	}
}

// send orders a code, the first of a recovery or a new one.
func (r Recovering) send(at At, channel Channel) SendCode {
	return SendCode{
		Recovery: r.Recovery, Conversation: at.Conversation, Chat: at.Chat, Revision: at.Revision,
		Identifier: r.Typed.Canonical, IDKind: r.Typed.Kind, Channel: channel, Language: at.Language,
	}
}

// learn keeps what an outcome tells.
func learn(r Recovering, o Outcome) Recovering {
	switch o := o.(type) {
	case CodeSent:
		r.Recovery, r.Reference, r.Channel, r.Words = o.Recovery, o.Reference, o.Channel, o.Words
		r.Long, r.Digits, r.Expires, r.Until, r.Resends = o.Long, o.Digits, o.Expires, o.ResendAt, o.Resends
		r.Tries, r.Over = 0, false
	case CodeExpired:
		r.Over = true
	case TooOften:
		r.Until = o.Until
	case TooSoon:
		r.Until = o.Until
	case NoResends:
		r.Resends = 0
	case CodeWrong:
		r.Tries = o.Tries
	case CodeSuperseded:
		r.Tries = o.Tries
	case GuessedTooOften:
		r.Until = o.Until
	case CodeAccepted:
		r.Grant, r.Expires = o.Grant, o.Until
		r.Owner = Owner{Names: o.Names, Birthday: o.Birthday, Identifiers: o.Identifiers, MaxBytes: o.MaxBytes}
	case AddressRejected:
		r = Recovering{}
	case PasswordWeak:
		r.Reasons = o.Reasons
	case PasswordRefused:
		r.Reasons, r.First = o.Reasons, ""
	case PasswordSet:
		r.Sessions, r.Reference, r.Set = o.Sessions, o.Reference, o.Time
	}
	return r
}

func (o RecoveryOptions) facts(r Recovering, now time.Time) Facts {
	life := o.CodeLife
	if r.Grant != "" {
		life = o.GrantLife
	}
	return Facts{
		Address: r.Typed.Display, Suggested: r.Suggested,
		Channel: r.Channel, OtherWay: len(o.Channels) > 1,
		Words: r.Words, Long: r.Long, Digits: r.Digits, Life: life,
		Wait: max(0, r.Until.Sub(now)), Resends: r.Resends, Tries: r.Tries,
		Policy: o.Policy, MinLength: o.MinLength, Reasons: r.Reasons,
		Sessions: r.Sessions, Reference: r.Reference, Time: r.Set,
	}
}

// offers leaves out the buttons that could do nothing, the same for every
// account.
func (o RecoveryOptions) offers(r Recovering, b ButtonName) bool {
	switch b {
	case ButtonResend:
		return r.Resends > 0
	case ButtonUseSMS:
		return r.Resends > 0 && len(o.Channels) > 1 && r.Channel != SMS
	case ButtonUseEmail:
		return r.Resends > 0 && len(o.Channels) > 1 && r.Channel != Email
	default:
		return true
	}
}

// channelFor picks where the first code goes: the channel of what was typed,
// if it works here.
func (o RecoveryOptions) channelFor(id Identifier) Channel {
	wish := Email
	if strings.EqualFold(id.Kind, "phone") {
		wish = SMS
	}
	for _, c := range o.Channels {
		if c == wish {
			return wish
		}
	}
	return o.Channels[0]
}
