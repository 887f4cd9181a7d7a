package sqlite

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"rekey/flows/staff"
)

// Week implements staff.Cases.
func (c *Cases) Week(ctx context.Context, midnights [15]time.Time) (staff.Week, error) {
	f := &fortnight{midnights: midnights}
	if err := c.countRecoveries(ctx, f); err != nil {
		return staff.Week{}, fmt.Errorf("counting recoveries: %w", err)
	}
	if err := c.countCases(ctx, f); err != nil {
		return staff.Week{}, fmt.Errorf("counting cases: %w", err)
	}
	return f.week(), nil
}

// fortnight gathers the figures of fourteen days.
type fortnight struct {
	midnights [15]time.Time
	days      [14]staff.Day
	halves    [2]half
}

// half is seven days of a fortnight.
type half struct {
	staff.Sums
	took []time.Duration // of the recoveries that finished
}

// day gives the place of a time among the fourteen days.
func (f *fortnight) day(ms int64) (day int, within bool) {
	after := sort.Search(len(f.midnights), func(i int) bool { return f.midnights[i].UnixMilli() > ms })
	return after - 1, 0 < after && after < len(f.midnights)
}

// countRecoveries reads the audit log: the table of the recoveries forgets them
// after two days.
func (c *Cases) countRecoveries(ctx context.Context, f *fortnight) error {
	first, err := c.db.auditFrom(ctx, f.midnights[0].UnixMilli())
	if err != nil {
		return err
	}
	var at int64
	var event, recovery string
	return c.db.each(ctx, into{&at, &event, &recovery}, func() error {
		f.count(at, event, recovery)
		return nil
	}, `SELECT at, event, recovery FROM audit
		WHERE id >= ? AND event IN ('code.requested', 'password.set', 'delivery.failed')`, first)
}

// count takes a row of the audit log. A recovery counts on the day on which it
// began, which is when its first code was asked for; a letter on the day on which
// it was given up.
func (f *fortnight) count(at int64, event, recovery string) {
	since := at
	if recovery != "" && event != "delivery.failed" {
		since = begunAt(recovery)
	}
	day, within := f.day(since)
	if !within {
		return
	}
	h := &f.halves[day/7]
	switch {
	case event == "delivery.failed":
		h.Undelivered++
	case event == "password.set":
		f.days[day].Finished++
		h.Finished++
		h.took = append(h.took, time.Duration(at-since)*time.Millisecond)
	case at == since:
		f.days[day].Begun++
		h.Begun++
	}
}

// countCases counts the cases, and why they were opened.
func (c *Cases) countCases(ctx context.Context, f *fortnight) error {
	var at, number, revision int64
	var event string
	var body []byte
	return c.db.each(ctx, into{&at, &event, &number, &revision, &body}, func() error {
		day, _ := f.day(at)
		if event == "case.closed" {
			f.halves[day/7].Closed++
			return nil
		}
		k, _, err := c.unsealCase(number, revision, body)
		if err != nil {
			return err
		}
		f.halves[day/7].opened(k.Reason)
		return nil
	}, `SELECT a.at, a.event, c.number, c.revision, c.body
		FROM audit a JOIN cases c ON c.number = a.number
		WHERE a.number > 0 AND a.at >= ? AND a.at < ? AND a.event IN ('case.opened', 'case.closed')`,
		f.midnights[0].UnixMilli(), f.midnights[14].UnixMilli())
}

// opened counts a case. A reason that was typed is another one, whatever it says.
func (h *half) opened(reason string) {
	h.Opened++
	if reason == "" {
		return
	}
	why := staff.Reason(reason)
	if !slices.Contains(staff.AllReasons(), why) {
		why = staff.ReasonOther
	}
	if h.Reasons == nil {
		h.Reasons = map[staff.Reason]int{}
	}
	h.Reasons[why]++
}

func (f *fortnight) week() staff.Week {
	w := staff.Week{Before: f.halves[0].Sums, Now: f.halves[1].Sums, Days: [7]staff.Day(f.days[7:])}
	w.Before.Median, w.Now.Median = median(f.halves[0].took), median(f.halves[1].took)
	for i := range w.Days {
		w.Days[i].Date = f.midnights[7+i]
	}
	return w
}

// median gives the middle of some durations, or the mean of the two in the
// middle; 0 of none.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// begunAt gives when a recovery began, in Unix milliseconds: its id tells.
func begunAt(recovery string) int64 {
	ms, _ := strconv.ParseInt(recovery[:min(len(recovery), timeDigits)], 16, 64) // what is no id began in 1970
	return ms
}

// auditFrom gives the id of the first row of the audit log at a time or later.
// Rows are written in the order of time, so that halving finds it without an
// index, for which every row would have to pay.
func (db *DB) auditFrom(ctx context.Context, ms int64) (int64, error) {
	var low, high int64
	if _, err := db.look(ctx, into{&high}, "SELECT ifnull(max(id), 0) + 1 FROM audit"); err != nil {
		return 0, err
	}
	for low < high {
		middle := (low + high) / 2
		var at int64
		if _, err := db.look(ctx, into{&at}, "SELECT at FROM audit WHERE id >= ? ORDER BY id LIMIT 1", middle); err != nil {
			return 0, err
		}
		if at < ms {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}
