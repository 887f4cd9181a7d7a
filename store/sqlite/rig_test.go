package sqlite

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/identifier"
	"rekey/flows/keyring"
)

var startOfTests = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// hands is a clock that tests move.
type hands struct{ ms atomic.Int64 }

func (h *hands) now() time.Time          { return moment(h.ms.Load()) }
func (h *hands) set(at time.Time)        { h.ms.Store(at.UnixMilli()) }
func (h *hands) advance(d time.Duration) { h.ms.Add(d.Milliseconds()) }

// rig is a ledger in a file of its own, with a clock that tests move.
type rig struct {
	testing.TB
	hands
	*Ledger
	jobs   *Jobs
	path   string
	inputs atomic.Int64
	hashed atomic.Int64
	told   sync.Map // what conversations learned last, by name: CodeSent
}

func openTest(tb testing.TB, now func() time.Time) *DB {
	tb.Helper()
	return openAt(tb, filepath.Join(tb.TempDir(), "rekey.db"), now)
}

func openAt(tb testing.TB, path string, now func() time.Time) *DB {
	tb.Helper()
	db, err := Open(tb.Context(), path, now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("closing: %v", err)
		}
	})
	return db
}

func testLimits() flows.Limits {
	return flows.Limits{
		ConversationLife: 30 * time.Minute, CodeLife: 10 * time.Minute, GrantLife: 10 * time.Minute, CodeDigits: 8,
		ResendFirst: time.Minute, ResendSecond: 2 * time.Minute, ResendsPerFlow: 2, BackoffFirst: 30 * time.Second, BackoffMost: time.Hour,
		GuessesPerCode: 5, GuessesPerAccountDay: 10, GuessesPerChatDay: 20, GuessesInARow: 50,
		FlowsPerChat15Min: 3, FlowsPerChatDay: 10, IdentifiersPerChatDay: 5,
		SendsPerAccountHour: 3, SendsPerAccountDay: 5, SMSPerPrefix10Min: 5, SMSPerPrefixDay: 20, SMSPerDay: 1000,
		SMSPerCountryFree: 50, SMSPerCountryMean: 3, SMSUsedPercent: 20, SMSPause: time.Hour, CallerVerified: 10 * time.Minute,
		MailsPerMinute: 60, WrongPer10Min: 200, WrongPerDay: 2000, TalksPerChatDay: 5, TalksPerHour: 6, LinesPerMinute: 3,
	}
}

// generous are limits that nothing in a test meets.
func generous() flows.Limits {
	l, much := testLimits(), 1_000_000
	for _, limit := range []*int{
		&l.GuessesPerAccountDay, &l.GuessesPerChatDay, &l.GuessesInARow, &l.FlowsPerChat15Min, &l.FlowsPerChatDay, &l.IdentifiersPerChatDay,
		&l.SendsPerAccountHour, &l.SendsPerAccountDay, &l.SMSPerPrefix10Min, &l.SMSPerPrefixDay, &l.SMSPerDay, &l.SMSPerCountryFree,
		&l.MailsPerMinute, &l.WrongPer10Min, &l.WrongPerDay, &l.TalksPerChatDay, &l.TalksPerHour,
	} {
		*limit = much
	}
	return l
}

func newRig(tb testing.TB, limits flows.Limits, changes ...func(*LedgerOptions)) *rig {
	tb.Helper()
	r := &rig{TB: tb, path: filepath.Join(tb.TempDir(), "rekey.db")}
	r.set(startOfTests)
	r.reopen(limits, changes...)
	return r
}

// reopen gives the rig the file as a new process would find it.
func (r *rig) reopen(limits flows.Limits, changes ...func(*LedgerOptions)) {
	r.Helper()
	ring, err := keyring.New(bytes.Repeat([]byte("k"), keyring.MinSecret))
	if err != nil {
		r.Fatal(err)
	}
	o := LedgerOptions{Limits: limits, Sealer: ring, MAC: ring.MAC, Random: rand.Reader, Hash: r.hashPassword, Region: identifier.Region}
	for _, change := range changes {
		change(&o)
	}
	db := openAt(r, r.path, r.now)
	r.Ledger, r.jobs = NewLedger(db, o), NewJobs(db, o.Sealer)
}

func (r *rig) hashPassword(_ context.Context, _ string, password []byte) (string, error) {
	r.hashed.Add(1)
	return fmt.Sprintf("hash of %d bytes, last %x", len(password), password[len(password)-1]), nil
}

