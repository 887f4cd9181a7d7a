package staff

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"rekey/flows"
)

// ledger notes which days are asked for; group, what is posted; outbox, what is
// owed.
type (
	ledger struct {
		Cases
		asked [15]time.Time
	}
	group struct {
		Group
		posts int
		err   error
	}
	outbox struct {
		flows.Jobs
		owed map[string]flows.Job
	}
)

func (l *ledger) Week(_ context.Context, midnights [15]time.Time) (Week, error) {
	l.asked = midnights
	return Week{}, nil
}

func (g *group) Post(context.Context, int, int, Week) error {
	g.posts++
	return g.err
}

func (o *outbox) Owe(_ context.Context, jobs ...flows.Job) error {
	for _, j := range jobs {
		if _, known := o.owed[j.Key]; !known {
			o.owed[j.Key] = j
		}
	}
	return nil
}

// due gives the times of what is owed.
func (o *outbox) due(t *testing.T) (all []time.Time) {
	for _, j := range o.owed {
		var p flows.WeekJob
		if err := json.Unmarshal(j.Payload, &p); err != nil || !p.At.Equal(j.Due) || j.Kind != flows.JobWeek || !j.Deadline.After(j.Due.Add(15*24*time.Hour)) {
			t.Errorf("owed %+v, %v", j, err)
		}
		all = append(all, j.Due)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

func TestWeekly(t *testing.T) {
	const week = 7 * 24 * time.Hour
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	last := func(at time.Time) time.Time { return monday.Add(at.Sub(monday).Truncate(week)) }
	for name, test := range map[string]struct {
		at, now time.Time
		err     error
		posts   int
		owed    []time.Time
	}{
		"in time":                    {monday, monday, nil, 1, []time.Time{monday.Add(week)}},
		"late":                       {monday, monday.Add(week - 1), nil, 1, []time.Time{monday.Add(week)}},
		"when there is no room":      {monday, monday, flows.ErrLater{After: 1}, 1, []time.Time{monday.Add(week)}},
		"when two later were missed": {monday, monday.Add(2*week + 1), nil, 0, []time.Time{monday.Add(2 * week), monday.Add(3 * week)}},
		"at a time that is no more":  {monday.Add(time.Hour), monday.Add(time.Hour), nil, 0, []time.Time{monday.Add(week)}},
	} {
		t.Run(name, func(t *testing.T) {
			l, g, o := &ledger{}, &group{err: test.err}, &outbox{owed: map[string]flows.Job{}}
			w := Weekly{WeeklyOptions{Cases: l, Group: g, Jobs: o, Zone: time.UTC, Last: last,
				Next: func(at time.Time) time.Time { return last(at).Add(week) }, Now: func() time.Time { return test.now }}}
			if err := w.Post(t.Context(), flows.WeekJob{At: test.at}); !errors.Is(err, test.err) || g.posts != test.posts {
				t.Errorf("%d posts, %v", g.posts, err)
			}
			for _, owe := range []func() error{func() error { return nil }, func() error { return w.Begin(t.Context()) }} {
				if err := owe(); err != nil || !slices.EqualFunc(o.due(t), test.owed, time.Time.Equal) {
					t.Errorf("owed %v, %v; want %v", o.due(t), err, test.owed)
				}
			}
			if g.posts > 0 && !l.asked[14].Equal(monday.Add(-9*time.Hour)) {
				t.Errorf("figures until %s", l.asked[14])
			}
		})
	}
}

func TestFortnight(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	m := Fortnight(time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC), berlin) // the clocks changed on the 25th
	for i, want := range map[int]string{0: "2026-10-17T22:00:00Z", 7: "2026-10-24T22:00:00Z", 8: "2026-10-25T23:00:00Z", 14: "2026-10-31T23:00:00Z"} {
		if got := m[i].UTC().Format(time.RFC3339); got != want {
			t.Errorf("midnight %d is at %s, want %s", i, got, want)
		}
	}
}

func TestSums(t *testing.T) {
	if _, ok := (Sums{}).Success(); ok {
		t.Error("of none, some succeed")
	}
	if percent, ok := (Sums{Begun: 3, Finished: 2}).Success(); !ok || percent != 67 {
		t.Errorf("two of three are %d %%", percent)
	}
	s := Sums{Reasons: map[Reason]int{ReasonOther: 1, ReasonLockedOut: 2, ReasonForgot: 1}}
	if got, want := s.Top(), []Reason{ReasonLockedOut, ReasonForgot, ReasonOther}; !slices.Equal(got, want) {
		t.Errorf("the top reasons are %v, want %v", got, want)
	}
}
