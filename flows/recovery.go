package flows

import (
	"crypto/subtle"
	"slices"
	"strings"
	"unicode"
)

// RecoveryName is the recovery flow's name.
const RecoveryName = "recovery"

// invitation is the step at which a link of support's begins.
const invitation = "invitation"

// RecoverLink is the deep link's payload that begins a recovery at once:
// https://t.me/<bot>?start=recover.
const RecoverLink = "recover"

// The steps that read an identifier decide and leave alike.
var (
	naming = []Outcome{
		SpellingDoubted{}, IdentifierMissing{}, IdentifierTooLong{}, IdentifierMalformed{},
		SeveralIdentifiers{}, ContactOfOther{}, PasswordUnasked{}, HelpWanted{}, NotUnderstood{}, Unconcerned{},
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
		Name: RecoveryName, Version: 2, Life: o.Life,
		Learn: learn, Facts: o.facts, Offers: o.offers, Began: began,
		Holds: func(r Recovering) Secret { return Secret(r.Grant) },
		Steps: []Step[Recovering]{{
			Name:    "account",
			Begins:  true,
			Ask:     AskAccount,
			Wait:    WaitAccount,
			Contact: true,
			Answer:  o.readAccount,
			Orders:  []EffectKind{KindSendCode},
			Decides: naming,
			Exits:   slices.Concat(named, []Exit{{On: HelpWanted{}, To: Stay, Say: WaitAccount, Buttons: []ButtonName{ButtonSupport}}}),
		}, {
			Name:    "spelling",
			Ask:     AskSpelling,
			Wait:    AskSpelling,
			Buttons: []ButtonName{ButtonSpellingYes, ButtonSpellingNo},
			Answer:  o.readSpelling,
			Orders:  []EffectKind{KindSendCode},
			Decides: naming,
			Exits: slices.Concat(named, []Exit{
				{On: HelpWanted{}, To: Stay, Say: AskSpelling, Buttons: []ButtonName{ButtonSpellingYes, ButtonSpellingNo, ButtonSupport}},
			}),
		}, {
			Name:    invitation,
			Begins:  true,
			Ask:     AskInvited,
			Wait:    AskInvited,
			Buttons: []ButtonName{ButtonInvitedYes, ButtonInvitedNo},
			Answer:  o.readInvitation,
			Orders:  []EffectKind{KindOpenLink, KindSendCode, KindDenyLink},
			Decides: []Outcome{PasswordUnasked{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: LinkOpened{}, To: invitation},
				{On: PasswordUnasked{}, To: Stay, Say: SaySecretRemoved, Delete: true, Buttons: []ButtonName{ButtonInvitedYes, ButtonInvitedNo}},
				{On: LinkOver{}, To: End, Say: LinkIsOver, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: LinkDenied{}, To: End, Say: InvitedDenied, Buttons: []ButtonName{ButtonSupport}},
				{On: CodeSent{}, To: "code"},
				{On: TooOften{}, To: End, Say: TooManyFlows, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: TooSoon{}, To: Stay, Say: ResendSoon},
				{On: NoResends{}, To: Stay, Say: ResendNone, Buttons: []ButtonName{ButtonSupport}},
			},
		}, {
			Name:    "code",
			Ask:     AskCode,
			Wait:    WaitCode,
			Buttons: []ButtonName{ButtonResend, ButtonUseSMS, ButtonUseEmail, ButtonChange, ButtonSupport},
			Stuck:   Recovering.stuck,
			Ways:    []ButtonName{ButtonResend, ButtonChange, ButtonSupport},
			Answer:  o.readCode,
			Suspects: func(r Recovering, _, text string) bool {
				_, secret := o.decideCode(r, text).(PasswordUnasked)
				return secret
			},
			Orders: []EffectKind{KindCheckCode, KindSendCode},
			Decides: []Outcome{
				CodeMalformed{}, PasswordUnasked{}, CodeLikeAddress{}, HelpWanted{}, CodeExpired{}, CodeClosed{}, GuessedTooOften{}, AddressRejected{},
				NotUnderstood{}, Unconcerned{},
			},
			Exits: []Exit{
				{On: CodeAccepted{}, To: "password", Say: ThatsYou},
				{On: CodeWrong{}, To: Stay, Say: CodeIsWrong},
				{On: CodeSuperseded{}, To: Stay, Say: CodeIsOld},
				{On: CodeMalformed{}, To: Stay, Say: CodeMisshapen},
				{On: PasswordUnasked{}, To: Stay, Say: CodeLooksSecret, Delete: true},
				{On: CodeLikeAddress{}, To: Stay, Say: CodeIsAddress, Buttons: []ButtonName{ButtonChange}},
				{On: HelpWanted{}, To: Stay, Say: CodeHelp, Buttons: []ButtonName{ButtonResend, ButtonSupport}},
				{On: CodeExpired{}, To: Stay, Say: CodeIsExpired},
				{On: CodeSpent{}, To: Stay, Say: CodeIsSpent},
				{On: CodeClosed{}, To: Stay, Say: WaitCode},
				{On: CodeUsed{}, To: Stay, Say: CodeIsUsed},
				{On: GuessedTooOften{}, To: Stay, Say: TooManyGuesses},
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
			Decides: []Outcome{PasswordWeak{}, PasswordFormatted{}, PasswordTypeset{}, PasswordNoted{}, GrantExpired{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: PasswordNoted{}, To: "confirm"},
				{On: PasswordWeak{}, To: Stay, Say: PasswordRefusal},
				{On: PasswordFormatted{}, To: Stay, Say: PasswordAltered},
				{On: PasswordTypeset{}, To: Stay, Say: PasswordSigns},
				{On: GrantExpired{}, To: End, Say: GrantRanOut, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
			},
		}, {
			Name:    "confirm",
			Ask:     AskConfirm,
			Wait:    WaitConfirm,
			Secret:  true,
			Answer:  o.readConfirmation,
			Orders:  []EffectKind{KindSetPassword},
			Decides: []Outcome{ConfirmationDiffers{}, ConfirmationAlike{}, GrantExpired{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: PasswordSet{}, To: End, Say: Done, Buttons: []ButtonName{ButtonSignIn}},
				{On: ConfirmationDiffers{}, To: "password", Say: ConfirmDiffers},
				{On: ConfirmationAlike{}, To: "password", Say: ConfirmAlike},
				{On: PasswordRefused{}, To: "password", Say: PasswordRefusal},
				{On: Overloaded{}, To: Stay, Say: SayBusy},
				{On: GrantExpired{}, To: End, Say: GrantRanOut, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: GrantUsed{}, To: End, Say: GrantWasUsed, Buttons: []ButtonName{ButtonSignIn, ButtonForgot}},
				{On: GrantVoid{}, To: End, Say: GrantWasEnded, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
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
	case in.Kind == Typed && o.AsksForHelp(in.Text.Reveal()): // whoever has such a username has an address too
		return r, HelpWanted{}
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
	switch {
	case refusal != nil && in.Kind == Typed && besideName(in.Text.Reveal()):
		return r, PasswordUnasked{}
	case refusal != nil:
		return r, refusal
	case id.Kind != "username":
	case looksSecret(strings.Map(plainInUsernames, in.Text.Reveal())):
		return r, PasswordUnasked{}
	case longEnough(id.Display): // a password may be a word too, and is not to be read here again
		id.Display = ""
	}
	r = Recovering{Typed: id, Channel: o.channelFor(id), Newest: r.Newest}
	if better, ok := o.Suggest(id); ok && in.Kind == Typed {
		r.Suggested = better.Display
		return r, SpellingDoubted{}
	}
	return r, r.send(at, r.Channel)
}

// readInvitation opens the link by which the person came, and then waits for
// them to say whether they asked for it.
func (o RecoveryOptions) readInvitation(r Recovering, in Input, at At) (Recovering, Next) {
	switch {
	case in.Kind == Ordered:
		return r, OpenLink{Token: Secret(in.Param), Chat: at.Chat}
	case in.Kind == Expired:
		return r, Unconcerned{}
	case in.Kind == Pressed && ButtonName(in.Name) == ButtonInvitedYes:
		r.Channel = o.Channels[0]
		return r, r.send(at, r.Channel)
	case in.Kind == Pressed && ButtonName(in.Name) == ButtonInvitedNo:
		return r, DenyLink{Case: r.Case, Chat: at.Chat}
	case removable(in):
		return r, PasswordUnasked{}
	default:
		return r, NotUnderstood{}
	}
}

func (o RecoveryOptions) readSpelling(r Recovering, in Input, at At) (Recovering, Next) {
	switch {
	case in.Kind == Typed && strings.IndexFunc(strings.TrimSpace(in.Text.Reveal()), notLetter) < 0:
		return r, NotUnderstood{} // more likely "yes" than a username
	case in.Kind != Pressed:
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
		code, ok := readCode(in.Text.Reveal(), r.Digits, r.Long)
		switch {
		case ok && r.End == CodeTriedOut:
			return r, CodeClosed{Until: r.Until}
		case ok:
			return r, CheckCode{Recovery: r.Recovery, Chat: at.Chat, Code: code}
		}
		next := o.decideCode(r, in.Text.Reveal())
		_, address := next.(CodeLikeAddress)
		_, malformed := next.(CodeMalformed)
		if address && r.barred(at.Now) || malformed && r.stuck(at.Now) {
			return r, NotUnderstood{}
		}
		return r, next
	case Expired:
		if r.End != "" || at.Now.Before(r.Expires) {
			return r, Unconcerned{}
		}
		return r, CodeExpired{}
	case Pressed:
		return r, r.pressedAtCode(ButtonName(in.Name), at)
	default:
		return r, NotUnderstood{}
	}
}

// decideCode says what a text is that is no code. What is nothing else may be the
// password that is asked for next, and that is any words.
func (o RecoveryOptions) decideCode(r Recovering, text string) Outcome {
	switch {
	case codeWithin(text, r.Digits, r.Long):
		return CodeMalformed{}
	case o.isAddress(text):
		return CodeLikeAddress{}
	case o.AsksForHelp(text):
		return HelpWanted{}
	case longEnough(text):
		return PasswordUnasked{}
	default:
		return CodeMalformed{}
	}
}

// isAddress tells whether a text names an address, or looks like it.
func (o RecoveryOptions) isAddress(text string) bool {
	id, refusal := o.Identify(text)
	return looksAddress(strings.TrimSpace(text)) || refusal == nil && id.Kind != "username"
}

func (r Recovering) pressedAtCode(b ButtonName, at At) Next {
	if r.barred(at.Now) { // no code could be typed
		return GuessedTooOften{Until: r.Barred}
	}
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
	text := in.Text.Reveal()
	tag, typeset := o.Tag(at.Conversation, text), o.Typewritten(text) != text
	switch reasons := o.Check(text, r.Owner); {
	case len(reasons) > 0 && typeset:
		return r, PasswordWeak{Reasons: append(reasons, reasonTypeset)}
	case len(reasons) > 0:
		return r, PasswordWeak{Reasons: reasons}
	case typeset && !same(tag, r.Typeset): // once: who sends it again can type it
		r.Typeset = tag
		return r, PasswordTypeset{}
	}
	r.First, r.Alike = tag, o.Tag(at.Conversation, o.Alike(text))
	return r, PasswordNoted{}
}

// reasonTypeset joins the policy's reasons where a password has faults besides its
// signs.
const reasonTypeset = "typeset"

// same compares tags.
func same(one, other string) bool { return subtle.ConstantTimeCompare([]byte(one), []byte(other)) == 1 }

func (o RecoveryOptions) readConfirmation(r Recovering, in Input, at At) (Recovering, Next) {
	if next, stop := r.unlessTyped(in, at); stop {
		return r, next
	}
	first, alike := r.First, r.Alike
	if !same(o.Tag(at.Conversation, in.Text.Reveal()), first) {
		r.First, r.Alike = "", ""
		if same(o.Tag(at.Conversation, o.Alike(in.Text.Reveal())), alike) {
			return r, ConfirmationAlike{}
		}
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
		Recovery: r.Recovery, Conversation: at.Conversation, Chat: at.Chat, Revision: at.Revision, Newest: r.Newest, Codes: r.Codes,
		Identifier: r.Typed.Canonical, IDKind: r.Typed.Kind, Channel: channel, Language: at.Language, Case: r.Case,
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
