package staff

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rekey/flows"
)

// longestNote bounds a reason or ticket number, in characters.
const longestNote = 200

// Scene is all that a decision rests on, read in the transaction that carries
// it out.
type Scene struct {
	Now     time.Time
	By      Member // who acts; the zero Member is not on staff
	Present bool   // who acts is in the staff group now

	Asker      Member   // who asked for the pending act
	AskerHere  bool     // they are in the staff group
	Voters     []Member // who agreed to it and is in the staff group, as they are now
	Case       Case
	Account    Known
	Running    int64 // the case that staff opened for the same identifier; 0: none is open
	StartsHour int   // cases that By began
	StartsDay  int
	Fresh      Fresh
}

// Fresh is randomness for one decision, so that deciding itself is pure.
type Fresh struct {
	Token   flows.Secret // of a link, 256 bits
	Code    flows.Secret // for the caller to read out, six digits
	Words   [3]uint8     // for the caller to read out: different ones, by their places in the list of a language
	Numbers [3]int       // different ones, of two digits
	Chosen  int          // the place of the one that staff read out
}

// Ask is what somebody on staff wants: to open a case for an identifier, to
// act on one, or to answer what it asks.
type Ask struct {
	Open   string // the mask of the identifier; empty: the scene's case
	Why    string // Open: the reason, where it is known; a link is asked for at once
	Ticket string // Why: the ticket number, if there is one
	Act    Act
	Seen   uint64 // Act: the revision of the card with the button
	Typed  string
	Asked  Question // Typed: what the card asked when it was drawn; empty: whatever it asks
	Media  string   // a photo or the like, with Typed below it
	At     int      // Typed, Media: the message
}

// Verdict is what comes of an Ask.
type Verdict struct {
	Case    Case // to be kept if Changed
	Changed bool
	Orders  []Order
	Refusal Refusal // told to who asked
	Began   bool    // a case was begun, which counts
	Differs bool    // the input came before with other content: nothing is done
}

// Refusal says why nothing is done. Its values name texts.
type Refusal string

// The refusals. The zero Refusal is none.
const (
	NotStaff     Refusal = "not_staff"
	NotPresent   Refusal = "not_present" // on the list, but not in the group
	NotYourRole  Refusal = "not_your_role"
	NotNow       Refusal = "not_now" // the card is old, or the case is closed
	NotVerified  Refusal = "not_verified"
	NotYourOwn   Refusal = "not_your_own"   // nobody approves what they asked for
	NotBacked    Refusal = "not_backed"     // who asked for it has left, or lost the role
	NotClaimed   Refusal = "not_claimed"    // somebody else works on it
	NotTaken     Refusal = "not_taken"      // nobody does, so that nobody talks with the person
	TooMany      Refusal = "too_many"       // cases begun
	AlreadyOpen  Refusal = "already_open"   // a case for the same identifier
	TooLong      Refusal = "too_long"       // text
	LineTooLong  Refusal = "line_too_long"  // for the person
	WrongCode    Refusal = "wrong_code"     // the caller's; counted
	NotWords     Refusal = "not_words"      // no three words of a letter; not counted
	NotCode      Refusal = "not_code"       // no code for a caller; not counted
	NothingAsked Refusal = "nothing_asked"  // the case waits for no text
	NoNumber     Refusal = "no_number"      // of no case
	NothingFound Refusal = "nothing_found"  // no case
	NotInPrivate Refusal = "not_in_private" // the bot cannot write to them
	NoIdentifier Refusal = "no_identifier"  // nothing that people register with
	NotAsked     Refusal = "not_asked"      // the question was for somebody else
	NotYourself  Refusal = "not_yourself"   // nobody changes their own place on the list of staff
	NotListed    Refusal = "not_listed"     // nobody on the list has this id
	ListMoved    Refusal = "list_moved"     // what waited is over, or the list is another now
	ListUnread   Refusal = "list_unread"    // neither add nor remove
	NoMember     Refusal = "no_member"      // no id to add or remove
	NoName       Refusal = "no_name"        // to add
	NoRole       Refusal = "no_role"        // to add with, or one that does not exist
)

