package sqlite

import (
	"reflect"
	"testing"
	"time"

	"rekey/flows"
)

// An operator sees what waits and since when, and what nobody got.
func TestWhatIsOwedIsSeen(t *testing.T) {
	r := newRig(t, testLimits())
	of := func(kind flows.JobKind, key string, due time.Duration) flows.Job {
		j := job(key, due, 6*time.Hour)
		j.Kind = kind
		return j
	}
	expect := func(want ...Owed) {
		t.Helper()
		if got, err := r.db.Owed(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("owed is %+v, %v\nwant %+v", got, err, want)
		}
	}
	expect()
	r.owe(of(flows.JobExpiry, "expiry", 30*time.Minute), of(flows.JobLetter, "one", 0), of(flows.JobLetter, "done", 0))
	r.advance(time.Minute)
	r.owe(of(flows.JobLetter, "two", time.Minute), of(flows.JobLetter, "three", time.Hour))
	for _, j := range r.claim(2, "one", "done") {
		if j.Key == "done" {
			r.complete(j, true)
		} else if err := r.jobs.Postpone(t.Context(), j, r.now().Add(20*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	r.advance(time.Minute)
	expect(
		Owed{Kind: "expiry", Later: 1, Next: startOfTests.Add(30 * time.Minute)},
		Owed{Kind: "letter", Due: 2, Later: 1, Since: startOfTests, Tries: 1, Next: startOfTests.Add(time.Minute)},
	)
	r.claim(2, "one", "two")
	expect(
		Owed{Kind: "expiry", Later: 1, Next: startOfTests.Add(30 * time.Minute)},
		Owed{Kind: "letter", Due: 2, Later: 1, Since: startOfTests, Tries: 2, Next: startOfTests.Add(3 * time.Minute)},
	)
}

func TestWhatNobodyGotIsSeen(t *testing.T) {
	r := newRig(t, testLimits())
	r.sql("INSERT INTO audit (at, event, actor, detail) VALUES (?, 'delivery.failed', 'worker', 'letter: long ago')", startOfTests.Add(-48*time.Hour).UnixMilli())
	for i, what := range []string{"code: refused", "letter: silent", "code: refused"} {
		r.sql("INSERT INTO audit (at, event, actor, detail) VALUES (?, 'delivery.failed', 'worker', ?), (?1, 'code.requested', 'chat', 'x')",
			startOfTests.Add(time.Duration(i)*time.Minute).UnixMilli(), what)
	}
	got, err := r.db.GivenUp(t.Context(), startOfTests.Add(-47*time.Hour))
	want := []GivenUp{{"code: refused", 2, startOfTests.Add(2 * time.Minute)}, {"letter: silent", 1, startOfTests.Add(time.Minute)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("given up is %+v, %v\nwant %+v", got, err, want)
	}
}
