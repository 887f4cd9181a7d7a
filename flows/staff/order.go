package staff

import (
	"time"

	"rekey/flows"
)

const (
	// freezeFor is how long a freeze lasts.
	freezeFor = 24 * time.Hour
	// linkLife is how long a recovery link can be opened.
	linkLife = 30 * time.Minute
)

// Order is something that staff can have done for a case. The set is closed, and
// nothing in it shows or sets what only the owner may know.
type Order interface{ order() }

// The orders.
type (
	// SendLink sends the owner a link that begins a recovery, to the linked
	// chat and to the address on record.
	SendLink struct {
		Account string
		By      string // the name that the owner reads
		Token   flows.Secret
		Until   time.Time
	}
	// ExpirePassword ends the password, and with it all sessions.
	ExpirePassword struct{ Account string }
	// EndSessions ends all sessions.
	EndSessions struct{ Account string }
	// Unlock forgets the wrong codes that closed the recovery.
	Unlock struct{ Account string }
	// Freeze stops recovery until a time; the zero time ends that.
	Freeze struct {
		Account string
		Until   time.Time
	}
	// AskChat shows the owner three numbers in the linked chat.
	AskChat struct {
		Chat    int64
		By      string
		Numbers [3]int
		Until   time.Time
	}
	// SendCallerCode sends a code to the address on record that the owner reads
	// out to staff. It opens nothing else.
	SendCallerCode struct {
		Account string
		By      string
		Code    flows.Secret
		Until   time.Time
	}
	// SendCallerWords sends three words in the same way.
	SendCallerWords struct {
		Account string
		By      string
		Words   [3]uint8
		Until   time.Time
	}
	// Say gives the person a line of the talk.
	Say struct{ Line Line }
)

func (SendLink) order()        {}
func (ExpirePassword) order()  {}
func (EndSessions) order()     {}
func (Unlock) order()          {}
func (Freeze) order()          {}
func (AskChat) order()         {}
func (SendCallerCode) order()  {}
func (SendCallerWords) order() {}
func (Say) order()             {}
