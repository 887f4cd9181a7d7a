package bot

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"

	"rekey/bot/api"
	"rekey/bot/demo"
	"rekey/bot/telegram"
	"rekey/config"
	"rekey/flows"
	"rekey/flows/identifier"
	"rekey/flows/staff"
	"rekey/store/sqlite"
)

// office is where staff work; nil where there are none.
type office struct {
	*staff.Desk
	group   *telegram.StaffGroup
	webhook *api.Webhook  // nil where programs are not told
	weekly  *staff.Weekly // nil where no figures are posted
}

// openOffice wires the staff's desk to its ports.
func (b *bot) openOffice(ledger *sqlite.Ledger, jobs flows.Jobs, bot telegram.Identity, tell func(context.Context, flows.Input) error) *office {
	cfg := b.cfg.Staff
	if cfg.Group == 0 {
		return nil
	}
	cases := sqlite.NewCases(ledger, sqlite.CasesOptions{
		Link:       func(token string) string { return "https://t.me/" + bot.Username + "?start=" + token },
		Mask:       func(kind, written string) string { return identifier.Mask(identifier.Kind(kind), written) },
		Privileged: identifier.Patterns(cfg.Privileged), Programs: programs(b.cfg.API.Keys),
	})
	reader := identifier.Reader{Region: b.cfg.Service.DefaultRegion}
	group := b.telegram.StaffGroup(cfg.Group, cfg.Language)
	return &office{group: group, webhook: b.openWebhook(), weekly: b.openWeekly(cases, group, jobs), Desk: staff.NewDesk(staff.DeskOptions{
		Cases: cases, Group: group, Directory: b.directory,
		Decider: staff.Decider{
			Policy:   staffPolicy(b.cfg),
			Verifier: staff.Verifier{MAC: b.keys.MAC, ReadWords: b.texts.ReadWords},
		},
		Identify: func(text string) (flows.Identifier, string, bool) {
			id, refusal := reader.Read(text)
			return id, masked(id), refusal == nil
		},
		Fresh: fresh, Tell: tell, Zone: cfg.Hours.Zone(), Now: b.Now, Log: b.log, Point: b.Point,
	})}
}

// openWeekly gives what posts figures once a week, where that is wished.
func (b *bot) openWeekly(cases staff.Cases, group staff.Group, jobs flows.Jobs) *staff.Weekly {
	when, zone := b.cfg.Staff.Weekly, b.cfg.Staff.Hours.Zone()
	if !when.Set() {
		return nil
	}
	return &staff.Weekly{WeeklyOptions: staff.WeeklyOptions{
		Cases: cases, Group: group, Jobs: jobs, Zone: zone, Now: b.Now,
		Last: func(at time.Time) time.Time { return when.Last(at, zone) },
		Next: func(at time.Time) time.Time { return when.Next(at, zone) },
	}}
}

func staffPolicy(cfg config.Config) staff.Policy {
	s := cfg.Staff
	return staff.Policy{
		AddressFresh: s.AddressFresh, Resets: s.Resets, UsualStarts: s.UsualStarts, StartsHour: s.StartsHour, StartsDay: s.StartsDay,
		ApproveFor: s.ApproveFor, VerifiedFor: cfg.Limits.CallerVerified, CheckFor: s.CheckFor, CheckTries: s.CheckTries,
		Existence: s.Existence.Yes(), Staffed: s.Hours.Staffed,
	}
}

// hire puts the staff of the demo on the roster.
func (b *bot) hire(ctx context.Context, colleagues []demo.Colleague) error {
	for _, c := range colleagues {
		m := staff.Member{Who: staff.Who{ID: c.Profile.ID, Name: c.Profile.FirstName}}
		for _, r := range c.Roles {
			m.Roles = append(m.Roles, staff.Role(r))
		}
		if err := sqlite.NewRoster(b.db).Appoint(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// programs are the keys' holders as members of staff.
func programs(keys config.APIKeys) (members []staff.Member) {
	for _, k := range keys {
		members = append(members, staff.Program(k.Name))
	}
	return members
}

// serveAPI adds the HTTP API for programs, if any has a key.
func (b *bot) serveAPI(mux *http.ServeMux, o *office) {
	if len(b.cfg.API.Keys) == 0 {
		return
	}
	keys := make([]api.Key, len(b.cfg.API.Keys))
	for i, k := range b.cfg.API.Keys {
		keys[i] = api.Key{Name: k.Name, Hash: k.Hash}
		for _, s := range k.Scopes {
			keys[i].Scopes = append(keys[i].Scopes, api.Scope(s))
		}
	}
	mux.Handle("/api/v1/", api.New(api.Options{Keys: keys, Desk: o.Desk, Now: b.Now, Log: b.log}))
}

// openWebhook gives what tells programs of their cases.
func (b *bot) openWebhook() *api.Webhook {
	if b.cfg.API.WebhookURL == "" {
		return nil
	}
	return api.NewWebhook(api.WebhookOptions{URL: b.cfg.API.WebhookURL.Reveal(), Secret: b.cfg.API.WebhookSecret.Reveal(), Now: b.Now})
}

// fresh draws the randomness of one decision: a token of 256 bits, a code of six
// digits, three different words and three different numbers of two digits.
func fresh() staff.Fresh {
	var token [32]byte
	_, _ = rand.Read(token[:]) // never fails (crypto/rand)
	f := staff.Fresh{
		Token: flows.Secret(base64.RawURLEncoding.EncodeToString(token[:])),
		Code:  flows.Secret(fmt.Sprintf("%06d", draw(1_000_000))), Chosen: draw(3),
	}
	words, numbers := drawDifferent(256), drawDifferent(90)
	for i := range f.Numbers {
		f.Words[i], f.Numbers[i] = uint8(words[i]), 10+numbers[i]
	}
	return f
}

// drawDifferent gives three different numbers below n.
func drawDifferent(n int64) (drawn [3]int) {
	for i := range drawn {
		drawn[i] = draw(n)
		for slices.Contains(drawn[:i], drawn[i]) {
			drawn[i] = draw(n)
		}
	}
	return drawn
}

// draw gives a number below n, each equally likely.
func draw(n int64) int {
	drawn, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // never (crypto/rand)
	}
	return int(drawn.Int64())
}

// receiving is what the receiver needs to know of staff.
func (o *office) receiving() telegram.Staff {
	if o == nil {
		return telegram.Staff{}
	}
	return telegram.Staff{Group: o.group, Handler: o.Desk}
}

// draw shows a case, once there is somebody to show it to.
func (o *office) draw(ctx context.Context, number int64) error {
	if o == nil {
		return nil
	}
	return o.Draw(ctx, number)
}

// relay says what waits in a talk, once there is somebody who talks.
func (o *office) relay(ctx context.Context, number int64) error {
	if o == nil {
		return nil
	}
	return o.Relay(ctx, number)
}

// post tells programs of a case, once there is somebody to tell.
func (o *office) post(ctx context.Context, j flows.HookJob) error {
	if o == nil || o.webhook == nil {
		return nil
	}
	return o.webhook.Post(ctx, j)
}

// begin owes what staff are to be told in time.
func (o *office) begin(ctx context.Context) error {
	if o == nil || o.weekly == nil {
		return nil
	}
	return o.weekly.Begin(ctx)
}

// postWeek shows the figures of a week, once there is somebody to show them to.
func (o *office) postWeek(ctx context.Context, j flows.WeekJob) error {
	if o == nil || o.weekly == nil {
		return nil
	}
	return o.weekly.Post(ctx, j)
}

func (o *office) setup(ctx context.Context) {
	if o != nil {
		o.group.Setup(ctx)
	}
}
