package sqlite

import (
	"encoding/json"
	"testing"
	"time"

	"rekey/flows"
)

// undelivered gives the rows of the audit log about what nobody got.
func (r *rig) undelivered() (all []entry) {
	r.Helper()
	rows, err := r.db.read.Query("SELECT actor, account, recovery, reference, number, detail FROM audit WHERE event = 'delivery.failed' ORDER BY id")
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.actor, &e.account, &e.recovery, &e.reference, &e.number, &e.detail); err != nil {
			r.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// What was to be written to somebody and was not is in the audit log, once, with
// why and about whom; other jobs are not.
func TestUndeliveredLettersAreNoted(t *testing.T) {
	r := newRig(t, testLimits())
	letter := func(key string, deadline time.Duration) flows.Job {
		j := job(key, 0, deadline)
		j.Payload, _ = json.Marshal(flows.LetterJob{
			Letter: flows.Letter{Text: flows.LetterLink}, About: flows.About{Account: "lena", Recovery: "r-" + key, Reference: "RK-1", Case: 17},
		})
		return j
	}
	hook := job("hook", 0, time.Minute)
	hook.Kind = flows.JobHook
	r.owe(letter("refused", time.Hour), letter("late", time.Minute), letter("untried", time.Minute), hook)
	claimed, _, err := r.jobs.Claim(t.Context(), 5, time.Minute)
	if err != nil || len(claimed) != 4 {
		t.Fatalf("claimed %+v, %v", claimed, err)
	}
	for _, j := range claimed {
		switch j.Key {
		case "late":
			j.Cause = "451 try again"
			if err := r.jobs.Postpone(t.Context(), j, r.now()); err != nil {
				t.Fatal(err)
			}
		case "refused", "hook":
			j.Cause = "550 no such mailbox"
			for _, want := range []bool{true, false} {
				if failed, err := r.jobs.Fail(t.Context(), j); failed != want || err != nil {
					t.Fatalf("failing %s = %t, %v; want %t", j.Key, failed, err, want)
				}
			}
		}
	}
	r.advance(time.Minute)
	r.claim(5)
	r.claim(5)
	about := func(key, detail string) entry {
		return entry{actor: "worker", account: "lena", recovery: "r-" + key, reference: "RK-1", number: 17, detail: "letter.link: " + detail}
	}
	want := []entry{
		about("refused", "550 no such mailbox"),
		about("late", "its time was over; the last try: 451 try again"),
		about("untried", "its time was over"),
	}
	if got := r.undelivered(); len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("noted are %+v, want %+v", got, want)
	}
}

// A code that nobody got is noted with its recovery, and with the account once
// that is known.
func TestUndeliveredCodesAreNoted(t *testing.T) {
	for name, known := range map[string]bool{"admitted": true, "not yet": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits())
			lena := r.account("lena")
			sent, code := r.begin(order(1, "lena@example.org"))
			want := entry{actor: "worker", recovery: sent.Recovery, reference: sent.Reference, detail: "code: its time was over"}
			if known {
				r.admitted(code, lena)
				want.account = "lena"
			}
			r.advance(10 * time.Minute)
			if _, over, err := r.jobs.Claim(t.Context(), 5, time.Minute); err != nil || len(over) != 1 {
				t.Fatalf("over are %+v, %v", over, err)
			}
			if got := r.undelivered(); len(got) != 1 || got[0] != want {
				t.Errorf("noted are %+v, want %+v", got, want)
			}
		})
	}
}

func TestALetterThatDoesNotOpenIsNoted(t *testing.T) {
	r := newRig(t, testLimits())
	r.oweForeign(time.Minute)
	r.advance(time.Minute)
	_, over, err := r.jobs.Claim(t.Context(), 5, time.Minute)
	if err != nil || len(over) != 1 || over[0].Cause == "" {
		t.Errorf("over are %+v, %v", over, err)
	}
	if got := r.undelivered(); len(got) != 1 || got[0].detail != "letter: its time was over; the last try: it cannot be opened; was a secret taken away?" {
		t.Errorf("noted are %+v", got)
	}
}

