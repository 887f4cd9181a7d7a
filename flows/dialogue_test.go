package flows

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A dialogue file is the specification of one conversation. Its lines:
//
//	> text                      the person types text
//	> /command param            the person gives a command, with something behind it
//	> [button]                  the person presses a button of the last reply
//	> (contact +7999 own)       the person shares a contact, their own or not
//	> *text*                    the app took some of the signs for formatting
//	> (sticker)                 the person sends what the bot cannot read
//	> (photo text)              the person sends a photo, text below it
//	> (edit text)               the person changes an earlier message
//	> (forward text)            the person passes on what somebody else wrote
//	(Anna ends)                 support ends the talk
//	(10m pass)                  time passes; the code's expiry is told
//	(10m later)                 time passes, and nobody is told
//	(all is lost)               the conversation is lost, but not what the ledger knows
//	[code_sent channel=email]   what came of the order just given
//	< message.id message.id     the bot says these, in one message
//	  [button] [button]         its buttons
//	hidden                      support is not shown what was just said
//	deleted                     the message just sent is removed from the chat
//
// Lines that begin with # are comments.
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { play(t, file) })
	}
}

// stage is where a dialogue is played.
type stage struct {
	machine *Machine
	talk    Conversation
	now     time.Time
	turn    Turn
	last    Reply // the newest reply with buttons
	inputs  int64
	proved  bool     // a code was right, and no password set
	lost    bool     // what was begun was lost
	heard   []string // what the last input or outcome brought, as lines
}

func play(t *testing.T, file string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	machine := testMachine()
	if strings.HasPrefix(filepath.Base(file), "talk") {
		machine = machine.Staffed(Talk(testTalk()))
	}
	s := &stage{machine: machine, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s.talk = Conversation{Chat: 77}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.read(line); err != nil {
			t.Fatalf("%s:%d: %s: %v", file, n, line, err)
		}
	}
	if len(s.heard) > 0 {
		t.Fatalf("%s: the dialogue ends, but the bot also gave: %q", file, s.heard)
	}
}

func (s *stage) read(line string) error {
	switch {
	case strings.HasPrefix(line, "> "):
		return s.act(strings.TrimPrefix(line, "> "))
	case strings.HasPrefix(line, "("):
		return s.pass(strings.Trim(line, "()"))
	case strings.HasPrefix(line, "[") && s.turn.Order != nil && len(s.heard) == 0:
		return s.resolve(strings.Trim(line, "[]"))
	default:
		return s.expect(line)
	}
}

func (s *stage) expect(line string) error {
	if len(s.heard) == 0 {
		return fmt.Errorf("the bot gave nothing more")
	}
	if s.heard[0] != line {
		return fmt.Errorf("the bot gave %q", s.heard)
	}
	s.heard = s.heard[1:]
	return nil
}

func (s *stage) act(what string) error {
	s.inputs++
	in := Input{ID: UpdateInput(1, s.inputs), Chat: 77, Message: int(s.inputs), Language: "en"}
	switch {
	case strings.HasPrefix(what, "/"):
		in.Kind = Ordered
		in.Name, in.Param, _ = strings.Cut(strings.TrimPrefix(what, "/"), " ")
		if in.Param != "" {
			in.Text = Secret(what)
		}
	case strings.HasPrefix(what, "["):
		in.Kind, in.Name, in.Message = Pressed, strings.Trim(what, "[]"), 0
		in.Press = Press{Callback: "q", Conversation: s.last.Conversation, Revision: s.last.Revision}
		if !slices.Contains(s.last.Buttons, ButtonName(in.Name)) {
			return fmt.Errorf("the buttons are %q", s.last.Buttons)
		}
	case strings.HasPrefix(what, "(contact "):
		words := strings.Fields(strings.Trim(what, "()"))
		in.Kind, in.Text, in.Own = Shared, Secret(words[1]), len(words) > 2
	case strings.HasPrefix(what, "("):
		in.Kind = Unread
		kind, text, _ := strings.Cut(strings.Trim(what, "()"), " ")
		in.Text, in.Edited = Secret(text), kind == "edit"
		if kind == "photo" {
			in.Media = kind
		}
	default:
		in.Kind, in.Text = Typed, Secret(what)
		in.Formatted = strings.HasPrefix(what, "*")
	}
	return s.give(in)
}

// opened names the talk in which a conversation is, if it is in one.
func opened(c Conversation) string {
	var t Talking
	if body, err := json.Marshal(c.Data); err == nil {
		_ = json.Unmarshal(body, &t) // of another flow it may be of another shape
	}
	return string(t.Opened)
}

