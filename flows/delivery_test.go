package flows_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rekey/flows"
	"rekey/store/sqlite"
)

// brought is a carrier that gives errors, and notes what it is handed.
type brought struct {
	err     error
	letters []flows.Letter
}

func (b *brought) Carry(_ context.Context, l flows.Letter) error {
	b.letters = append(b.letters, l)
	return b.err
}

func refusal(status string, down bool) error {
	return flows.ServerError{Status: status, Down: down, Err: fmt.Errorf("mail: refused (%s no such luck)", status)}
}

// logged gives a worker whose log, at the level that is the default, is kept.
func logged(o *outbox) (*flows.Worker, *bytes.Buffer) {
	w, log := worker(o), &bytes.Buffer{}
	w.Log = slog.New(slog.NewTextHandler(log, nil))
	return w, log
}

func owed(t *testing.T, kind flows.JobKind, payload any) flows.Job {
	t.Helper()
	job, err := flows.NewJob(kind, "", time.Now(), time.Now().Add(time.Hour), payload)
	if err != nil {
		t.Fatal(err)
	}
	job.Attempts = 1
	return job
}

// What goes wrong with a job is in the log at its default level, with what it is
// counted by; only the wish to be asked later, which passes, is not.
func TestWhatDoesNotSucceedIsSaid(t *testing.T) {
	later := fmt.Errorf("the group: %w", flows.ErrLater{After: time.Second})
	letter := flows.LetterJob{Letter: flows.Letter{Channel: flows.Email, Text: flows.LetterNotice}}
	reply := flows.ReplyJob{Chat: 7, Replies: []flows.Reply{{Say: []flows.MessageID{flows.SayHelp}}}}
	for name, c := range map[string]struct {
		kind    flows.JobKind
		payload any
		err     error
		want    string // in the log; empty: nothing is
		failed  int
	}{
		"a letter is refused for now": {flows.JobLetter, letter, refusal("451 4.3.0", false),
			`level=WARN msg="a letter is not delivered yet" kind=letter channel=email status="451 4.3.0" job=0 attempt=1 err="mail: refused (451 4.3.0 no such luck)"`, 0},
		"a letter is refused for good": {flows.JobLetter, letter, fmt.Errorf("%w: %w", refusal("550 5.1.1", false), flows.ErrUndeliverable),
			`level=WARN msg="a letter cannot be delivered" kind=letter channel=email status="550 5.1.1" job=0`, 1},
		"Telegram asks to wait": {flows.JobReply, reply, later, "", 0},
		"the group has no room": {flows.JobCase, flows.CaseJob{Number: 1}, later, "", 0},
		"one side waits, and the other is broken": {flows.JobTalk, flows.CaseJob{Number: 1}, errors.Join(errors.New("the disk is full"), later),
			`level=WARN msg="a job did not succeed yet" kind=talk`, 0},
		"both sides wait":             {flows.JobTalk, flows.CaseJob{Number: 1}, errors.Join(later, later), "", 0},
		"a card cannot be drawn":      {flows.JobCase, flows.CaseJob{Number: 1}, fmt.Errorf("drawing: %w", errors.New("no such chat")), `level=WARN msg="a job did not succeed yet" kind=case cause="no such chat"`, 0},
		"figures cannot be posted":    {flows.JobWeek, flows.WeekJob{}, errors.New("no such group"), `level=WARN msg="a job did not succeed yet" kind=week cause="no such group"`, 0},
		"a program refuses its event": {flows.JobHook, flows.HookJob{}, flows.ServerError{Status: "410", Err: flows.ErrUndeliverable}, `level=WARN msg="a job is given up" kind=hook status=410`, 1},
		"the person stopped the bot": {flows.JobReply, reply, fmt.Errorf("%w: %w", flows.ErrUnreachable, errors.New("blocked")),
			`level=INFO msg="a job is given up" kind=reply cause=blocked`, 1},
		"nobody knows what it is": {"what", nil, nil, `level=WARN msg="a job is given up" kind=what cause="job of unknown kind`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := &outbox{}
			w, log := logged(o)
			w.Carriers = map[flows.Channel]flows.Carrier{flows.Email: &brought{err: c.err}}
			w.Messenger = &chat{refuse: c.err}
			fails := func(context.Context, int64) error { return c.err }
			w.DrawCase, w.Relay = fails, fails
			w.PostHook = func(context.Context, flows.HookJob) error { return c.err }
			w.PostWeek = func(context.Context, flows.WeekJob) error { return c.err }
			w.Do(t.Context(), owed(t, c.kind, c.payload))
			if said := log.String(); !strings.Contains(said, c.want) || c.want == "" && said != "" {
				t.Errorf("the log is %q, want %q", said, c.want)
			}
			if cause := o.last.Cause; o.failed != c.failed || o.completed > 0 || cause == "" || c.err != nil && !strings.Contains(cause, c.err.Error()) {
				t.Errorf("%d failed, %d completed, the cause kept is %q", o.failed, o.completed, cause)
			}
		})
	}
}

