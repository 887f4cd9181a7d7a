package staff

import (
	"context"
	"errors"
	"time"

	"rekey/flows"
)

// Cases is where staff and cases are kept. Safe for concurrent use.
type Cases interface {
	// Decide reads the scene of a request, has decide treat it, and keeps what
	// comes of it: the case, the orders, the audit rows and a job that draws
	// the card, all in one transaction. Performed again for the same input it
	// does nothing and gives the same verdict, without its orders. Of a request
	// with content no refusal is kept, so that it can be made again.
	Decide(ctx context.Context, r Request, decide func(Scene) Verdict) (Verdict, error)
	// Case gives a case by its number.
	Case(ctx context.Context, number int64) (Case, bool, error)
	// CaseAt gives the case that is drawn in a topic or, where there are none,
	// by a message.
	CaseAt(ctx context.Context, p Place) (Case, bool, error)
	// Draw gives what a card shows, after time has done to the case what it does.
	Draw(ctx context.Context, number int64) (Scene, Place, bool, error)
	// Drawn keeps where a revision of a case is drawn.
	Drawn(ctx context.Context, number int64, at Place) error
	// Member gives who on staff has an id; the zero Member is nobody.
	Member(ctx context.Context, id int64) (Member, error)
	// Rule reads the list of staff, has decide treat what an admin wants of it, and
	// keeps what comes of it and the audit row, in one transaction. Performed again
	// for the same input it does nothing and gives the same ruling.
	Rule(ctx context.Context, r ListRequest, decide func(Roll) Ruling) (Ruling, error)
	// Change gives a change of the list that waits for a second admin.
	Change(ctx context.Context, number int64) (Change, bool, error)
	// Staff lists who is on staff.
	Staff(ctx context.Context) ([]Member, error)
	// Find gives the newest cases that were opened for an identifier.
	Find(ctx context.Context, id flows.Identifier, most int) ([]Case, error)
	// Figures counts what happened since a time.
	Figures(ctx context.Context, since time.Time) (Figures, error)
	// Week counts what came of the recoveries and cases of the fourteen days
	// between midnights.
	Week(ctx context.Context, midnights [15]time.Time) (Week, error)
	// Audit gives the newest rows of the audit log about an account, newest last.
	Audit(ctx context.Context, account string, most int) ([]Row, error)
	// Lines gives what waits to be said in a case's talk, oldest first, with the
	// case and where it is drawn; nothing when nothing waits.
	Lines(ctx context.Context, number int64) ([]Line, Case, Place, error)
	// Said forgets lines that were said.
	Said(ctx context.Context, lines ...Line) error
	// Note adds a row to the audit log about something that changed no case.
	Note(ctx context.Context, by int64, event, detail string) error
	// Alarmed adds a row about something that was refused, and gives whom to
	// tell: the admins, or nobody when they were told of the same person within
	// ten minutes.
	Alarmed(ctx context.Context, a Alarm, why Refusal) (admins []Who, err error)
}

// Request is an Ask on its way to the store.
type Request struct {
	Input      flows.InputID
	By         int64   // who asks
	Present    bool    // they are in the staff group
	Case       int64   // 0 to begin one
	Asker      int64   // who asked for the pending act, as far as is known
	AskerHere  bool    // they are in the staff group
	VotersHere []int64 // those of who agreed to it that are
	Identifier flows.Identifier
	Account    flows.Account // found for the identifier; the zero Account is nobody
	Content    []string      // what a program asked for; it stays the same for the same input
}

// Place is where a case is drawn in the staff group.
type Place struct {
	Topic    int // 0 where the group has no topics
	Message  int // the card; 0: not drawn yet
	Revision uint64
	Name     string // the topic's, as it was given last
	Closed   bool   // the topic
}

// ErrNoPlace tells that a case's place is gone: somebody deleted its topic.
var ErrNoPlace = errors.New("the case's topic is deleted")

// Group is the staff group. Safe for concurrent use.
type Group interface {
	// Present tells whether somebody is a member of the group now.
	Present(ctx context.Context, user int64) (bool, error)
	// Show draws a card, or draws it anew, and tells where. flows.ErrLater asks
	// to do that later.
	Show(ctx context.Context, at Place, c Card) (Place, error)
	// Tell says something below a message, with the buttons that belong to it.
	Tell(ctx context.Context, topic, message int, n Notice) error
	// Post shows the figures of a week with a picture of them, below a message
	// if there is one. flows.ErrLater asks to do that later.
	Post(ctx context.Context, topic, message int, w Week) error
	// Remove takes a message out of the group, such as one that holds an
	// identifier, as far as the bot may.
	Remove(ctx context.Context, message int)
	// Whisper says something to one person in private. flows.ErrUnreachable when
	// they never wrote to the bot.
	Whisper(ctx context.Context, user int64, n Notice) error
	// ToStaff says lines of a person's where their case is drawn. flows.ErrLater
	// asks to do that later; flows.ErrUnreachable tells that it cannot be done, and
	// ErrNoPlace that it can where Show draws the case anew.
	ToStaff(ctx context.Context, at Place, number int64, lines ...Line) error
	// ToPerson says a line of staff's in the person's chat, with the same errors.
	ToPerson(ctx context.Context, t Talk, l Line) error
	// Answer answers a press; the zero Notice says nothing.
	Answer(ctx context.Context, callback string, n Notice) error
}

// Notice is a short text for staff.
type Notice struct {
	Refusal Refusal
	Case    int64 // the case that it is about, if any

	Whom      *Who   // asks them whom they help
	Cases     []Case // a list of them
	Staff     []Member
	Figures   *Figures
	Rows      []Row
	Masked    string // whom the rows are about
	Alarm     *Alarm
	Ruling    *Ruling // about the list of staff
	Whispered bool    // the answer is in private
}

// Alarm tells admins that somebody tried what they have no right to.
type Alarm struct {
	By      int64  // 0: somebody who hides who they are
	Program string // the name of a program; people are named by their id
	Tried   string
}

// Card is what staff see of a case.
type Card struct {
	Case    Case
	Account Known // the zero Known as long as details are hidden
	// Exists is known only where staff may see it: nil hides it.
	Exists *bool
	Open   bool // the caller is verified, so that details show
	Offers []Act
}

// CardOf gives what staff may see of a scene.
func CardOf(s Scene, p Policy) Card {
	c := Card{Case: s.Case, Open: s.Case.Caller.Verified(s.Now), Offers: Offers(s)}
	if exists := s.Account.ID != ""; p.open(s) {
		c.Exists = &exists
	}
	if c.Open {
		c.Account = s.Account
	}
	c.Case.Account, c.Case.Caller.Tag, c.Case.Caller.Chat, c.Case.Shown = "", "", 0, 0
	c.Case.Talk.Chat, c.Case.Talk.Conversation, c.Case.Talk.Opened = 0, "", ""
	return c
}