func (r *rig) sql(query string, args ...any) {
	r.Helper()
	if _, err := r.db.write.Exec(query, args...); err != nil {
		r.Fatalf("%s: %v", query, err)
	}
}

func (r *rig) count(query string, args ...any) (n int) {
	r.Helper()
	if err := r.db.read.QueryRow("SELECT count(*) FROM "+query, args...).Scan(&n); err != nil {
		r.Fatalf("%s: %v", query, err)
	}
	return n
}

// account adds an account with an email address, a phone number and a username.
// The address was registered with a capital letter.
func (r *rig) account(id string) flows.Account {
	r.Helper()
	r.sql("INSERT INTO accounts (id, display_name, birthday) VALUES (?, 'Lena Sommer', '1991-04-17')", id)
	address, number := id+"@example.org", fmt.Sprintf("+4915100%06d", r.count("accounts"))
	for _, i := range []Identifier{email(address).written(strings.ToUpper(id[:1]) + address[1:]), phone(number), username(id)} {
		r.sql("INSERT INTO identifiers (kind, canonical, written, account_id, position) VALUES (?, ?, ?, ?, 0)", i.Kind, i.Canonical, i.Written, id)
	}
	return r.asKnown(id)
}

// asKnown gives the account as the directory does.
func (r *rig) asKnown(id string) flows.Account {
	r.Helper()
	found, err := accountsIn(context.Background(), r.db.read, "SELECT ?", id)
	if err != nil || len(found) != 1 {
		r.Fatalf("%d accounts, %v", len(found), err)
	}
	return found[0].published()
}

func (r *rig) key(conversation string, kind flows.EffectKind) flows.Key {
	return flows.Key{Conversation: conversation, Input: flows.UpdateInput(1, r.inputs.Add(1)), Kind: kind}
}

func conversationOf(chat int64) string { return "conversation-" + strconv.FormatInt(chat, 10) }

func order(chat int64, identifier string) flows.SendCode {
	return flows.SendCode{
		Conversation: conversationOf(chat), Chat: chat, Revision: 1,
		Identifier: identifier, IDKind: "email", Channel: flows.Email, Language: "en",
	}
}

// send performs an order of a conversation that knows what was sent before.
func (r *rig) send(e flows.SendCode) flows.Outcome {
	r.Helper()
	if last, knows := r.told.Load(e.Conversation); knows {
		e.Newest, e.Codes = last.(flows.CodeSent).Recovery, last.(flows.CodeSent).Number
	}
	o := r.sendUnkept(e)
	if sent, ok := o.(flows.CodeSent); ok {
		r.told.Store(e.Conversation, sent)
	}
	return o
}

// sendUnkept performs an order under a new key; its conversation never learns what
// came of it.
func (r *rig) sendUnkept(e flows.SendCode) flows.Outcome {
	r.Helper()
	o, err := r.SendCode(context.Background(), r.key(e.Conversation, flows.KindSendCode), e)
	if err != nil {
		r.Fatalf("sending: %v", err)
	}
	return o
}

// begin sends a code that must be sent, and gives what its job knows.
func (r *rig) begin(e flows.SendCode) (flows.CodeSent, flows.CodeJob) {
	r.Helper()
	sent, ok := r.send(e).(flows.CodeSent)
	if !ok {
		r.Fatalf("no code is sent for chat %d", e.Chat)
	}
	return sent, r.codeJob(sent.Recovery)
}

// codeJob reads the newest code job of a recovery.
func (r *rig) codeJob(recovery string) (job flows.CodeJob) {
	r.Helper()
	var number int64
	var payload []byte
	if err := r.db.read.QueryRow("SELECT max(number) FROM codes WHERE recovery = ?", recovery).Scan(&number); err != nil {
		r.Fatal(err)
	}
	key := "code:" + recovery + ":" + strconv.FormatInt(number, 10)
	if err := r.db.read.QueryRow("SELECT payload FROM jobs WHERE key = ?", key).Scan(&payload); err != nil {
		r.Fatal(err)
	}
	plain, err := r.sealer.Open(payload, sealedAs(flows.JobCode, key))
	if err == nil {
		err = json.Unmarshal(plain, &job)
	}
	if err != nil || job.Code != number {
		r.Fatalf("code job %s: %+v, %v", key, job, err)
	}
	return job
}

