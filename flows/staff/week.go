package staff

import (
	"context"
	"slices"
	"time"

	"rekey/flows"
)

// Week is what came of all recoveries and cases in seven days, and in the seven
// before. It says nothing of anybody.
type Week struct {
	Days   [7]Day
	Now    Sums
	Before Sums
}

// Day is a calendar day in the zone of staff.
type Day struct {
	Date     time.Time // its midnight
	Begun    int       // recoveries
	Finished int       // those of them that set a password, whenever that was
}

// Sums are the figures of seven days.
type Sums struct {
	Begun, Finished int           // as in Day
	Median          time.Duration // from a recovery's begin to its password; 0: none finished
	Opened, Closed  int           // cases
	Reasons         map[Reason]int
	Undelivered     int // codes and letters that nobody got
}

// Success is how many of a hundred recoveries finished; false where none began.
func (s Sums) Success() (percent int, ok bool) {
	if s.Begun == 0 {
		return 0, false
	}
	return (100*s.Finished + s.Begun/2) / s.Begun, true
}

// Top lists the reasons of the cases, the most frequent first.
func (s Sums) Top() []Reason {
	top := slices.DeleteFunc(AllReasons(), func(r Reason) bool { return s.Reasons[r] == 0 })
	slices.SortStableFunc(top, func(a, b Reason) int { return s.Reasons[b] - s.Reasons[a] })
	return top
}

// Fortnight lists the midnights around the fourteen days before the one of a
// time, by the clocks of a zone: those of [Week.Before], then those of
// [Week.Days].
func Fortnight(at time.Time, zone *time.Location) (midnights [15]time.Time) {
	year, month, day := at.In(zone).Date()
	for i := range midnights {
		midnights[i] = time.Date(year, month, day-14+i, 0, 0, 0, 0, zone)
	}
	return midnights
}

// WeeklyOptions is what a Weekly is built from. All are required.
type WeeklyOptions struct {
	Cases Cases
	Group Group
	Jobs  flows.Jobs
	Zone  *time.Location
	// Last and Next give when the figures are posted: at a time or before, and
	// after it.
	Last, Next func(time.Time) time.Time
	Now        func() time.Time
}

// Weekly posts the figures of a week in the staff group, once a week. Between
// two posts the next one is owed as a job, so that none is lost and none is made
// twice; of those that were missed only the last is made.
type Weekly struct{ WeeklyOptions }

// postedLate is how long after its time a post is still made.
const postedLate = 28 * 24 * time.Hour

// Begin owes the next post. One that is owed already may be sealed under a secret
// that is taken away before it is due, so it is owed anew.
func (w *Weekly) Begin(ctx context.Context) error { return w.owe(ctx, w.Next(w.Now()), true) }

func (w *Weekly) owe(ctx context.Context, at time.Time, anew bool) error {
	job, err := flows.NewJob(flows.JobWeek, "week:"+at.UTC().Format(time.RFC3339), at, at.Add(postedLate), flows.WeekJob{At: at})
	if err != nil {
		return err
	}
	job.Replaces = anew
	return w.Jobs.Owe(ctx, job)
}

// Post owes the next post and makes that of a time. When a later one should
// have been made meanwhile, that is owed instead; when there is none at that time
// any more, because the setting was changed, nothing is.
func (w *Weekly) Post(ctx context.Context, j flows.WeekJob) error {
	now := w.Now()
	if err := w.owe(ctx, w.Next(now), false); err != nil {
		return err
	}
	switch last := w.Last(now); {
	case last.After(j.At):
		return w.owe(ctx, last, false)
	case last.Before(j.At):
		return nil
	}
	week, err := w.Cases.Week(ctx, Fortnight(j.At, w.Zone))
	if err != nil {
		return err
	}
	return w.Group.Post(ctx, 0, 0, week)
}
