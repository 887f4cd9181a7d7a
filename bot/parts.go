package bot

import (
	"context"
	"errors"
	"fmt"

	"rekey/bot/health"
	"rekey/bot/telegram"
	"rekey/config"
)

// part is something outside the process that the bot leans on.
type part struct {
	health.Part
	found func(context.Context) (string, error) // what a check shows of it when it works; nil: nothing
	late  bool                                  // it is of no interest before Telegram answers
}

// lean adds a part.
func (b *bot) lean(name string, probe func(context.Context) error, vital func(error) bool, found func(context.Context) (string, error)) {
	b.parts = append(b.parts, part{Part: health.Part{Name: name, Probe: probe, Vital: vital}, found: found})
}

// leanOnTelegram adds Telegram, with the webhook once this process has set it, and
// the staff group.
func (b *bot) leanOnTelegram() {
	probe := func(ctx context.Context) error {
		if err := b.telegram.Check(ctx); err != nil || !b.registered.Load() {
			return err
		}
		return b.telegram.CheckWebhook(ctx, b.cfg.Telegram.WebhookURL.String())
	}
	b.parts = append(b.parts, part{Part: health.Part{Name: "telegram", Probe: probe, Vital: refusesToken}, found: b.called, late: true})
	if s := b.cfg.Staff; s.Group != 0 {
		group := b.telegram.StaffGroup(s.Group, s.Language)
		b.parts = append(b.parts, part{Part: health.Part{Name: "staff", Probe: group.Check}, late: true})
	}
}

// probed gives the parts that are watched while the bot runs, those of the beginning
// or those that come later.
func (b *bot) probed(late bool) (parts []health.Part) {
	for _, p := range b.parts {
		if p.late == late {
			parts = append(parts, p.Part)
		}
	}
	return parts
}

// at names the setting that says where a part is in what its check says.
func at(setting string, check func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := check(ctx); err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
		return nil
	}
}

// refusesToken tells whether an error of Telegram's means that nobody can be helped:
// while it is only out of reach, another process would not reach it either.
func refusesToken(err error) bool { return errors.Is(err, telegram.ErrToken) }

// check tries a part and says how it is.
func (p part) check(ctx context.Context) (string, error) {
	if err := p.Probe(ctx); err != nil || p.found == nil {
		return "fine", err
	}
	found, err := p.found(ctx)
	return "fine: " + found, err
}

// holdings shows where the database is and what is in it.
func (b *bot) holdings(ctx context.Context) (string, error) {
	accounts, staff, err := b.db.Holdings(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, accounts: %d, staff: %d", b.db.Path(), accounts, staff), nil
}

// called shows which bot the token is for, and whether its webhook works.
func (b *bot) called(ctx context.Context) (string, error) {
	me, err := b.telegram.Identify(ctx)
	if err != nil || b.cfg.Telegram.Mode != config.Webhook {
		return "@" + me.Username, err
	}
	err = b.telegram.CheckWebhook(ctx, b.cfg.Telegram.WebhookURL.String())
	if errors.Is(err, telegram.ErrNoWebhook) {
		return "@" + me.Username + ", which sets its webhook when it starts", nil
	}
	return "@" + me.Username + " with its webhook", err
}
