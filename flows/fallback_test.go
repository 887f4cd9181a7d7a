package flows_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"rekey/flows"
	"rekey/flows/identifier"
	"rekey/store/sqlite"
)

// deaf is a provider that delivers no SMS.
type deaf struct{}

func (deaf) Carry(context.Context, flows.Letter) error {
	return fmt.Errorf("no such number: %w", flows.ErrUndeliverable)
}

// TestACodeGoesByMailWhereNoSMSCan asks for codes by SMS which the deployment's
// cap refuses, or which the provider cannot deliver.
func TestACodeGoesByMailWhereNoSMSCan(t *testing.T) {
	noSMS := limits()
	noSMS.SMSPerDay = 0
	oneSend := limits()
	oneSend.SendsPerAccountHour = 1
	ira := sqlite.NewAccount{ID: "2", Identifiers: []sqlite.Identifier{
		{Kind: "phone", Canonical: "+4915112345678", Written: "+4915112345678"}, {Kind: "email", Canonical: "ira@example.org", Written: "ira@example.org"},
	}}
	mute := sqlite.NewAccount{ID: "3", Identifiers: ira.Identifiers[:1]}
	for name, c := range map[string]struct {
		account sqlite.NewAccount
		limits  flows.Limits
		sms     bool // the provider delivers
		asked   int  // how often
		want    []string
	}{
		"delivered":                {ira, limits(), true, 1, []string{"+4915112345678"}},
		"beyond the cap":           {ira, noSMS, true, 1, []string{"ira@example.org"}},
		"undeliverable":            {ira, limits(), false, 1, []string{"ira@example.org"}},
		"beyond the cap, no mail":  {mute, noSMS, true, 1, nil},
		"undeliverable, no mail":   {mute, limits(), false, 1, nil},
		"beyond the account's own": {ira, oneSend, false, 2, []string{"ira@example.org"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if _, err := r.accounts.Add(t.Context(), c.account); err != nil {
				t.Fatal(err)
			}
			ledger := sqlite.NewLedger(r.db, sqlite.LedgerOptions{
				Limits: c.limits, Sealer: r.keys, MAC: r.keys.MAC, Random: rand.Reader, Region: identifier.Region,
			})
			r.worker.Ledger = ledger
			r.worker.Carriers[flows.SMS] = flows.Carrier(carrier{r})
			if !c.sms {
				r.worker.Carriers[flows.SMS] = deaf{}
			}
			for i := range c.asked {
				name := fmt.Sprintf("c%d", i)
				_, err := ledger.SendCode(t.Context(), flows.Key{Conversation: name, Input: "u:1:1", Kind: flows.KindSendCode},
					flows.SendCode{Conversation: name, Chat: int64(i), IDKind: "phone", Identifier: "+4915112345678", Channel: flows.SMS})
				if err != nil {
					t.Fatal(err)
				}
				r.work(t)
			}
			var got []string
			for _, l := range r.letters {
				if l.Text == flows.LetterCode && l.Facts.Channel == l.Channel && l.Facts.Code != "" {
					got = append(got, l.To)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("the code went to %q, want %q; letters: %+v", got, c.want, r.letters)
			}
			r.holds(t, "no job that is owed", `SELECT count(*) FROM jobs WHERE done_at = 0 AND kind = 'code'`, 0)
		})
	}
}

// TestACodeGoesBySMSWhereNoMailCan asks for codes by mail to an address that the
// mail server cannot be given, as one outside ASCII may be. The SMS is charged.
func TestACodeGoesBySMSWhereNoMailCan(t *testing.T) {
	noSMS := limits()
	noSMS.SMSPerDay = 0
	address := sqlite.Identifier{Kind: "email", Canonical: "ира@example.org", Written: "ира@example.org"}
	both := []sqlite.Identifier{address, {Kind: "phone", Canonical: "+4915112345678", Written: "+4915112345678"}}
	for name, c := range map[string]struct {
		identifiers []sqlite.Identifier
		limits      flows.Limits
		gateway     bool
		want        []string
		undelivered int
	}{
		"a phone":            {both, limits(), true, []string{"+4915112345678"}, 0},
		"no phone":           {both[:1], limits(), true, nil, 1},
		"no gateway":         {both, limits(), false, nil, 1},
		"SMS beyond the cap": {both, noSMS, true, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if _, err := r.accounts.Add(t.Context(), sqlite.NewAccount{ID: "2", Identifiers: c.identifiers}); err != nil {
				t.Fatal(err)
			}
			ledger := sqlite.NewLedger(r.db, sqlite.LedgerOptions{
				Limits: c.limits, Sealer: r.keys, MAC: r.keys.MAC, Random: rand.Reader, Region: identifier.Region,
			})
			r.worker.Ledger = ledger
			r.worker.Carriers = map[flows.Channel]flows.Carrier{flows.Email: deaf{}}
			if c.gateway {
				r.worker.Carriers[flows.SMS] = carrier{r}
			}
			_, err := ledger.SendCode(t.Context(), flows.Key{Conversation: "c", Input: "u:1:1", Kind: flows.KindSendCode},
				flows.SendCode{Conversation: "c", Chat: 1, IDKind: "email", Identifier: address.Canonical, Channel: flows.Email})
			if err != nil {
				t.Fatal(err)
			}
			r.work(t)
			var got []string
			for _, l := range r.letters {
				if l.Text == flows.LetterCode && l.Channel == flows.SMS && l.Facts.Channel == l.Channel {
					got = append(got, l.To)
				}
			}
			if !slices.Equal(got, c.want) || len(r.letters) != len(c.want) {
				t.Errorf("the code went to %q, want %q; letters: %+v", got, c.want, r.letters)
			}
			r.holds(t, "what nobody got", `SELECT count(*) FROM audit WHERE event = 'delivery.failed' AND account = '2' AND recovery <> ''`, c.undelivered)
			r.holds(t, "an SMS to Germany for each", `SELECT count(*) FROM codes WHERE region = 'DE'`, len(c.want))
		})
	}
}
