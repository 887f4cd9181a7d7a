package bot

import (
	"context"
	"time"

	"rekey/store/sqlite"
)

// recall gives the demo a past: a fortnight of recoveries, of which some were not
// finished.
func (b *bot) recall(ctx context.Context) error {
	const day = 24 * time.Hour
	perDay := [...]int{time.Sunday: 5, time.Monday: 16, time.Tuesday: 13, time.Wednesday: 14, time.Thursday: 11, time.Friday: 12, time.Saturday: 6}
	var past []sqlite.Recovered
	today := b.Now().UTC().Truncate(day)
	for midnight := today.Add(-14 * day); midnight.Before(today); midnight = midnight.Add(day) {
		for i := range perDay[midnight.Weekday()] - midnight.Day()%3 {
			one := sqlite.Recovered{Begun: midnight.Add(8*time.Hour + time.Duration(i)*time.Hour/2)}
			if (midnight.Day()+i)%5 != 0 {
				one.Took = 90*time.Second + time.Duration(i*37%120)*time.Second
			}
			past = append(past, one)
		}
	}
	return b.db.Recall(ctx, past)
}
