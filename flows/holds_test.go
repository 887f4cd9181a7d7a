package flows

import (
	"testing"
	"time"
)

// A replica that comes too late with a code must not take away what the person goes
// on with once the talk is over.
func TestAGrantIsHeldDuringATalk(t *testing.T) {
	machine, now := testMachine().Staffed(Talk(testTalk())), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := Position{
		Flow: RecoveryName, Version: Recovery(RecoveryOptions{}).Version, Step: "password", Started: now,
		Data: Data{known: Recovering{Grant: "grant", Expires: now.Add(time.Minute)}},
	}
	c := Conversation{ID: "c", Chat: 77, Position: at}
	begun, err := machine.Answer(c, Input{ID: "1", Kind: Ordered, Name: "support", Chat: 77}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Conversation{c, begun.To} {
		if held := machine.holds(c); held != "grant" {
			t.Errorf("at %s.%s %q is held", c.Flow, c.Step, held.Reveal())
		}
	}
}
