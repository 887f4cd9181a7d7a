package sqlite

import "context"

// Resume takes back the leases of a process that is no more, so that its jobs
// need not wait until they run out. Only the process that holds the serving
// lock may call it, before it claims any job.
func (j *Jobs) Resume(ctx context.Context) error {
	_, err := j.change(ctx, "resuming", func(t *tx) (int64, error) {
		return t.exec("UPDATE jobs SET leased_to = 0 WHERE leased_to > 0 AND done_at = 0")
	})
	return err
}
