// Package play goes through whole recoveries in the terminal, as people would,
// and checks all that it sees on the way. It is the demonstration without a
// browser, and the proof that the main job runs: the bot, Telegram's side, the
// mail server and the database are the same as on the page; only the clock is
// moved by hand.
package play

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"rekey/bot/demo"
	mailbox "rekey/bot/mail/inbox"
	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
)

// Options are what the play is played with; all but Patience are needed.
type Options struct {
	Simulator *simulator.Server
	Mail      *mailbox.Inbox
	SMS       *smsbox.Inbox
	Shop      demo.Shop
	People    []demo.Sample
	Staff     []demo.Colleague
	// StaffGroup is where they work.
	StaffGroup *simulator.Group
	Now        func() time.Time
	Advance    func(time.Duration) // moves the clock that the bot goes by
	Out        io.Writer           // receives the transcript
	// Patience is how long to wait for what should come; without it, as long as
	// the context lasts.
	Patience time.Duration
}

// late gives a channel that speaks when patience is over.
func (o Options) late() <-chan time.Time {
	if o.Patience == 0 {
		return nil
	}
	return time.After(o.Patience)
}

// change is a password that a scene changed.
type change struct {
	name         string
	identifier   string
	account      string
	since        time.Time // when a session with the old password began
	before, next string
}

// Run plays all scenes. The error says what was not seen.
func Run(ctx context.Context, o Options) error {
	var changes []change
	for _, s := range scenes {
		sample, ok := find(o.People, s.who)
		if !ok {
			return fmt.Errorf("there is no sample person %q", s.who)
		}
		c, err := begin(ctx, o, sample, s.password)
		if err != nil {
			return err
		}
		talk := newTalk(ctx, o, sample)
		talk.print("\n── %s ──\n", s.title)
		s.play(talk, sample, s.password)
		talk.close()
		if talk.err != nil {
			return fmt.Errorf("%s: %w", s.title, talk.err)
		}
		changes = append(changes, c)
	}
	_, _ = fmt.Fprintf(o.Out, "\n── The proof ──\n")
	for _, c := range changes {
		if err := c.prove(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func find(people []demo.Sample, key string) (demo.Sample, bool) {
	for _, p := range people {
		if p.Key() == key {
			return p, true
		}
	}
	return demo.Sample{}, false
}

// begin opens a session with the old password, to see it end.
func begin(ctx context.Context, o Options, s demo.Sample, next string) (change, error) {
	since, identifier := o.Now(), cmp.Or(s.Email, s.Phone, s.Username)
	account, _, ok, err := o.Shop.SignIn(ctx, identifier, s.Password)
	if err != nil {
		return change{}, err
	}
	if !ok {
		return change{}, fmt.Errorf("%s cannot sign in with the password of the samples", s.Name())
	}
	return change{name: s.Name(), identifier: identifier, account: account, since: since, before: s.Password, next: next}, nil
}

// prove checks that the old password is refused, the new one accepted and the
// old session over.
func (c change) prove(ctx context.Context, o Options) error {
	_, _, before, err := o.Shop.SignIn(ctx, c.identifier, c.before)
	if err != nil {
		return err
	}
	_, _, next, err := o.Shop.SignIn(ctx, c.identifier, c.next)
	if err != nil {
		return err
	}
	over, err := o.Shop.SessionsValidAfter(ctx, c.account)
	switch {
	case err != nil:
		return err
	case before:
		return fmt.Errorf("%s: the old password was not refused", c.name)
	case !next:
		return fmt.Errorf("%s: the new password was not accepted", c.name)
	case c.since.After(over):
		return fmt.Errorf("%s: the session of the old password goes on", c.name)
	}
	_, err = fmt.Fprintf(o.Out, "%s: the old password is refused, the new one signs in, the old session is over.\n", c.name)
	return err
}