func TestAPanicIsSaidWithItsPlace(t *testing.T) {
	o := &outbox{}
	w, log := logged(o)
	w.DrawCase = func(context.Context, int64) error { panic("what nobody may read") }
	w.Do(t.Context(), owed(t, flows.JobCase, flows.CaseJob{}))
	if said := log.String(); !strings.Contains(said, "level=ERROR msg=\"a panic\"") || !strings.Contains(said, "delivery_test.go") || strings.Contains(said, "may read") {
		t.Errorf("the log is %q", said)
	}
}

// A job whose deadline came is said, with what the last try came to.
func TestWhatIsOverIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code, reply := owed(t, flows.JobCode, flows.CodeJob{}), owed(t, flows.JobReply, flows.ReplyJob{})
		code.Cause = "mail: connection refused"
		o := &outbox{over: []flows.Job{code, reply}}
		w, log := logged(o)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.Run(ctx)
		for _, want := range []string{
			`level=WARN msg="a letter cannot be delivered" kind=code cause="its time was over" job=0 attempt=1 err="its time was over; the last try: mail: connection refused"`,
			`level=WARN msg="a job is given up" kind=reply cause="its time was over"`,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log)
			}
		}
	})
}

// Somebody waits for a code, so it is tried again within ten seconds, however
// often that failed; a notice may take a minute.
func TestHowLongATryWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for kind, want := range map[flows.JobKind]struct{ least, most time.Duration }{
			flows.JobCode: {5 * time.Second, 10 * time.Second}, flows.JobLetter: {30 * time.Second, time.Minute},
		} {
			o := &outbox{}
			w, _ := logged(o)
			w.Directory = nobody{errors.New("away")}
			w.Carriers[flows.Email] = &brought{err: refusal("451", false)}
			job := owed(t, kind, flows.LetterJob{Letter: flows.Letter{Channel: flows.Email}})
			job.Attempts = 40
			for range 20 {
				w.Do(t.Context(), job)
				if wait := time.Until(o.again); wait < want.least-time.Second || wait > want.most {
					t.Fatalf("a %s waits %s", kind, wait)
				}
			}
		}
	})
}

// nobody is a directory that cannot be asked.
type nobody struct{ err error }

func (n nobody) Find(context.Context, string, string) ([]flows.Account, error) { return nil, n.err }

// silentFirst is a server that is silent until a time.
type silentFirst struct{ until time.Time }

func (s silentFirst) Carry(ctx context.Context, _ flows.Letter) error {
	if !time.Now().Before(s.until) {
		return nil
	}
	timer := time.NewTimer(15 * time.Second) // as long as a mail is tried
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return refusal("no answer in time", true)
}

