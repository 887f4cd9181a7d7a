package sqlite

import (
	"strings"
	"testing"
	"time"
)

func TestUnspent(t *testing.T) {
	r := newRig(t, generous())
	lena := r.account("lena")
	unspent := func(chat int64, since time.Time, want bool) {
		t.Helper()
		if got, err := r.Unspent(t.Context(), chat, since); err != nil || got != want {
			t.Fatalf("unspent = %t, %v; want %t", got, err, want)
		}
	}
	r.proven(1, lena)
	unspent(1, startOfTests, false) // a code on its way is no grant
	r.grant(1, lena)
	unspent(1, startOfTests, true)
	unspent(2, startOfTests, false)
	unspent(1, startOfTests.Add(time.Millisecond), false)
	if err := r.Abandon(t.Context(), conversationOf(1)); err != nil {
		t.Fatal(err)
	}
	unspent(1, startOfTests, true)
	r.advance(time.Minute)
	sent, accepted := r.grant(1, lena)
	r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse"))
	unspent(1, startOfTests, false)
	if plan := r.plan(unspentQuery); strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP") || !strings.Contains(plan, "recovery>") {
		t.Error(plan)
	}
}
