package sqlite

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// sms asks for a code by SMS to a number of an account of its own, and tells
// whether it may be sent.
func (r *rig) sms(number string) (flows.CodeJob, bool) {
	r.Helper()
	chat := int64(r.count("accounts"))
	a := r.account(fmt.Sprintf("account%d", chat))
	a.Addresses[1].Canonical = number
	e := order(chat, a.ID)
	e.Channel = flows.SMS
	_, job := r.begin(e)
	return job, r.admitted(job, a).OK
}

func german(i int) string { return fmt.Sprintf("+4915%05d0000", i) }
func french(i int) string { return fmt.Sprintf("+336%04d0000", i) }

func TestSMSOfABlockAndOfADeploymentAreLimited(t *testing.T) {
	for name, c := range map[string]struct {
		limits func(*flows.Limits)
		number func(i int) string
		window time.Duration
	}{
		"block in 10 minutes": {
			limits: func(l *flows.Limits) { l.SMSPerPrefix10Min = 5 },
			number: func(i int) string { return fmt.Sprintf("+49151000%04d", i) },
			window: 10 * time.Minute,
		},
		"block in a day": {
			limits: func(l *flows.Limits) { l.SMSPerPrefixDay = 5 },
			number: func(i int) string { return fmt.Sprintf("+49151000%04d", i) },
			window: day,
		},
		"deployment in a day": {
			limits: func(l *flows.Limits) { l.SMSPerDay = 5 },
			number: func(i int) string { return fmt.Sprintf("+49151%03d0000", i) },
			window: day,
		},
	} {
		t.Run(name, func(t *testing.T) {
			limits := generous()
			limits.SMSPerPrefix10Min, limits.SMSPerPrefixDay, limits.SMSPerDay = exactUpTo, exactUpTo, exactUpTo
			c.limits(&limits)
			r := newRig(t, limits)
			for i := range 5 {
				if _, ok := r.sms(c.number(i)); !ok {
					t.Fatalf("SMS %d is refused", i+1)
				}
			}
			if _, ok := r.sms(c.number(5)); ok {
				t.Fatal("the sixth SMS is sent")
			}
			r.advance(c.window)
			if _, ok := r.sms(c.number(6)); !ok {
				t.Fatal("after the window SMS are refused")
			}
		})
	}
}

// The seven days before decide how many SMS a country may get in one; a country
// that hardly got any has those that are free.
func TestSMSToACountryStayNearItsMean(t *testing.T) {
	limits := generous()
	limits.SMSPerCountryFree, limits.SMSUsedPercent = 4, 0
	r := newRig(t, limits)
	n := 0
	admitted := func(number func(int) string, wish int) (got int) {
		for range wish {
			if _, ok := r.sms(number(n)); ok {
				got++
			}
			n++
		}
		return got
	}
	if got := admitted(german, 6); got != 4 {
		t.Fatalf("on the first day %d SMS go to a country, want the 4 free ones", got)
	}
	if got := admitted(french, 6); got != 4 {
		t.Fatalf("%d SMS go to another country, want its own 4", got)
	}
	for range 6 {
		r.advance(day + 2*time.Hour)
		admitted(german, 4)
	}
	r.advance(day + 2*time.Hour)
	if err := r.db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := admitted(german, 20); got != 3*7*4/7 {
		t.Fatalf("after a week of 4 a day %d SMS go out in a day, want three times the mean", got)
	}
	if got := admitted(french, 6); got != 4 {
		t.Fatalf("after a week without any %d SMS go out, want the 4 free ones", got)
	}
}

func TestSMSPauseWhereCodesAreNotUsed(t *testing.T) {
	limits := generous()
	limits.SMSPause = time.Hour
	var log bytes.Buffer
	r := newRig(t, limits, func(o *LedgerOptions) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	n := 0
	send := func(wish int, used bool) (sent int) {
		for range wish {
			n++
			r.advance(time.Millisecond)
			job, ok := r.sms(german(n))
			if ok && used {
				expectKind[flows.CodeAccepted](t, r.guess(int64(n-1), job.Recovery, job.Text))
			}
			if ok {
				sent++
			}
		}
		return sent
	}
	if send(41, false) != 41 || send(9, true) != 9 {
		t.Fatal("SMS are refused before 50 codes tell anything")
	}
	if send(1, false) != 1 {
		t.Fatal("codes that can still be used count as unused")
	}
	r.advance(limits.CodeLife)
	if send(2, false) != 0 {
		t.Fatal("9 used codes of 50 do not pause SMS")
	}
	if got := strings.Count(log.String(), "country=DE"); got != 1 || r.count("audit WHERE event = 'sms.paused' AND detail = 'DE'") != 1 {
		t.Fatalf("the alarm is raised %d times: %s", got, log.String())
	}
	if _, ok := r.sms(french(n)); !ok {
		t.Fatal("a pause in one country stops SMS to another")
	}
	n++
	r.advance(limits.SMSPause)
	if send(2, false) != 1 {
		t.Fatal("in a pause not just one SMS an hour goes out")
	}
	r.advance(limits.SMSPause)
	if send(2, true) != 2 {
		t.Fatal("10 used codes of 50 do not end the pause")
	}
}

func TestAPauseEndsWithWhatIsKept(t *testing.T) {
	r := newRig(t, generous())
	for i := range 50 {
		if _, ok := r.sms(german(i)); !ok {
			t.Fatalf("SMS %d is refused", i+1)
		}
	}
	r.advance(kept + time.Minute)
	if err := r.db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if _, ok := r.sms(german(50 + i)); !ok {
			t.Fatal("codes of long ago pause SMS")
		}
	}
}