// While a mail server is silent, letters wait for one that asks it: they hold up
// nothing else, and go soon once it is back.
func TestASilentServerHoldsUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		back := begun.Add(2 * time.Minute)
		o := &queue{}
		for range 40 {
			o.add(owed(t, flows.JobLetter, flows.LetterJob{Letter: flows.Letter{Channel: flows.Email}}))
		}
		w, log := logged(&outbox{})
		w.Jobs, w.Parallel = o, 16
		w.Carriers[flows.Email] = silentFirst{back}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		others := map[time.Duration]flows.Job{
			2 * time.Second: owed(t, flows.JobDelete, flows.DeletionJob{Messages: []int{1}}), 30 * time.Second: owed(t, flows.JobReply, flows.ReplyJob{}),
		}
		for at, job := range others {
			time.AfterFunc(at, func() { o.add(job) })
		}
		w.Messenger = &chat{}
		w.Run(ctx)
		for at, job := range others {
			if late := o.done[job.Kind].Sub(begun.Add(at)); late < 0 || late > 2*time.Second {
				t.Errorf("a %s came %s late", job.Kind, late)
			}
		}
		if late := o.done[flows.JobLetter].Sub(back); len(o.jobs) > 0 || late > 20*time.Second {
			t.Errorf("%d letters wait, the last went %s after the server was back", len(o.jobs), late)
		}
		if n := strings.Count(log.String(), "level=WARN"); n > 40 || n == 0 {
			t.Errorf("%d warnings", n)
		}
	})
}

// A letter whose time ends while it is handed over tells nothing of the server.
func TestALetterThatRunsOutOfTimeHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outbox{}
		w, _ := logged(o)
		w.Carriers[flows.Email] = silentFirst{time.Now().Add(time.Second)}
		letter := flows.Letter{Channel: flows.Email, Facts: flows.Facts{Life: time.Minute}}
		last := owed(t, flows.JobLetter, flows.LetterJob{Letter: letter})
		last.Deadline = time.Now().Add(time.Second)
		w.Do(t.Context(), last)
		w.Do(t.Context(), owed(t, flows.JobLetter, flows.LetterJob{Letter: letter}))
		if o.completed != 1 {
			t.Errorf("the next letter waits until %s: %s", o.again, o.last.Cause)
		}
	})
}

// carriedAfter begins a recovery and carries its code once some time has passed.
func carriedAfter(t *testing.T, wait time.Duration) *rig {
	r := newRig(t)
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	r.pass(wait)
	r.work(t)
	return r
}

// A letter says how long its code lives once it is carried, and goes nowhere when
// that is over.
func TestALateLetterSaysWhatIsLeft(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{
		0: 10 * time.Minute, 500 * time.Millisecond: 10 * time.Minute, 4*time.Minute + 30*time.Second: 5 * time.Minute, 9 * time.Minute: time.Minute,
	} {
		r := carriedAfter(t, wait)
		if len(r.letters) != 1 || r.letters[0].Facts.Life != want {
			t.Errorf("after %s: %+v, want a life of %s", wait, r.letters, want)
		}
	}
	if r := carriedAfter(t, 10*time.Minute); len(r.letters) > 0 {
		t.Errorf("after its end: %+v", r.letters)
	}
}

func TestALetterOfSupportSaysWhatIsLeft(t *testing.T) {
	b, o := &brought{}, &outbox{}
	w, log := logged(o)
	w.Carriers[flows.Email] = b
	now := time.Now()
	w.Now = func() time.Time { return now }
	job := owed(t, flows.JobLetter, flows.LetterJob{Letter: flows.Letter{Channel: flows.Email, Text: flows.LetterLink, Facts: flows.Facts{Life: 30 * time.Minute}}})
	for _, c := range []struct {
		left, want time.Duration
		failed     int
	}{{30 * time.Minute, 30 * time.Minute, 0}, {7*time.Minute + 10*time.Second, 7 * time.Minute, 0}, {0, 0, 1}} {
		b.letters, job.Deadline = nil, now.Add(c.left)
		w.Do(t.Context(), job)
		if c.failed != o.failed || c.failed == 0 && (len(b.letters) != 1 || b.letters[0].Facts.Life != c.want) || c.failed > 0 && len(b.letters) > 0 {
			t.Errorf("with %s left: %+v, %d failed", c.left, b.letters, o.failed)
		}
	}
	if !strings.Contains(log.String(), "what the letter holds has expired") {
		t.Errorf("the log is %s", log)
	}
}

