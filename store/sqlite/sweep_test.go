package sqlite

import (
	"testing"
	"time"

	"rekey/flows"
)

func TestSweepDeletesWhatIsOld(t *testing.T) {
	limits := testLimits()
	limits.WrongPer10Min = 100
	r := newRig(t, limits)
	lena := r.account("lena")
	talks := NewConversations(r.db)
	fill := func(chat int64) {
		sent, accepted := r.grant(chat, lena)
		r.change(setting(chat, sent.Recovery, accepted.Grant, "correct horse"))
		sent, job := r.begin(order(chat+1000, "nobody@example.org"))
		r.guess(chat+1000, sent.Recovery, wrongOf(job.Text))
		for range 4 {
			jobs, _, err := r.jobs.Claim(t.Context(), 100, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range jobs {
				r.complete(j, true)
			}
			r.advance(10 * time.Minute)
		}
		saved, err := talks.Save(t.Context(), chat, 0, flows.Stored{Revision: 1, Body: []byte("b"), Expires: r.now().Add(time.Minute)})
		if err != nil || !saved {
			t.Fatalf("saving = %t, %v", saved, err)
		}
	}
	tables := []string{"outcomes", "charges", "tallies", "strikes", "jobs", "recoveries", "codes", "grants", "conversations"}
	fill(1)
	counts := map[string]int{}
	for _, table := range tables {
		if counts[table] = r.count(table); counts[table] == 0 {
			t.Fatalf("nothing to sweep in %s", table)
		}
	}
	sweep := func() {
		t.Helper()
		if err := r.db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	audited := r.count("audit")
	r.set(startOfTests.Add(kept))
	if sweep(); r.count("outcomes") != counts["outcomes"] || r.count("recoveries") != counts["recoveries"] {
		t.Fatal("what is not older than 48 hours was swept")
	}
	if r.count("conversations") != 0 {
		t.Fatal("an expired conversation stays")
	}
	r.advance(day + 2*time.Hour)
	sweep()
	for _, table := range tables {
		if n := r.count(table); n != 0 {
			t.Errorf("%d rows stay in %s", n, table)
		}
	}
	if r.count("audit") != audited {
		t.Error("the audit log was swept")
	}
}

func TestSweepGoesOnUntilAllIsGone(t *testing.T) {
	r := newRig(t, testLimits())
	r.sql(`INSERT INTO outcomes (conversation, input, kind, body, at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT 'c', i, 'k', x'', 0 FROM n`, 2*sweepAtOnce+1)
	if err := r.db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.count("outcomes"); n != 0 {
		t.Fatalf("%d rows stay", n)
	}
}