// Decider decides by a policy. It is pure and safe for concurrent use.
type Decider struct {
	Policy
	// Verifier is the ledger's too.
	Verifier
}

// Decide says what comes of an Ask.
func (d Decider) Decide(s Scene, a Ask) Verdict {
	switch {
	case len(s.By.Roles) == 0:
		return no(NotStaff)
	case !s.Present:
		return no(NotPresent)
	case a.Why != "":
		return d.start(s, a)
	case a.Open != "":
		return d.open(s, a.Open)
	}
	s.Case, _ = s.Case.Tick(s.Now)
	if a.Act != "" {
		return d.act(s, a.Act, a.Seen)
	}
	return d.typed(s, a)
}

func no(r Refusal) Verdict { return Verdict{Refusal: r} }

// open begins a case. The account behind it is noted and not shown.
func (d Decider) open(s Scene, masked string) Verdict {
	switch {
	case !s.By.Is(workers...):
		return no(NotYourRole)
	case s.StartsHour >= d.StartsHour || s.StartsDay >= d.StartsDay:
		return no(TooMany)
	case s.Running != 0:
		return Verdict{Case: Case{Number: s.Running}, Refusal: AlreadyOpen}
	}
	c := Case{
		Status: Open, Asks: AskReason, Opened: s.Now, By: s.By.Who, Claimed: s.By.Who,
		Masked: masked, Account: s.Account.ID,
	}
	return Verdict{Case: c.note(Event{At: s.Now, What: CaseOpened, By: s.By.Name}), Changed: true, Began: true}
}

// start begins a case that is explained already, and asks for its link. Nobody
// works on it yet: a program cannot.
func (d Decider) start(s Scene, a Ask) Verdict {
	begun := d.open(s, a.Open)
	if begun.Refusal != "" {
		return begun
	}
	s.Case, s.StartsDay = begun.Case, s.StartsDay+1
	s.Case.Reason, s.Case.Ticket, s.Case.Asks = oneLine(a.Why), oneLine(a.Ticket), ""
	if tooLong(s.Case.Reason) || tooLong(s.Case.Ticket) {
		return no(TooLong)
	}
	v := d.act(s, ActLink, 0)
	v.Case.Claimed, v.Began = Who{}, v.Changed
	return v
}

func (d Decider) act(s Scene, a Act, seen uint64) Verdict {
	r, ok := find(a)
	switch votes := a == ActApprove || a == ActRefuse; {
	case votes && seen < s.Case.Pending.Since:
		return no(NotNow)
	case !ok || !slices.Contains(r.at, s.Case.Status):
		return no(NotNow)
	case !s.By.Is(r.roles...):
		return no(NotYourRole)
	case r.verified && !s.Case.Caller.Verified(s.Now):
		return no(NotVerified)
	case r.sensible != nil && !r.sensible(s): // only now: it can tell that there is an account
		return no(NotNow)
	case r.act == ActApprove && (s.Case.Pending.By.ID == s.By.ID || s.Asker.AddedBy == s.By.ID):
		return no(NotYourOwn) // nor what somebody asks for whom they put on the list
	case r.act == ActApprove && (!s.AskerHere || !s.Asker.Is(workers...)):
		return no(NotBacked)
	case !claimless(r.act) && s.Case.Claimed.ID != 0 && s.Case.Claimed.ID != s.By.ID:
		return no(NotClaimed)
	}
	t := turn{Scene: s, Policy: d.Policy, by: s.By.Who, verifier: d.Verifier}
	if t.Case.Claimed.ID == 0 && !claimless(r.act) {
		t.Case.Claimed = t.by
	}
	if found := d.Risks(s); r.risky && len(found) > 0 {
		return t.wait(r.act, found).verdict()
	}
	return r.do(t).verdict()
}

// claimless acts are open to those who do not work on the case.
func claimless(a Act) bool {
	return slices.Contains([]Act{ActApprove, ActRefuse, ActClaim, ActReopen, ActFreeze}, a)
}

func (v verdict) verdict() Verdict { return Verdict{Case: v.c, Changed: true, Orders: v.orders} }

