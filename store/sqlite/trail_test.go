package sqlite

import (
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

func TestTrail(t *testing.T) {
	r := newRig(t, generous())
	lena := r.account("lena")
	left := func(chat int64, since time.Time, unspent bool, open time.Time) {
		t.Helper()
		if got, err := r.Trail(t.Context(), chat, since); err != nil || got != (flows.Trail{Unspent: unspent, Open: open}) {
			t.Fatalf("trail = %+v, %v; want %t, %s", got, err, unspent, open)
		}
	}
	never := time.Time{}
	left(1, startOfTests, false, never)
	r.proven(1, lena)
	left(1, startOfTests, false, startOfTests) // a code on its way is no grant
	r.grant(1, lena)
	left(1, startOfTests, true, startOfTests)
	left(2, startOfTests, false, never)
	left(1, startOfTests.Add(time.Millisecond), false, never)
	if err := r.Abandon(t.Context(), conversationOf(1)); err != nil {
		t.Fatal(err)
	}
	left(1, startOfTests, true, never)
	r.advance(time.Minute)
	sent, accepted := r.grant(1, lena)
	left(1, startOfTests, true, r.now())
	r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse"))
	left(1, startOfTests, false, never)
	if plan := r.plan(trailQuery); strings.Contains(plan, "SCAN recoveries") || strings.Contains(plan, "TEMP") || strings.Count(plan, "chat=? AND id>?") != 2 || !strings.Contains(plan, "cases_by_chat") {
		t.Error(plan)
	}
}

// What a recovery leaves behind does not tell whether there is such an account, also
// when its password was set in another chat.
func TestTrailsTellNothing(t *testing.T) {
	r := newRig(t, generous())
	lena := r.account("lena")
	r.proven(1, lena)
	r.begin(order(2, "nobody@example.org"))
	sent, accepted := r.grant(3, lena)
	r.change(setting(3, sent.Recovery, accepted.Grant, "correct horse"))
	for _, chat := range []int64{1, 2} {
		if got, err := r.Trail(t.Context(), chat, startOfTests); err != nil || got != (flows.Trail{Open: startOfTests}) {
			t.Errorf("the trail of chat %d is %+v, %v", chat, got, err)
		}
	}
}
