package flows_test

import (
	"testing"
	"time"

	"rekey/flows"
)

// TestWhyAGrantNoLongerCountsIsSaid types the second entry when the grant was
// used up, ended or grew too old. The reason is the real one, and the time that
// there is for a password is the one that is set.
func TestWhyAGrantNoLongerCountsIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		then string // what the ledger does meanwhile
		wait time.Duration
		want flows.MessageID
	}{
		"used":                {"UPDATE grants SET state = 'spent'", time.Minute, flows.GrantWasUsed},
		"void":                {"UPDATE grants SET state = 'void'", time.Minute, flows.GrantWasEnded},
		"the account changed": {"UPDATE grants SET state = 'void'; UPDATE recoveries SET void = 2", time.Minute, flows.AccountChanged},
		"too old there":       {"UPDATE grants SET expires_at = minted_at", time.Minute, flows.GrantRanOut},
		"too old":             {"SELECT 1", 10 * time.Minute, flows.GrantRanOut},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			inputs := r.recovery(t)
			for _, in := range inputs[:4] {
				r.handle(t, in())
			}
			r.exec(t, c.then)
			r.pass(c.wait)
			r.handle(t, inputs[4]())
			r.saidLast(t, c.want)
			if life := r.chat.replies[len(r.chat.replies)-1].Facts.GrantLife; life != 10*time.Minute {
				t.Errorf("there are %s for a password, want 10m", life)
			}
		})
	}
}
