package flows

import (
	"testing"
	"time"
)

// The time that is left makes no other reply, whatever it is left for; all else does.
func TestAlike(t *testing.T) {
	reply := func(change func(*Reply)) Reply {
		r := Reply{Say: []MessageID{TooManyGuesses}, Buttons: []ButtonName{ButtonSupport}, Conversation: "c"}
		change(&r)
		return r
	}
	same := reply(func(*Reply) {})
	for name, c := range map[string]struct {
		change func(*Reply)
		want   bool
	}{
		"wait":         {func(r *Reply) { r.Facts.Wait = time.Second }, true},
		"life":         {func(r *Reply) { r.Facts.Life = time.Second }, true},
		"barred":       {func(r *Reply) { r.Facts.Barred = time.Second }, true},
		"revision":     {func(r *Reply) { r.Revision = 7 }, true},
		"tries":        {func(r *Reply) { r.Facts.Tries = 3 }, false},
		"reasons":      {func(r *Reply) { r.Facts.Reasons = []string{"too_short"} }, false},
		"text":         {func(r *Reply) { r.Say = []MessageID{CodeIsWrong} }, false},
		"buttons":      {func(r *Reply) { r.Buttons = nil }, false},
		"conversation": {func(r *Reply) { r.Conversation = "d" }, false},
	} {
		if got := alike(same, reply(c.change)); got != c.want {
			t.Errorf("%s: alike %t, want %t", name, got, c.want)
		}
	}
}
