package flows

import (
	"fmt"
	"time"
)

// InputID names an input once and for all: a redelivered input has the same
// id. Build one with UpdateInput, ExpiryInput and their like.
type InputID string

// UpdateInput names an update that Telegram delivers to a bot.
func UpdateInput(bot, update int64) InputID { return InputID(fmt.Sprintf("u:%d:%d", bot, update)) }

// ExpiryInput names the moment when what a conversation waits for expires.
func ExpiryInput(conversation string, revision uint64) InputID {
	return InputID(fmt.Sprintf("expiry:%s:%d", conversation, revision))
}

// TalkInput names the moment when support ended a talk, by the line that says so.
func TalkInput(number, line int64) InputID {
	return InputID(fmt.Sprintf("talk:%d:%d", number, line))
}

// SettledInput names the moment when a conversation is told that its password is set.
func SettledInput(conversation string) InputID { return InputID("settled:" + conversation) }

// InputKind says what a person did, or that something happened to them.
type InputKind string

// The kinds of input.
const (
	Typed   InputKind = "text"    // a message typed now, by the person
	Pressed InputKind = "button"  // an inline button
	Shared  InputKind = "contact" // a contact; Own tells whose
	Ordered InputKind = "command" // /start and its like
	Expired InputKind = "expiry"  // time passed, nobody did anything
	Ended   InputKind = "ended"   // support ended the talk that the input Name opened; Param is who
	Settled InputKind = "settled" // the password is set, of which the conversation could not learn then
	Unread  InputKind = "other"   // a sticker, photo, voice message, forward, edit …
)

// byNobody tells that no person did it, so that nobody waits for an answer.
func (k InputKind) byNobody() bool { return k == Expired || k == Ended || k == Settled }

// Input is what a person did, without Telegram.
type Input struct {
	ID      InputID
	Kind    InputKind
	Chat    int64 // the private chat, which is also the person's id
	Message int   // the person's message, so that it can be deleted; 0 when there is none

	// Text is what was typed, or for a Shared contact the phone number as Telegram
	// gives it, for an Unread message any text with it, and for an Ordered command
	// with more behind it all of that.
	Text   Secret
	Own    bool   // Shared: the contact is the sender's own
	Name   string // Ordered: the command without slash. Pressed: the button's name.
	Param  string // Ordered: what follows the command (a deep link's payload)
	Edited bool   // Unread: an edit of an earlier message
	Media  string // Unread, Shared: what the message is, such as "photo", where it can be copied
	// Formatted tells that the app took some of the signs typed for formatting
	// (**bold**, __italic__) and left them out of Text.
	Formatted bool
	Press     Press // Pressed: where the button stood
	// Suspect tells that a password was asked for in this chat lately, though no
	// step may wait for one now. The Runner finds it out.
	Suspect bool
	// Lost tells that a recovery was begun in this chat lately whose conversation is
	// not there any more. The Runner finds it out.
	Lost bool
	// LostTalk tells the same of a talk with support.
	LostTalk bool
	// Sent is when the person did it, as far as Telegram tells, or else when it
	// arrived here; zero when nobody knows.
	Sent time.Time
	// Arrived is when it came here; zero for what happened to nobody's doing.
	Arrived time.Time
	Album   string // which photos and their like were sent together; empty: alone

	Language string // the person's Telegram language, an IETF tag such as "en" or "ru-RU"; may be empty
}

// expectsConversation tells that a person does what belongs to a conversation, or
// may.
func (in Input) expectsConversation() bool {
	switch in.Kind {
	case Typed, Unread, Shared:
		return true
	case Pressed:
		return in.Press.Conversation != ""
	case Ordered:
		return in.Name == "cancel"
	default:
		return false
	}
}

// Press says where a pressed button stood. A button outside any conversation
// (the welcome's) has the zero Press with only Callback set.
type Press struct {
	Callback     string // what the edge needs to answer the press
	Conversation string // the conversation's id when the button was drawn
	Revision     uint64 // its revision then
}
