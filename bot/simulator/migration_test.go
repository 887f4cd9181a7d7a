package simulator

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/go-telegram/bot"
)

func TestClientMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	r := newRig(t, Options{Strict: true, Path: path})
	r.lena.Start("")
	old := r.NewGroup(-500, GroupOptions{Title: "Support", Bot: manager, Members: map[*Person]Membership{r.lena: {Status: Creator}}})
	said := r.lena.SayIn(old, "before")
	r.drain()
	old.Upgrade(support)
	updates := r.drain()
	if len(updates) != 2 || updates[0].Message.MovedTo != support || updates[0].Message.Chat.ID != -500 || updates[0].Message.From.ID != 77 {
		t.Errorf("in the old group: %+v", updates[0].Message)
	}
	if in := updates[1].Message; in.MovedFrom != -500 || in.Chat.ID != support || in.Sender.ID != support || in.From.ID != 1087968824 {
		t.Errorf("in the new one: %+v", in)
	}
	b, ctx := r.client(), context.Background()
	_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: int64(-500), Text: "x"})
	if moved := (*bot.MigrateError)(nil); !errors.As(err, &moved) || moved.MigrateToChatID != support {
		t.Errorf("got %v", err)
	}
	for method, p := range map[string]params{"getChatAdministrators": {"chat_id": -500},
		"deleteMessage": {"chat_id": -500, "message_id": said}, "createForumTopic": {"chat_id": -500, "name": "x"}} {
		if a := r.call(method, p); a.Description != "Bad Request: group chat was upgraded to a supergroup chat" || a.Parameters.MigrateTo != support {
			t.Errorf("%s: %+v", method, a)
		}
	}
	r.must("getChat", params{"chat_id": -500}, nil)
	r.must("copyMessage", params{"chat_id": support, "from_chat_id": -500, "message_id": said}, nil)
	r.max().Join(old)
	if r.lena.EditIn(old, said, "after"); r.lena.SayIn(old, "after") != 0 || r.Pending() != 0 || len(old.Chat()) != 2 {
		t.Errorf("the old group goes on: %+v", old.Chat())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	after := newRig(t, Options{Path: path})
	after.fails(400, "Bad Request: group chat was upgraded to a supergroup chat", "sendMessage", params{"chat_id": -500, "text": "x"})
	g := after.Group(support, "Support")
	g.EnableTopics()
	after.topic("Case")
	if topics := g.Topics(); len(topics) != 1 {
		t.Errorf("topics %+v", topics)
	}
}

func TestWrongUpgrades(t *testing.T) {
	r := newRig(t, Options{})
	small := r.Group(-5, "Small")
	for name, wrong := range map[string]func(){
		"to a basic group": func() { small.Upgrade(-6) },
		"of a supergroup":  func() { r.Group(-1005, "Large").Upgrade(-1006) },
		"to a taken id":    func() { r.Group(-1007, "Taken"); small.Upgrade(-1007) },
		"topics":           func() { small.EnableTopics() },
		"a positive id":    func() { r.Group(5, "Nobody") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wrong()
		}()
	}
}