// letters claims all jobs that are due and gives the letters among them.
func (r *rig) letters() (letters []flows.Letter) {
	r.Helper()
	due, _, err := r.jobs.Claim(r.Context(), 100, time.Minute)
	if err != nil {
		r.Fatal(err)
	}
	for _, j := range due {
		var p flows.LetterJob
		if j.Kind != flows.JobLetter {
			continue
		}
		if err := json.Unmarshal(j.Payload, &p); err != nil {
			r.Fatal(err)
		}
		letters = append(letters, p.Letter)
	}
	return letters
}

func (r *rig) admitted(job flows.CodeJob, a flows.Account) flows.Admitted {
	r.Helper()
	address := a.Addresses[0]
	if job.Channel == flows.SMS {
		address = a.Addresses[1]
	}
	admitted, err := r.Admit(context.Background(), flows.Admission{Recovery: job.Recovery, Code: job.Code, Account: a, Address: address})
	if err != nil {
		r.Fatalf("admitting: %v", err)
	}
	return admitted
}

// proven begins a recovery whose code may reach the account.
func (r *rig) proven(chat int64, a flows.Account) (flows.CodeSent, flows.CodeJob) {
	r.Helper()
	sent, job := r.begin(order(chat, a.Addresses[0].Canonical))
	if got := r.admitted(job, a); !got.OK {
		r.Fatalf("the code is not admitted: %+v", got)
	}
	return sent, job
}

func (r *rig) guess(chat int64, recovery, code string) flows.Outcome {
	r.Helper()
	o, err := r.CheckCode(context.Background(), r.key(conversationOf(chat), flows.KindCheckCode),
		flows.CheckCode{Recovery: recovery, Chat: chat, Code: flows.Secret(code)})
	if err != nil {
		r.Fatalf("checking: %v", err)
	}
	return o
}

// grant begins a recovery and proves it.
func (r *rig) grant(chat int64, a flows.Account) (flows.CodeSent, flows.CodeAccepted) {
	r.Helper()
	sent, job := r.proven(chat, a)
	accepted, ok := r.guess(chat, sent.Recovery, job.Text).(flows.CodeAccepted)
	if !ok {
		r.Fatal("the right code is not accepted")
	}
	return sent, accepted
}

func setting(chat int64, recovery, grant, password string) flows.SetPassword {
	return flows.SetPassword{
		Recovery: recovery, Grant: flows.Secret(grant), Chat: chat, Language: "en",
		Password: flows.Secret(password),
	}
}

func closingJob(done flows.PasswordSet) (flows.Job, error) {
	return flows.NewJob(flows.JobReply, "closing:"+done.Reference, done.Time, done.Time.Add(time.Hour), flows.ReplyJob{})
}

func (r *rig) change(e flows.SetPassword) flows.Outcome {
	r.Helper()
	o, err := r.SetPassword(context.Background(), r.key(conversationOf(e.Chat), flows.KindSetPassword), e, closingJob)
	if err != nil {
		r.Fatalf("setting a password: %v", err)
	}
	return o
}

// wrongOf gives a code that is not this one.
func wrongOf(code string) string {
	b := []byte(code)
	b[0] = '0' + (b[0]-'0'+1)%10
	return string(b)
}

func atOnce(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func expectOutcome(tb testing.TB, got, want flows.Outcome) {
	tb.Helper()
	if !reflect.DeepEqual(got, want) {
		tb.Fatalf("outcome = %s %+v, want %s %+v", flows.OutcomeName(got), got, flows.OutcomeName(want), want)
	}
}

// expectKind compares what an outcome is, not what it tells.
func expectKind[O flows.Outcome](tb testing.TB, got flows.Outcome) O {
	tb.Helper()
	o, ok := got.(O)
	if !ok {
		tb.Fatalf("outcome = %s %+v, want %T", flows.OutcomeName(got), got, o)
	}
	return o
}

// contents tells all rows of the tables that effects write.
func (r *rig) contents() string {
	r.Helper()
	var all bytes.Buffer
	for _, table := range []string{
		"accounts", "recoveries", "codes", "grants", "outcomes", "charges", "tallies", "strikes", "jobs", "audit",
	} {
		rows, err := r.db.write.Query("SELECT * FROM " + table)
		if err != nil {
			r.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			r.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				r.Fatal(err)
			}
			fmt.Fprintln(&all, table, values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			r.Fatal(err)
		}
	}
	return all.String()
}
