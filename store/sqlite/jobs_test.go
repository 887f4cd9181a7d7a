package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"rekey/flows"
	"rekey/flows/keyring"
)

func job(key string, due, deadline time.Duration) flows.Job {
	return flows.Job{
		Kind: flows.JobLetter, Key: key, Payload: []byte(`"payload of ` + key + `"`),
		Due: startOfTests.Add(due), Deadline: startOfTests.Add(deadline),
	}
}

func (r *rig) owe(jobs ...flows.Job) {
	r.Helper()
	if err := r.jobs.Owe(context.Background(), jobs...); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) claim(n int, want ...string) []flows.Job {
	r.Helper()
	jobs, _, err := r.jobs.Claim(context.Background(), n, time.Minute)
	if err != nil || len(jobs) != len(want) {
		r.Fatalf("claimed %+v, %v; want %q", jobs, err, want)
	}
	keys := map[string]bool{}
	for _, j := range jobs {
		keys[j.Key] = true
		if string(j.Payload) != `"payload of `+j.Key+`"` {
			r.Errorf("job %s has payload %s", j.Key, j.Payload)
		}
	}
	for _, key := range want {
		if !keys[key] {
			r.Fatalf("claimed %+v, want %q", jobs, want)
		}
	}
	return jobs
}

func (r *rig) complete(j flows.Job, want bool) {
	r.Helper()
	if done, err := r.jobs.Complete(context.Background(), j); err != nil || done != want {
		r.Fatalf("completing = %t, %v; want %t", done, err, want)
	}
}

func TestClaimGivesDueJobsOnceInOrder(t *testing.T) {
	r := newRig(t, testLimits())
	r.owe(job("later", time.Second, time.Hour), job("second", -time.Second, time.Hour),
		job("third", 0, time.Hour), job("first", -time.Minute, time.Hour))
	first := r.claim(2, "first", "second")
	if got := first[0]; got.Attempts != 1 || !got.Lease.Equal(startOfTests.Add(time.Minute)) || got.Kind != flows.JobLetter ||
		!got.Deadline.Equal(startOfTests.Add(time.Hour)) {
		t.Fatalf("claimed %+v", got)
	}
	r.claim(5, "third")
	r.claim(5)
	r.advance(time.Second)
	r.claim(5, "later")
}

// A job that replaces another one is carried out whatever became of that one,
// and whoever still has that one cannot complete it.
func TestAJobReplacesTheOneWithItsKey(t *testing.T) {
	r := newRig(t, testLimits())
	again := job("one", 0, time.Hour)
	again.Replaces = true
	r.owe(job("one", 0, time.Minute), again)
	leased := r.claim(5, "one")[0]
	if !leased.Deadline.Equal(again.Deadline) {
		t.Fatalf("claimed %+v, want the newer one", leased)
	}
	r.advance(time.Second)
	r.owe(again)
	r.complete(leased, false)
	r.advance(time.Second)
	r.complete(r.claim(5, "one")[0], true)
	r.owe(again)
	if got := r.claim(5, "one")[0]; got.Attempts != 1 {
		t.Fatalf("claimed %+v, want a first attempt", got)
	}
	r.claim(5)
}

func TestKeyIsOwedOnce(t *testing.T) {
	r := newRig(t, testLimits())
	r.owe(job("one", 0, time.Hour), job("one", 0, time.Hour))
	r.complete(r.claim(5, "one")[0], true)
	r.owe(job("one", 0, time.Hour))
	r.claim(5)
	nameless := job("", 0, time.Hour)
	r.owe(nameless, nameless)
	r.claim(5, "", "")
}

