package flows

import "fmt"

// The texts of the lobby: what is said outside a flow, and by any flow.
const (
	SayWelcome        MessageID = "lobby.welcome"          // buttons forgot, support
	SayHelp           MessageID = "lobby.help"             // how it works, the commands
	SaySupport        MessageID = "lobby.support"          // how to reach a person
	SayPrivacy        MessageID = "lobby.privacy"          // what is kept and for how long
	SayLanguage       MessageID = "lobby.language"         // choose a language
	SayLanguageSet    MessageID = "lobby.language_set"     // said in the new language
	SayCancelled      MessageID = "lobby.cancelled"        // nothing was changed
	SayNothingToStop  MessageID = "lobby.nothing_to_stop"  // /cancel outside a flow
	SayTimeUp         MessageID = "lobby.time_up"          // the conversation's life is over, start again
	SayStale          MessageID = "lobby.stale"            // the conversation is of another version, start again
	SayOldButton      MessageID = "lobby.old_button"       // short answer to a press
	SayBroken         MessageID = "lobby.broken"           // Reference; do that again
	SayOverdue        MessageID = "lobby.overdue"          // it took too long, please send that again
	SayBusy           MessageID = "lobby.busy"             // too much waits, please send that again
	SayNotDeleted     MessageID = "lobby.not_deleted"      // please delete your message yourself
	SaySecretRemoved  MessageID = "lobby.secret_removed"   // it looked like a password; removed; never send one unasked
	SayCommandAlone   MessageID = "lobby.command_alone"    // a password was asked for, and this began with a command; removed
	SayMaybeSecret    MessageID = "lobby.maybe_secret"     // removed in case it was a password, start again
	SayLost           MessageID = "lobby.lost"             // the conversation was lost, nothing was changed, start again
	SayLostSecret     MessageID = "lobby.lost_secret"      // the same, and the message was removed in case it was a password
	SayLostTalk       MessageID = "lobby.lost_talk"        // the talk with support was lost, begin another
	SayLostTalkSecret MessageID = "lobby.lost_talk_secret" // the same, after a message that was deleted
	SayGone           MessageID = "lobby.gone"             // short answer to a press: the conversation is there no more
	SayLate           MessageID = "lobby.late"             // it came too late to act on, start again
	SaySurplus        MessageID = "lobby.surplus"          // it was too much at once: removed unread
	SayPrivateOnly    MessageID = "lobby.private_only"     // said in groups
)

// The texts of the recovery flow. Waiting texts answer a sticker, an edit, a
// forward or nonsense with what the step waits for.
const (
	AskAccount         MessageID = "recovery.ask_account"
	WaitAccount        MessageID = "recovery.wait_account"
	AccountEmpty       MessageID = "recovery.account_empty"     // nothing readable was typed
	AccountTooLong     MessageID = "recovery.account_too_long"  //
	AccountBroken      MessageID = "recovery.account_malformed" // not an address, number or username
	AccountSeveral     MessageID = "recovery.account_several"   // one at a time
	ContactForeign     MessageID = "recovery.contact_foreign"   // not your own number
	AccountLooksSecret MessageID = "recovery.account_secret"    // that looked like a password; deleted
	AskSpelling        MessageID = "recovery.ask_spelling"      // Address, Suggested
	AskCode            MessageID = "recovery.ask_code"          // Address, Channel, OtherWay, Words, Life, Wait, Resends, Long
	WaitCode           MessageID = "recovery.wait_code"         // Channel, Digits, Long; End, Wait, Resends, Barred
	CodeHelp           MessageID = "recovery.code_help"         // the same, and Words: where to look for it
	CodeMisshapen      MessageID = "recovery.code_malformed"    // Digits, Long; nothing was counted
	CodeIsWrong        MessageID = "recovery.code_wrong"        // Tries
	CodeIsOld          MessageID = "recovery.code_superseded"   // Tries
	CodeIsExpired      MessageID = "recovery.code_expired"      // Wait, Resends
	CodeIsSpent        MessageID = "recovery.code_spent"        // that was wrong, and no tries are left: Wait, Resends
	CodeIsUsed         MessageID = "recovery.code_used"         // it was right before, and that is over: Wait, Resends
	CodeLooksSecret    MessageID = "recovery.code_secret"       // no code, and perhaps a password; deleted, nothing was counted
	CodeIsAddress      MessageID = "recovery.code_address"      // that is an address, not a code
	ResendSoon         MessageID = "recovery.resend_too_soon"   // Wait, End
	ResendNone         MessageID = "recovery.resend_none"       // End
	TooManyFlows       MessageID = "recovery.too_often"         // Wait
	TooManyGuesses     MessageID = "recovery.too_many"          // Barred
	ThatsYou           MessageID = "recovery.accepted"          // first line before AskPassword
	AskPassword        MessageID = "recovery.ask_password"      // Policy, MinLength
	WaitPassword       MessageID = "recovery.wait_password"
	PasswordRefusal    MessageID = "recovery.password_refused" // Reasons, MinLength
	PasswordAltered    MessageID = "recovery.password_altered" // the app took signs of it for formatting
	PasswordSigns      MessageID = "recovery.password_typeset" // it has signs that other keyboards lack; the same again is taken
	AskConfirm         MessageID = "recovery.ask_confirm"
	WaitConfirm        MessageID = "recovery.wait_confirm"
	ConfirmDiffers     MessageID = "recovery.confirm_differs" // first line before AskPassword
	ConfirmAlike       MessageID = "recovery.confirm_alike"   // the same, where the two only look alike
	Done               MessageID = "recovery.done"            // Sessions, Reference
	GrantRanOut        MessageID = "recovery.grant_expired"   // GrantLife; start again
	GrantWasUsed       MessageID = "recovery.grant_used"      // a password was set with that code before
	GrantWasEnded      MessageID = "recovery.grant_void"      // it was stopped meanwhile; start again
	AccountChanged     MessageID = "recovery.account_changed" // it changed meanwhile; support
	Unsettled          MessageID = "recovery.unsettled"       // we cannot tell yet whether the password was set
)

