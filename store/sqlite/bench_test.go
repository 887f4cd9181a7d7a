//go:build unix

package sqlite

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rekey/flows"
)

// BenchmarkRecovery carries out all that the ledger does for a whole recovery:
// a code asked for, admitted and checked, a password set, and every job but
// the expiry claimed and completed.
func BenchmarkRecovery(b *testing.B) {
	for _, people := range []int{1, 64} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			limits := testLimits()
			limits.MailsPerMinute = 1_000_000
			var codes spy
			r := newRig(b, limits, func(o *LedgerOptions) { codes.Sealer, o.Sealer = o.Sealer, &codes })
			accounts := make([]flows.Account, b.N)
			r.sql("BEGIN")
			for i := range accounts {
				accounts[i] = r.bare(i)
			}
			r.sql("COMMIT")
			var next atomic.Int64
			before := cpu(b)
			b.ResetTimer()
			atOnce(people, func(int) {
				for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
					r.recover(i, accounts[i], &codes)
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/1e6, "cpu-ms/op")
		})
	}
}

// bare adds an account with an email address.
func (r *rig) bare(i int) flows.Account {
	id := fmt.Sprint("account", i)
	r.sql("INSERT INTO accounts (id) VALUES (?)", id)
	r.sql("INSERT INTO identifiers (kind, canonical, written, account_id, position) VALUES ('email', ?1, ?1, ?2, 0)", id+"@example.org", id)
	return flows.Account{
		ID: id, Addresses: []flows.Address{{Channel: flows.Email, Canonical: id + "@example.org", Value: id + "@example.org"}}, AddressVersion: 1, CredentialVersion: 1,
	}
}

// spy notes the codes that are sealed, which costs less than opening them.
type spy struct {
	flows.Sealer
	codes sync.Map
}

func (s *spy) Seal(plain []byte, context string) ([]byte, error) {
	if name, ok := strings.CutPrefix(context, sealedAs(flows.JobCode, "code:")); ok {
		_, text, _ := strings.Cut(string(plain), `"Text":"`)
		s.codes.Store(name, text[:8])
	}
	return s.Sealer.Seal(plain, context)
}

func (r *rig) recover(chat int64, a flows.Account, spied *spy) {
	sent, ok := r.send(order(chat, a.Addresses[0].Canonical)).(flows.CodeSent)
	text, _ := spied.codes.LoadAndDelete(sent.Recovery + ":1")
	if !ok || text == nil {
		r.Fatal("no code is sent")
	}
	job := flows.CodeJob{Recovery: sent.Recovery, Code: 1, Text: text.(string), Channel: flows.Email}
	if !r.admitted(job, a).OK {
		r.Fatal("a code is not admitted")
	}
	accepted, ok := r.guess(chat, sent.Recovery, job.Text).(flows.CodeAccepted)
	if !ok {
		r.Fatal("the right code is not accepted")
	}
	if _, ok := r.change(setting(chat, sent.Recovery, accepted.Grant, "correct horse")).(flows.PasswordSet); !ok {
		r.Fatal("the password is not set")
	}
	for range 2 { // the code and the notice; the closing is for later or settled
		jobs, _, err := r.jobs.Claim(r.Context(), 2, time.Minute)
		if err != nil {
			r.Fatal(err)
		}
		for _, j := range jobs {
			if _, err := r.jobs.Complete(r.Context(), j); err != nil {
				r.Fatal(err)
			}
		}
	}
}

// cpu is what the process has used so far, in nanoseconds.
func cpu(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
