package simulator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// TestClient calls every simulated method through go-telegram/bot, whose
// chunked multipart bodies a strict server has to understand.
func TestClient(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	r.lena.Start("")
	check := func(what string, ok bool, err error) {
		t.Helper()
		if err != nil || !ok {
			t.Errorf("%s: %v, %v", what, ok, err)
		}
	}

	keyboard := models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{
		{Text: "Go", CallbackData: "go", Style: "success"}, {Text: "Site", URL: "https://a.example/"},
		{Text: "Copy", CopyText: &models.CopyTextButton{Text: "RK-1"}}, {Text: "Gone", Disabled: &models.DisabledButton{}},
	}}}
	off := true
	sent, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: int64(77), Text: "<b>Hello</b> <code>1234</code>",
		ParseMode: models.ParseModeHTML, ProtectContent: true, DisableNotification: true, ReplyMarkup: keyboard,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: &off}, ReplyParameters: &models.ReplyParameters{MessageID: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if sent.Text != "Hello 1234" || len(sent.Entities) != 2 || sent.From.Username != r.Username() || sent.Chat.ID != 77 ||
		sent.ReplyMarkup.InlineKeyboard[0][2].CopyText.Text != "RK-1" || sent.ReplyToMessage.Text != "/start" {
		t.Errorf("sent %+v", sent)
	}
	if m := r.lena.Chat()[1]; m.HTML != "<b>Hello</b> <code>1234</code>" || !m.Protected || m.From != "Rekey" {
		t.Errorf("shown %+v", m)
	}
	edited, err := b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: int64(77), MessageID: sent.ID, Text: "Bye", ReplyMarkup: keyboard})
	check("editMessageText", err == nil && edited.Text == "Bye" && edited.EditDate > 0, err)
	edited, err = b.EditMessageReplyMarkup(ctx, &bot.EditMessageReplyMarkupParams{ChatID: int64(77), MessageID: sent.ID})
	check("editMessageReplyMarkup", err == nil && edited.ReplyMarkup == nil, err)
	ok, err := b.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: int64(77), MessageID: 1})
	check("deleteMessage", ok, err)
	ok, err = b.DeleteMessages(ctx, &bot.DeleteMessagesParams{ChatID: int64(77), MessageIDs: []int{1, sent.ID}})
	check("deleteMessages", ok && len(r.lena.Chat()) == 0, err)
	ok, err = b.SendChatAction(ctx, &bot.SendChatActionParams{ChatID: int64(77), Action: models.ChatActionTyping})
	check("sendChatAction", ok, err)

	_, err = b.SendMessage(ctx, &bot.SendMessageParams{ChatID: int64(77), Text: "Phone?", ReplyMarkup: models.ReplyKeyboardMarkup{
		Keyboard:       [][]models.KeyboardButton{{{Text: "Share", RequestContact: true}}},
		ResizeKeyboard: true, OneTimeKeyboard: true, InputFieldPlaceholder: "Phone"}})
	check("reply keyboard", len(r.lena.Keyboard()) == 1, err)
	_, err = b.SendMessage(ctx, &bot.SendMessageParams{ChatID: int64(77), Text: "Thanks",
		ReplyMarkup: models.ReplyKeyboardRemove{RemoveKeyboard: true}})
	check("reply keyboard removed", r.lena.Keyboard() == nil, err)

	chat, err := b.GetChat(ctx, &bot.GetChatParams{ChatID: int64(77)})
	check("getChat", err == nil && chat.FirstName == "Lena" && chat.Type == models.ChatTypePrivate, err)
	r.Group(-5, "Support")
	ok, err = b.LeaveChat(ctx, &bot.LeaveChatParams{ChatID: int64(-5)})
	check("leaveChat", ok, err)
	for _, call := range []func() (bool, error){
		func() (bool, error) {
			return b.SetMyDescription(ctx, &bot.SetMyDescriptionParams{Description: "Helps", LanguageCode: "en"})
		},
		func() (bool, error) {
			return b.SetMyShortDescription(ctx, &bot.SetMyShortDescriptionParams{ShortDescription: "Helps"})
		},
		func() (bool, error) {
			return b.SetChatMenuButton(ctx, &bot.SetChatMenuButtonParams{MenuButton: models.MenuButtonCommands{Type: models.MenuButtonTypeCommands}})
		},
	} {
		ok, err := call()
		check("texts and button", ok, err)
	}
	description, err := b.GetMyDescription(ctx, &bot.GetMyDescriptionParams{LanguageCode: "en"})
	check("getMyDescription", description.Description == "Helps", err)
	short, err := b.GetMyShortDescription(ctx, &bot.GetMyShortDescriptionParams{LanguageCode: "de"})
	check("getMyShortDescription", short.ShortDescription == "Helps", err)
	button, err := b.GetChatMenuButton(ctx, &bot.GetChatMenuButtonParams{ChatID: int64(77)})
	check("getChatMenuButton", button.Type == models.MenuButtonTypeCommands, err)
}