// What support started for a person.
const (
	SayLink       MessageID = "support.link"        // begin here: Staff, Case, Life
	AskInvited    MessageID = "support.ask_invited" // did you ask for this? Staff, Case
	InvitedDenied MessageID = "support.denied"      // stopped, support knows: Case
	LinkIsOver    MessageID = "support.link_over"   // used up, expired or never there
	AskMatch      MessageID = "support.ask_match"   // which number do you hear on the phone? Staff, Case, Life
	MatchIsDone   MessageID = "support.match_done"  // thank you
	MatchIsOver   MessageID = "support.match_over"  // the question is answered or too old
)

// What is said in a talk with support.
const (
	AskTalk         MessageID = "talk.ask"            // write here what you need: Case, Reader, Ahead, Opens
	WaitTalk        MessageID = "talk.wait"           // the same later, when who reads it may be another: Case
	TalkJoined      MessageID = "talk.joined"         // Staff reads it now
	TalkSaid        MessageID = "talk.said"           // Staff, Text
	TalkWithheld    MessageID = "talk.withheld"       // it may have been a code or password; removed, and support did not see it
	TalkTooFast     MessageID = "talk.too_often"      // Wait
	TalkUnpassed    MessageID = "talk.unpassed"       // support cannot be sent such a thing
	TalkIsOver      MessageID = "talk.over"           // the case is closed
	TalkIsLeft      MessageID = "talk.left"           // Case
	TalkIsClosed    MessageID = "talk.closed"         // Staff, Case
	CallerIsKnown   MessageID = "talk.caller_known"   // support learns that, and nothing else
	CallerIsUnknown MessageID = "talk.caller_unknown" // that is not what support asked for
	SayTalking      MessageID = "talk.busy"           // short answer to a press of a question that waits
)

// The letters: mails and SMS to addresses on record. Each has a subject (mail
// only), a text and an HTML form.
const (
	LetterCode     MessageID = "letter.code"     // Code, Words, Life
	LetterSeveral  MessageID = "letter.several"  // several accounts share the address: start again with the username
	LetterNotice   MessageID = "letter.notice"   // the password was changed: Time, Sessions, Reference
	LetterPressure MessageID = "letter.pressure" // somebody guesses codes or asks for too many: Time
	LetterClosed   MessageID = "letter.closed"   // so many wrong codes in a row that only support can help
	LetterLink     MessageID = "letter.link"     // support started a reset: Link, Staff, Case, Life
	LetterCaller   MessageID = "letter.caller"   // a code to read out to support: Code, Staff, Case
	LetterWords    MessageID = "letter.words"    // words to read out to support: ReadOut, Staff, Case
	LetterFrozen   MessageID = "letter.frozen"   // support stopped recovery for a day: Case
	LetterRelay    MessageID = "letter.relay"    // a code was typed in another chat than its own: Time
)

// The buttons.
const (
	ButtonForgot      ButtonName = "forgot"
	ButtonSupport     ButtonName = "support" // begins a talk with support, or opens the support address
	ButtonSignIn      ButtonName = "sign_in" // opens the sign-in page
	ButtonShare       ButtonName = "share_phone"
	ButtonSpellingYes ButtonName = "spelling_yes" // Suggested
	ButtonSpellingNo  ButtonName = "spelling_no"  // Address
	ButtonResend      ButtonName = "resend"
	ButtonUseSMS      ButtonName = "use_sms"
	ButtonUseEmail    ButtonName = "use_email"
	ButtonChange      ButtonName = "change_address"
	ButtonLink        ButtonName = "link" // opens Facts.Link
	ButtonInvitedYes  ButtonName = "invited_yes"
	ButtonInvitedNo   ButtonName = "invited_no"
	ButtonEndTalk     ButtonName = "end_talk"
)

// ButtonMatch is the button with one of the numbers that a caller may hear from
// support, or with 0, that somebody else is on the phone.
func ButtonMatch(number int64, choice int) ButtonName {
	return ButtonName(fmt.Sprintf("match.%d.%d", number, choice))
}

// ReadMatch reads the name of such a button; false when it is another.
func ReadMatch(name string) (number int64, choice int, ok bool) {
	n, err := fmt.Sscanf(name, "match.%d.%d", &number, &choice)
	return number, choice, n == 2 && err == nil && string(ButtonMatch(number, choice)) == name
}

// ButtonLanguage is the button that chooses a language, labelled with that
// language's own name.
func ButtonLanguage(tag string) ButtonName { return ButtonName("language." + tag) }

// Commands lists the bot's commands in the order of its menu.
func Commands() []string {
	return []string{"start", "cancel", "help", "support", "language", "privacy"}
}
