package sqlite

import (
	"strings"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// talk begins a talk in a chat and gives what comes of it.
func (d *desk) talk(conversation string, e flows.OpenTalk) flows.Outcome {
	d.Helper()
	o, err := d.OpenTalk(d.Context(), d.key(conversation, flows.KindOpenTalk), e)
	if err != nil {
		d.Fatal(err)
	}
	return o
}

func (d *desk) says(e flows.Relay) flows.Outcome {
	d.Helper()
	d.advance(time.Minute)
	o, err := d.Relay(d.Context(), d.key("c", flows.KindRelay), e)
	if err != nil {
		d.Fatal(err)
	}
	return o
}

// waiting gives the lines of a case that are not said yet.
func (d *desk) waiting(number int64) []staff.Line {
	d.Helper()
	lines, _, _, err := d.cases.Lines(d.Context(), number)
	if err != nil {
		d.Fatal(err)
	}
	for i := range lines {
		lines[i].ID = 0
	}
	return lines
}

var stuck = flows.OpenTalk{Chat: 77, Language: "en", Identifier: "lena@example.org", IDKind: "email", Masked: "l•••",
	Trouble: flows.Trouble{Step: "code", Channel: flows.Email, Codes: 2, Wrong: 1}}

func TestATalkHasOneCase(t *testing.T) {
	d := newDesk(t)
	d.account("lena")
	key := d.key("c", flows.KindOpenTalk)
	for range 2 { // the second time for the same input
		o, err := d.OpenTalk(t.Context(), key, stuck)
		if err != nil {
			t.Fatal(err)
		}
		expectOutcome(t, o, flows.TalkOpened{Case: 1})
	}
	c := d.readCase(1)
	if c.Account != "lena" || c.Masked != "l•••" || !c.Talk.Live || c.Talk.Trouble != stuck.Trouble || c.By.ID != 0 {
		t.Fatalf("%+v", c)
	}
	other, nothing, link := stuck, flows.OpenTalk{Chat: 77}, flows.OpenTalk{Chat: 78, Case: 1}
	other.Identifier = "somebody@example.org"
	expectOutcome(t, d.talk("c2", nothing), flows.TalkOpened{Case: 1})
	expectOutcome(t, d.talk("c3", other), flows.TalkOpened{Case: 2, Ahead: 1})
	expectOutcome(t, d.talk("c4", link), flows.TalkOpened{Case: 1})
	if c := d.readCase(2); c.Account != "" {
		t.Errorf("nobody has it, but the case is about %q", c.Account)
	}
	if c := d.readCase(1); c.Talk.Chat != 78 {
		t.Errorf("support talks in chat %d, want the newest", c.Talk.Chat)
	}
	expectOutcome(t, d.talk("c5", flows.OpenTalk{Chat: 79}), flows.TalkOpened{Case: 3, Ahead: 2})
}

// An identifier of several accounts is nobody's.
func TestATalkAboutSeveralAccounts(t *testing.T) {
	d := newDesk(t)
	d.account("lena")
	d.account("twin")
	d.sql("INSERT INTO identifiers (account_id, kind, position, canonical, written) VALUES ('twin', 'email', 9, 'lena@example.org', 'lena@example.org')")
	d.talk("c", stuck)
	if c := d.readCase(1); c.Account != "" {
		t.Errorf("the case is about %q", c.Account)
	}
}

func TestTalksAreLimited(t *testing.T) {
	d := newDesk(t)
	for range d.limits.TalksPerChatDay {
		expectOutcome(t, d.talk("c", flows.OpenTalk{Chat: 77}), flows.TalkOpened{Case: 1})
	}
	expectOutcome(t, d.talk("c", flows.OpenTalk{Chat: 77}), flows.TalkRefused{})
	for i := range d.limits.TalksPerHour - 1 {
		expectOutcome(t, d.talk("c", flows.OpenTalk{Chat: int64(100 + i)}), flows.TalkOpened{Case: int64(2 + i), Ahead: 1 + i})
	}
	expectOutcome(t, d.talk("c", flows.OpenTalk{Chat: 200}), flows.TalkRefused{})
	d.advance(time.Hour)
	expectOutcome(t, d.talk("c", flows.OpenTalk{Chat: 200}), flows.TalkOpened{Case: 7, Ahead: 6})

	d.set(startOfTests.Add(2 * time.Hour))
	line := flows.Relay{Case: 7, Chat: 200, Text: "x"}
	for i := range d.limits.LinesPerMinute + 1 {
		o, err := d.Relay(t.Context(), d.key("c", flows.KindRelay), line)
		if _, full := o.(flows.TooOften); err != nil || full != (i == d.limits.LinesPerMinute) {
			t.Fatalf("line %d: %+v, %v", i, o, err)
		}
	}
}

// While the group hears nothing, what waits for it does not grow for ever. What may
// be a secret is removed all the same.
func TestWhatWaitsIsLimited(t *testing.T) {
	d := newDesk(t)
	d.talk("c", flows.OpenTalk{Chat: 77})
	line := flows.Relay{Case: 1, Chat: 77, Text: "x"}
	for range mostWaiting {
		expectOutcome(t, d.says(line), flows.Relayed{})
	}
	secret := flows.Relay{Case: 1, Chat: 77, Text: "48219930", Hidden: true}
	expectOutcome(t, d.says(secret), flows.Withheld{})
	expectOutcome(t, d.says(line), flows.TooOften{Until: d.now().Add(time.Minute)})
	lines, _, _, err := d.cases.Lines(t.Context(), 1)
	if err != nil || len(lines) != mostWaiting {
		t.Fatalf("%d lines wait, %v", len(lines), err)
	}
	if err := d.cases.Said(t.Context(), lines...); err != nil {
		t.Fatal(err)
	}
	expectOutcome(t, d.says(line), flows.Relayed{})
	expectOutcome(t, d.says(secret), flows.Withheld{})
	if lines := d.waiting(1); len(lines) != 2 || lines[1].Kind != staff.LineWithheld {
		t.Errorf("staff hear %+v", lines)
	}
}

func TestWhatIsSaidGoesToTheCaseOfTheChat(t *testing.T) {
	d := newDesk(t)
	d.account("lena")
	d.talk("c", stuck)
	expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Message: 5, Text: "Nothing arrives"}), flows.Relayed{})
	expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Message: 6, Media: "photo"}), flows.Relayed{})
	expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 78, Message: 5, Text: "I am somebody else"}), flows.TalkOver{})
	expectOutcome(t, d.says(flows.Relay{Case: 2, Chat: 77, Message: 5, Text: "No such case"}), flows.TalkOver{})
	expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Message: 7, Text: "48219930", Hidden: true}), flows.Withheld{})
	lines := d.waiting(1)
	want := []staff.Line{
		{Kind: staff.LineSaid, ToStaff: true, Text: "Nothing arrives"},
		{Kind: staff.LineSaid, ToStaff: true, Media: "photo", Chat: 77, Message: 6},
		{Kind: staff.LineWithheld, ToStaff: true},
	}
	if len(lines) != len(want) || lines[0] != want[0] || lines[1] != want[1] || lines[2] != want[2] {
		t.Fatalf("got %+v", lines)
	}
	if d.count("lines WHERE instr(body, 'Nothing')") != 0 {
		t.Error("lines stand in the clear")
	}

	all, _, _, err := d.cases.Lines(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cases.Said(t.Context(), all[:2]...); err != nil {
		t.Fatal(err)
	}
	if left := d.waiting(1); len(left) != 1 || left[0] != want[2] {
		t.Errorf("left is %+v", left)
	}
	d.advance(kept + time.Hour)
	if err := d.db.Sweep(t.Context()); err != nil || d.count("lines") != 0 {
		t.Errorf("old lines are kept: %v", err)
	}
}