// What a reply says of times is as it is when it is said.
func TestALateReplySaysWhatIsLeft(t *testing.T) {
	r := newRig(t)
	r.chat.refuse = flows.ErrLater{After: time.Second}
	inputs := r.recovery(t)
	r.handle(t, inputs[0]())
	r.handle(t, inputs[1]())
	r.chat.refuse = nil
	r.pass(45 * time.Second)
	r.work(t)
	said := r.chat.replies[len(r.chat.replies)-1]
	if said.Say[0] != flows.AskCode || said.Facts.Life != 9*time.Minute || said.Facts.Wait != 15*time.Second {
		t.Errorf("said %+v", said)
	}
}

// The audit log tells why nobody got a code, whose it was and of which recovery.
func TestTheAuditLogTellsWhyNobodyGotACode(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		wait time.Duration
		want string
	}{
		"refused":       {fmt.Errorf("%w: %w", refusal("550 5.1.1", false), flows.ErrUndeliverable), 0, "code: mail: refused (550 5.1.1 no such luck): the letter cannot be delivered"},
		"never taken":   {refusal("451 4.3.0", false), 10 * time.Minute, "code: its time was over; the last try: mail: refused (451 4.3.0 no such luck)"},
		"never answers": {refusal("connection refused", true), 10 * time.Minute, "code: its time was over; the last try: mail: refused (connection refused no such luck)"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.worker.Carriers = map[flows.Channel]flows.Carrier{flows.Email: &brought{err: c.err}}
			inputs := r.recovery(t)
			r.handle(t, inputs[0]())
			r.handle(t, inputs[1]())
			r.work(t)
			r.pass(c.wait)
			r.work(t)
			db, err := sql.Open("sqlite", r.path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			var account, reference, detail string
			if err := db.QueryRow(`SELECT a.account, a.reference, a.detail FROM audit a JOIN recoveries r ON r.id = a.recovery AND r.reference = a.reference
				WHERE a.event = 'delivery.failed'`).Scan(&account, &reference, &detail); err != nil {
				t.Fatal(err)
			}
			if account == "" || reference == "" || detail != c.want {
				t.Errorf("account %q, reference %q, detail %q, want %q", account, reference, detail, c.want)
			}
			r.holds(t, "one row", `SELECT count(*) FROM audit WHERE event = 'delivery.failed'`, 1)
		})
	}
}

// payer is a Ledger that lets letters go by SMS, or none.
type payer struct {
	flows.Ledger
	full  bool
	asked []string
}

func (p *payer) AdmitSMS(_ context.Context, letter, number string) (bool, error) {
	p.asked = append(p.asked, letter+" to "+number)
	return !p.full, nil
}

