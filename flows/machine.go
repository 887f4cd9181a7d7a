package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Machine takes steps. It is pure and safe for concurrent use.
type Machine struct {
	flows     map[string]script
	languages []string
	identity  func(chat int64, in InputID) string
}

// NewMachine builds a machine. Languages are those a person may choose from,
// in menu order. Identity gives the unguessable id of the conversation that an
// input begins, the same for the same input.
func NewMachine(recovery Flow[Recovering], languages []string, identity func(chat int64, in InputID) string) *Machine {
	return &Machine{
		flows:     map[string]script{recovery.Name: recovery},
		languages: languages,
		identity:  identity,
	}
}

// Staffed gives the same machine with people who talk in the chat.
func (m *Machine) Staffed(talk Flow[Talking]) *Machine {
	with := *m
	with.flows = maps.Clone(m.flows)
	with.flows[talk.Name] = talk
	return &with
}

// Turn is what one input, or one outcome, makes of a conversation.
type Turn struct {
	To      Conversation
	Replies []Reply
	Toast   MessageID // a short answer to a press
	Order   Effect    // to be performed; its outcome goes to Resolve
	Abandon string    // the conversation whose codes and grants are void now
	Delete  bool      // the person's message is deleted from the chat
	Idle    bool      // nothing to save or say
}

// Answer treats an input. The conversation is the chat's, as loaded; for a
// chat without one it holds only Chat.
func (m *Machine) Answer(c Conversation, in Input, now time.Time) (Turn, error) {
	to := c.hear(in)
	to.Revision++
	if in.Kind.byNobody() {
		return m.happened(c, to, in, now)
	}
	if m.late(c, in, now) {
		return m.tooLate(c, to, in, now), nil
	}
	to.Late = false
	if in.Kind == Ordered {
		if !m.hides(c, in, now) {
			return m.command(to, in, now)
		}
		in.Kind = Unread
	}
	if in.Kind == Pressed && (in.Press.Conversation == "" || wantsSupport(in)) { // support is there wherever its button stands
		return m.lobbyButton(to, in, now)
	}
	if c.Flow == "" {
		return m.outside(to, in), nil
	}
	flow, ok := m.current(c)
	if !ok {
		return Turn{To: to.leave(), Replies: []Reply{again(SayStale)}, Abandon: c.ID,
			Delete: in.Message != 0 && m.Secret(c) || removable(in)}, nil
	}
	if !m.lives(c, now) {
		return Turn{To: to.leave(), Replies: []Reply{again(SayTimeUp)}, Abandon: c.ID,
			Delete: in.Message != 0 && flow.secret(c.Step) || removable(in)}, nil
	}
	if in.Kind == Pressed && (in.Press.Conversation != c.ID || in.Press.Revision < c.Entered) {
		if c.Flow == TalkName {
			return Turn{Toast: SayTalking, Idle: true}, nil
		}
		return Turn{Toast: SayOldButton, Idle: true}, nil
	}
	return m.step(flow, to, in, now)
}

// hides tells whether what follows a command may be a secret. A person asked for
// a password may type one that begins like a command.
func (m *Machine) hides(c Conversation, in Input, now time.Time) bool {
	flow, ok := m.current(c)
	switch {
	case !hasText(in):
		return false
	case m.Secret(c):
		return true
	case !ok || !m.lives(c, now):
		return removable(in)
	default:
		return flow.suspects(c, in.said())
	}
}

// step gives an input to the step where the conversation stands.
func (m *Machine) step(flow script, to Conversation, in Input, now time.Time) (Turn, error) {
	secret := flow.secret(to.Step) && in.Message != 0
	if in.Kind == Unread && !flow.hears(to.Step) {
		return m.unread(flow, to, in, secret, now)
	}
	at := At{Now: now, Chat: to.Chat, Conversation: to.ID, Revision: to.Revision - 1, Language: to.language()}
	next, answer, err := flow.answer(to, in, at)
	if err != nil {
		return Turn{}, err
	}
	if effect, ok := answer.(Effect); ok {
		relay, _ := effect.(Relay)
		return Turn{To: next, Order: effect, Delete: secret || relay.Hidden && in.Message != 0}, nil
	}
	t, err := m.Resolve(next, answer.(Outcome), now)
	t.Delete = t.Delete || secret
	return t, err
}

// unread answers what a step cannot read, which may hold a secret all the same.
func (m *Machine) unread(flow script, to Conversation, in Input, secret bool, now time.Time) (Turn, error) {
	if !secret && hasText(in) && flow.suspects(to, in.said()) {
		return m.Resolve(to, PasswordUnasked{}, now)
	}
	t, err := m.standing(flow, to, now, flow.hint)
	if err != nil {
		return Turn{}, err
	}
	if secret && in.Name != "" { // it began with a command
		t.Replies[0].Say = append([]MessageID{SayCommandAlone}, t.Replies[0].Say...)
	}
	t.Delete = t.Delete || secret
	return t, nil
}