// Letters are owed only where they can go: to the phone where there is no mail,
// and to nobody for whom there is no way.
func TestLettersGoByTheChannelsThereAre(t *testing.T) {
	for name, c := range map[string]struct {
		channels []flows.Channel
		want     []flows.Channel // of the notices
		warning  flows.Channel
	}{
		"both":      {nil, []flows.Channel{flows.Email, flows.SMS}, flows.Email},
		"mail only": {[]flows.Channel{flows.Email}, []flows.Channel{flows.Email}, flows.Email},
		"SMS only":  {[]flows.Channel{flows.SMS}, []flows.Channel{flows.SMS}, flows.SMS},
		"neither":   {[]flows.Channel{}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, testLimits(), func(o *LedgerOptions) { o.Channels = c.channels })
			lena := r.account("lena")
			sent, accepted := r.grant(1, lena)
			r.letters()
			r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse"))
			var notices []flows.Channel
			for _, l := range r.letters() {
				notices = append(notices, l.Channel)
			}
			if len(notices) != len(c.want) || len(notices) > 0 && notices[0] != c.want[0] {
				t.Errorf("notices go by %v, want %v", notices, c.want)
			}
			if err := r.db.transact(t.Context(), func(tx *tx) error { return r.admonish(tx, "lena", flows.LetterPressure) }); err != nil {
				t.Fatal(err)
			}
			warning := flows.Channel("")
			for _, l := range r.letters() {
				warning = l.Channel
			}
			if warning != c.warning {
				t.Errorf("the warning goes by %q, want %q", warning, c.warning)
			}
		})
	}
}

// Asked again for the SMS that goes where no mail can, the ledger charges nothing.
func TestAnSMSInsteadOfAMailIsChargedOnce(t *testing.T) {
	limits := testLimits()
	limits.SMSPerDay = 1
	r := newRig(t, limits)
	lena := r.account("lena")
	sent, code := r.proven(1, lena)
	charged := r.count("charges")
	instead := flows.Admission{Recovery: sent.Recovery, Code: code.Code, Account: lena, Address: lena.Addresses[1]}
	for range 3 {
		if got, err := r.Admit(t.Context(), instead); err != nil || !got.OK {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if n := r.count("charges") - charged; n != 2 || r.count("codes WHERE region = 'DE'") != 1 {
		t.Errorf("%d charges, want one of the block and one of all", n)
	}
	if got := r.admitted(code, lena); !got.OK {
		t.Errorf("by mail it may not go any more: %+v", got)
	}
	max := r.account("max")
	sent, code = r.proven(2, max)
	instead = flows.Admission{Recovery: sent.Recovery, Code: code.Code, Account: max, Address: max.Addresses[1]}
	if got, err := r.Admit(t.Context(), instead); err != nil || got != (flows.Admitted{}) {
		t.Errorf("beyond the cap: %+v, %v", got, err)
	}
	if r.count("audit WHERE event = 'code.refused' AND account = 'max' AND detail = 'SMS of the deployment'") != 1 {
		t.Error("the refusal is not in the audit log")
	}
}

// Nor does it charge a letter twice that goes by SMS instead, and lets none go beyond
// the cap.
func TestALetterBySMSInsteadIsChargedOnce(t *testing.T) {
	limits := testLimits()
	limits.SMSPerDay = 2
	r := newRig(t, limits)
	for _, c := range []struct {
		letter string
		want   bool
	}{{"one", true}, {"one", true}, {"two", true}, {"three", false}, {"one", true}} {
		if got, err := r.AdmitSMS(t.Context(), c.letter, german(1)); err != nil || got != c.want {
			t.Errorf("letter %s: %t, %v", c.letter, got, err)
		}
	}
}
