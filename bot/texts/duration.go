package texts

import "time"

// durationUnits are the units in which durations are said, and their texts.
var durationUnits = [...]struct {
	length time.Duration
	text   string
}{
	{time.Hour, "unit.hours"},
	{time.Minute, "unit.minutes"},
	{time.Second, "unit.seconds"},
}

// What is at most secondsUpTo is said in seconds alone; seconds are said up to
// exactUpTo, and above it only whole minutes.
const (
	secondsUpTo = 90 * time.Second
	exactUpTo   = 10 * time.Minute
)

// duration says a duration in words, such as "60 seconds", "25 minutes" or "1
// hour 5 minutes". It rounds up, so that whoever waits that long has waited
// long enough, and says at least one second.
func (l *language) duration(d time.Duration) string {
	d = max(roundUp(d, time.Second), time.Second)
	if d <= secondsUpTo {
		return l.plural(int(d/time.Second), l.units[len(l.units)-1])
	}
	if d > exactUpTo {
		d = roundUp(d, time.Minute)
	}
	said := ""
	for i, unit := range durationUnits {
		n := d / unit.length
		if n == 0 {
			continue
		}
		if said != "" {
			said += " "
		}
		said += l.plural(int(n), l.units[i])
		d -= n * unit.length
	}
	return said
}

func roundUp(d, unit time.Duration) time.Duration { return (d + unit - 1) / unit * unit }
