package telegram

import (
	"context"
	"errors"
	"slices"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/flows"
)

// deletedAtOnce is how many messages one call deletes (Bot API, deleteMessages).
const deletedAtOnce = 100

// Send sends a reply as one message, protected against forwarding. Telegram
// limits: [flows.ErrLater] when it asks to wait over two seconds, at once for
// as long as that lasts. [flows.ErrUnreachable] when the person blocked the
// bot or is gone. A call that got no answer is made again, so a message may
// come twice.
func (c *Client) Send(ctx context.Context, chat int64, language string, r flows.Reply) error {
	return c.send(ctx, chat, c.options.Texts.Chat(language, r), c.markup(language, r))
}

// say sends one text and leaves keyboards as they are.
func (c *Client) say(ctx context.Context, chat int64, language string, id flows.MessageID) error {
	return c.send(ctx, chat, c.options.Texts.Chat(language, flows.Reply{Say: []flows.MessageID{id}}), nil)
}

func (c *Client) send(ctx context.Context, chat int64, text string, markup models.ReplyMarkup) error {
	params := &bot.SendMessageParams{
		ChatID: chat, Text: text, ParseMode: models.ParseModeHTML, ProtectContent: true,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()}, ReplyMarkup: markup,
	}
	err := c.call(ctx, func(ctx context.Context) error { return c.write(ctx, chat, "sendMessage", params, nil) })
	if unreachable(err) {
		return final(err)
	}
	return err
}

// write calls a method once that writes in a chat, when the chat may be written
// to.
func (c *Client) write(ctx context.Context, chat int64, method string, params, result any) error {
	if err := c.pauses.pass(ctx, chat, c.linger); err != nil {
		return err
	}
	return c.pauses.heed(chat, c.post(ctx, method, params, result))
}

// Delete removes messages from a private chat, up to 100 with one call; one that
// is gone already counts as removed. [flows.ErrUnreachable] when Telegram does not
// remove them any more: after 48 hours, or when the chat is gone.
func (c *Client) Delete(ctx context.Context, chat int64, messages ...int) error {
	if len(messages) == 1 {
		err := c.remove(ctx, chat, "deleteMessage", &bot.DeleteMessageParams{ChatID: chat, MessageID: messages[0]})
		if refused(err, "message to delete not found") {
			return nil
		}
		return undeletable(err)
	}
	var kept error
	for some := range slices.Chunk(messages, deletedAtOnce) {
		err := undeletable(c.remove(ctx, chat, "deleteMessages", &bot.DeleteMessagesParams{ChatID: chat, MessageIDs: some}))
		if err != nil && !errors.Is(err, flows.ErrUnreachable) {
			return err
		}
		kept = errors.Join(kept, err)
	}
	return kept
}

// remove calls a method that deletes in a chat, unless Telegram has asked to wait with
// that.
func (c *Client) remove(ctx context.Context, chat int64, method string, params any) error {
	return c.call(ctx, func(ctx context.Context) error {
		if err := c.removals.pass(ctx, chat, c.linger); err != nil {
			return err
		}
		return c.removals.heed(chat, c.post(ctx, method, params, new(bool)))
	})
}

// undeletable finds what another try cannot mend.
func undeletable(err error) error {
	if unreachable(err) || refused(err, "message can't be deleted") {
		return final(err)
	}
	return err
}

// Answer answers a button press, with an alert unless say is empty. An answer
// that comes too late for Telegram is none; when the Receiver has answered
// already, because it took long, the text goes as a message.
func (c *Client) Answer(ctx context.Context, chat int64, callback, language string, say flows.MessageID) error {
	if c.presses.claim(callback) {
		return c.answer(ctx, callback, c.alert(language, say))
	}
	if say == "" {
		return nil
	}
	return c.say(ctx, chat, language, say)
}

func (c *Client) alert(language string, say flows.MessageID) string {
	if say == "" {
		return ""
	}
	return c.options.Texts.Plain(language, say, flows.Facts{})
}

func (c *Client) answer(ctx context.Context, callback, text string) error {
	err := c.do(ctx, "answerCallbackQuery",
		&bot.AnswerCallbackQueryParams{CallbackQueryID: callback, Text: text, ShowAlert: text != ""}, new(bool))
	if refused(err, "query is too old") {
		return nil
	}
	return err
}