// pass lets time pass and tells the conversation that its code expired.
func (s *stage) pass(what string) error {
	if who, ends := strings.CutSuffix(what, " ends"); ends {
		return s.give(Input{ID: TalkInput(17, s.inputs), Kind: Ended, Chat: 77, Name: opened(s.talk), Param: who, Press: Press{Conversation: s.talk.ID}})
	}
	if what == "all is lost" {
		s.lost, s.talk = s.talk.ID != "", Conversation{Chat: s.talk.Chat}
		return nil
	}
	length, untold := strings.CutSuffix(what, " later")
	d, err := time.ParseDuration(strings.TrimSuffix(length, " pass"))
	if err != nil {
		return err
	}
	if s.now = s.now.Add(d); untold {
		return nil
	}
	return s.give(Input{
		ID: ExpiryInput(s.talk.ID, s.talk.Revision), Kind: Expired, Chat: 77,
		Press: Press{Conversation: s.talk.ID, Revision: s.talk.Revision},
	})
}

func (s *stage) give(in Input) error {
	if len(s.heard) > 0 {
		return fmt.Errorf("before that, the bot also gave %q", s.heard)
	}
	if s.turn.Order != nil {
		return fmt.Errorf("what came of %T is not said", s.turn.Order)
	}
	in.Suspect, in.Lost = s.proved, s.lost && s.talk.ID == ""
	turn, err := s.machine.Answer(s.talk, in, s.now)
	return s.take(turn, err)
}

func (s *stage) resolve(what string) error {
	o, err := s.outcome(what)
	if err != nil {
		return err
	}
	switch o.(type) {
	case CodeAccepted:
		s.proved = true
	case PasswordSet:
		s.proved = false
	}
	turn, err := s.machine.Resolve(s.turn.To, o, s.now)
	return s.take(turn, err)
}

func (s *stage) take(turn Turn, err error) error {
	if err != nil {
		return err
	}
	if relay, ok := turn.Order.(Relay); ok && relay.Hidden {
		s.heard = append(s.heard, "hidden")
	}
	s.turn = turn
	if turn.Toast != "" {
		s.heard = append(s.heard, "! "+string(turn.Toast))
	}
	if turn.Abandon != "" {
		s.heard = append(s.heard, "abandoned")
	}
	if turn.Delete {
		s.heard = append(s.heard, "deleted")
	}
	if turn.Order == nil && !turn.Idle {
		s.talk = turn.To
	}
	for _, r := range turn.Replies {
		s.heard = append(s.heard, describe(r)...)
		if len(r.Buttons) > 0 {
			s.last = r
		}
	}
	return nil
}

func describe(r Reply) []string {
	line := "<"
	for _, id := range r.Say {
		line += " " + string(id)
	}
	lines := []string{line}
	var buttons []string
	for _, b := range r.Buttons {
		buttons = append(buttons, "["+string(b)+"]")
	}
	if r.AskContact {
		buttons = append(buttons, "[[share_phone]]")
	}
	if len(buttons) > 0 {
		lines = append(lines, strings.Join(buttons, " "))
	}
	return lines
}

// outcome reads "[code_sent]" and its like; facts that do not matter to a
// dialogue are filled in.
func (s *stage) outcome(what string) (Outcome, error) {
	order, _ := s.turn.Order.(SendCode)
	all := map[string]Outcome{
		"link_opened": LinkOpened{Account: "a1", Staff: "Anna", Case: 17}, "link_over": LinkOver{}, "link_denied": LinkDenied{},
		"match_done": MatchDone{}, "match_over": MatchOver{},
		"talk_opened": TalkOpened{Case: 17, Ahead: 2}, "talk_refused": TalkRefused{}, "talk_over": TalkOver{}, "talk_left": TalkLeft{},
		"relayed": Relayed{}, "withheld": Withheld{}, "caller_known": CallerKnown{}, "caller_unknown": CallerUnknown{},
		"code_sent": CodeSent{
			Recovery: "r1", Reference: "RK-AAAA-BBBB", Channel: order.Channel, Digits: 8,
			Expires: s.now.Add(10 * time.Minute), ResendAt: s.now.Add(time.Minute), Resends: 2,
		},
		"last_code_sent": CodeSent{
			Recovery: "r1", Reference: "RK-AAAA-BBBB", Channel: order.Channel, Digits: 8,
			Expires: s.now.Add(10 * time.Minute),
		},
		"long_code_sent": CodeSent{
			Recovery: "r1", Reference: "RK-AAAA-BBBB", Channel: order.Channel, Digits: 8, Long: true,
			Expires: s.now.Add(10 * time.Minute), ResendAt: s.now.Add(time.Minute), Resends: 2,
		},
		"too_often":          TooOften{Until: s.now.Add(25 * time.Minute)},
		"too_soon":           TooSoon{Until: s.now.Add(30 * time.Second)},
		"no_resends":         NoResends{},
		"code_accepted":      CodeAccepted{Grant: "g1", Until: s.now.Add(10 * time.Minute), Names: []string{"Lena"}},
		"code_wrong":         CodeWrong{Tries: 4},
		"code_superseded":    CodeSuperseded{Tries: 3},
		"code_expired":       CodeExpired{},
		"code_spent":         CodeSpent{Until: s.now.Add(30 * time.Second)},
		"code_used":          CodeUsed{},
		"code_closed":        CodeClosed{Until: s.now.Add(30 * time.Second)},
		"guessed_too_often":  GuessedTooOften{Until: s.now.Add(time.Hour)},
		"password_set":       PasswordSet{Sessions: SessionsEnded, Reference: "RK-AAAA-BBBB", Time: s.now},
		"password_refused":   PasswordRefused{Reasons: []string{"too_long"}},
		"grant_expired":      GrantExpired{},
		"grant_used":         GrantUsed{},
		"grant_void":         GrantVoid{},
		"account_altered":    AccountAltered{},
		"overloaded":         Overloaded{},
		"password_unsettled": PasswordUnsettled{},
	}
	o, ok := all[what]
	if !ok {
		return nil, fmt.Errorf("no outcome is called %q", what)
	}
	return o, nil
}

