package flows

import (
	"net/url"
	"strings"
	"time"
)

// MessageID names a text. Ids are stable: they never change meaning.
type MessageID string

// ButtonName names a button; its label is a text of the same name, and it is
// what a press brings back as Input.Name.
type ButtonName string

// Reply is one message to the person: paragraphs, the facts that they mention,
// and buttons. It has no language and no Telegram. It is kept with the
// conversation (sealed) so that a redelivered input can send it again.
type Reply struct {
	Say     []MessageID  `json:"say"`
	Facts   Facts        `json:"facts,omitzero"`
	Buttons []ButtonName `json:"buttons,omitempty"`
	// AskContact shows the keyboard with one button that shares the person's
	// own phone number. Such a reply has no other buttons.
	AskContact bool `json:"ask_contact,omitempty"`
	// Conversation and Revision say where the buttons stand; zero outside one.
	Conversation string `json:"conversation,omitempty"`
	Revision     uint64 `json:"revision,omitempty"`
}

// Channel is a way to an address on record.
type Channel string

// The channels that exist.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
)

// Facts are all the values that a text may mention. The brand, the support
// address and the sign-in page are known to the texts themselves.
type Facts struct {
	Address   string        `json:"address,omitempty"`   // as the person typed it, or a masked one
	Named     bool          `json:"named,omitempty"`     // the person named an account, even where Address does not say it
	Suggested string        `json:"suggested,omitempty"` // the corrected address
	Channel   Channel       `json:"channel,omitempty"`
	OtherWay  bool          `json:"other_way,omitempty"` // the other channel exists too
	Words     [2]uint8      `json:"words,omitzero"`      // two match words, as indexes into the language's 256 words
	Long      bool          `json:"long,omitempty"`      // the code has 10 letters and digits instead of digits only
	Digits    int           `json:"digits,omitempty"`    // length of the code
	Life      time.Duration `json:"life,omitempty"`      // how long the code still lives
	GrantLife time.Duration `json:"grant,omitempty"`     // how long one has after the code, in all, to set a password
	Wait      time.Duration `json:"wait,omitempty"`      // until the next send or resend
	Slow      bool          `json:"slow,omitempty"`      // the channel is slow for everyone now
	Barred    time.Duration `json:"barred,omitempty"`    // until codes are looked at again
	End       CodeEnd       `json:"end,omitempty"`       // why the newest code is of no use any more
	Resends   int           `json:"resends,omitempty"`   // how many new codes can still be asked for
	Tries     int           `json:"tries,omitempty"`     // guesses left
	Policy    string        `json:"policy,omitempty"`    // the password preset: "classic" or "nist"
	MinLength int           `json:"min_length,omitempty"`
	Reasons   []string      `json:"reasons,omitempty"`   // why a password was refused, in package password's words
	Sessions  Sessions      `json:"sessions,omitempty"`  // whether other devices were signed out
	Reference string        `json:"reference,omitempty"` // RK-XXXX-XXXX, also in the log or the audit log
	Time      time.Time     `json:"time,omitzero"`       // when it happened
	Staff     string        `json:"staff,omitempty"`     // who on staff started it
	Case      int64         `json:"case,omitempty"`      // the number of their case
	Reader    string        `json:"reader,omitempty"`    // who of support reads what the person writes
	Ahead     int           `json:"ahead,omitempty"`     // people who wait longer for support
	Opens     time.Time     `json:"opens,omitzero"`      // when support works again, in their time zone
	Text      string        `json:"text,omitempty"`      // what support wrote
	Link      string        `json:"link,omitempty"`      // opens the bot and begins a recovery
	Code      string        `json:"code,omitempty"`      // letters only, never in a chat
	Username  string        `json:"username,omitempty"`  // letters only
	ReadOut   [3]uint8      `json:"read_out,omitzero"`   // words to read out to support, letters only
}

// later gives the facts as they are some time after they were found: what was
// left of a life or a wait is less.
func (f Facts) later(by time.Duration) Facts {
	if by <= 0 {
		return f
	}
	if f.Life > 0 {
		f.Life = max(time.Second, wholeMinutes(f.Life-by))
	}
	f.Wait, f.Barred = max(0, f.Wait-by), max(0, f.Barred-by)
	return f
}

// wholeMinutes tells how much of a life is left, in whole minutes where it is
// some: a second that went by since it began does not count.
func wholeMinutes(left time.Duration) time.Duration {
	if left < 2*time.Minute {
		return left
	}
	return (left + time.Second).Truncate(time.Minute)
}

// CodeEnd says why a code is of no use any more.
type CodeEnd string

// What can end a code that no newer one replaced.
const (
	CodeRanOut   CodeEnd = "expired"
	CodeTriedOut CodeEnd = "spent" // all its guesses were wrong
	CodeWasUsed  CodeEnd = "used"  // it was right, and that is over
)

// Sessions tells what became of an account's open sessions.
type Sessions string

// What a directory can say about sessions. The zero value says nothing.
const (
	SessionsEnded       Sessions = "ended"
	SessionsPending     Sessions = "pending"
	SessionsUnsupported Sessions = "unsupported"
)

// Letter is a message to an address on record, outside the chat.
type Letter struct {
	ID       string // the same over all retries: the mail's Message-ID and the SMS's idempotency key
	Channel  Channel
	To       string // one address: an email address, or a phone number in E.164
	Language string
	WordsIn  string    // the language of the match words: the chat's
	Text     MessageID // one of the Letter texts
	Facts    Facts
}

// Secrets lists what errors about the letter must not repeat: whom it is for, and
// what it holds that is of use to others.
func (l Letter) Secrets() []string {
	local, _, _ := strings.Cut(l.To, "@")
	all := []string{l.To, local, l.Facts.Code, l.Facts.Username, l.Facts.Link}
	if u, err := url.Parse(l.Facts.Link); err == nil {
		all = append(all, SecretsIn(u)...)
	}
	return all
}

// to gives the letter as it goes to an address.
func (l Letter) to(a Address) Letter {
	l.Channel, l.To, l.Facts.Channel = a.Channel, a.Value, a.Channel
	return l
}
