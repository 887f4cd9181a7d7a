package sqlite

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// recovers has an account recovered in its own chat, over this time.
func (d *desk) recovers(chat int64, a flows.Account, over time.Duration) {
	d.Helper()
	sent, accepted := d.grant(chat, a)
	d.advance(over)
	if _, ok := d.change(setting(chat, sent.Recovery, accepted.Grant, "correct horse")).(flows.PasswordSet); !ok {
		d.Fatal("the password is not set")
	}
}

func (d *desk) week(zone *time.Location) staff.Week {
	d.Helper()
	w, err := d.cases.Week(d.Context(), staff.Fortnight(d.now(), zone))
	if err != nil {
		d.Fatal(err)
	}
	return w
}

func TestAWeekIsCounted(t *testing.T) {
	d := newDesk(t)
	midnight := d.now().Truncate(day).Add(day)
	until := func(at time.Time) { d.advance(at.Sub(d.now())) }
	accounts := make([]flows.Account, 6)
	for i := range accounts {
		accounts[i] = d.account(fmt.Sprintf("person%d", i))
	}
	d.begin(order(1, "too.early@example.org")) // on the day before the fortnight
	until(midnight.Add(time.Hour))
	d.recovers(2, accounts[0], 4*time.Minute)
	until(midnight.Add(7*day - time.Minute))
	d.recovers(3, accounts[1], 2*time.Minute) // over the midnight between the weeks

	until(midnight.Add(7*day + 12*time.Hour))
	lone := order(4, "nobody@example.org")
	sent, _ := d.begin(lone)
	d.advance(time.Minute)
	lone.Recovery = sent.Recovery
	d.send(lone) // another code is no other recovery
	d.recovers(5, accounts[2], 3*time.Minute)
	until(midnight.Add(9*day + 12*time.Hour))
	d.recovers(6, accounts[3], 1*time.Minute)
	d.recovers(7, accounts[4], 9*time.Minute)
	for i, why := range []string{"forgot", "Max says hello", "locked_out", "my cat", ""} {
		number := d.ask(anna, 0, flows.Account{}, staff.Ask{Open: fmt.Sprint(i)}).Case.Number
		if why != "" {
			d.ask(anna, number, flows.Account{}, staff.Ask{Typed: why})
		}
		if why == "forgot" {
			d.did(anna, number, staff.ActNoTicket)
			d.did(anna, number, staff.ActClose)
		}
	}
	d.owe(job("lost", 14*day, 14*day))
	until(midnight.Add(13*day + 12*time.Hour))
	for {
		jobs, _, err := d.jobs.Claim(t.Context(), 100, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			break
		}
	}
	undelivered := d.count("audit WHERE event = 'delivery.failed' AND at >= ?", midnight.Add(7*day).UnixMilli())
	until(midnight.Add(14*day + time.Minute))
	d.recovers(8, accounts[5], time.Minute) // today, which is not over
	if err := d.db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}

	w := d.week(time.UTC)
	if w.Before.Begun != 2 || w.Before.Finished != 2 || w.Before.Median != 3*time.Minute || w.Before.Opened != 0 {
		t.Errorf("the week before: %+v", w.Before)
	}
	if w.Now.Begun != 4 || w.Now.Finished != 3 || w.Now.Median != 3*time.Minute {
		t.Errorf("this week: %+v", w.Now)
	}
	if w.Now.Opened != 5 || w.Now.Closed != 1 || undelivered == 0 || w.Now.Undelivered != undelivered {
		t.Errorf("this week's cases and letters: %+v, want %d undelivered", w.Now, undelivered)
	}
	if want := map[staff.Reason]int{staff.ReasonForgot: 1, staff.ReasonLockedOut: 1, staff.ReasonOther: 2}; !maps.Equal(w.Now.Reasons, want) {
		t.Errorf("reasons %v, want %v", w.Now.Reasons, want)
	}
	for i, want := range []staff.Day{{Begun: 2, Finished: 1}, {}, {Begun: 2, Finished: 2}, {}, {}, {}, {}} {
		want.Date = midnight.Add(time.Duration(7+i) * day)
		if got := w.Days[i]; !got.Date.Equal(want.Date) || got.Begun != want.Begun || got.Finished != want.Finished {
			t.Errorf("day %d: %+v, want %+v", i, got, want)
		}
	}
	if east := d.week(time.FixedZone("", 12*3600+1)); east.Days[0].Begun != 1 || east.Days[1].Begun != 2 {
		t.Errorf("where the day begins twelve hours earlier: %+v", east.Days)
	}
}

func TestAnEmptyWeek(t *testing.T) {
	w := newDesk(t).week(time.UTC)
	if w.Now.Begun != 0 || w.Now.Median != 0 || w.Now.Reasons != nil {
		t.Errorf("%+v", w)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		all  []time.Duration
		want time.Duration
	}{{nil, 0}, {[]time.Duration{7}, 7}, {[]time.Duration{9, 1}, 5}, {[]time.Duration{9, 1, 2}, 2}, {[]time.Duration{8, 1, 2, 100}, 5}} {
		if got := median(c.all); got != c.want {
			t.Errorf("median %d, want %d", got, c.want)
		}
	}
}

// The audit log is searched by time without an index.
func TestTheAuditLogIsFoundByTime(t *testing.T) {
	r := newRig(t, testLimits())
	for i := range 7 {
		r.sql("INSERT INTO audit (at, event, actor) VALUES (?, 'x', 'y')", 10*(i/2))
	}
	for ms, want := range map[int64]int64{0: 0, 1: 3, 10: 3, 20: 5, 25: 7, 30: 7, 31: 8} {
		got, err := r.db.auditFrom(t.Context(), ms)
		if rows := r.count("audit WHERE id >= ? AND at >= ?", got, ms); err != nil || got != want || rows != r.count("audit WHERE at >= ?", ms) {
			t.Errorf("from %d: id %d with %d rows, %v; want %d", ms, got, rows, err, want)
		}
	}
}

// A demonstration has a past, once.
func TestRecall(t *testing.T) {
	d := newDesk(t)
	d.sql("DELETE FROM audit")
	yesterday := d.now().Add(-day)
	for range 2 {
		if err := d.db.Recall(t.Context(), []Recovered{{Begun: yesterday, Took: time.Minute}, {Begun: yesterday.Add(time.Hour)}}); err != nil {
			t.Fatal(err)
		}
	}
	d.begin(order(1, "lena@example.org"))
	if w := d.week(time.UTC); w.Now.Begun != 2 || w.Now.Finished != 1 || w.Now.Median != time.Minute || w.Days[6].Begun != 2 {
		t.Errorf("%+v", w)
	}
	if d.count("audit WHERE event = 'code.requested' AND at = ?", d.now().UnixMilli()) != 1 {
		t.Error("the present is written as if it were the past")
	}
}
