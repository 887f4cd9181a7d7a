package simulator

import (
	"context"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// TestClientGroupCommands sets menus from the widest scope to the narrowest
// and looks at what the creator, who speaks Russian, and a member see of them.
func TestClientGroupCommands(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	r.lena.Start("")
	g, max := r.staff(Membership{}), r.max()
	chat := any(int64(support))
	for _, step := range []struct {
		name, language   string
		scope            models.BotCommandScope
		creator, visitor string
	}{
		{"any", "", nil, "any", "any"},
		{"private", "", &models.BotCommandScopeAllPrivateChats{}, "any", "any"},
		{"groups", "", &models.BotCommandScopeAllGroupChats{}, "groups", "groups"},
		{"groups_ru", "ru", &models.BotCommandScopeAllGroupChats{}, "groups_ru", "groups"},
		{"leaders", "", &models.BotCommandScopeAllChatAdministrators{}, "leaders", "groups"},
		{"here", "", &models.BotCommandScopeChat{ChatID: chat}, "here", "here"},
		{"leaders_here", "", &models.BotCommandScopeChatAdministrators{ChatID: chat}, "leaders_here", "here"},
		{"max_here", "", &models.BotCommandScopeChatMember{ChatID: chat, UserID: 78}, "leaders_here", "max_here"},
		{"lena_here", "ru", &models.BotCommandScopeChatMember{ChatID: chat, UserID: 77}, "lena_here", "max_here"},
	} {
		ok, err := b.SetMyCommands(ctx, &bot.SetMyCommandsParams{LanguageCode: step.language, Scope: step.scope,
			Commands: []models.BotCommand{{Command: step.name, Description: "x"}}})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if got := r.lena.CommandsIn(g); got[0].Command != step.creator {
			t.Errorf("after %s the creator sees %v", step.name, got)
		}
		if got := max.CommandsIn(g); got[0].Command != step.visitor {
			t.Errorf("after %s a member sees %v", step.name, got)
		}
		got, err := b.GetMyCommands(ctx, &bot.GetMyCommandsParams{LanguageCode: step.language, Scope: step.scope})
		if err != nil || len(got) != 1 || got[0].Command != step.name {
			t.Errorf("kept %v, %v, want %s", got, err, step.name)
		}
	}
	if own := r.lena.Commands(); own[0].Command != "private" {
		t.Errorf("in private she sees %v", own)
	}
	ok, err := b.DeleteMyCommands(ctx, &bot.DeleteMyCommandsParams{Scope: &models.BotCommandScopeChatMember{ChatID: chat, UserID: 78}})
	if err != nil || !ok || max.CommandsIn(g)[0].Command != "here" {
		t.Error("after the deletion he sees", max.CommandsIn(g), ok, err)
	}
	if g.Place(max, Membership{Status: Administrator}); max.CommandsIn(g)[0].Command != "leaders_here" {
		t.Error("promoted, he sees", max.CommandsIn(g))
	}
	if g.PlaceBot(Membership{}); max.CommandsIn(g) != nil {
		t.Error("without the bot he sees", max.CommandsIn(g))
	}
	r.fails(403, "Forbidden: bot is not a member of the supergroup chat", "setMyCommands",
		params{"commands": []any{}, "scope": params{"type": "chat", "chat_id": support}})
}

func TestScopeErrors(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	r.staff(Membership{})
	for _, c := range []struct {
		scope params
		want  string
	}{
		{params{"type": "chat", "chat_id": -1009}, "chat not found"},
		{params{"type": "chat_administrators", "chat_id": -1009}, "chat not found"},
		{params{"type": "chat_administrators", "chat_id": 77}, "can't use specified scope in private chats"},
		{params{"type": "chat_member", "chat_id": 77, "user_id": 77}, "can't use specified scope in private chats"},
		{params{"type": "chat_member", "chat_id": support, "user_id": 79}, "user not found"},
		{params{"type": "chat_member", "chat_id": support, "user_id": 0}, "can't parse BotCommandScope: Invalid user_id specified"},
	} {
		for _, method := range []string{"setMyCommands", "getMyCommands", "deleteMyCommands"} {
			p := params{"scope": c.scope}
			if method == "setMyCommands" {
				p["commands"] = []any{}
			}
			r.fails(400, "Bad Request: "+c.want, method, p)
		}
	}
	r.must("getMyCommands", params{"scope": params{"type": "chat", "chat_id": "77"}}, nil)
}
