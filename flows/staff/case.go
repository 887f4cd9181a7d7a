package staff

import (
	"slices"
	"time"

	"rekey/flows"
)

// Status is where a case stands. Its values are stored and never change
// meaning.
type Status string

// What a case can be.
const (
	Open    Status = "open"
	Waiting Status = "waiting" // for a second person
	Closed  Status = "closed"
)

// Question is what a case waits for somebody on staff to type.
type Question string

// What can be asked. The zero Question asks nothing.
const (
	AskReason Question = "reason"
	AskTicket Question = "ticket"
	AskCode   Question = "code"  // that the caller reads out
	AskWords  Question = "words" // the same, unless they tap a number
)

// shownEvents is how many events a case keeps; the audit log keeps all.
const shownEvents = 12

// Case is one person's trouble. It holds nothing that staff may not see once the
// caller is verified: what was typed to open it is kept as a tag and a mask.
type Case struct {
	Number   int64  // from 1; given by the store
	Revision uint64 // grows with every change

	Status  Status    `json:"status"`
	Asks    Question  `json:"asks,omitempty"`
	Opened  time.Time `json:"opened"`
	By      Who       `json:"by"`
	Masked  string    `json:"masked"`            // what was typed, to be recognised by who knows it
	Account string    `json:"account,omitempty"` // empty when nobody has it
	Reason  string    `json:"reason,omitempty"`  // a Reason, or as typed
	Ticket  string    `json:"ticket,omitempty"`
	Claimed Who       `json:"claimed,omitzero"`
	Caller  Caller    `json:"caller,omitzero"`
	Checks  int       `json:"checks,omitempty"` // of callers, so far
	Shown   int64     `json:"shown,omitempty"`  // the chat where the owner saw numbers, and can say that it is not them
	Pending Pending   `json:"pending,omitzero"`
	Talk    Talk      `json:"talk,omitzero"`
	Events  []Event   `json:"events,omitempty"` // newest last
	Noted   int       `json:"noted"`            // events so far, also those forgotten
}

// Caller is how far the person on the phone is verified.
type Caller struct {
	Method  string    `json:"method,omitempty"` // "chat" or "code"; empty: not begun
	Chat    int64     `json:"chat,omitempty"`   // where the numbers are shown
	Number  int       `json:"number,omitempty"` // the one that staff read out
	Tag     string    `json:"tag,omitempty"`    // keyed tag of the code
	Tries   int       `json:"tries,omitempty"`  // left
	Until   time.Time `json:"until,omitzero"`   // of the check, or once it is passed, of what it opens
	Checked bool      `json:"checked,omitempty"`
	Away    bool      `json:"away,omitempty"` // nobody was in the talk when it was asked or proved
}

// Verified tells whether the caller's proof holds now.
func (c Caller) Verified(now time.Time) bool { return c.Checked && now.Before(c.Until) }

// Pending is an act that waits for a second person.
type Pending struct {
	Act   Act       `json:"act,omitempty"`
	By    Who       `json:"by,omitzero"`
	Risks []Risk    `json:"risks,omitempty"`
	Votes []Who     `json:"votes,omitempty"` // of admins; two are enough
	Until time.Time `json:"until,omitzero"`
	// Since is the case's revision with which it began to wait: a vote on an
	// older card is on something else.
	Since uint64 `json:"since,omitempty"`
}

// Event is a line of a case's history.
type Event struct {
	At   time.Time `json:"at"`
	What What      `json:"what"`
	By   string    `json:"by,omitempty"` // a name; empty: the person, or the bot
	Act  Act       `json:"act,omitempty"`
}

// What names what happened to a case. Its values are stored and never change
// meaning.
type What string

// What can happen.
const (
	CaseOpened     What = "opened"
	CaseClaimed    What = "claimed"
	CaseClosed     What = "closed"
	CaseReopened   What = "reopened"
	ActDone        What = "done"
	ActAsked       What = "asked" // of a second person
	ActApproved    What = "approved"
	ActRefused     What = "refused"
	ActExpired     What = "approval_expired"
	CallerAsked    What = "caller_asked"
	CallerVerified What = "caller_verified"
	CallerFailed   What = "caller_failed"
	CallerDenied   What = "caller_denied" // the owner says that it is somebody else
	LinkOpened     What = "link_opened"
	LinkDenied     What = "link_denied" // the owner did not ask for it
	PasswordSet    What = "password_set"
	PersonBack     What = "person_back" // in the chat, and asks for help again
	PersonLeft     What = "person_left" // the talk
	TalkEnded      What = "talk_ended"  // by staff
	SecretWithheld What = "secret_withheld"
)

// closed ends all that was under way in a case.
func (c Case) closed() Case {
	c.Status, c.Asks, c.Pending, c.Caller, c.Shown, c.Talk.Live = Closed, "", Pending{}, Caller{}, 0, false
	return c
}

// note adds an event, forgetting the oldest.
func (c Case) note(e Event) Case {
	c.Events, c.Noted = append(slices.Clone(c.Events), e), c.Noted+1
	if extra := len(c.Events) - shownEvents; extra > 0 {
		c.Events = c.Events[extra:]
	}
	return c
}

// Known is what directory and ledger know of the account that a case is about.
// The zero Known is nobody's.
type Known struct {
	ID             string
	Name           string
	Masked         []string // addresses and username
	Disabled       bool
	Privileged     bool
	AddressChanged time.Time // zero when unknown
	Resets         int       // in the last 30 days
	Chat           int64     // where its password was last recovered; 0: nowhere
	Closed         bool      // too many wrong codes in a row
	FrozenUntil    time.Time
	Channels       []flows.Channel // by which its owner can be reached
	Pestered       bool            // its owner was sent all that they are sent in a day to read out
}

// Reachable tells whether anything can be sent to the owner.
func (k Known) Reachable() bool { return k.ID != "" && !k.Disabled && len(k.Channels) > 0 }

// Since lists the events that a case has and an earlier revision of it had not.
func (c Case) Since(earlier Case) []Event {
	return c.Events[max(0, len(c.Events)-(c.Noted-earlier.Noted)):]
}
