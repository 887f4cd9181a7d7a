package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/bot/texts"
)

// Identity is who the bot is at Telegram.
type Identity struct {
	ID       int64
	Username string // without "@"
}

// Identify asks Telegram who the bot is. The error is for the operator.
func (c *Client) Identify(ctx context.Context) (Identity, error) {
	var me models.User
	if err := c.do(ctx, "getMe", struct{}{}, &me); err != nil {
		return Identity{}, c.forOperator(err)
	}
	return Identity{ID: me.ID, Username: me.Username}, nil
}

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

// Check tries the token. The error is for the operator.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.Identify(ctx)
	return err
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

// forOperator says which setting is wrong, where an error tells.
func (c *Client) forOperator(err error) error {
	if no := refusalOf(err); no.is(http.StatusUnauthorized) || no.is(http.StatusNotFound) {
		return errUnknownToken
	}
	if transient(err) {
		return fmt.Errorf("REKEY_TELEGRAM_API_URL: no Bot API answers at %s (%w). "+
			"Is the address right, and can this machine reach it?", host(c.options.APIURL), err)
	}
	return fmt.Errorf("asking Telegram: %w", err)
}

var errUnknownToken = errors.New("REKEY_TELEGRAM_TOKEN: Telegram does not know this token (401). Copy it again from BotFather")
