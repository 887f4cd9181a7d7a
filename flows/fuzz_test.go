package flows

import (
	"encoding/json"
	"testing"
	"time"
)

// FuzzMachine plays random inputs and outcomes. Whatever comes, the machine
// does not break, does not fall silent, and its state survives being stored.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "lena@gmial.com", "12345678")
	f.Add([]byte{5, 0, 10, 0, 20, 1, 30, 1, 31, 1}, "+79991234567", "Tr0ub4dor&3")
	f.Add([]byte{5, 0, 12, 2, 36, 2, 60, 8, 12, 0}, "Sommernacht77", "my code is 48219930")
	f.Fuzz(func(t *testing.T, moves []byte, one, other string) {
		machine := testMachine()
		if len(moves)%2 == 0 {
			machine = machine.Staffed(Talk(testTalk()))
		}
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		talk := Conversation{Chat: 5}
		var last Reply
		for i, move := range moves {
			now = now.Add(time.Duration(move) * time.Second)
			in := fuzzInput(move, int64(i), talk, last, one, other)
			turn, err := machine.Answer(talk, in, now)
			if err != nil {
				t.Fatalf("answering %+v at %s: %v", in, talk.Step, err)
			}
			if turn.Order != nil {
				order := turn.Order
				outcomes := EffectOutcomes()[order.Kind()]
				outcome := filled(outcomes[int(move)%len(outcomes)], now)
				if turn, err = machine.Resolve(turn.To, outcome, now); err != nil {
					t.Fatalf("resolving %s at %s: %v", OutcomeName(outcome), talk.Step, err)
				}
				turn.Order = order
			}
			if turn.Idle {
				_, relayed := turn.Order.(Relay)
				if !in.Kind.byNobody() && turn.Toast == "" && !relayed {
					t.Fatalf("silence after %+v at %q", in, talk.Step)
				}
				continue
			}
			if len(turn.Replies) == 0 || len(turn.Replies[0].Say) == 0 {
				t.Fatalf("nothing said after %+v at %q", in, talk.Step)
			}
			last = turn.Replies[0]
			talk = stored(t, turn.To.remember(Recent{Input: in.ID, Replies: turn.Replies}))
		}
	})
}

func fuzzInput(move byte, n int64, c Conversation, last Reply, one, other string) Input {
	in := Input{ID: UpdateInput(1, n), Chat: 5, Message: int(n) + 1, Language: "en"}
	commands := Commands()
	buttons := []ButtonName{
		ButtonForgot, ButtonSupport, ButtonSpellingYes, ButtonSpellingNo, ButtonResend, ButtonUseSMS,
		ButtonUseEmail, ButtonChange, ButtonEndTalk, "nonsense",
	}
	switch move % 8 {
	case 0, 1:
		in.Kind, in.Text = Typed, Secret(one)
	case 2, 3:
		in.Kind, in.Text = Typed, Secret(other)
	case 4:
		in.Kind, in.Name = Ordered, commands[int(move)%len(commands)]
		if move%3 == 0 {
			in.Param, in.Text = one, Secret("/"+in.Name+" "+one)
		}
	case 5:
		in.Kind, in.Message, in.Name = Pressed, 0, string(buttons[int(move)%len(buttons)])
		in.Press = Press{Callback: "q", Conversation: last.Conversation, Revision: last.Revision}
	case 6:
		in.Kind, in.Text, in.Own = Shared, Secret(one), move%2 == 0
	default:
		in.Kind, in.Press.Conversation = Expired, c.ID
		if move%3 == 0 {
			in.Kind, in.Name, in.Param = Ended, opened(c), "Anna"
		}
	}
	return in
}

func filled(o Outcome, now time.Time) Outcome {
	switch o.(type) {
	case CodeSent:
		return CodeSent{Recovery: "r", Digits: 8, Channel: Email, Expires: now.Add(time.Minute), Resends: 1}
	case TalkOpened:
		return TalkOpened{Case: 17}
	case CodeAccepted:
		return CodeAccepted{Grant: "g", Until: now.Add(time.Minute), Names: []string{"a"}}
	}
	return o
}

func stored(t *testing.T, c Conversation) Conversation {
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back := Conversation{}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	back.Chat, back.Revision = c.Chat, c.Revision
	return back
}

// FuzzReadCode holds that whatever is read as a code has its exact shape.
func FuzzReadCode(f *testing.F) {
	f.Add("1234 5678", false)
	f.Add("１２３４–５６７８", false)
	f.Add("abcde-fghjk", true)
	f.Fuzz(func(t *testing.T, text string, long bool) {
		code, ok := readCode(text, 8, long)
		if !ok {
			return
		}
		want := 8
		if long {
			want = longCodeLength
		}
		if got := code.Reveal(); len(got) != want {
			t.Fatalf("%q was read as %q", text, got)
		}
	})
}
