package staff

import (
	"strings"
	"time"
	"unicode/utf8"

	"rekey/flows"
)

const (
	// longestLine bounds what staff say at once, in characters: with a name
	// before it, it fits into a message of Telegram's.
	longestLine = 3500
	// returnsWithin is how long a closed case is opened again for who comes back.
	returnsWithin = 7 * 24 * time.Hour
)

// Talk is how the person of a case is reached, and where they are stuck.
type Talk struct {
	Chat         int64         `json:"chat,omitempty"`
	Conversation string        `json:"conversation,omitempty"`
	Opened       flows.InputID `json:"opened,omitempty"` // by which it began
	Language     string        `json:"language,omitempty"`
	Trouble      flows.Trouble `json:"trouble,omitzero"`
	Live         bool          `json:"live,omitempty"`
}

// Line is something said in a talk, on its way to the other side.
type Line struct {
	ID      int64    `json:"-"` // grows; given by the store
	Kind    LineKind `json:"kind"`
	ToStaff bool     `json:"to_staff,omitempty"`
	By      string   `json:"by,omitempty"` // the name of who on staff said it
	Text    string   `json:"text,omitempty"`
	Media   string   `json:"media,omitempty"`   // what is to be copied, such as "photo"; Text is below it
	Chat    int64    `json:"chat,omitempty"`    // Media: where it is; 0: in the staff group
	Message int      `json:"message,omitempty"` // Media
	Edited  bool     `json:"edited,omitempty"`
	To      int64    `json:"to,omitempty"` // the chat that it is for; 0: the staff group
	// Conversation and Opened tell which talk of the person's ends with the line.
	Conversation string        `json:"conversation,omitempty"`
	Opened       flows.InputID `json:"opened,omitempty"`
}

// LineKind says what kind of line it is. Its values are stored and never change
// meaning.
type LineKind string

// The kinds of line.
const (
	LineSaid     LineKind = "said"
	LineWithheld LineKind = "withheld" // a code or a password, perhaps
	LineBack     LineKind = "back"     // the person asks for help again
	LineLeft     LineKind = "left"     // the person has gone
	LineJoined   LineKind = "joined"   // somebody on staff took the case
	LineEnded    LineKind = "ended"    // by staff
	LineLost     LineKind = "lost"     // what was said could not be passed on
)

// Helped gives the case of a person who asks for help in the chat.
func Helped(masked, account string, t Talk, now time.Time) Case {
	t.Live = true
	c := Case{Status: Open, Opened: now, Masked: masked, Account: account, Reason: string(ReasonChat), Talk: t}
	return c.note(Event{At: now, What: CaseOpened})
}

// Takes tells whether a person who comes to support belongs to this case: it is
// open, or was until lately.
func (c Case) Takes(now time.Time) bool {
	return c.Status != Closed || len(c.Events) > 0 && now.Sub(c.Events[len(c.Events)-1].At) < returnsWithin
}

// Back is the person asking for help again. What somebody proved elsewhere, in
// another chat or on the phone, says nothing about who is in this one.
func (c Case) Back(t Talk, now time.Time) Case {
	c = c.note(Event{At: now, What: PersonBack})
	if t.Chat != c.Talk.Chat || c.Caller.Away {
		c.Caller = Caller{}
		c = c.unasked()
	}
	if c.Status == Closed {
		c.Status, c.Claimed = Open, Who{}
	}
	if c.Asks == AskReason || c.Asks == AskTicket { // what staff write goes to the person now
		c.Asks = ""
	}
	if c.Reason == "" {
		c.Reason = string(ReasonChat)
	}
	t.Live = true
	c.Talk = t
	return c
}

// Left is the person ending the talk.
func (c Case) Left(now time.Time) Case {
	c.Talk.Live = false
	return c.note(Event{At: now, What: PersonLeft})
}

// Withheld notes that what the person said was a secret, perhaps.
func (c Case) Withheld(now time.Time) Case { return c.note(Event{At: now, What: SecretWithheld}) }

// say passes on what who works on the case wrote.
func (t turn) say(a Ask) Verdict {
	switch {
	case !t.By.Is(workers...):
		return no(NotYourRole)
	case t.Case.Claimed.ID == 0:
		return no(NotTaken)
	case t.Case.Claimed.ID != t.By.ID:
		return no(NotClaimed)
	case utf8.RuneCountInString(a.Typed) > longestLine:
		return no(LineTooLong)
	case strings.TrimSpace(a.Typed) == "" && a.Media == "":
		return no(NothingAsked)
	}
	l := Line{Kind: LineSaid, Text: a.Typed, Media: a.Media}
	if a.Media != "" {
		l.Message = a.At
	}
	return Verdict{Case: t.Case, Orders: []Order{t.line(l)}}
}

func (t turn) line(l Line) Say {
	l.By, l.To = t.by.Name, t.Case.Talk.Chat
	if l.Kind == LineEnded {
		l.Conversation, l.Opened = t.Case.Talk.Conversation, t.Case.Talk.Opened
	}
	return Say{Line: l}
}

func (t turn) endTalk() verdict {
	c := t.Case.note(Event{At: t.Now, What: TalkEnded, By: t.by.Name})
	c.Talk.Live = false
	return verdict{c: c, orders: []Order{t.line(Line{Kind: LineEnded})}}
}
