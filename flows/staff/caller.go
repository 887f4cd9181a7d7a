package staff

import (
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode"

	"rekey/flows"
)

// How a caller is verified. A check has so many tries, an owner gets ten letters
// a day to read from (the store counts them), and what was not sent is never
// right. So somebody who knows nothing guesses 30 times a day at one owner:
//
//	a code of six digits: one in 33,000 a day, 1.1 % in a year
//	three different words of 256: one in 552,000 a day, 0.07 % in a year
//
// Two words would be one in 2,200 a day, and 15 % in a year.

// callerDigits is how long a code is that a caller reads out.
const callerDigits = 6

// Verifier recognises what a caller reads out, as staff or the person type it. It
// is safe for concurrent use.
type Verifier struct {
	// MAC gives a keyed tag. Other purposes or other parts give other tags.
	MAC func(purpose string, parts ...string) []byte
	// ReadWords gives every way in which a text can be three words of a letter: in
	// one language or another. What is no such words gives none.
	ReadWords func(text string) [][3]uint8
}

func (v Verifier) tag(purpose, text string) string {
	return base64.RawURLEncoding.EncodeToString(v.MAC(purpose, text))
}

func (v Verifier) code(text string) string { return v.tag("caller", digitsOf(text)) }

func (v Verifier) words(w [3]uint8) string { return v.tag("caller words", string(w[:])) }

// digitsOf forgives in a code what a code of the recovery is forgiven.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || r == '.' {
			return -1
		}
		return flows.ASCIIDigit(r)
	}, text)
}

// read gives the tags of all that a text can be as an answer to a question; none
// when it is no answer.
func (v Verifier) read(q Question, text string) (tags []string) {
	switch digits := digitsOf(text); {
	case q == AskCode && len(digits) == callerDigits && strings.Trim(digits, "0123456789") == "":
		tags = append(tags, v.code(digits))
	case q == AskWords:
		for _, w := range v.ReadWords(text) {
			tags = append(tags, v.words(w))
		}
	}
	return tags
}

// Awaits tells whether a text can be what a case's caller is to read out. It is
// the same for a case about nobody.
func (v Verifier) Awaits(c Case, text string, now time.Time) bool {
	asked := c.Caller.Method != "" && !c.Caller.Checked && now.Before(c.Caller.Until)
	return asked && len(v.read(c.Asks, text)) > 0
}

// ReadOut is what a caller read out. It is right only for an owner who can be
// reached, and anything else costs a try.
func (v Verifier) ReadOut(c Case, text string, reachable bool, now time.Time, verifiedFor time.Duration) (after Case, right bool) {
	right = slices.ContainsFunc(v.read(c.Asks, text), func(tag string) bool {
		return subtle.ConstantTimeCompare([]byte(tag), []byte(c.Caller.Tag)) == 1
	})
	if right && reachable {
		return c.verified(now, verifiedFor), true
	}
	if c.Caller.Tries--; c.Caller.Tries <= 0 {
		c = c.failed(now)
	}
	return c, false
}

// askChat has the caller tap a number in the chat where the account was last
// recovered, or read three words out that go to the address on record. Where
// there is no chat or address the desk shows the same.
func (t turn) askChat() verdict {
	c := t.asked(ActAskChat, AskWords, t.verifier.words(t.Fresh.Words))
	c.Caller.Method, c.Caller.Number = "chat", t.Fresh.Numbers[t.Fresh.Chosen]
	v := verdict{c: c}
	if t.Account.Chat != 0 && !t.Account.Disabled && !t.Account.Pestered { // who is asked all day taps anything
		v.c.Caller.Chat, v.c.Shown = t.Account.Chat, t.Account.Chat
		v.orders = append(v.orders, AskChat{
			Chat: t.Account.Chat, By: t.by.Name, Numbers: t.Fresh.Numbers, Until: c.Caller.Until,
		})
	}
	if t.mayWrite() {
		v.orders = append(v.orders, SendCallerWords{Account: t.Account.ID, By: t.by.Name, Words: t.Fresh.Words, Until: c.Caller.Until})
	}
	return v
}

// askCode has the caller read a code out that goes to the address on record.
func (t turn) askCode() verdict {
	c := t.asked(ActAskCode, AskCode, t.verifier.code(t.Fresh.Code.Reveal()))
	c.Caller.Method = "code"
	v := verdict{c: c}
	if t.mayWrite() {
		v.orders = append(v.orders, SendCallerCode{Account: t.Account.ID, By: t.by.Name, Code: t.Fresh.Code, Until: c.Caller.Until})
	}
	return v
}

// asked begins a check. Where nothing is sent nothing typed is right.
func (t turn) asked(a Act, q Question, tag string) Case {
	c := t.Case.note(Event{At: t.Now, What: CallerAsked, By: t.by.Name, Act: a})
	c.Checks++
	c.Asks = q
	c.Caller = Caller{Tag: tag, Tries: t.CheckTries, Until: t.Now.Add(t.CheckFor), Away: !c.Talk.Live}
	if !t.mayWrite() {
		c.Caller.Tag = ""
	}
	return c
}

// mayWrite tells whether the owner is sent something to read out.
func (t turn) mayWrite() bool { return t.Account.Reachable() && !t.Account.Pestered }

// readOut compares what staff typed as the caller read it out. What cannot be
// three words, or a code, costs no try.
func (t turn) readOut(text string) Verdict {
	switch readable := len(t.verifier.read(t.Case.Asks, text)) > 0; {
	case !readable && t.Case.Asks == AskWords:
		return no(NotWords)
	case !readable:
		return no(NotCode)
	}
	c, right := t.verifier.ReadOut(t.Case, text, t.Account.Reachable(), t.Now, t.VerifiedFor)
	if right {
		return verdict{c: c}.verdict()
	}
	return Verdict{Case: c, Changed: true, Refusal: WrongCode}
}
