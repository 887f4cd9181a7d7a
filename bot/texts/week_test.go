package texts

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/flows/staff"
)

// sampleWeek begins at a midnight that is still the day before in UTC.
func sampleWeek() (w staff.Week) {
	midnights := staff.Fortnight(noon, time.FixedZone("", 2*3600))
	for i := range w.Days {
		w.Days[i] = staff.Day{Date: midnights[7+i], Begun: 7 - i, Finished: 5 - i/2}
	}
	w.Now = staff.Sums{Begun: 28, Finished: 22, Median: 3*time.Minute + 20*time.Second, Opened: 9, Closed: 8, Undelivered: 2,
		Reasons: map[staff.Reason]int{staff.ReasonOther: 1, staff.ReasonForgot: 2, staff.ReasonLockedOut: 4, staff.ReasonSuspicious: 2}}
	w.Before = staff.Sums{Begun: 23, Finished: 15, Median: 4 * time.Minute, Opened: 9, Closed: 9}
	return w
}

func TestAWeekIsTold(t *testing.T) {
	c := catalogue(t)
	got := strings.ReplaceAll(c.Week("en", sampleWeek()), "\u00a0", " ")
	for _, want := range []string{
		"Recoveries, 16–22 November 2026, ", "Begun: 28 (+5)\n", "Finished: 22, that is 79 % (before: 65 %)\n",
		"within 3 minutes 20 seconds (before: 4 minutes)\n", "opened: 9 (±0), closed: 8 (−1)\n",
		"Why: Locked out 4, Forgot the password 2, Suspects a stranger 2\n", "delivered: 2 (+2)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	across := sampleWeek()
	across.Days[0].Date = across.Days[0].Date.AddDate(0, -1, 0)
	if text := c.Week("ru", across); !strings.Contains(text, ", 16 октября 2026 – 22 ноября 2026, ") {
		t.Errorf("over the end of a month: %s", text)
	}
	quiet := staff.Week{Days: sampleWeek().Days}
	for _, lang := range c.order {
		if text := c.Week(lang, quiet); strings.Count(text, "\n") != 3 || strings.Contains(text, "%") {
			t.Errorf("%s: of nothing it is told\n%s", lang, text)
		}
	}
}

// What stands below a picture has at most 1024 characters.
func TestAWeekFitsBelowAPicture(t *testing.T) {
	c, w := catalogue(t), sampleWeek()
	most := staff.Sums{Begun: math.MaxInt64 / 200, Finished: math.MaxInt64 / 200, Median: math.MaxInt64, Opened: math.MaxInt64, Closed: math.MaxInt64, Undelivered: math.MaxInt64,
		Reasons: map[staff.Reason]int{}}
	for _, r := range staff.Reasons() {
		most.Reasons[r] = math.MaxInt64
	}
	w.Now, w.Before = most, staff.Sums{Begun: 1, Finished: 1, Median: math.MaxInt64}
	for _, lang := range c.order {
		if n := units(c.Week(lang, w)); n > 1024 {
			t.Errorf("%s: %d characters", lang, n)
		}
	}
}

func TestTheWordsOfAChart(t *testing.T) {
	days, begun, finished := catalogue(t).WeekChart("ru", sampleWeek())
	if want := []string{"Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"}; !slices.Equal(days, want) || begun != "Начато" || finished != "Завершено" {
		t.Errorf("%q, %q, %q", days, begun, finished)
	}
}
