package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"rekey/flows"
)

// pollEvery is the longest that Wait sleeps without looking: an injected clock
// or another process makes a job due unheard.
const pollEvery = time.Second

// Jobs is the outbox: jobs are committed with what causes them.
type Jobs struct {
	db     *DB
	sealer flows.Sealer
}

var _ flows.Jobs = (*Jobs)(nil)

// NewJobs gives the outbox of a file. Payloads are sealed with the sealer that
// the ledger of the file has.
func NewJobs(db *DB, sealer flows.Sealer) *Jobs { return &Jobs{db: db, sealer: sealer} }

// Owe implements flows.Jobs.
func (j *Jobs) Owe(ctx context.Context, jobs ...flows.Job) error {
	err := j.db.transact(ctx, func(t *tx) error { return t.owe(j.sealer, jobs...) })
	if err != nil {
		return fmt.Errorf("owing jobs: %w", err)
	}
	return nil
}

func (t *tx) owe(sealer flows.Sealer, jobs ...flows.Job) error {
	for _, j := range jobs {
		payload, err := sealer.Seal(j.Payload, sealedAs(j.Kind, j.Key))
		if err != nil {
			return fmt.Errorf("sealing a %s job: %w", j.Kind, err)
		}
		var key driver.Value
		if j.Key != "" {
			key = j.Key
		}
		if _, err := t.exec(`INSERT INTO jobs (kind, key, owed_at, due_at, deadline_at, payload) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, owed_at = excluded.owed_at, due_at = excluded.due_at, deadline_at = excluded.deadline_at,
				payload = excluded.payload, leased_to = 0, attempts = 0, done_at = 0, cause = '' WHERE ?`,
			string(j.Kind), key, t.now, j.Due.UnixMilli(), j.Deadline.UnixMilli(), payload, boolean(j.Replaces)); err != nil {
			return err
		}
		t.owed = t.owed || j.Due.UnixMilli() <= t.now
	}
	return nil
}

// sealedAs binds a payload to its job.
func sealedAs(kind flows.JobKind, key string) string { return "job:" + string(kind) + key }