// Resolve takes the exit for an outcome. The conversation is Turn.To of the
// Answer that gave the order.
func (m *Machine) Resolve(c Conversation, o Outcome, now time.Time) (Turn, error) {
	switch o.(type) {
	case MatchDone:
		return m.aside(c, MatchIsDone, nil, now)
	case MatchOver:
		return m.aside(c, MatchIsOver, nil, now)
	}
	flow, ok := m.current(c)
	if !ok {
		return Turn{}, fmt.Errorf("resolving %s: no flow %q of version %d", OutcomeName(o), c.Flow, c.Version)
	}
	to, replies, remove, err := flow.follow(c, o, now)
	if err == nil && c.Flow == TalkName && to.Flow == "" {
		return m.resume(c, replies, now)
	}
	return Turn{To: to, Replies: replies, Delete: remove, Idle: err == nil && len(replies) == 0}, err
}

// Question repeats what the conversation waits for; false in the lobby.
func (m *Machine) Question(c Conversation, now time.Time) (Reply, bool) {
	flow, ok := m.current(c)
	if !ok {
		return Reply{}, false
	}
	t, err := m.standing(flow, c, now, flow.question)
	if err != nil {
		return Reply{}, false
	}
	return t.Replies[0], true
}

// standing says what time alone has made of a conversation, or else what it waits
// for.
func (m *Machine) standing(flow script, c Conversation, now time.Time, say func(Conversation, time.Time) (Reply, error)) (Turn, error) {
	t, err := m.step(flow, c, Input{Kind: Expired}, now)
	if err != nil || !t.Idle {
		return t, err
	}
	r, err := say(c, now)
	return Turn{To: c, Replies: []Reply{r}}, err
}

// Secret tells whether what is typed now must be deleted from the chat.
func (m *Machine) Secret(c Conversation) bool {
	flow, ok := m.flows[c.Flow]
	return ok && flow.secret(c.Step)
}

// holds gives the grant that a conversation holds, also while it waits for a talk to
// end; empty where it holds none.
func (m *Machine) holds(c Conversation) Secret {
	if c.Held.Flow != "" {
		c.Position = c.Held
	}
	flow, ok := m.current(c)
	if !ok {
		return ""
	}
	return flow.holds(c)
}

// current finds the flow of a conversation, unless the conversation is of
// another version or at a step that does not exist.
func (m *Machine) current(c Conversation) (script, bool) {
	flow, ok := m.flows[c.Flow]
	if !ok {
		return nil, false
	}
	_, version, _ := flow.about()
	return flow, version == c.Version && flow.has(c.Step)
}

// happened tells a conversation that time passed, that support ended the talk, or
// that its password is set; any but the one meant ignores it.
func (m *Machine) happened(c, to Conversation, in Input, now time.Time) (Turn, error) {
	flow, ok := m.current(c)
	if !ok || in.Press.Conversation != c.ID || in.Kind == Ended && c.Flow != TalkName {
		return Turn{Idle: true}, nil
	}
	if in.Kind == Settled {
		if to.Held = (Position{}); c.Flow != TalkName { // a talk goes on
			to = to.leave()
		}
		return Turn{To: to}, nil
	}
	if !m.lives(c, now) {
		return Turn{To: to.leave(), Replies: []Reply{again(SayTimeUp)}, Abandon: c.ID}, nil
	}
	return m.step(flow, to, in, now)
}

// outside answers what is said in the lobby.
func (m *Machine) outside(to Conversation, in Input) Turn {
	secret := removable(in)
	switch {
	case in.LostTalk || in.Lost:
		return Turn{To: to, Replies: []Reply{in.missed(secret)}, Delete: secret}
	case in.Kind == Pressed && to.ID == "":
		return Turn{Toast: SayGone, Idle: true}
	case in.Kind == Pressed:
		return Turn{Toast: SayOldButton, Idle: true}
	case secret && in.Suspect:
		return Turn{To: to, Replies: []Reply{again(SayMaybeSecret)}, Delete: true}
	case secret:
		return Turn{To: to, Replies: []Reply{again(SaySecretRemoved)}, Delete: true}
	}
	return Turn{To: to, Replies: []Reply{welcome()}}
}

// missed says what was lost of which the person does not know yet, and whether a
// message is deleted with it.
func (in Input) missed(secret bool) Reply {
	say := SayLostTalk
	switch {
	case !in.LostTalk:
		return again(lost(secret))
	case secret:
		say = SayLostTalkSecret
	}
	return Reply{Say: []MessageID{say}, Buttons: []ButtonName{ButtonSupport, ButtonForgot}}
}

