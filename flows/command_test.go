package flows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"rekey/flows"
)

// behind gives a command with something behind it.
func (r *rig) behind(name, rest string) flows.Input {
	return r.at(flows.Input{Kind: flows.Ordered, Name: name, Param: rest, Text: flows.Secret("/" + name + " " + rest)})
}

// TestAPasswordBehindACommandIsDeleted types one where a password is asked for, or
// was until a moment ago. The recovery goes on.
func TestAPasswordBehindACommandIsDeleted(t *testing.T) {
	const token = "ttttttttttttttttttttttttttttttttttttttttttt"
	lose := func(r *rig) { r.exec(t, "DELETE FROM conversations") }
	for name, c := range map[string]struct {
		steps int // of a recovery, before what follows
		then  func(*rig)
		in    func(*rig) flows.Input
		want  flows.MessageID
		stays bool
	}{
		"at the password":     {3, nil, func(r *rig) flows.Input { return r.behind("start", "Kq9#mellow") }, flows.WaitPassword, false},
		"at the confirmation": {4, nil, func(r *rig) flows.Input { return r.behind("cancel", "mellow") }, flows.WaitConfirm, false},
		"any command":         {3, nil, func(r *rig) flows.Input { return r.behind("privacy", "recover") }, flows.WaitPassword, false},
		"a link's beginning":  {3, nil, func(r *rig) flows.Input { return r.behind("start", "recover1") }, flows.WaitPassword, false},
		"a link":              {3, nil, func(r *rig) flows.Input { return r.behind("start", "recover") }, flows.AskAccount, true},
		"a link of support's": {3, nil, func(r *rig) flows.Input { return r.behind("start", token) }, flows.LinkIsOver, true},
		"a command alone":     {3, nil, func(r *rig) flows.Input { return r.command("cancel", "") }, flows.SayCancelled, true},
		"lost":                {3, lose, func(r *rig) flows.Input { return r.behind("start", "mellow") }, flows.SayMaybeSecret, false},
		"lost, as ever":       {3, lose, func(r *rig) flows.Input { return r.behind("help", "Kq9#mellow") }, flows.SayMaybeSecret, false},
		"over":                {3, func(r *rig) { r.pass(30 * time.Minute) }, func(r *rig) flows.Input { return r.behind("start", "mellow") }, flows.SayTimeUp, false},
		"late": {3, func(r *rig) { r.pass(31 * time.Minute) },
			func(r *rig) flows.Input { return sent(r.behind("start", "mellow"), r.now.Add(-31*time.Minute)) }, flows.SayLate, false},
		"a broken store": {3, func(r *rig) { r.talks.broken = errors.New("full") },
			func(r *rig) flows.Input { return r.behind("start", "mellow") }, flows.WaitPassword, false},
		"at the code":      {2, nil, func(r *rig) flows.Input { return r.behind("start", "mellow autumn") }, flows.CodeLooksSecret, false},
		"never asked for":  {0, nil, func(r *rig) flows.Input { return r.behind("start", "autumn") }, flows.SayWelcome, true},
		"never, but alike": {0, nil, func(r *rig) flows.Input { return r.behind("start", "Kq9#mellow") }, flows.SaySecretRemoved, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for _, in := range r.recovery(t)[:c.steps] {
				r.handle(t, in())
			}
			if c.then != nil {
				c.then(r)
			}
			in := c.in(r)
			r.handle(t, in)
			r.saidLast(t, c.want)
			if stays := !slices.Contains(r.chat.deleted, in.Message); stays != c.stays {
				t.Errorf("it stays: %t", stays)
			}
		})
	}
}

// TestAnOverdueCommandWithMoreIsDeleted parks no secret, which could stay there.
func TestAnOverdueCommandWithMoreIsDeleted(t *testing.T) {
	r := newRig(t)
	in := r.behind("start", "Kq9#mellow")
	if err := r.runner.Overdue(t.Context(), in, []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	r.saidLast(t, flows.SayOverdue)
	r.holds(t, "no parked update", `SELECT count(*) FROM jobs WHERE kind = 'parked'`, 0)
	if !slices.Contains(r.chat.deleted, in.Message) {
		t.Error("it stays in the chat")
	}
}
