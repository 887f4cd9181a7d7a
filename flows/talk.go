package flows

import (
	"crypto/subtle"
	"time"
)

// TalkName is the name of the flow in which a person talks with support.
const TalkName = "talk"

// TalkOptions is what the talk with support is built from. The functions must be
// pure and safe for concurrent use.
type TalkOptions struct {
	Life time.Duration // of a talk
	// Opens tells when support works again, in their time zone; the zero time
	// when they work at the time given.
	Opens func(time.Time) time.Time
	// Mask hides most of an identifier, so that its owner alone recognises it.
	Mask func(Identifier) string
	// Tag is RecoveryOptions.Tag.
	Tag func(conversation, password string) string
	// Digits is how long a code is.
	Digits int
}

// Talking is what a talk keeps.
type Talking struct {
	Begun  Beginning `json:"begun,omitzero"`
	Opened InputID   `json:"opened,omitempty"` // by which the talk began
	Case   int64     `json:"case,omitempty"`
	Ahead  int       `json:"ahead,omitempty"`
	Reader string    `json:"reader,omitempty"` // who of support reads it
	Staff  string    `json:"staff,omitempty"`  // who ended it
	Until  time.Time `json:"until,omitzero"`   // when what was refused is possible again
}

// Beginning is where a recovery stood when the person asked for support.
type Beginning struct {
	Typed   Identifier `json:"typed,omitzero"`
	Case    int64      `json:"case,omitempty"`
	Trouble Trouble    `json:"trouble,omitzero"`
	Secret  bool       `json:"secret,omitempty"` // a password was asked for
	Long    bool       `json:"long,omitempty"`   // codes are long
	First   string     `json:"first,omitempty"`  // keyed tag of the last entry
}

// Talk lets a person write with support. What they were at waits meanwhile.
func Talk(o TalkOptions) Flow[Talking] {
	return Flow[Talking]{
		Name: TalkName, Version: 1, Life: o.Life,
		Learn: learnTalk, Facts: o.facts,
		Steps: []Step[Talking]{{
			Name:    "line",
			Begins:  true,
			Ask:     AskTalk,
			Wait:    WaitTalk, // or it would tell who read when it began
			Repeats: true,
			Buttons: []ButtonName{ButtonEndTalk},
			Hears:   true,
			Answer:  o.read,
			Suspects: func(t Talking, conversation, text string) bool {
				return o.betrays(t.Begun, conversation, text)
			},
			Orders:  []EffectKind{KindOpenTalk, KindRelay, KindEndTalk},
			Decides: []Outcome{Unpassed{}, TalkClosed{}, NotUnderstood{}, Unconcerned{}},
			Exits: []Exit{
				{On: TalkOpened{}, To: "line"},
				{On: TalkRefused{}, To: End, Say: SaySupport, Buttons: []ButtonName{ButtonForgot}},
				{On: Relayed{}, To: Stay},                     // as in any chat, nothing is said
				{On: Withheld{}, To: Stay, Say: TalkWithheld}, // and removed, as all that is hidden
				{On: CallerKnown{}, To: Stay, Say: CallerIsKnown, Delete: true},
				{On: CallerUnknown{}, To: Stay, Say: CallerIsUnknown, Delete: true},
				{On: TooOften{}, To: Stay, Say: TalkTooFast},
				{On: Unpassed{}, To: Stay, Say: TalkUnpassed},
				{On: TalkOver{}, To: End, Say: TalkIsOver, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: TalkLeft{}, To: End, Say: TalkIsLeft, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
				{On: TalkClosed{}, To: End, Say: TalkIsClosed, Buttons: []ButtonName{ButtonForgot, ButtonSupport}},
			},
		}},
	}
}

// read passes on what the person says; the first input of all begins the talk.
func (o TalkOptions) read(t Talking, in Input, at At) (Talking, Next) {
	hidden := o.betrays(t.Begun, at.Conversation, in.Text.Reveal()) || o.betrays(t.Begun, at.Conversation, in.said())
	switch {
	case in.Kind == Ended && in.Name == string(t.Opened):
		return t, TalkClosed{Staff: in.Param}
	case in.Kind.byNobody():
		return t, Unconcerned{}
	case t.Case == 0:
		t.Opened = in.ID
		return t, o.open(t.Begun, at)
	case in.Kind == Pressed && ButtonName(in.Name) == ButtonEndTalk:
		return t, EndTalk{}
	case in.Kind == Pressed:
		return t, NotUnderstood{}
	case !hidden && in.Kind != Typed && in.Media == "" && (!in.Edited || in.Text == ""):
		return t, Unpassed{}
	}
	return t, Relay{
		Case: t.Case, Chat: at.Chat, Message: in.Message, Text: in.Text, Media: in.Media, Edited: in.Edited,
		Hidden: hidden,
	}
}

func (o TalkOptions) open(b Beginning, at At) OpenTalk {
	order := OpenTalk{
		Chat: at.Chat, Language: at.Language, Case: b.Case,
		Identifier: b.Typed.Canonical, IDKind: b.Typed.Kind, Trouble: b.Trouble,
	}
	if b.Typed.Canonical != "" && b.Typed.Kind != KindAccount {
		order.Masked = o.Mask(b.Typed)
	}
	return order
}

// betrays tells whether what is said to support may hold a code, a link of
// support's or a password. Where one was asked for just now, any single word may be
// it.
func (o TalkOptions) betrays(b Beginning, conversation, text string) bool {
	if text == "" {
		return false
	}
	if b.First != "" && subtle.ConstantTimeCompare([]byte(o.Tag(conversation, text)), []byte(b.First)) == 1 {
		return true
	}
	return holdsCode(text, o.Digits, b.Long) || holdsToken(text) || holdsSecret(text, b.Secret)
}

func learnTalk(t Talking, o Outcome) Talking {
	switch o := o.(type) {
	case TalkOpened:
		t.Case, t.Ahead, t.Reader = o.Case, o.Ahead, o.Staff
	case TooOften:
		t.Until = o.Until
	case TalkClosed:
		t.Staff = o.Staff
	}
	return t
}

func (o TalkOptions) facts(t Talking, now time.Time) Facts {
	return Facts{Case: t.Case, Ahead: t.Ahead, Reader: t.Reader, Staff: t.Staff, Wait: max(0, t.Until.Sub(now)), Opens: o.Opens(now)}
}