func TestATalkEnds(t *testing.T) {
	for name, end := range map[string]func(*desk) error{
		"by the person": func(d *desk) error {
			o, err := d.EndTalk(d.Context(), d.key("c", flows.KindEndTalk), flows.EndTalk{})
			expectOutcome(d, o, flows.TalkLeft{})
			return err
		},
		"as they begin anew": func(d *desk) error { return d.Abandon(d.Context(), "c") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.talk("c", stuck)
			if err := d.Abandon(t.Context(), "another"); err != nil || !d.readCase(1).Talk.Live {
				t.Fatalf("another conversation ends it: %v", err)
			}
			for range 2 {
				if err := end(d); err != nil {
					t.Fatal(err)
				}
			}
			if lines := d.waiting(1); d.readCase(1).Talk.Live || len(lines) != 1 || lines[0].Kind != staff.LineLeft {
				t.Errorf("%+v", lines)
			}
			expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Text: "Hello?"}), flows.TalkOver{})
		})
	}
}

// The code that support asked for is checked and never passed on.
func TestACallerProvesThemselvesInTheTalk(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	d.talk("c", stuck)
	code := flows.Relay{Case: 1, Chat: 77, Text: "314 159"}
	expectOutcome(t, d.says(code), flows.Relayed{}) // nobody asked
	d.ask(anna, 1, lena, staff.Ask{Act: staff.ActClaim})
	d.ask(anna, 1, lena, staff.Ask{Act: staff.ActAskCode})
	wrong := code
	wrong.Text = "000000"
	expectOutcome(t, d.says(wrong), flows.CallerUnknown{})
	expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Text: "one moment"}), flows.Relayed{})
	stranger := code
	stranger.Chat = 78
	expectOutcome(t, d.says(stranger), flows.TalkOver{})
	expectOutcome(t, d.says(code), flows.CallerKnown{})
	if !d.readCase(1).Caller.Verified(d.now()) {
		t.Error("the caller is not verified")
	}
	said := 0
	for _, l := range d.waiting(1) {
		if strings.Contains(l.Text, "000000") || strings.Contains(l.Text, "314 159") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("%d codes are passed on, want the one that nobody asked for", said)
	}
}

func TestNoCodeOpensTheCaseOfADisabledAccount(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	d.talk("c", stuck)
	d.ask(anna, 1, lena, staff.Ask{Act: staff.ActClaim})
	d.ask(anna, 1, lena, staff.Ask{Act: staff.ActAskCode})
	d.sql("UPDATE accounts SET disabled = 1 WHERE id = 'lena'")
	expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Text: "314159"}), flows.CallerUnknown{})
}

// Whoever asks about nobody's account is answered as anybody is.
func TestATalkDoesNotTellWhoHasAnAccount(t *testing.T) {
	d := newDesk(t)
	d.talk("c", stuck) // nobody is called Lena here
	d.ask(anna, 1, flows.Account{}, staff.Ask{Act: staff.ActClaim})
	d.ask(anna, 1, flows.Account{}, staff.Ask{Act: staff.ActAskCode})
	for range 2 {
		expectOutcome(t, d.says(flows.Relay{Case: 1, Chat: 77, Text: "314159"}), flows.CallerUnknown{})
	}
}
