package flows

import "context"

// OpenTalk hands the person over to support: into the case that is theirs
// already, or else into a new one.
type OpenTalk struct {
	Chat       int64
	Language   string
	Case       int64  // of support, which began the recovery; 0: the person did
	Identifier string // canonical; empty: none was given
	IDKind     string
	Masked     string // the identifier as support may see it
	Trouble    Trouble
}

// Trouble tells support how far a person came in a recovery, and nothing of who
// they are.
type Trouble struct {
	Step    string  `json:"step,omitempty"`    // of the recovery; empty: none runs
	Channel Channel `json:"channel,omitempty"` // of the newest code
	Codes   int     `json:"codes,omitempty"`   // asked for
	Wrong   int     `json:"wrong,omitempty"`   // codes typed
}

// Relay passes on what a person said in a talk with support.
type Relay struct {
	Case    int64
	Chat    int64
	Message int
	Text    Secret
	Media   string // what else it is, such as "photo"; empty: a text alone
	Edited  bool   // an earlier line, written anew
	// Hidden tells that it may hold a code or a password: support learns that
	// there was such a thing, and not what it was.
	Hidden bool
}

// EndTalk ends the talk with support of the conversation in its Key.
type EndTalk struct{}

func (OpenTalk) next() {}
func (Relay) next()    {}
func (EndTalk) next()  {}

// Kind implements Effect.
func (OpenTalk) Kind() EffectKind { return KindOpenTalk }

// Kind implements Effect.
func (Relay) Kind() EffectKind { return KindRelay }

// Kind implements Effect.
func (EndTalk) Kind() EffectKind { return KindEndTalk }

func (e OpenTalk) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.OpenTalk(ctx, k, e)
}

func (e Relay) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.Relay(ctx, k, e)
}

func (e EndTalk) perform(ctx context.Context, l Ledger, k Key, _ Closing) (Outcome, error) {
	return l.EndTalk(ctx, k, e)
}
