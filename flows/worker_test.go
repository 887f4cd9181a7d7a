package flows_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"rekey/flows"
)

// outbox is a Jobs that gives what it is told to.
type outbox struct {
	flows.Jobs
	claims int
	due    []flows.Job
	broken error

	completed, failed int
}

func (o *outbox) Claim(context.Context, int, time.Duration) ([]flows.Job, error) {
	o.claims++
	due := o.due
	o.due = nil
	return due, o.broken
}

func (o *outbox) Wait(ctx context.Context, until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (o *outbox) Complete(context.Context, flows.Job) (bool, error) {
	o.completed++
	return true, nil
}

func (o *outbox) Fail(context.Context, flows.Job) (bool, error) {
	o.failed++
	return true, nil
}

func (o *outbox) Postpone(context.Context, flows.Job, time.Time) error { return nil }

// silent is a mail server that takes a letter and never answers.
type silent struct{}

func (silent) Carry(ctx context.Context, _ flows.Letter) error {
	<-ctx.Done()
	return ctx.Err()
}

func worker(o *outbox) *flows.Worker {
	return flows.NewWorker(flows.WorkerOptions{
		Jobs: o, Carriers: map[flows.Channel]flows.Carrier{flows.Email: silent{}}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

func TestAWorkerRestsWhenJobsCannotBeClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outbox{broken: errors.New("the disk is full")}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		worker(o).Run(ctx)
		if o.claims < 2 || o.claims > 12 {
			t.Fatalf("%d claims in ten seconds", o.claims)
		}
	})
}

func TestAWorkerEndsThoughAMailServerIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		letter, err := flows.NewJob(flows.JobLetter, "", time.Now(), time.Now().Add(time.Hour),
			flows.LetterJob{Letter: flows.Letter{Channel: flows.Email}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		worker(&outbox{due: []flows.Job{letter}}).Run(ctx)
		if took := time.Since(begun); took > 4*time.Second {
			t.Fatalf("the worker ended %s after it was told to", took)
		}
	})
}

func TestAWorkerTellsProgramsOfTheirCases(t *testing.T) {
	told := flows.HookJob{ID: "17-3", Number: 17, Status: "open", What: "done"}
	job, err := flows.NewJob(flows.JobHook, "hook:17-3", time.Now(), time.Now().Add(time.Hour), told)
	if err != nil {
		t.Fatal(err)
	}
	o, posted := &outbox{}, 0
	w := worker(o)
	for _, test := range []struct {
		err                       error
		posted, completed, failed int
	}{{errors.New("away"), 1, 0, 0}, {nil, 2, 1, 0}, {flows.ErrUndeliverable, 3, 1, 1}} {
		w.PostHook = func(_ context.Context, got flows.HookJob) error {
			if posted++; got != told {
				t.Errorf("%+v is posted", got)
			}
			return test.err
		}
		w.Do(t.Context(), job)
		if posted != test.posted || o.completed != test.completed || o.failed != test.failed {
			t.Errorf("after %v: %d posted, %d completed, %d failed", test.err, posted, o.completed, o.failed)
		}
	}
}
