package config

import (
	"testing"
	"time"
)

func TestWeekly(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		weekly, at, last, next string
		zone                   *time.Location
	}{
		{"Mon 09:00", "2026-11-23T08:59:59Z", "2026-11-16T09:00:00Z", "2026-11-23T09:00:00Z", time.UTC},
		{"Mon 09:00", "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z", time.UTC},
		{"Mon 09:00", "2026-11-25T12:00:00Z", "2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z", time.UTC},
		{"Mon 09:00", "2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z", berlin},
		{"Sun 00:30", "2026-11-22T00:00:00Z", "2026-11-21T23:30:00Z", "2026-11-28T23:30:00Z", berlin},
		{"Sun 09:00", "2026-10-24T12:00:00Z", "2026-10-18T07:00:00Z", "2026-10-25T08:00:00Z", berlin}, // summer time ends
	} {
		w, err := parseWeekly(c.weekly)
		at, _ := time.Parse(time.RFC3339, c.at)
		last, next := w.Last(at, c.zone).UTC().Format(time.RFC3339), w.Next(at, c.zone).UTC().Format(time.RFC3339)
		if err != nil || !w.Set() || last != c.last || next != c.next {
			t.Errorf("%s at %s: last %s, next %s, %v; want %s and %s", c.weekly, c.at, last, next, err, c.last, c.next)
		}
	}
	for _, bad := range []string{"", "Mon", "09:00", "Monday 09:00", "Mon 9am", "Mon 24:00", "Mon 25:00", "Mon  09:00", "Mon 09:00 UTC", "Mon-Fri 09:00"} {
		if _, err := parseWeekly(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if (Weekly{}).Set() {
		t.Error("the zero Weekly comes")
	}
}
