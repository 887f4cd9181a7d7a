package sqlite

import (
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// What serves people never reads a whole table.
func TestStatementsUseIndexes(t *testing.T) {
	limits := testLimits()
	limits.MailsPerMinute = 100
	r := newRig(t, limits)
	lena := r.account("lena")
	sent, accepted := r.grant(1, lena)
	r.change(setting(1, sent.Recovery, accepted.Grant, "correct horse"))
	e := order(2, "lena@example.org")
	_, job := r.begin(e)
	r.guess(2, job.Recovery, wrongOf(job.Text))
	e.Recovery = job.Recovery
	r.advance(time.Minute)
	r.send(e)
	r.send(order(2, "lena@example.org"))
	r.sms(german(1))
	if _, err := NewDirectory(r.db, Passwords{}).Unlock(t.Context(), "username", "lena"); err != nil {
		t.Fatal(err)
	}
	r.complete(r.claimAny(), true)
	if err := r.jobs.Postpone(t.Context(), r.claimAny(), r.now()); err != nil {
		t.Fatal(err)
	}
	if err := r.jobs.Hasten(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.jobs.Settle(t.Context(), "none"); err != nil {
		t.Fatal(err)
	}
	if err := r.Forfeit(t.Context(), r.key("none", flows.KindCheckCode), ""); err != nil {
		t.Fatal(err)
	}
	if err := r.Abandon(t.Context(), "none"); err != nil {
		t.Fatal(err)
	}
	talks := NewConversations(r.db)
	for was := range uint64(2) {
		if _, err := talks.Save(t.Context(), 1, was, flows.Stored{Revision: was + 1, Expires: r.now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	looked := 0
	for query := range r.db.changes.prepared {
		if word, _, _ := strings.Cut(query, " "); word != "SELECT" && word != "UPDATE" && word != "DELETE" {
			continue
		}
		looked++
		if plan := r.plan(query); strings.Contains(strings.ReplaceAll(plan, "SCAN (subquery", ""), "SCAN") {
			t.Errorf("%s\n%s", query, plan)
		}
	}
	if looked < 25 {
		t.Fatalf("only %d statements were looked at", looked)
	}
}

func (r *rig) claimAny() flows.Job {
	r.Helper()
	jobs, _, err := r.jobs.Claim(r.Context(), 1, time.Minute)
	if err != nil || len(jobs) != 1 {
		r.Fatalf("claimed %+v, %v", jobs, err)
	}
	return jobs[0]
}

func (r *rig) plan(query string) (plan string) {
	r.Helper()
	rows, err := r.db.read.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			r.Fatal(err)
		}
		plan += detail + "\n"
	}
	return plan
}
