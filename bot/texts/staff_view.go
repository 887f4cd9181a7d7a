package texts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

const (
	// The limits keep a card of many events within a message of Telegram's 4096.
	// nameLimit is how many characters of a colleague's name are shown.
	nameLimit = 40
	// noteLimit is how many of a reason or ticket number; staff type no more.
	noteLimit = 200
	// addressesShown is how many addresses of an account are shown.
	addressesShown = 5
)

// desk is what texts for staff may mention besides.
type desk struct {
	card   staff.Card
	event  staff.Event // of the timeline's line
	topics bool        // cards have topics of their own
	notice staff.Notice
	said   string // by the person
	week   staff.Week
	change staff.Member // as a change of the list has them
}

// noDesk is what all other texts have.
var noDesk desk

// The case.

func (v *view) Status() string {
	return v.in.render("staff.status."+string(v.desk.card.Case.Status), v)
}
func (v *view) Done() bool      { return v.desk.card.Case.Status == staff.Closed }
func (v *view) Masked() string  { return v.isolated(v.desk.card.Case.Masked) }
func (v *view) Opener() string  { return v.colleague(v.desk.card.Case.By.Name) }
func (v *view) Opened() string  { return v.in.moment(v.desk.card.Case.Opened) }
func (v *view) Claimer() string { return v.colleague(v.desk.card.Case.Claimed.Name) }
func (v *view) Ticket() string  { return v.limited(v.desk.card.Case.Ticket, noteLimit) }
func (v *view) Topics() bool    { return v.desk.topics }

// Why is the reason, as a button says it or as it was typed.
func (v *view) Why() string {
	why := v.desk.card.Case.Reason
	if slices.Contains(staff.AllReasons(), staff.Reason(why)) {
		return v.in.render("staff.reason."+why, v)
	}
	return v.limited(why, noteLimit)
}

// Question is what the case waits for.
func (v *view) Question() string {
	return v.in.render("staff.question."+string(v.desk.card.Case.Asks), v)
}

// The talk.

func (v *view) Nameless() bool   { return v.desk.card.Case.Masked == "" }
func (v *view) Talking() bool    { return v.desk.card.Case.Talk.Live }
func (v *view) Said() string     { return v.lines(v.desk.said) }
func (v *view) CodesAsked() int  { return v.desk.card.Case.Talk.Trouble.Codes }
func (v *view) WrongCodes() int  { return v.desk.card.Case.Talk.Trouble.Wrong }
func (v *view) StuckBySMS() bool { return v.desk.card.Case.Talk.Trouble.Channel == flows.SMS }

// Stuck is where in the recovery the person asked for help.
func (v *view) Stuck() string {
	step := v.desk.card.Case.Talk.Trouble.Step
	if step == "" {
		return ""
	}
	return v.in.render("staff.step."+step, v)
}

// The caller.

func (v *view) Calling() bool {
	caller := v.desk.card.Case.Caller
	return caller.Method == "chat" && !caller.Checked
}
func (v *view) Number() int         { return v.desk.card.Case.Caller.Number }
func (v *view) Verified() bool      { return v.desk.card.Open }
func (v *view) CallerUntil() string { return clock(v.desk.card.Case.Caller.Until) }

// The account.

// Registered and Unregistered tell whether it exists, where staff may know that
// before the caller is verified.
func (v *view) Registered() bool {
	return v.desk.card.Exists != nil && *v.desk.card.Exists && !v.desk.card.Open
}
func (v *view) Unregistered() bool { return v.desk.card.Exists != nil && !*v.desk.card.Exists }

func (v *view) Name() string     { return v.isolated(v.desk.card.Account.Name) }
func (v *view) Privileged() bool { return v.desk.card.Account.Privileged }
func (v *view) Disabled() bool   { return v.desk.card.Account.Disabled }
func (v *view) Locked() bool     { return v.desk.card.Account.Closed }
func (v *view) Resets() int      { return v.desk.card.Account.Resets }
func (v *view) Frozen() string   { return v.in.moment(v.desk.card.Account.FrozenUntil) }
func (v *view) AddressChanged() string {
	return v.in.moment(v.desk.card.Account.AddressChanged)
}

func (v *view) Addresses() string {
	var shown []string
	for _, address := range v.desk.card.Account.Masked {
		shown = append(shown, v.limited(address, titledLimit))
	}
	if len(shown) > addressesShown {
		shown = append(shown[:addressesShown], "…")
	}
	return strings.Join(shown, ", ")
}

// What waits for a second person.

func (v *view) Pending() string      { return v.act(v.desk.card.Case.Pending.Act) }
func (v *view) Asker() string        { return v.colleague(v.desk.card.Case.Pending.By.Name) }
func (v *view) PendingUntil() string { return clock(v.desk.card.Case.Pending.Until) }

