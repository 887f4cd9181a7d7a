package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Weekly is a moment that comes once a week. The zero Weekly never comes.
type Weekly struct {
	set    bool
	day    time.Weekday
	minute int // since midnight
}

// Set tells whether it comes at all.
func (w Weekly) Set() bool { return w.set }

// Last gives when it came last, by the clocks of a zone: at that time or before.
func (w Weekly) Last(at time.Time, zone *time.Location) time.Time {
	return w.search(at, zone, -1, func(came time.Time) bool { return !came.After(at) })
}

// Next gives when it comes next, after that time.
func (w Weekly) Next(at time.Time, zone *time.Location) time.Time {
	return w.search(at, zone, 1, func(comes time.Time) bool { return comes.After(at) })
}

// search goes from day to day, so that a change of the clocks does not move the
// hour.
func (w Weekly) search(at time.Time, zone *time.Location, step int, fits func(time.Time) bool) time.Time {
	year, month, day := at.In(zone).Date()
	for ; ; day += step {
		moment := time.Date(year, month, day, 0, w.minute, 0, 0, zone)
		if moment.Weekday() == w.day && fits(moment) {
			return moment
		}
	}
}

// parseWeekly reads a day and a time, such as "Mon 09:00".
func parseWeekly(text string) (w Weekly, err error) {
	name, at, _ := strings.Cut(text, " ")
	day := slices.Index(weekdays, name)
	if day < 0 {
		return Weekly{}, fmt.Errorf("no day %q", name)
	}
	if at == "24:00" {
		return Weekly{}, errors.New("the day has no such minute")
	}
	w = Weekly{set: true, day: time.Weekday(day)}
	w.minute, err = parseClock(at)
	return w, err
}