// Claim implements flows.Jobs. A job whose payload does not open, because its
// secret was taken away, stays leased and is dropped at its deadline.
func (j *Jobs) Claim(ctx context.Context, n int, lease time.Duration) (due, over []flows.Job, err error) {
	err = j.db.transact(ctx, func(t *tx) error {
		claimed, err := t.claim(n, t.now+lease.Milliseconds())
		if err == nil {
			due, over, err = t.dropOverdue(j.sealer, claimed)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("claiming jobs: %w", err)
	}
	due, err = j.open(due)
	return due, over, err
}

// claim leases jobs. The plus keeps SQLite from looking at the limit's value,
// for which it would prepare the statement anew whenever it changes.
func (t *tx) claim(n int, leased int64) ([]flows.Job, error) {
	var claimed []flows.Job
	for r, err := range t.rows(`UPDATE jobs SET leased_to = ?1, attempts = attempts + 1 WHERE id IN (
			SELECT id FROM jobs WHERE done_at = 0 AND due_at <= ?2 AND leased_to <= ?2 ORDER BY due_at, id LIMIT +?3)
		RETURNING id, kind, ifnull(key, ''), due_at, deadline_at, attempts, payload, cause`, leased, t.now, int64(n)) {
		var kind string
		var due, deadline, attempts int64
		job := flows.Job{Lease: moment(leased)}
		if err == nil {
			err = r.scan(&job.ID, &kind, &job.Key, &due, &deadline, &attempts, &job.Payload, &job.Cause)
		}
		if err != nil {
			return nil, err
		}
		t.wrote = true
		job.Kind, job.Attempts = flows.JobKind(kind), int(attempts)
		job.Due, job.Deadline = moment(due), moment(deadline)
		claimed = append(claimed, job)
	}
	return claimed, nil
}

// dropOverdue ends the claimed jobs whose deadline has come.
func (t *tx) dropOverdue(sealer flows.Sealer, claimed []flows.Job) (alive, over []flows.Job, err error) {
	for _, job := range claimed {
		if job.Deadline.UnixMilli() > t.now {
			alive = append(alive, job)
			continue
		}
		if _, err := t.exec("UPDATE jobs SET done_at = ?, payload = x'' WHERE id = ?", t.now, job.ID); err != nil {
			return nil, nil, err
		}
		payload, err := sealer.Open(job.Payload, sealedAs(job.Kind, job.Key))
		if err != nil {
			job.Cause = "it cannot be opened; was a secret taken away?"
		}
		if err := t.noteUndelivered(job, payload, job.Overdue().Error()); err != nil {
			return nil, nil, err
		}
		job.Payload = nil
		over = append(over, job)
	}
	return alive, over, nil
}

// open unseals the payloads. It fails only when none opens.
func (j *Jobs) open(claimed []flows.Job) ([]flows.Job, error) {
	var failed error
	opened := claimed[:0]
	for _, job := range claimed {
		payload, err := j.sealer.Open(job.Payload, sealedAs(job.Kind, job.Key))
		if err != nil {
			failed = fmt.Errorf("opening %s job %d, which stays until its deadline: %w", job.Kind, job.ID, err)
			continue
		}
		job.Payload = payload
		opened = append(opened, job)
	}
	if len(opened) > 0 {
		return opened, nil
	}
	return nil, failed
}

// Complete implements flows.Jobs.
func (j *Jobs) Complete(ctx context.Context, job flows.Job) (bool, error) {
	n, err := j.change(ctx, "completing", func(t *tx) (int64, error) { return t.complete(job) })
	return n == 1, err
}

// Fail implements flows.Jobs.
func (j *Jobs) Fail(ctx context.Context, job flows.Job) (bool, error) {
	n, err := j.change(ctx, "giving up", func(t *tx) (int64, error) {
		n, err := t.complete(job)
		if err != nil || n == 0 {
			return n, err
		}
		return n, t.noteUndelivered(job, job.Payload, cmp.Or(job.Cause, "it cannot be delivered"))
	})
	return n == 1, err
}

func (t *tx) complete(job flows.Job) (int64, error) {
	return t.exec("UPDATE jobs SET done_at = ?, payload = x'' WHERE id = ? AND leased_to = ? AND done_at = 0",
		t.now, job.ID, job.Lease.UnixMilli())
}

// Postpone implements flows.Jobs. A time past the job's deadline is its
// deadline.
func (j *Jobs) Postpone(ctx context.Context, job flows.Job, due time.Time) error {
	_, err := j.change(ctx, "postponing", func(t *tx) (int64, error) {
		t.owed = t.owed || due.UnixMilli() <= t.now
		return t.exec("UPDATE jobs SET due_at = min(?, deadline_at), leased_to = 0, cause = ? WHERE id = ? AND leased_to = ? AND done_at = 0",
			due.UnixMilli(), job.Cause, job.ID, job.Lease.UnixMilli())
	})
	return err
}

// Hasten implements flows.Jobs.
func (j *Jobs) Hasten(ctx context.Context) error {
	_, err := j.change(ctx, "hastening", func(t *tx) (int64, error) {
		n, err := t.exec("UPDATE jobs SET due_at = ?1 WHERE done_at = 0 AND due_at > ?1 AND leased_to <= ?1 AND cause <> '' AND kind IN (?2, ?3)",
			t.now, string(flows.JobCode), string(flows.JobLetter))
		t.owed = t.owed || n > 0
		return n, err
	})
	return err
}

// Settle implements flows.Jobs.
func (j *Jobs) Settle(ctx context.Context, key string) error {
	_, err := j.change(ctx, "settling", func(t *tx) (int64, error) {
		return t.exec("UPDATE jobs SET done_at = ?, payload = x'' WHERE key = ? AND done_at = 0", t.now, key)
	})
	return err
}

func (j *Jobs) change(ctx context.Context, what string, do func(*tx) (int64, error)) (n int64, err error) {
	err = j.db.transact(ctx, func(t *tx) (err error) {
		n, err = do(t)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s a job: %w", what, err)
	}
	return n, nil
}

// Wait implements flows.Jobs. A job that is added due wakes it at once, when
// this process added it, and within a second otherwise.
func (j *Jobs) Wait(ctx context.Context, until time.Time) {
	rung := j.db.bell.heard()
	now := j.db.now()
	sleep := min(until.Sub(now), pollEvery)
	if due, some := j.nextDue(ctx, now); some {
		sleep = min(sleep, due.Sub(now))
	}
	if sleep <= 0 {
		return
	}
	timer := time.NewTimer(sleep)
	defer timer.Stop()
	select {
	case <-rung:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// nextDue gives the earliest time at which a job that nobody works on is due.
// When it cannot tell, Wait polls.
func (j *Jobs) nextDue(ctx context.Context, now time.Time) (time.Time, bool) {
	var due int64
	found, err := j.db.look(ctx, into{&due},
		"SELECT due_at FROM jobs WHERE done_at = 0 AND leased_to <= ? ORDER BY due_at LIMIT 1", now.UnixMilli())
	return moment(due), found && err == nil
}