func (v *view) Risks() string {
	var names []string
	for _, r := range v.desk.card.Case.Pending.Risks {
		names = append(names, v.in.render("staff.risk."+string(r), v))
	}
	return strings.Join(names, ", ")
}

func (v *view) Votes() string {
	var names []string
	for _, w := range v.desk.card.Case.Pending.Votes {
		names = append(names, v.colleague(w.Name))
	}
	return strings.Join(names, ", ")
}

// The timeline.

// Timeline is the case's history, a line for each event, the newest last.
func (v *view) Timeline() string {
	var lines []string
	for _, e := range v.desk.card.Case.Events {
		v.desk.event = e
		lines = append(lines, v.in.render("staff.event", v))
	}
	return strings.Join(lines, "\n")
}

// When is the time of day, with the day before if it is not the newest event's.
func (v *view) When() string {
	events := v.desk.card.Case.Events
	at, newest := v.desk.event.At, events[len(events)-1].At
	if v.in.date(at) == v.in.date(newest) {
		return clock(at)
	}
	return v.in.moment(at)
}

func (v *view) Event() string { return v.in.render("staff.event."+string(v.desk.event.What), v) }
func (v *view) Act() string   { return v.act(v.desk.event.Act) }
func (v *view) Who() string   { return v.colleague(v.desk.event.By) }

func (v *view) act(a staff.Act) string { return v.in.render("staff.act."+string(a), v) }

func (v *view) colleague(name string) string { return v.limited(name, nameLimit) }

// limited is isolated with another limit, in UTF-16 units.
func (v *view) limited(s string, limit int) string { return v.isolate(clip(clean(s), limit)) }

// What happened.

func (v *view) Since() string    { return v.in.moment(v.desk.notice.Figures.Since) }
func (v *view) OpenedCases() int { return v.desk.notice.Figures.Opened }
func (v *view) ClosedCases() int { return v.desk.notice.Figures.Closed }
func (v *view) Recovered() int   { return v.desk.notice.Figures.Recovered }
func (v *view) Denied() int      { return v.desk.notice.Figures.Denied }
func (v *view) Asked() int       { return v.desk.notice.Figures.Asked }
func (v *view) Approved() int    { return v.desk.notice.Figures.Approved }
func (v *view) Refused() int     { return v.desk.notice.Figures.Refused }
func (v *view) OpenNow() int     { return v.desk.notice.Figures.OpenNow }
func (v *view) WaitingNow() int  { return v.desk.notice.Figures.WaitingNow }
func (v *view) Queued() int      { return v.desk.notice.Figures.Queued }

func (v *view) Identified() bool   { return v.desk.notice.Alarm.By != 0 }
func (v *view) OffenderID() string { return strconv.FormatInt(v.desk.notice.Alarm.By, 10) }
func (v *view) Program() string    { return v.limited(v.desk.notice.Alarm.Program, nameLimit) }
func (v *view) Tried() string      { return v.limited(v.desk.notice.Alarm.Tried, nameLimit) }

// Colleagues lists who is on staff, one a line.
func (v *view) Colleagues() string {
	lines := make([]string, len(v.desk.notice.Staff))
	for i, m := range v.desk.notice.Staff {
		lines[i] = v.colleague(m.Name) + " · " + strconv.FormatInt(m.ID, 10) + " · " + m.Rank()
	}
	return strings.Join(lines, "\n")
}

// Helper is who is asked whom they help.
func (v *view) Helper() string { return v.colleague(v.desk.notice.Whom.Name) }

// A change of the list of staff.

func (v *view) Changed() string     { return v.colleague(v.desk.change.Name) }
func (v *view) ChangedID() string   { return strconv.FormatInt(v.desk.change.ID, 10) }
func (v *view) Ranks() string       { return v.desk.change.Rank() }
func (v *view) Mover() string       { return v.colleague(v.desk.notice.Ruling.Change.Asker.Name) }
func (v *view) MotionUntil() string { return clock(v.desk.notice.Ruling.Change.Until) }

// Seconder is who agreed to a change, or refused it; empty where nobody had to.
func (v *view) Seconder() string {
	if v.desk.notice.Ruling.Number == 0 {
		return ""
	}
	return v.colleague(v.desk.notice.Ruling.By.Name)
}

// Rows are lines of the audit log, in its own words.
func (v *view) Rows() string {
	var lines []string
	for _, r := range v.desk.notice.Rows {
		line := v.in.moment(r.At) + " · " + r.Event + " · " + r.Actor
		if r.Case != 0 {
			line += " · #" + strconv.FormatInt(r.Case, 10)
		}
		if detail := clean(r.Detail); detail != "" {
			line += " · " + clip(detail, noteLimit)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// moment says a time in words, such as 23 November 2026, 12:24 UTC; the zero
// time is "".
func (l *language) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return l.date(t) + ", " + clock(t)
}
