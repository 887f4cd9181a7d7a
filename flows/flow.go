package flows

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// End is the target of an exit that ends the conversation.
const End = "end"

// Stay is the target of an exit that leaves the conversation where it is.
const Stay = ""

// Flow is an ordered list of steps over typed data. It is immutable.
type Flow[T any] struct {
	Name    string
	Version int // raised by any change of meaning: older conversations start again
	Life    time.Duration
	Steps   []Step[T]
	// Learn keeps of an outcome what later steps need.
	Learn func(T, Outcome) T
	// Facts gives what the texts may mention.
	Facts func(T, time.Time) Facts
	// Offers tells whether a button makes sense now; nil offers all.
	Offers func(T, ButtonName, time.Time) bool
	// Began tells support where the person is; nil: nowhere.
	Began func(data T, step string, secret bool) Beginning
	// Holds gives the grant that a conversation holds; nil: none ever does.
	Holds func(T) Secret
}

// Step is one question and what may come of it.
type Step[T any] struct {
	Name    string // what it waits for
	Begins  bool   // a conversation may begin here
	Ask     MessageID
	Buttons []ButtonName
	Contact bool      // the question shows the keyboard that shares the own number
	Wait    MessageID // answers what the step cannot read
	Repeats bool      // the buttons come with Wait too
	Secret  bool      // what is typed here is deleted from the chat
	Hears   bool      // photos and their like are answers too
	// Suspects tells whether a text that is not typed as an answer may be a secret
	// here; nil: if it looks like one.
	Suspects func(data T, conversation, text string) bool
	// Stuck tells that what the step waits for cannot come; nil: it always can.
	// The waiting text says so then, in place of the question too, and the Ways out
	// stand below whatever is said.
	Stuck func(T, time.Time) bool
	Ways  []ButtonName
	// Answer treats what the person did. It gives an outcome that it decides
	// by itself, one of Decides, or an effect, one of Orders.
	Answer  func(T, Input, At) (T, Next)
	Orders  []EffectKind
	Decides []Outcome
	Exits   []Exit
}

// At tells a step where and when it answers.
type At struct {
	Now          time.Time
	Chat         int64
	Conversation string
	Revision     uint64 // as it was loaded
	Language     string
}

// Exit says what follows an outcome.
type Exit struct {
	On      Outcome      // only its type counts
	To      string       // a step's name, End or Stay
	Say     MessageID    // may be empty where the conversation stays
	Buttons []ButtonName // with Say, where no question follows
	Delete  bool         // the person's message is deleted
}

// script is a flow without its type parameter, as the machine runs it.
type script interface {
	about() (name string, version int, life time.Duration)
	secret(step string) bool
	hears(step string) bool
	suspects(c Conversation, text string) bool
	has(step string) bool
	beginning(Conversation) (Beginning, error)
	holds(Conversation) Secret
	hint(Conversation, time.Time) (Reply, error)
	begin(Conversation, time.Time) (Conversation, Reply)
	stand(c Conversation, step string, now time.Time) Conversation
	question(Conversation, time.Time) (Reply, error)
	answer(Conversation, Input, At) (Conversation, Next, error)
	follow(Conversation, Outcome, time.Time) (Conversation, []Reply, bool, error)
}

func (f Flow[T]) about() (string, int, time.Duration) { return f.Name, f.Version, f.Life }

func (f Flow[T]) step(name string) (Step[T], bool) {
	for _, s := range f.Steps {
		if s.Name == name {
			return s, true
		}
	}
	return Step[T]{}, false
}

func (f Flow[T]) secret(name string) bool {
	s, _ := f.step(name)
	return s.Secret
}

func (f Flow[T]) hears(name string) bool {
	s, _ := f.step(name)
	return s.Hears
}

// suspects tells whether a text that no answer is expected in must not stay in the
// chat.
func (f Flow[T]) suspects(c Conversation, text string) bool {
	data, s, err := f.load(c)
	return looksSecret(text) || err == nil && s.Suspects != nil && s.Suspects(data, c.ID, text)
}

// beginning tells support where the person is.
func (f Flow[T]) beginning(c Conversation) (Beginning, error) {
	data, s, err := f.load(c)
	if err != nil || f.Began == nil {
		return Beginning{}, err
	}
	return f.Began(data, s.Name, s.Secret), nil
}

// holds gives the grant that a conversation holds; empty where it holds none.
func (f Flow[T]) holds(c Conversation) Secret {
	data, _, err := f.load(c)
	if err != nil || f.Holds == nil {
		return ""
	}
	return f.Holds(data)
}

func (f Flow[T]) has(name string) bool {
	_, ok := f.step(name)
	return ok
}

// begin puts a conversation at the first step and asks its question.
func (f Flow[T]) begin(c Conversation, now time.Time) (Conversation, Reply) {
	var zero T
	c.Flow, c.Version, c.Started = f.Name, f.Version, now
	return f.enter(c, zero, f.Steps[0], "", now)
}

// stand puts a conversation at a step that has nothing to ask yet.
func (f Flow[T]) stand(c Conversation, step string, now time.Time) Conversation {
	var zero T
	c.Flow, c.Version, c.Started, c.Step, c.Entered = f.Name, f.Version, now, step, c.Revision
	c.Data = Data{known: zero}
	return c
}

