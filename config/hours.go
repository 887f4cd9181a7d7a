package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones also where the system has none
)

// Hours are the hours of a week at which somebody works. The zero Hours are all
// of them.
type Hours struct {
	days     [7]bool // from Sunday on
	from, to int     // minutes since midnight
	zone     *time.Location
}

var weekdays = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// Staffed tells whether somebody works at a time.
func (h Hours) Staffed(at time.Time) bool {
	if h.zone == nil {
		return true
	}
	at = at.In(h.zone)
	minute := at.Hour()*60 + at.Minute()
	return h.days[at.Weekday()] && h.from <= minute && minute < h.to
}

// Opens gives when somebody works next, in the zone of the hours; the zero time
// when somebody works at the time given.
func (h Hours) Opens(at time.Time) time.Time {
	if h.Staffed(at) {
		return time.Time{}
	}
	at = at.In(h.zone)
	for day := range len(weekdays) + 1 {
		opens := time.Date(at.Year(), at.Month(), at.Day()+day, h.from/60, h.from%60, 0, 0, h.zone)
		if h.days[opens.Weekday()] && opens.After(at) {
			return opens
		}
	}
	return time.Time{}
}

// Zone gives the zone by whose clocks they are; without hours, UTC.
func (h Hours) Zone() *time.Location {
	if h.zone == nil {
		return time.UTC
	}
	return h.zone
}

// parseHours reads days, hours and a zone, such as "Mon-Fri 09:00-18:00
// Europe/Berlin" or "Mon,Wed 10:00-24:00 UTC".
func parseHours(text string) (h Hours, err error) {
	parts := strings.Fields(text)
	if len(parts) != 3 {
		return Hours{}, fmt.Errorf("%d words", len(parts))
	}
	for part := range strings.SplitSeq(parts[0], ",") {
		if err := h.addDays(part); err != nil {
			return Hours{}, err
		}
	}
	from, to, ok := strings.Cut(parts[1], "-")
	if !ok {
		return Hours{}, fmt.Errorf("no hours %q", parts[1])
	}
	if h.from, err = parseClock(from); err != nil {
		return Hours{}, err
	}
	if h.to, err = parseClock(to); err != nil {
		return Hours{}, err
	}
	if h.from >= h.to {
		return Hours{}, fmt.Errorf("hours %q end before they begin", parts[1])
	}
	h.zone, err = time.LoadLocation(parts[2])
	return h, err
}

// addDays adds a day, or a row of them.
func (h *Hours) addDays(text string) error {
	first, last, row := strings.Cut(text, "-")
	if !row {
		last = first
	}
	from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
	if from < 0 || to < 0 {
		return fmt.Errorf("no days %q", text)
	}
	for day := from; ; day = (day + 1) % len(weekdays) {
		h.days[day] = true
		if day == to {
			return nil
		}
	}
}

// parseClock reads hours and minutes; the day ends at 24:00.
func parseClock(text string) (minutes int, err error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err
}