// lost says that a conversation was lost, and a message deleted with it.
func lost(secret bool) MessageID {
	if secret {
		return SayLostSecret
	}
	return SayLost
}

// lobbyButton answers the buttons that stand outside any conversation.
func (m *Machine) lobbyButton(to Conversation, in Input, now time.Time) (Turn, error) {
	if tag, ok := strings.CutPrefix(in.Name, "language."); ok && slices.Contains(m.languages, tag) {
		to.Language = tag
		return m.aside(to, SayLanguageSet, nil, now)
	}
	if number, choice, ok := ReadMatch(in.Name); ok {
		return Turn{To: to, Order: AnswerMatch{Case: number, Chat: to.Chat, Choice: choice}}, nil
	}
	switch ButtonName(in.Name) {
	case ButtonForgot:
		return m.begin(to, in, now), nil
	case ButtonSupport:
		return m.support(to, in, nil, now)
	default:
		return Turn{Toast: SayOldButton, Idle: true}, nil
	}
}

// command carries out a command; each works at every step.
func (m *Machine) command(to Conversation, in Input, now time.Time) (Turn, error) {
	switch in.Name {
	case "start":
		switch {
		case in.Param == RecoverLink:
			return m.begin(to, in, now), nil
		case looksToken(in.Param):
			return m.invite(to, in, now)
		}
		return Turn{To: to.leave(), Abandon: running(to), Replies: []Reply{welcome()}}, nil
	case "cancel":
		switch {
		case in.LostTalk || in.Lost:
			return Turn{To: to, Replies: []Reply{in.missed(false)}}, nil
		case to.Flow == "":
			return Turn{To: to, Replies: []Reply{again(SayNothingToStop)}}, nil
		}
		return Turn{To: to.leave(), Abandon: to.ID, Replies: []Reply{again(SayCancelled)}}, nil
	case "support":
		return m.support(to, in, []ButtonName{ButtonSupport}, now)
	case "language":
		var choices []ButtonName
		for _, tag := range m.languages {
			choices = append(choices, ButtonLanguage(tag))
		}
		// What the step waits for follows the choice, in the language chosen.
		return Turn{To: to, Replies: []Reply{{Say: []MessageID{SayLanguage}, Buttons: choices}}}, nil
	case "privacy":
		return m.aside(to, SayPrivacy, nil, now)
	default: // "help"
		return m.aside(to, SayHelp, nil, now)
	}
}

// aside says something by which the flow does not go on, and repeats what the
// step waits for.
func (m *Machine) aside(to Conversation, say MessageID, buttons []ButtonName, now time.Time) (Turn, error) {
	flow, ok := m.current(to)
	if !ok {
		if len(buttons) == 0 {
			buttons = []ButtonName{ButtonForgot}
		}
		return Turn{To: to, Replies: []Reply{{Say: []MessageID{say}, Buttons: buttons}}}, nil
	}
	t, err := m.standing(flow, to, now, flow.hint)
	if err != nil {
		return Turn{}, err
	}
	r := &t.Replies[0]
	r.Say = append([]MessageID{say}, r.Say...)
	if len(buttons) > 0 {
		r.Buttons, r.Conversation, r.Revision = buttons, "", 0
	}
	return t, nil
}

// begin starts the recovery afresh, whatever was going on.
func (m *Machine) begin(to Conversation, in Input, now time.Time) Turn {
	abandon := running(to)
	to = to.leave()
	to.ID = m.identity(to.Chat, in.ID)
	to, question := m.flows[RecoveryName].begin(to, now)
	return Turn{To: to, Abandon: abandon, Replies: []Reply{question}}
}

// invite starts the recovery where a link of support's leads.
func (m *Machine) invite(to Conversation, in Input, now time.Time) (Turn, error) {
	abandon := running(to)
	to = to.leave()
	to.ID = m.identity(to.Chat, in.ID)
	flow := m.flows[RecoveryName]
	to = flow.stand(to, invitation, now)
	t, err := m.step(flow, to, in, now)
	t.Abandon = abandon
	return t, err
}

// running gives the id of the conversation in which a flow runs, if one does.
func running(c Conversation) string {
	if c.Flow == "" {
		return ""
	}
	return c.ID
}

func welcome() Reply {
	return Reply{Say: []MessageID{SayWelcome}, Buttons: []ButtonName{ButtonForgot, ButtonSupport}}
}

// again says something after which the person may start again.
func again(say MessageID) Reply {
	return Reply{Say: []MessageID{say}, Buttons: []ButtonName{ButtonForgot, ButtonSupport}}
}