// enter puts a conversation at a step and asks, after a first line if any.
func (f Flow[T]) enter(c Conversation, data T, s Step[T], first MessageID, now time.Time) (Conversation, Reply) {
	c.Step, c.Entered = s.Name, c.Revision
	c.Data = Data{known: data}
	return c, f.ask(c, data, s, first, now)
}

func (f Flow[T]) ask(c Conversation, data T, s Step[T], first MessageID, now time.Time) Reply {
	r := Reply{Facts: f.facts(data, now), AskContact: s.Contact}
	if first != "" {
		r.Say = append(r.Say, first)
	}
	r.Say = append(r.Say, s.Ask)
	return f.withButtons(r, c, data, s.Buttons, now)
}

func (f Flow[T]) withButtons(r Reply, c Conversation, data T, names []ButtonName, now time.Time) Reply {
	for _, b := range names {
		if f.Offers == nil || f.Offers(data, b, now) {
			r.Buttons = append(r.Buttons, b)
		}
	}
	if len(r.Buttons) > 0 {
		r.Conversation, r.Revision = c.ID, c.Revision
	}
	return r
}

func (f Flow[T]) facts(data T, now time.Time) Facts {
	if f.Facts == nil {
		return Facts{}
	}
	return f.Facts(data, now)
}

func (f Flow[T]) load(c Conversation) (T, Step[T], error) {
	var data T
	s, ok := f.step(c.Step)
	if !ok {
		return data, s, fmt.Errorf("flow %s has no step %q", f.Name, c.Step)
	}
	if known, ok := c.Data.known.(T); ok {
		return known, s, nil
	}
	if err := json.Unmarshal(c.Data.encoded, &data); err != nil {
		return data, s, fmt.Errorf("decoding %s: %w", f.Name, err)
	}
	return data, s, nil
}

func (f Flow[T]) question(c Conversation, now time.Time) (Reply, error) {
	data, s, err := f.load(c)
	if err != nil {
		return Reply{}, err
	}
	if s.stuck(data, now) {
		return f.waitFor(c, data, s, now), nil
	}
	return f.ask(c, data, s, "", now), nil
}

// hint says what the step waits for.
func (f Flow[T]) hint(c Conversation, now time.Time) (Reply, error) {
	data, s, err := f.load(c)
	if err != nil {
		return Reply{}, err
	}
	return f.waitFor(c, data, s, now), nil
}

// waitFor repeats the buttons with a step that wants it, and with one that has no
// other words for what it waits for than its question.
func (f Flow[T]) waitFor(c Conversation, data T, s Step[T], now time.Time) Reply {
	r := Reply{Say: []MessageID{s.Wait}, Facts: f.facts(data, now)}
	switch {
	case s.stuck(data, now):
		return f.withButtons(r, c, data, s.Ways, now)
	case s.Repeats || s.Wait == s.Ask:
		return f.withButtons(r, c, data, s.Buttons, now)
	}
	return r
}

func (s Step[T]) stuck(data T, now time.Time) bool { return s.Stuck != nil && s.Stuck(data, now) }

func (f Flow[T]) answer(c Conversation, in Input, at At) (Conversation, Next, error) {
	data, s, err := f.load(c)
	if err != nil {
		return c, nil, err
	}
	data, next := s.Answer(data, in, at)
	c.Data = Data{known: data}
	return c, next, nil
}

// follow takes the exit for an outcome. It tells, besides the replies, whether
// the person's message must be deleted.
func (f Flow[T]) follow(c Conversation, o Outcome, now time.Time) (Conversation, []Reply, bool, error) {
	data, s, err := f.load(c)
	if err != nil {
		return c, nil, false, err
	}
	if f.Learn != nil {
		data = f.Learn(data, o)
	}
	switch o.(type) {
	case Unconcerned:
		return c, nil, false, nil
	case NotUnderstood:
		return c, []Reply{f.waitFor(c, data, s, now)}, false, nil
	}
	exit, ok := s.exit(o)
	if !ok {
		return c, nil, false, fmt.Errorf("step %s.%s has no exit for %s", f.Name, s.Name, OutcomeName(o))
	}
	if exit.To == Stay && exit.Say == "" {
		return c, nil, exit.Delete, nil
	}
	switch exit.To {
	case Stay, End:
		buttons := exit.Buttons
		if len(buttons) == 0 && s.stuck(data, now) {
			buttons = s.Ways
		}
		reply := f.withButtons(Reply{Say: []MessageID{exit.Say}, Facts: f.facts(data, now)}, c, data, buttons, now)
		if exit.To == End {
			reply.Conversation, reply.Revision = "", 0
			return c.leave(), []Reply{reply}, exit.Delete, nil
		}
		c.Data = Data{known: data}
		return c, []Reply{reply}, exit.Delete, nil
	default:
		to, ok := f.step(exit.To)
		if !ok {
			return c, nil, false, fmt.Errorf("step %s.%s leads to an unknown step %q", f.Name, s.Name, exit.To)
		}
		c, reply := f.enter(c, data, to, exit.Say, now)
		return c, []Reply{reply}, exit.Delete, nil
	}
}

func (s Step[T]) exit(o Outcome) (Exit, bool) {
	for _, e := range s.Exits {
		if reflect.TypeOf(e.On) == reflect.TypeOf(o) {
			return e, true
		}
	}
	return Exit{}, false
}
