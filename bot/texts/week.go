package texts

import (
	"fmt"
	"strconv"
	"strings"

	"rekey/flows/staff"
)

// reasonsShown is how many reasons of cases are told.
const reasonsShown = 3

// Week tells the figures of a week as plain text, short enough for what stands
// below a picture.
func (c *Catalogue) Week(lang string, w staff.Week) string {
	v := c.deskView(lang, 0)
	v.desk.week = w
	return v.in.render("staff.week", v)
}

// WeekChart gives the words in the picture of a week as plain text: its days, and
// what its bars are.
func (c *Catalogue) WeekChart(lang string, w staff.Week) (days []string, begun, finished string) {
	in := c.deskView(lang, 0).in
	for _, d := range w.Days {
		days = append(days, in.weekdays[d.Date.Weekday()])
	}
	return days, in.constant("staff.week_begun"), in.constant("staff.week_finished")
}

// Days are those of the week, such as 16–22 November 2026.
func (v *view) Days() string {
	first, last := v.desk.week.Days[0].Date, v.desk.week.Days[6].Date
	if first.Month() == last.Month() {
		return first.Format("2–") + v.in.day(last)
	}
	return v.in.day(first) + " – " + v.in.day(last)
}

func (v *view) Begun() int            { return v.desk.week.Now.Begun }
func (v *view) BegunChange() string   { return change(v.desk.week.Now.Begun, v.desk.week.Before.Begun) }
func (v *view) Finished() int         { return v.desk.week.Now.Finished }
func (v *view) Success() string       { return success(v.desk.week.Now) }
func (v *view) SuccessBefore() string { return success(v.desk.week.Before) }
func (v *view) Median() string        { return v.median(v.desk.week.Now) }
func (v *view) MedianBefore() string  { return v.median(v.desk.week.Before) }
func (v *view) CasesOpened() int      { return v.desk.week.Now.Opened }
func (v *view) CasesClosed() int      { return v.desk.week.Now.Closed }
func (v *view) Undelivered() int      { return v.desk.week.Now.Undelivered }
func (v *view) CasesOpenedChange() string {
	return change(v.desk.week.Now.Opened, v.desk.week.Before.Opened)
}
func (v *view) CasesClosedChange() string {
	return change(v.desk.week.Now.Closed, v.desk.week.Before.Closed)
}
func (v *view) UndeliveredChange() string {
	return change(v.desk.week.Now.Undelivered, v.desk.week.Before.Undelivered)
}

// TopReasons lists the most frequent reasons, in the words of their buttons.
func (v *view) TopReasons() string {
	sums := v.desk.week.Now
	var told []string
	for _, r := range sums.Top() {
		told = append(told, v.in.render("staff.reason."+string(r), v)+" "+strconv.Itoa(sums.Reasons[r]))
	}
	return strings.Join(told[:min(len(told), reasonsShown)], ", ")
}

func (v *view) median(s staff.Sums) string {
	if s.Finished == 0 {
		return ""
	}
	return v.in.duration(s.Median)
}

// change tells how a figure differs from the one before, such as +3.
func change(now, before int) string {
	if now == before {
		return "±0"
	}
	return strings.Replace(fmt.Sprintf("%+d", now-before), "-", "−", 1)
}

// success tells how many finished, such as 79 %; "" where none began.
func success(s staff.Sums) string {
	percent, ok := s.Success()
	if !ok {
		return ""
	}
	return strconv.Itoa(percent) + "\u00a0%" // no line break in between
}