func TestClientCommands(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	r.lena.Start("")
	set := func(description, language string, scope models.BotCommandScope) {
		t.Helper()
		ok, err := b.SetMyCommands(ctx, &bot.SetMyCommandsParams{LanguageCode: language, Scope: scope,
			Commands: []models.BotCommand{{Command: "help", Description: description}}})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
	}
	private := &models.BotCommandScopeAllPrivateChats{}
	for _, step := range []struct {
		description, language string
		scope                 models.BotCommandScope
		shown                 string
	}{
		{"any", "", nil, "any"},
		{"english", "en", nil, "any"},
		{"russian", "ru", &models.BotCommandScopeDefault{}, "russian"},
		{"private", "", private, "private"},
		{"groups", "ru", &models.BotCommandScopeAllGroupChats{}, "private"},
		{"private russian", "ru", private, "private russian"},
		{"hers", "", &models.BotCommandScopeChat{ChatID: int64(77)}, "hers"},
	} {
		set(step.description, step.language, step.scope)
		if menu := r.lena.Commands(); len(menu) != 1 || menu[0].Description != step.shown {
			t.Errorf("after %q she sees %v, want %q", step.description, menu, step.shown)
		}
	}
	got, err := b.GetMyCommands(ctx, &bot.GetMyCommandsParams{Scope: private, LanguageCode: "ru"})
	if err != nil || len(got) != 1 || got[0].Description != "private russian" {
		t.Errorf("got %v, %v", got, err)
	}
	if ok, err := b.DeleteMyCommands(ctx, &bot.DeleteMyCommandsParams{Scope: &models.BotCommandScopeChat{ChatID: int64(77)}}); err != nil || !ok {
		t.Error(ok, err)
	}
	if menu := r.lena.Commands(); menu[0].Description != "private russian" {
		t.Errorf("after the deletion she sees %v", menu)
	}
}