// A letter of support's goes to the phone when no mail can bring it, and SMS may.
func TestALetterGoesByAnotherChannel(t *testing.T) {
	for name, c := range map[string]struct {
		mail, sms *brought
		full      bool
		failed    int
		said      string
	}{
		"mail works":  {&brought{}, &brought{}, false, 0, ""},
		"no mail":     {&brought{err: flows.ErrUndeliverable}, &brought{}, false, 0, "goes by another channel"},
		"mail is out": {&brought{err: refusal("451", false)}, &brought{}, false, 0, "not delivered yet"},
		"neither":     {&brought{err: flows.ErrUndeliverable}, &brought{err: flows.ErrUndeliverable}, false, 1, "by sms, because"},
		"no carrier":  {nil, &brought{}, false, 0, "no carrier for channel"},
		"beyond caps": {&brought{err: flows.ErrUndeliverable}, &brought{}, true, 1, "nor may it go by sms"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &outbox{}
			w, log := logged(o)
			ledger := &payer{full: c.full}
			w.Ledger, w.Carriers = ledger, map[flows.Channel]flows.Carrier{flows.SMS: c.sms}
			if c.mail != nil {
				w.Carriers[flows.Email] = c.mail
			}
			w.Do(t.Context(), owed(t, flows.JobLetter, flows.LetterJob{
				Letter:  flows.Letter{ID: "link:1", Channel: flows.Email, To: "лена@example.org", Text: flows.LetterLink, Facts: flows.Facts{Life: time.Hour}},
				Instead: flows.Address{Channel: flows.SMS, Canonical: "+4915112345678", Value: "+4915112345678"},
			}))
			elsewhere := c.mail == nil || errors.Is(c.mail.err, flows.ErrUndeliverable)
			if (len(ledger.asked) == 1) != elsewhere || elsewhere && ledger.asked[0] != "link:1 to +4915112345678" {
				t.Errorf("asked whether these may go by SMS: %q", ledger.asked)
			}
			bySMS := elsewhere && !c.full
			if (len(c.sms.letters) == 1) != bySMS || bySMS && (c.sms.letters[0].To != "+4915112345678" || c.sms.letters[0].Channel != flows.SMS) {
				t.Errorf("by SMS went %+v", c.sms.letters)
			}
			if o.failed != c.failed || !strings.Contains(log.String(), c.said) {
				t.Errorf("%d failed; the log is %s", o.failed, log)
			}
		})
	}
}

// The chat promises that the letter shows its words, and cannot know that the
// letter only says that there are several accounts.
func TestALetterAboutSeveralAccountsShowsTheWords(t *testing.T) {
	r := newRig(t)
	twin := sqlite.NewAccount{ID: "twin", Identifiers: []sqlite.Identifier{{Kind: "email", Canonical: "lena@gmail.com", Written: "lena@gmail.com"}}}
	if _, err := r.accounts.Add(t.Context(), twin); err != nil {
		t.Fatal(err)
	}
	for _, in := range r.recovery(t)[:2] {
		r.handle(t, in())
	}
	promised := r.chat.replies[len(r.chat.replies)-1]
	r.work(t)
	if len(r.letters) != 1 || r.letters[0].Text != flows.LetterSeveral || r.letters[0].Facts.Words != promised.Facts.Words || promised.Facts.Words == [2]uint8{} {
		t.Errorf("%v are promised, and the letter is %+v", promised.Facts.Words, r.letters)
	}
}

// That a channel is slow is told with the question, to whoever asks.
func TestASlowChannelIsToldOf(t *testing.T) {
	r := newRig(t)
	slow := true
	r.options.Machine = flows.NewMachine(flows.Recovery(options(func(c flows.Channel) bool { return slow && c == flows.Email })), []string{"en"},
		func(chat int64, in flows.InputID) string { return fmt.Sprintf("c%d-%s", chat, in) })
	r.runner = flows.NewRunner(r.options)
	for _, typed := range []string{"lena@gmail.com", "nobody@gmail.com", "nobody.here"} {
		for _, slow = range []bool{true, false} {
			r.pass(16 * time.Minute)
			r.handle(t, r.command("start", "recover"))
			r.handle(t, r.text(typed))
			said := r.chat.replies[len(r.chat.replies)-1]
			if said.Say[0] != flows.AskCode || said.Facts.Slow != slow {
				t.Errorf("%s, slow %t: said %+v", typed, slow, said)
			}
			r.handle(t, r.at(flows.Input{Kind: flows.Unread}))
			if hint := r.chat.replies[len(r.chat.replies)-1]; hint.Say[0] != flows.WaitCode || hint.Facts.Slow != slow {
				t.Errorf("%s, slow %t: the hint is %+v", typed, slow, hint)
			}
		}
	}
}