// wait asks a second person.
func (t turn) wait(a Act, found []Risk) verdict {
	c := t.Case.note(Event{At: t.Now, What: ActAsked, By: t.by.Name, Act: a})
	c.Status = Waiting
	c.Pending = Pending{Act: a, By: t.by, Risks: found, Until: t.Now.Add(t.ApproveFor), Since: c.Revision + 1}
	return verdict{c: c}
}

// approve lets the pending act happen: by an approver, or by two admins.
func (t turn) approve() verdict {
	p := t.Case.Pending
	if slices.ContainsFunc(p.Votes, func(w Who) bool { return w.ID == t.by.ID }) {
		return verdict{c: t.Case}
	}
	t.Case = t.Case.note(Event{At: t.Now, What: ActApproved, By: t.by.Name, Act: p.Act})
	t.Case.Pending.Votes = append(t.standing(p.Votes), t.by)
	if !t.By.Is(Approver) && len(t.Case.Pending.Votes) < 2 {
		return verdict{c: t.Case}
	}
	t.Case.Status, t.Case.Pending = Open, Pending{}
	return t.carryOut(p.Act, p.By)
}

// standing gives the votes of those who still may give them.
func (t turn) standing(votes []Who) []Who {
	return slices.DeleteFunc(slices.Clone(votes), func(w Who) bool {
		return !slices.ContainsFunc(t.Voters, func(m Member) bool { return m.ID == w.ID && m.Is(approvers...) })
	})
}

func (t turn) refuse() verdict {
	c := t.Case.note(Event{At: t.Now, What: ActRefused, By: t.by.Name, Act: t.Case.Pending.Act})
	c.Status, c.Pending = Open, Pending{}
	return verdict{c: c}
}

func (t turn) claim() verdict {
	c := t.Case.note(Event{At: t.Now, What: CaseClaimed, By: t.by.Name})
	c.Claimed = t.by
	if !c.Talk.Live {
		return verdict{c: c}
	}
	return verdict{c: c, orders: []Order{t.line(Line{Kind: LineJoined})}}
}

func (t turn) close() verdict {
	var orders []Order
	if t.Case.Talk.Live {
		orders = []Order{t.line(Line{Kind: LineEnded})}
	}
	c := t.Case.note(Event{At: t.Now, What: CaseClosed, By: t.by.Name})
	return verdict{c: c.closed(), orders: orders}
}

func (t turn) reopen() verdict {
	c := t.Case.note(Event{At: t.Now, What: CaseReopened, By: t.by.Name})
	c.Status, c.Claimed = Open, t.by
	return verdict{c: c}
}

func (t turn) link(by Who) Order {
	return SendLink{Account: t.Account.ID, By: by.Name, Token: t.Fresh.Token, Until: t.Now.Add(linkLife)}
}

// typed treats what who works on the case wrote below it.
func (d Decider) typed(s Scene, a Ask) Verdict {
	t := turn{Scene: s, Policy: d.Policy, by: s.By.Who, verifier: d.Verifier}
	if s.Case.Talk.Live && (a.Media != "" || !d.Awaits(s.Case, a.Typed, s.Now)) {
		return t.say(a)
	}
	text := oneLine(a.Typed)
	switch {
	case !s.By.Is(workers...):
		return no(NotYourRole)
	case s.Case.Status != Open, a.Asked != "" && a.Asked != s.Case.Asks:
		return no(NotNow)
	case s.Case.Claimed.ID != s.By.ID:
		return no(NotClaimed)
	case tooLong(text):
		return no(TooLong)
	case text == "" || s.Case.Asks == "":
		return no(NothingAsked)
	}
	if s.Case.Asks == AskCode || s.Case.Asks == AskWords {
		return t.readOut(text)
	}
	return t.answered(text).verdict()
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func tooLong(text string) bool { return utf8.RuneCountInString(text) > longestNote }

// answered takes the reason, or the ticket number.
func (t turn) answered(text string) verdict {
	c := t.Case
	if c.Asks == AskReason {
		c.Reason, c.Asks = text, AskTicket
	} else {
		c.Ticket, c.Asks = text, ""
	}
	return verdict{c: c}
}
