package flows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const (
	// lobbyLife is how long a conversation is kept after its last change: as
	// long as Telegram may redeliver an update, twice over.
	lobbyLife = 48 * time.Hour
	// recentInputs and recentReplies bound what a conversation remembers of
	// its past: ids against redelivery, replies to send again after a crash.
	recentInputs  = 32
	recentReplies = 2
)

// Conversation is one person's place in one flow in one private chat. Its
// position is zero in the lobby: before a flow begins and after it ended, when
// what is left is a tombstone that knows the inputs it has seen.
type Conversation struct {
	ID       string `json:"id"`
	Chat     int64  `json:"-"`
	Revision uint64 `json:"-"`
	Position
	Held     Position `json:"held,omitzero"`      // what waits while the person talks with support
	Language string   `json:"language,omitempty"` // chosen by the person; empty follows Telegram's
	Heard    string   `json:"heard,omitempty"`    // the Telegram language of the last input that had one
	Late     bool     `json:"late,omitempty"`     // the person was told that the last input came too late
	Recent   []Recent `json:"recent,omitempty"`   // newest last
}

// Position is where in a flow a conversation stands.
type Position struct {
	Flow    string    `json:"flow,omitempty"`
	Version int       `json:"version,omitempty"`
	Step    string    `json:"step,omitempty"`
	Entered uint64    `json:"entered,omitempty"` // the revision at which the step was entered
	Started time.Time `json:"started,omitzero"`
	Data    Data      `json:"data,omitzero"`
}

// Data is what a flow keeps in a conversation. It is decoded when a step first
// needs it, and encoded when the conversation is.
type Data struct {
	known   any // decoded; nil: not yet
	encoded json.RawMessage
}

// MarshalJSON gives what UnmarshalJSON took, or what the flow has kept since.
func (d Data) MarshalJSON() ([]byte, error) {
	if d.known == nil {
		return d.encoded, nil
	}
	return json.Marshal(d.known)
}

// UnmarshalJSON leaves the decoding to the flow.
func (d *Data) UnmarshalJSON(b []byte) error {
	*d = Data{encoded: slices.Clone(b)}
	return nil
}

// Recent is what became of one input.
type Recent struct {
	Input   InputID `json:"input"`
	Replies []Reply `json:"replies,omitempty"`
	Delete  int     `json:"delete,omitempty"` // the message that held a secret
}

// seen finds what became of an input.
func (c Conversation) seen(id InputID) (Recent, bool) {
	i := slices.IndexFunc(c.Recent, func(r Recent) bool { return r.Input == id })
	if i < 0 {
		return Recent{}, false
	}
	return c.Recent[i], true
}

// remember notes what became of an input, forgetting the oldest.
func (c Conversation) remember(r Recent) Conversation {
	recent := append(slices.Clone(c.Recent), r)
	if extra := len(recent) - recentInputs; extra > 0 {
		recent = recent[extra:]
	}
	for i := range len(recent) - recentReplies {
		recent[i].Replies = nil
	}
	c.Recent = recent
	return c
}

// standsAs tells that nothing of a conversation differs but what it has seen.
func (c Conversation) standsAs(other Conversation) bool {
	c.Revision, c.Heard, c.Recent = other.Revision, other.Heard, other.Recent
	one, oneErr := json.Marshal(c)
	two, twoErr := json.Marshal(other)
	return oneErr == nil && twoErr == nil && bytes.Equal(one, two)
}

// leave gives the tombstone of a conversation.
func (c Conversation) leave() Conversation {
	c.Position, c.Held = Position{}, Position{}
	return c
}

// hear notes the language of the person's Telegram.
func (c Conversation) hear(in Input) Conversation {
	if in.Language != "" {
		c.Heard = in.Language
	}
	return c
}

// language is what the person chose, or else what their Telegram speaks.
func (c Conversation) language() string {
	if c.Language != "" {
		return c.Language
	}
	return c.Heard
}

// seal gives the form in which a store keeps the conversation.
func (c Conversation) seal(s Sealer, now time.Time) (Stored, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return Stored{}, fmt.Errorf("encoding conversation: %w", err)
	}
	sealed, err := s.Seal(body, sealContext(c.Chat))
	if err != nil {
		return Stored{}, fmt.Errorf("sealing conversation: %w", err)
	}
	return Stored{Revision: c.Revision, Body: sealed, Expires: now.Add(lobbyLife)}, nil
}

// unseal reads what seal wrote for the same chat.
func unseal(s Sealer, chat int64, stored Stored) (Conversation, error) {
	body, err := s.Open(stored.Body, sealContext(chat))
	if err != nil {
		return Conversation{}, fmt.Errorf("opening conversation: %w", err)
	}
	c := Conversation{}
	if err := json.Unmarshal(body, &c); err != nil {
		return Conversation{}, fmt.Errorf("decoding conversation: %w", err)
	}
	c.Chat, c.Revision = chat, stored.Revision
	return c, nil
}

func sealContext(chat int64) string { return "conversation:" + strconv.FormatInt(chat, 10) }