// TestClientUpdates lets the library receive every kind of update that people
// cause, polling and answering.
func TestClientUpdates(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	kinds := make(chan string, 100)
	b, err := bot.New(r.Token(), bot.WithServerURL(r.url), bot.WithNotAsyncHandlers(),
		bot.WithErrorsHandler(func(err error) { t.Errorf("library: %v", err) }),
		bot.WithDefaultHandler(func(ctx context.Context, b *bot.Bot, u *models.Update) {
			kinds <- kindOf(u)
			if u.CallbackQuery == nil {
				return
			}
			if _, err := b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: u.CallbackQuery.ID, Text: "Yes"}); err != nil {
				t.Error(err)
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	r.lena.Start("payload")
	want := []string{"message"}
	for _, kind := range slices.Sorted(maps.Keys(attachments)) {
		r.lena.Attach(kind)
		want = append(want, kind)
	}
	r.lena.Edit(1, "/start again")
	r.lena.Forward("not mine")
	r.lena.ShareContact()
	r.lena.PressData(1, "there")
	r.lena.PressData(999, "gone")
	r.lena.Block()
	r.lena.Unblock()
	want = append(want, "edited", "forward", "contact", "press", "press", "kicked", "member")

	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.Start(ctx)
	}()
	for _, kind := range want {
		if got := <-kinds; got != kind {
			t.Errorf("got %s, want %s", got, kind)
		}
	}
	cancel()
	<-stopped
	if n := r.Calls()["answerCallbackQuery"]; n != 2 {
		t.Errorf("%d presses are answered, want 2", n)
	}
}

func kindOf(u *models.Update) string {
	switch {
	case u.CallbackQuery != nil:
		return "press"
	case u.EditedMessage != nil:
		return "edited"
	case u.MyChatMember != nil:
		return string(u.MyChatMember.NewChatMember.Type)
	case u.Message == nil:
		return "unknown"
	}
	m := u.Message
	for kind, there := range map[string]bool{"sticker": m.Sticker != nil, "photo": m.Photo != nil, "voice": m.Voice != nil,
		"video": m.Video != nil, "document": m.Document != nil, "poll": m.Poll != nil, "location": m.Location != nil,
		"dice": m.Dice != nil, "contact": m.Contact != nil, "forward": m.ForwardOrigin != nil} {
		if there {
			return kind
		}
	}
	return "message"
}

func TestClientWebhookAndErrors(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	ok, err := b.SetWebhook(ctx, &bot.SetWebhookParams{URL: "http://127.0.0.1:9/hook", SecretToken: "abc", MaxConnections: 5,
		AllowedUpdates: []string{"message", "callback_query"}, DropPendingUpdates: true})
	if err != nil || !ok {
		t.Error(ok, err)
	}
	info, err := b.GetWebhookInfo(ctx)
	if err != nil || info.URL != "http://127.0.0.1:9/hook" || info.MaxConnections != 5 || len(info.AllowedUpdates) != 2 {
		t.Errorf("%+v, %v", info, err)
	}
	if ok, err := b.DeleteWebhook(ctx, &bot.DeleteWebhookParams{DropPendingUpdates: true}); err != nil || !ok {
		t.Error(ok, err)
	}
	hello := &bot.SendMessageParams{ChatID: int64(77), Text: "x"}
	if _, err := b.SendMessage(ctx, hello); !errors.Is(err, bot.ErrorForbidden) {
		t.Errorf("got %v", err)
	}
	r.Inject(Fault{Code: 429, RetryAfter: 3, Times: 1})
	_, err = b.SendMessage(ctx, hello)
	if limited := (*bot.TooManyRequestsError)(nil); !errors.As(err, &limited) || limited.RetryAfter != 3 {
		t.Errorf("got %v", err)
	}
	upload := &models.InputFileUpload{Filename: "x.png", Data: strings.NewReader("bytes")}
	_, err = b.SendVoice(ctx, &bot.SendVoiceParams{ChatID: int64(77), Voice: upload})
	if err == nil || !strings.Contains(err.Error(), "method sendVoice is not simulated") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkEcho(b *testing.B) {
	r := newRig(b, Options{})
	r.lena.Start("")
	client := r.client()
	b.ResetTimer()
	for b.Loop() {
		r.lena.Say("hello")
		if _, err := client.SendMessage(context.Background(), &bot.SendMessageParams{ChatID: int64(77), Text: "hello"}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkServe leaves HTTP and the client out.
func BenchmarkServe(b *testing.B) {
	r := newRig(b, Options{})
	r.lena.Start("")
	form := map[string]param{"chat_id": {"77", true}, "text": {"<b>hello</b>", true}, "parse_mode": {"HTML", true},
		"reply_markup": {`{"inline_keyboard":[[{"text":"Go","callback_data":"go"}]]}`, true}}
	method := r.spec.methods["sendmessage"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Server.call(method, &request{method: method.name, params: form}); err != nil {
			b.Fatal(err)
		}
	}
}
