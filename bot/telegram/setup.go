package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/bot/texts"
)

// Setup gives the bot's private chats their command menu and the bot its
// descriptions, in every language. What fails is logged: the bot works without.
// It takes several calls, so it is best run beside the receiving.
func (c *Client) Setup(ctx context.Context) {
	c.introduce(ctx, c.options.Texts.Language(""), "") // for people of all other languages
	for _, tag := range texts.Tags() {
		c.introduce(ctx, tag, tag)
	}
}

// introduce sets what people with a Telegram language see of the bot.
func (c *Client) introduce(ctx context.Context, language, forPeopleOf string) {
	short, long := c.options.Texts.Description(language)
	c.adorn(ctx, "menu", "setMyCommands", &menuParams{
		SetMyCommandsParams: bot.SetMyCommandsParams{Commands: menu(c.options.Texts.Commands(language)), LanguageCode: forPeopleOf}, Scope: privateChats,
	})
	c.adorn(ctx, "description", "setMyDescription",
		&bot.SetMyDescriptionParams{Description: long, LanguageCode: forPeopleOf})
	c.adorn(ctx, "short description", "setMyShortDescription",
		&bot.SetMyShortDescriptionParams{ShortDescription: short, LanguageCode: forPeopleOf})
}

// menuParams is setMyCommands with a scope that has its type in JSON, which
// the library's scopes have in its own encoding only.
type menuParams struct {
	bot.SetMyCommandsParams
	Scope commandScope `json:"scope"`
}

type commandScope struct {
	Type string `json:"type"`
	Chat int64  `json:"chat_id,omitempty"`
}

var privateChats = commandScope{Type: "all_private_chats"}

// adorn makes a call that the bot can do without.
func (c *Client) adorn(ctx context.Context, what, method string, params any) {
	if err := c.do(ctx, method, params, new(bool)); err != nil && ctx.Err() == nil {
		c.options.Log.Warn("the bot's "+what+" is not set", "err", err)
	}
}

func menu(commands []texts.Command) (entries []models.BotCommand) {
	for _, command := range commands {
		entries = append(entries, models.BotCommand{Command: command.Name, Description: command.Description})
	}
	return entries
}

// ErrNoWebhook says that Telegram has no webhook for this bot.
var ErrNoWebhook = errors.New("REKEY_WEBHOOK_URL: Telegram posts no updates anywhere. The bot sets its webhook when it starts; " +
	"if it has started, another program with its token has deleted it")

// hookTroubleFor is for how long Telegram's last trouble with a webhook counts: it
// tries again sooner as long as it lasts (tdlib/telegram-bot-api, WebhookActor.cpp).
const hookTroubleFor = 5 * time.Minute

// CheckWebhook tells whether Telegram posts updates to an address and finds it
// answering, since this process has set it, if it has. The error is for the operator;
// one is ErrNoWebhook.
func (c *Client) CheckWebhook(ctx context.Context, address string) error {
	info, err := c.webhook(ctx)
	trouble := time.Unix(int64(info.LastErrorDate), 0)
	switch {
	case err != nil:
		return c.forOperator(err)
	case info.URL == "":
		return ErrNoWebhook
	case !strings.EqualFold(strings.TrimRight(info.URL, "/"), strings.TrimRight(address, "/")):
		return fmt.Errorf("REKEY_WEBHOOK_URL: Telegram posts this bot's updates to another address, at %s. The bot sets its own when it starts; "+
			"if the other is not yours, somebody else has the token: revoke it at BotFather", host(info.URL))
	case info.LastErrorMessage != "" && trouble.Unix() > c.hooked.Load() && c.options.Now().Sub(trouble) < hookTroubleFor:
		return fmt.Errorf("REKEY_WEBHOOK_URL: Telegram could not deliver an update to %s at %s, and %d wait: %s. "+
			"Does this address lead to the bot, from the internet and with a valid certificate?",
			host(address), trouble.UTC().Format(time.RFC3339), info.PendingUpdateCount, c.hide(info.LastErrorMessage))
	}
	return nil
}

func (c *Client) webhook(ctx context.Context) (info models.WebhookInfo, err error) {
	err = c.do(ctx, "getWebhookInfo", struct{}{}, &info)
	return info, err
}

// deleteWebhook lets updates be polled. None is lost.
func (c *Client) deleteWebhook(ctx context.Context) error {
	return c.do(ctx, "deleteWebhook", &bot.DeleteWebhookParams{}, new(bool))
}

// host is what may be logged of an address: its path can hold a secret.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
