package texts

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"rekey/flows"
)

// factLimit is how many characters of a fact that came from outside are shown.
const factLimit = 128

const (
	isolate    = "\u2068" // first strong isolate
	endIsolate = "\u2069" // pop directional isolate
)

// view is what a text may mention: each method is one fact.
type view struct {
	c       *Catalogue
	in      *language // what the text is written in
	wordsIn *language // what the match words are written in
	facts   *flows.Facts
	desk    *desk // what texts for staff mention besides
	bare    bool  // without isolates, which would turn an SMS into UCS-2
}

// The service.

func (v *view) Brand() string      { return v.c.options.Brand }
func (v *view) SupportURL() string { return v.c.options.SupportURL }
func (v *view) SignInURL() string  { return v.c.options.SignInURL }

// Addresses.

func (v *view) Address() string         { return v.isolated(v.facts.Address) }
func (v *view) Named() bool             { return v.facts.Named }
func (v *view) Suggested() string       { return v.isolated(v.facts.Suggested) }
func (v *view) AddressDomain() string   { return v.isolated(domain(v.facts.Address)) }
func (v *view) SuggestedDomain() string { return v.isolated(domain(v.facts.Suggested)) }
func (v *view) Username() string        { return v.isolated(v.facts.Username) }

// What support started.

func (v *view) Staff() string { return v.isolated(v.facts.Staff) }
func (v *view) Case() int     { return int(v.facts.Case) }

// A talk with support.

func (v *view) Reader() string { return v.isolated(v.facts.Reader) }
func (v *view) Ahead() int     { return v.facts.Ahead }
func (v *view) Away() bool     { return !v.facts.Opens.IsZero() }
func (v *view) Text() string   { return v.lines(v.facts.Text) }

// Opens is in the time zone of support, which the person may not share.
func (v *view) Opens() string {
	zone := "UTC-07:00"
	if _, offset := v.facts.Opens.Zone(); offset == 0 {
		zone = "UTC"
	}
	return v.in.day(v.facts.Opens) + v.facts.Opens.Format(", 15:04 ("+zone+")")
}

// lines keeps the lines of what somebody wrote, each with its own direction of
// writing.
func (v *view) lines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = v.isolate(clean(line))
	}
	return clip(strings.Join(lines, "\n"), longestMessage)
}

// Link has no isolates, which would become part of the address.
func (v *view) Link() string { return v.facts.Link }

// The code.

func (v *view) ByEmail() bool { return v.facts.Channel == flows.Email }
func (v *view) BySMS() bool   { return v.facts.Channel == flows.SMS }

// OtherWay tells that codes can go by the other channel too.
func (v *view) OtherWay() bool { return v.facts.OtherWay }

// Elsewhere tells that the code goes to an address on record that is not the
// identifier that was typed: a username, or the other channel's address.
func (v *view) Elsewhere() bool {
	if strings.Contains(v.facts.Address, "@") {
		return v.BySMS()
	}
	return v.ByEmail() || !likePhone(v.facts.Address)
}

// Slow tells that the channel is slow for everybody now.
func (v *view) Slow() bool { return v.facts.Slow }

func (v *view) Words() string     { return v.wordsIn.pair(v.facts.Words) }
func (v *view) Long() bool        { return v.facts.Long }
func (v *view) Digits() int       { return v.facts.Digits }
func (v *view) Life() string      { return v.in.duration(v.facts.Life) }
func (v *view) GrantLife() string { return v.in.duration(v.facts.GrantLife) }
func (v *view) Live() bool        { return v.facts.End == "" && !v.Barring() }
func (v *view) TriedOut() bool    { return v.facts.End == flows.CodeTriedOut }
func (v *view) WasUsed() bool     { return v.facts.End == flows.CodeWasUsed }
func (v *view) Barring() bool     { return v.facts.Barred > 0 }
func (v *view) Barred() string    { return v.in.duration(v.facts.Barred) }
func (v *view) Waiting() bool     { return v.facts.Wait > 0 }
func (v *view) Wait() string      { return v.in.duration(v.facts.Wait) }
func (v *view) Resends() int      { return v.facts.Resends }
func (v *view) Tries() int        { return v.facts.Tries }

// Code is shown in two halves, such as 4821 9934. It has no isolates: it
// stands by itself or first, and people copy it.
func (v *view) Code() string {
	code := v.facts.Code
	half := (len(code) + 1) / 2
	if half == len(code) {
		return code
	}
	return code[:half] + " " + code[half:]
}

// ReadOut is the words that a caller reads out, in the language of the letter.
func (v *view) ReadOut() string { return v.in.three(v.facts.ReadOut) }

// The password.

func (v *view) Classic() bool    { return v.facts.Policy == "classic" }
func (v *view) MinLength() int   { return v.facts.MinLength }
func (v *view) Reasons() string  { return v.reasons(v.facts.Reasons) }
func (v *view) Decorated() bool  { return slices.Contains(v.facts.Reasons, "common_decorated") }
func (v *view) SignedOut() bool  { return v.facts.Sessions == flows.SessionsEnded }
func (v *view) SigningOut() bool { return v.facts.Sessions == flows.SessionsPending }

// The event.

func (v *view) Reference() string { return v.isolated(v.facts.Reference) }
func (v *view) Time() string      { return v.in.date(v.facts.Time) + ", " + v.Clock() }
func (v *view) Clock() string     { return clock(v.facts.Time) }

// isolated cleans a fact and wraps it, so that its direction of writing stays
// its own.
func (v *view) isolated(s string) string { return v.isolate(shorten(clean(s))) }

func (v *view) isolate(s string) string {
	if v.bare || s == "" {
		return s
	}
	return isolate + s + endIsolate
}

// clean drops what could break a line or its order.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
}

func shorten(s string) string {
	n := 0
	for i := range s {
		if n++; n > factLimit {
			return s[:i] + "…"
		}
	}
	return s
}

// domain gives what follows the last @.
func domain(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}

// likePhone tells whether a text reads as a phone number, masked or not.
func likePhone(s string) bool {
	digits := false
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits = true
		case !strings.ContainsRune("+-() .•*…\u00a0", r):
			return false
		}
	}
	return digits
}

// date gives a day in words, such as 23 November 2026.
func (l *language) date(t time.Time) string { return l.day(t.UTC()) }

// day gives the day where the time is told.
func (l *language) day(t time.Time) string {
	return t.Format("2 ") + l.months[t.Month()-1] + t.Format(" 2006")
}
