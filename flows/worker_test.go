package flows_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
	over   []flows.Job
	broken error

	completed, failed int
	last              flows.Job // that was failed or postponed
	again             time.Time // until when it was postponed
}

func (o *outbox) Claim(context.Context, int, time.Duration) (due, over []flows.Job, err error) {
	o.claims++
	due, o.due = o.due, nil
	over, o.over = o.over, nil
	return due, over, o.broken
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

func (o *outbox) Fail(_ context.Context, j flows.Job) (bool, error) {
	o.failed++
	o.last = j
	return true, nil
}

func (o *outbox) Postpone(ctx context.Context, j flows.Job, due time.Time) error {
	o.last, o.again = j, due
	return ctx.Err()
}

func (o *outbox) Hasten(context.Context) error { return nil }

// queue is a Jobs in memory that many carry out at once.
type queue struct {
	outbox
	mu   sync.Mutex
	jobs []flows.Job
	done map[flows.JobKind]time.Time // when the last of a kind was
}

func (q *queue) add(j flows.Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, j)
}

func (q *queue) Claim(_ context.Context, n int, _ time.Duration) (due, over []flows.Job, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var left []flows.Job
	for _, j := range q.jobs {
		if len(due) == n || time.Now().Before(j.Due) {
			left = append(left, j)
			continue
		}
		j.Attempts++
		due = append(due, j)
	}
	q.jobs = left
	return due, nil, nil
}

func (q *queue) Wait(ctx context.Context, _ time.Time) {
	q.outbox.Wait(ctx, time.Now().Add(time.Second))
}

func (q *queue) Complete(_ context.Context, j flows.Job) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.done == nil {
		q.done = map[flows.JobKind]time.Time{}
	}
	q.done[j.Kind] = time.Now()
	return true, nil
}

func (q *queue) Hasten(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.jobs {
		q.jobs[i].Due = time.Now()
	}
	return nil
}

func (q *queue) Postpone(_ context.Context, j flows.Job, due time.Time) error {
	j.Due = due
	q.add(j)
	return nil
}

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
		w, log := logged(&outbox{due: []flows.Job{letter}})
		w.Run(ctx)
		if took := time.Since(begun); took > 4*time.Second {
			t.Fatalf("the worker ended %s after it was told to", took)
		}
		if log.Len() > 0 {
			t.Errorf("the letter is not given back; the log is %s", log)
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

// What somebody waits for in the chat comes soon after Telegram is back.
func TestAnOwedReplyIsTriedWithinTenSeconds(t *testing.T) {
	o := &outbox{}
	w := worker(o)
	w.Messenger = &chat{refuse: errors.New("no connection")}
	now := time.Now()
	w.Now = func() time.Time { return now }
	job := owed(t, flows.JobReply, flows.ReplyJob{Chat: 7, Replies: []flows.Reply{{Say: []flows.MessageID{flows.SayHelp}}}})
	job.Attempts = 20
	w.Do(t.Context(), job)
	if wait := o.again.Sub(now); wait <= 0 || wait > 11*time.Second {
		t.Errorf("the next try is in %s", wait)
	}
}