func testMachine() *Machine {
	return NewMachine(Recovery(testOptions()), []string{"en", "ru"}, func(chat int64, in InputID) string {
		return fmt.Sprintf("c-%d-%s", chat, in)
	})
}

func testTalk() TalkOptions {
	return TalkOptions{
		Life: 48 * time.Hour, Digits: 8, Tag: testOptions().Tag,
		Opens: func(time.Time) time.Time { return time.Time{} },
		Mask:  func(id Identifier) string { return "•••" },
	}
}

// testOptions has a policy of its own: a password is good when it has at
// least eight bytes and does not contain a name of its owner.
func testOptions() RecoveryOptions {
	return RecoveryOptions{
		Life: 30 * time.Minute, CodeLife: 10 * time.Minute, GrantLife: 10 * time.Minute,
		Channels: []Channel{Email, SMS}, Policy: "classic", MinLength: 8,
		Identify: func(text string) (Identifier, Outcome) {
			switch {
			case strings.Contains(text, "@"):
				return Identifier{Kind: "email", Canonical: text, Display: text}, nil
			case strings.HasPrefix(text, "+"):
				return Identifier{Kind: "phone", Canonical: text, Display: text}, nil
			case strings.Contains(text, ","):
				return Identifier{}, SeveralIdentifiers{}
			default:
				return Identifier{Kind: "username", Canonical: text, Display: text}, nil
			}
		},
		Contact: func(phone string) (Identifier, Outcome) {
			return Identifier{Kind: "phone", Canonical: phone, Display: phone}, nil
		},
		Suggest: func(id Identifier) (Identifier, bool) {
			better := strings.Replace(id.Display, "gmial.com", "gmail.com", 1)
			return Identifier{Kind: "email", Canonical: better, Display: better}, better != id.Display
		},
		Typewritten: strings.NewReplacer("’", "'").Replace,
		Alike:       strings.NewReplacer("’", "'", "e\u0301", "é").Replace,
		AsksForHelp: func(text string) bool { return strings.EqualFold(text, "I did not get any mail") },
		Check: func(password string, owner Owner) []string {
			var reasons []string
			if len(password) < 8 {
				reasons = append(reasons, "too_short")
			}
			for _, name := range owner.Names {
				if strings.Contains(password, name) {
					reasons = append(reasons, "contains_name")
				}
			}
			return reasons
		},
		Tag: func(conversation, password string) string { return "tag:" + conversation + ":" + password },
	}
}

// What somebody wrote to support while the bot was out of reach is still passed on.
func TestALateLineIsPassedOn(t *testing.T) {
	machine, now := testMachine().Staffed(Talk(testTalk())), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	begun, err := machine.Answer(Conversation{Chat: 77}, Input{ID: "1", Kind: Ordered, Name: "support", Chat: 77}, now)
	if err != nil {
		t.Fatal(err)
	}
	talk, err := machine.Resolve(begun.To, TalkOpened{Case: 17}, now)
	if err != nil {
		t.Fatal(err)
	}
	late := Input{ID: "2", Kind: Typed, Chat: 77, Message: 2, Text: "are you there?", Sent: now}
	turn, err := machine.Answer(talk.To, late, now.Add(5*time.Hour))
	if _, relays := turn.Order.(Relay); err != nil || !relays {
		t.Errorf("got %+v, %v", turn, err)
	}
}
