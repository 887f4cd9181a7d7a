package telegram

import (
	"context"
	"sync"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/flows/staff"
)

// forum is whether the staff group has topics, once that is known.
type forum struct {
	mu    sync.Mutex
	known bool
	is    bool
}

// Show implements staff.Group. In a group with topics a case has one of its own,
// which is closed with it and whose name says so: each change of a name is a
// message in the topic. Elsewhere a case has a card only. A card or topic that
// somebody deleted is made anew.
func (g *StaffGroup) Show(ctx context.Context, at staff.Place, c staff.Card) (staff.Place, error) {
	err := g.show(ctx, &at, c)
	if refused(err, topicGone...) {
		at = staff.Place{Revision: at.Revision}
		err = g.show(ctx, &at, c)
	}
	return at, err
}

// notForum is how Telegram refuses topics to a group without.
const notForum = "the chat is not a forum"

// topicGone lists how Telegram refuses what is for a topic that is not there.
var topicGone = []string{"message thread not found", "TOPIC_ID_INVALID", "TOPIC_DELETED", notForum}

// show brings a case's place up to date, as far as it gets.
func (g *StaffGroup) show(ctx context.Context, at *staff.Place, c staff.Card) error {
	title, done := g.client.options.Texts.CaseTitle(g.language, c), c.Case.Status == staff.Closed
	if err := g.place(ctx, at, title); err != nil {
		return err
	}
	if !done {
		if err := g.shut(ctx, at, false); err != nil {
			return err
		}
	}
	if err := g.card(ctx, at, c); err != nil {
		return err
	}
	if err := g.rename(ctx, at, title); err != nil {
		return err
	}
	return g.shut(ctx, at, done)
}

// place gives a case that has no place yet a topic, where there are topics. A bot
// that may not create one does without.
func (g *StaffGroup) place(ctx context.Context, at *staff.Place, title string) error {
	if at.Topic != 0 || at.Message != 0 {
		return nil
	}
	if topics, err := g.hasTopics(ctx); err != nil || !topics {
		return err
	}
	var topic struct {
		ID int `json:"message_thread_id"`
	}
	err := g.arrange(ctx, "createForumTopic", &bot.CreateForumTopicParams{ChatID: g.id, Name: title}, &topic)
	if err == nil && topic.ID != 0 {
		at.Topic, at.Name = topic.ID, title
	}
	return err
}

// hasTopics asks Telegram once.
func (g *StaffGroup) hasTopics(ctx context.Context) (bool, error) {
	g.forum.mu.Lock()
	defer g.forum.mu.Unlock()
	if g.forum.known {
		return g.forum.is, nil
	}
	var chat struct {
		Forum bool `json:"is_forum"`
	}
	if err := g.ask(ctx, "getChat", &bot.GetChatParams{ChatID: g.id}, &chat); err != nil {
		return false, err
	}
	g.forum.known, g.forum.is = true, chat.Forum
	return chat.Forum, nil
}

// card draws the card, or draws it anew.
func (g *StaffGroup) card(ctx context.Context, at *staff.Place, c staff.Card) error {
	text, markup := g.client.options.Texts.Card(g.language, c, at.Topic != 0), g.keyboard(c)
	plain := &models.LinkPreviewOptions{IsDisabled: bot.True()}
	if at.Message != 0 {
		err := g.put(ctx, "editMessageText", &bot.EditMessageTextParams{ChatID: g.id, MessageID: at.Message,
			Text: text, ParseMode: models.ParseModeHTML, LinkPreviewOptions: plain, ReplyMarkup: markup}, nil)
		if err == nil || refused(err, "message is not modified") {
			return nil
		}
		if !refused(err, "message to edit not found", "MESSAGE_ID_INVALID", "message can't be edited") {
			return err
		}
		at.Message = 0
	}
	var sent struct {
		ID int `json:"message_id"`
	}
	err := g.put(ctx, "sendMessage", &bot.SendMessageParams{ChatID: g.id, MessageThreadID: at.Topic, Text: text,
		ParseMode: models.ParseModeHTML, ProtectContent: true, LinkPreviewOptions: plain, ReplyMarkup: markup}, &sent)
	at.Message = sent.ID
	return err
}

// keyboard shows the reasons where one is asked for, and then the acts.
func (g *StaffGroup) keyboard(c staff.Card) *models.InlineKeyboardMarkup {
	var buttons []models.InlineKeyboardButton
	add := func(label, name string) {
		buttons = append(buttons, models.InlineKeyboardButton{Text: label, CallbackData: cardData(c.Case, name)})
	}
	if c.Case.Asks == staff.AskReason {
		for _, r := range staff.Reasons() {
			add(g.client.options.Texts.Reason(g.language, r), string(r))
		}
	}
	for _, a := range c.Offers {
		add(g.client.options.Texts.Act(g.language, a), string(a))
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: arranged(buttons)}
}

func (g *StaffGroup) rename(ctx context.Context, at *staff.Place, title string) error {
	if at.Topic == 0 || at.Name == title {
		return nil
	}
	err := g.arrange(ctx, "editForumTopic", &bot.EditForumTopicParams{ChatID: g.id, MessageThreadID: at.Topic, Name: title}, new(bool))
	if err == nil {
		at.Name = title
	}
	return err
}

// shut closes a case's topic or opens it again.
func (g *StaffGroup) shut(ctx context.Context, at *staff.Place, shut bool) error {
	if at.Topic == 0 || at.Closed == shut {
		return nil
	}
	method := "reopenForumTopic"
	if shut {
		method = "closeForumTopic"
	}
	err := g.arrange(ctx, method, &bot.CloseForumTopicParams{ChatID: g.id, MessageThreadID: at.Topic}, new(bool))
	if err == nil {
		at.Closed = shut
	}
	return err
}

// arrange calls a method that makes or changes a topic. What the bot has no
// right to is left undone, since the card matters more.
func (g *StaffGroup) arrange(ctx context.Context, method string, params, result any) error {
	err := g.put(ctx, method, params, result)
	switch {
	case refused(err, "TOPIC_NOT_MODIFIED"):
		return nil
	case refused(err, "not enough rights"):
		g.client.options.Log.Warn("the bot may not manage topics in the staff group; make it an administrator "+
			"that may", "method", method)
		return nil
	case refused(err, notForum):
		g.forum.mu.Lock()
		defer g.forum.mu.Unlock()
		g.forum.known = false
	}
	return err
}