func TestLostLease(t *testing.T) {
	r := newRig(t, testLimits())
	r.owe(job("one", 0, time.Hour))
	lost := r.claim(1, "one")[0]
	r.advance(time.Minute - time.Millisecond)
	r.claim(1)
	r.advance(time.Millisecond)
	held := r.claim(1, "one")[0]
	if held.Attempts != 2 {
		t.Fatalf("attempt %d, want 2", held.Attempts)
	}
	r.complete(lost, false)
	if err := r.jobs.Postpone(t.Context(), lost, startOfTests.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r.complete(held, true)
	r.complete(held, false)
}

func TestPostponedJobComesBack(t *testing.T) {
	r := newRig(t, testLimits())
	r.owe(job("one", 0, time.Hour))
	j := r.claim(1, "one")[0]
	if err := r.jobs.Postpone(t.Context(), j, startOfTests.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	r.complete(j, false)
	r.claim(1)
	r.advance(time.Second)
	if again := r.claim(1, "one")[0]; again.Attempts != 2 {
		t.Fatalf("attempt %d, want 2", again.Attempts)
	}
}

// Why a try failed is known to the next one, and to whoever is told that there is
// none, but not to a job that takes its place.
func TestAJobKeepsItsCause(t *testing.T) {
	r := newRig(t, testLimits())
	r.owe(job("one", 0, time.Hour))
	postpone := func(cause string) {
		t.Helper()
		j := r.claim(1, "one")[0]
		j.Cause = cause
		if err := r.jobs.Postpone(t.Context(), j, r.now()); err != nil {
			t.Fatal(err)
		}
	}
	postpone("refused")
	if got := r.claim(1, "one")[0].Cause; got != "refused" {
		t.Errorf("the cause is %q", got)
	}
	again := job("one", 0, time.Hour)
	again.Replaces = true
	r.owe(again)
	postpone("")
	postpone("silent")
	r.advance(time.Hour)
	due, over, err := r.jobs.Claim(t.Context(), 5, time.Minute)
	if err != nil || len(due) != 0 || len(over) != 1 || over[0].Key != "one" || over[0].Cause != "silent" || over[0].Payload != nil {
		t.Errorf("claimed %+v, over are %+v, %v", due, over, err)
	}
}

// Codes and letters that wait for another try can be had at once; what waits for
// its time, or is worked on, is left alone.
func TestLettersAreHastened(t *testing.T) {
	bubbled(t, func(r *rig) {
		reply := job("reply", 0, time.Hour)
		reply.Kind = flows.JobReply
		r.owe(job("failed", 0, time.Hour), reply, job("leased", 0, time.Hour), job("not yet", time.Minute, time.Hour))
		for _, j := range r.claim(5, "failed", "reply", "leased") {
			j.Cause = "silent"
			if j.Key == "leased" {
				continue
			}
			if err := r.jobs.Postpone(r.Context(), j, r.now().Add(30*time.Second)); err != nil {
				r.Fatal(err)
			}
		}
		r.claim(5)
		took := r.waits(r.Context(), time.Hour, func() {
			if err := r.jobs.Hasten(r.Context()); err != nil {
				r.Error(err)
			}
		})
		if took != 0 {
			r.Errorf("the worker woke after %v", took)
		}
		r.claim(5, "failed")
	})
}

func TestJobDiesAtItsDeadline(t *testing.T) {
	for name, delay := range map[string]func(*rig){
		"unclaimed": func(*rig) {},
		"leased":    func(r *rig) { r.claim(1, "one") },
		"postponed beyond it": func(r *rig) {
			if err := r.jobs.Postpone(context.Background(), r.claim(1, "one")[0], startOfTests.Add(day)); err != nil {
				r.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			r.owe(job("one", 0, time.Minute))
			delay(r)
			r.advance(time.Minute)
			r.claim(1)
			expectWiped(r)
		})
	}
}

func expectWiped(r *rig) {
	r.Helper()
	if r.count("jobs WHERE done_at > 0 AND length(payload) = 0") != 1 {
		r.Fatal("the job is not done, or its payload is kept")
	}
}

func TestPayloadIsSealedAndWipedOnceDone(t *testing.T) {
	for name, end := range map[string]func(*rig){
		"completed": func(r *rig) { r.complete(r.claim(1, "one")[0], true) },
		"settled": func(r *rig) {
			if err := r.jobs.Settle(context.Background(), "one"); err != nil {
				r.Fatal(err)
			}
			r.claim(1)
		},
		"settled while claimed": func(r *rig) {
			j := r.claim(1, "one")[0]
			if err := r.jobs.Settle(context.Background(), "one"); err != nil {
				r.Fatal(err)
			}
			r.complete(j, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			r.owe(job("one", 0, time.Hour))
			if r.count("jobs WHERE instr(payload, 'payload') > 0") != 0 {
				t.Fatal("the payload is kept in the clear")
			}
			end(r)
			expectWiped(r)
		})
	}
}

// oweForeign owes a job that was sealed with a secret that is not there.
func (r *rig) oweForeign(life time.Duration) {
	r.Helper()
	ring, err := keyring.New(bytes.Repeat([]byte("x"), keyring.MinSecret))
	if err != nil {
		r.Fatal(err)
	}
	if err := NewJobs(r.db, ring).Owe(r.Context(), job("foreign", 0, life)); err != nil {
		r.Fatal(err)
	}
}

func TestJobThatDoesNotOpenHoldsUpNoOther(t *testing.T) {
	r := newRig(t, testLimits())
	r.oweForeign(time.Hour)
	r.owe(job("own", 0, time.Hour))
	r.claim(5, "own")
	r.advance(time.Minute)
	r.claim(5, "own")
	r.complete(flows.Job{ID: 2, Lease: r.now().Add(time.Minute)}, true)
	r.advance(time.Minute)
	if jobs, _, err := r.jobs.Claim(t.Context(), 5, time.Minute); err == nil || len(jobs) != 0 {
		t.Fatalf("claimed %+v, %v; want an error", jobs, err)
	}
	r.set(startOfTests.Add(time.Hour))
	r.claim(5)
}

func TestSimultaneousClaimsShareNothing(t *testing.T) {
	r := newRig(t, testLimits())
	var all []flows.Job
	for i := range 50 {
		all = append(all, job(fmt.Sprint(i), 0, time.Hour))
	}
	r.owe(all...)
	claimed := make([][]flows.Job, 16)
	atOnce(len(claimed), func(i int) {
		var err error
		if claimed[i], _, err = r.jobs.Claim(t.Context(), 7, time.Minute); err != nil {
			t.Error(err)
		}
	})
	seen := map[int64]bool{}
	for _, jobs := range claimed {
		for _, j := range jobs {
			if seen[j.ID] {
				t.Fatalf("job %d was claimed twice", j.ID)
			}
			seen[j.ID] = true
		}
	}
	if len(seen) != len(all) {
		t.Fatalf("%d jobs were claimed, want %d", len(seen), len(all))
	}
}

// waits gives how long a Wait takes, by the clock of the test's bubble. Meanwhile
// what is to wake it happens.
func (r *rig) waits(ctx context.Context, until time.Duration, meanwhile func()) time.Duration {
	returned := make(chan struct{})
	begun := time.Now()
	go func() {
		r.jobs.Wait(ctx, startOfTests.Add(until))
		close(returned)
	}()
	synctest.Wait()
	meanwhile()
	<-returned
	return time.Since(begun)
}

// bubbled tests with a rig of its own, where timers take no time.
func bubbled(t *testing.T, test func(*rig)) {
	synctest.Test(t, func(t *testing.T) { test(newRig(t, testLimits())) })
}

func TestWaitIsWokenByDueJobs(t *testing.T) {
	for name, cause := range map[string]func(*rig){
		"owed":   func(r *rig) { r.owe(job("one", 0, time.Hour)) },
		"caused": func(r *rig) { r.begin(order(1, "lena@example.org")) },
	} {
		t.Run(name, func(t *testing.T) {
			bubbled(t, func(r *rig) {
				if took := r.waits(r.Context(), time.Hour, func() { cause(r) }); took != 0 {
					t.Fatalf("a due job was noticed after %v", took)
				}
			})
		})
	}
}

func TestWaitReturnsAtOnce(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		prepare func(*rig)
		ctx     context.Context
		until   time.Duration
	}{
		"a job is due":     {prepare: func(r *rig) { r.owe(job("one", 0, time.Hour)) }, ctx: t.Context(), until: time.Hour},
		"the time is past": {prepare: func(*rig) {}, ctx: t.Context(), until: 0},
		"the context ends": {prepare: func(*rig) {}, ctx: over, until: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			bubbled(t, func(r *rig) {
				c.prepare(r)
				if took := r.waits(c.ctx, c.until, func() {}); took != 0 {
					t.Fatalf("Wait took %v", took)
				}
			})
		})
	}
}

func TestWaitNoticesTheClockAndOtherProcesses(t *testing.T) {
	bubbled(t, func(r *rig) {
		r.owe(job("leased", 0, time.Hour), job("later", 300*time.Millisecond, time.Hour))
		r.claim(1, "leased")
		if took := r.waits(r.Context(), time.Hour, func() {}); took != 300*time.Millisecond {
			t.Fatalf("Wait took %v, want until the next job is due", took)
		}
		r.claim(5)
		r.set(startOfTests.Add(-day)) // the next job is due in a day
		if took := r.waits(r.Context(), time.Hour, func() { r.set(startOfTests.Add(day)) }); took != pollEvery {
			t.Fatalf("Wait took %v, want %v: it looks at the clock that often", took, pollEvery)
		}
	})
}
