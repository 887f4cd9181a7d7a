package config

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	for _, c := range []struct {
		hours, at string
		want      bool
	}{
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T08:00:00Z", true},
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T07:59:00Z", false},
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T16:59:00Z", true},
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T17:00:00Z", false},
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-07-20T07:00:00Z", true}, // summer time
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-22T12:00:00Z", false},
		{"Sat-Mon,Wed 00:00-24:00 UTC", "2026-11-22T23:59:00Z", true},
		{"Sat-Mon,Wed 00:00-24:00 UTC", "2026-11-24T12:00:00Z", false},
		{"Sat-Mon,Wed 00:00-24:00 UTC", "2026-11-25T12:00:00Z", true},
	} {
		h, err := parseHours(c.hours)
		at, _ := time.Parse(time.RFC3339, c.at)
		if err != nil || h.Staffed(at) != c.want {
			t.Errorf("%s at %s: %t, %v", c.hours, c.at, !c.want, err)
		}
	}
	if !(Hours{}).Staffed(time.Now()) {
		t.Error("without hours nobody works")
	}
	for _, bad := range []string{
		"", "Mon-Fri", "Mon-Fri 9-18 UTC", "Mon-Foo 09:00-18:00 UTC", "Mon 18:00-09:00 UTC", "Mon 09:00-25:00 UTC",
		"Mon 09:00-18:00 Mars/Olympus", "Mon 09:00 UTC", "Mon 09:00-18:00 UTC extra",
	} {
		if _, err := parseHours(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestBack(t *testing.T) {
	for _, c := range []struct{ hours, at, want string }{
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T12:00:00Z", "0001-01-01T00:00:00Z"}, // they work
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T07:00:00Z", "2026-11-23T09:00:00+01:00"},
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-23T17:00:00Z", "2026-11-24T09:00:00+01:00"},
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-27T17:00:00Z", "2026-11-30T09:00:00+01:00"}, // over the weekend
		{"Mon-Fri 09:00-18:00 Europe/Berlin", "2026-03-27T17:00:00Z", "2026-03-30T09:00:00+02:00"}, // and into summer time
		{"Mon 09:00-10:00 UTC", "2026-11-23T10:00:00Z", "2026-11-30T09:00:00Z"},
	} {
		h, err := parseHours(c.hours)
		at, _ := time.Parse(time.RFC3339, c.at)
		if got := h.Opens(at).Format(time.RFC3339); err != nil || got != c.want {
			t.Errorf("%s at %s: back at %s, want %s (%v)", c.hours, c.at, got, c.want, err)
		}
	}
	if !(Hours{}).Opens(time.Now()).IsZero() {
		t.Error("without hours somebody is away")
	}
}
