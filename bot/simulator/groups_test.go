package simulator

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// support is the group that most tests use.
const support = -1001234567890

// staff makes the group with Lena as its creator and the bot in a place.
func (r *rig) staff(place Membership) *Group {
	r.Helper()
	return r.NewGroup(support, GroupOptions{Title: "Support", Bot: place,
		Members: map[*Person]Membership{r.lena: {Status: Creator}}})
}

func (r *rig) max() *Person { return r.Person(Profile{ID: 78, FirstName: "Max", Language: "en"}) }

var manager = Membership{Status: Administrator, Rights: []Right{ManageTopics, DeleteMessages}}

func TestMembers(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	g, max := r.staff(manager), r.max()
	status := func(user int64) models.ChatMember {
		t.Helper()
		m, err := b.GetChatMember(ctx, &bot.GetChatMemberParams{ChatID: int64(support), UserID: user})
		if err != nil {
			t.Fatal(err)
		}
		return *m
	}
	if m := status(77); m.Type != models.ChatMemberTypeOwner || m.Owner.User.FirstName != "Lena" {
		t.Errorf("creator %+v", m)
	}
	if m := status(r.botID); m.Type != models.ChatMemberTypeAdministrator || !m.Administrator.CanManageTopics ||
		!m.Administrator.CanManageChat || m.Administrator.CanPromoteMembers || !m.Administrator.User.IsBot {
		t.Errorf("bot %+v", m.Administrator)
	}
	for _, step := range []struct {
		do   func()
		want models.ChatMemberType
	}{
		{func() {}, "left"},
		{func() { max.Join(g) }, "member"},
		{func() { max.Leave(g) }, "left"},
		{func() { g.Place(max, Membership{Status: Administrator}) }, "administrator"},
		{func() { g.Place(max, Membership{Status: Restricted}) }, "restricted"},
		{func() { g.Place(max, Membership{Status: Kicked}) }, "kicked"},
		{func() { max.Join(g) }, "kicked"},
		{func() { g.Place(max, Membership{}) }, "left"},
		{func() { max.Join(g) }, "member"},
	} {
		step.do()
		if m := status(78); m.Type != step.want {
			t.Errorf("got %s, want %s", m.Type, step.want)
		}
	}
	g.Place(max, Membership{Status: Restricted, Rights: []Right{"can_send_photos"}})
	max.Leave(g)
	if m := status(78).Restricted; m == nil || m.IsMember || m.CanSendMessages || !m.CanSendPhotos {
		t.Errorf("restricted %+v", m)
	}
	all, err := b.GetChatAdministrators(ctx, &bot.GetChatAdministratorsParams{ChatID: int64(support)})
	if err != nil || len(all) != 2 || all[0].Owner == nil || all[1].Administrator == nil {
		t.Errorf("administrators %+v, %v", all, err)
	}
	r.fails(400, "Bad Request: PARTICIPANT_ID_INVALID", "getChatMember", params{"chat_id": support, "user_id": 79})
	r.fails(400, "Bad Request: invalid user_id specified", "getChatMember", params{"chat_id": support, "user_id": 0})
	r.fails(400, "Bad Request: member not found", "getChatMember", params{"chat_id": 77, "user_id": 78})
	r.fails(400, "Bad Request: there are no administrators in the private chat", "getChatAdministrators", params{"chat_id": 77})
}

// TestMembersAreTold reads what the bot hears of comings and goings.
func TestMembersAreTold(t *testing.T) {
	r := newRig(t, Options{})
	g, max := r.staff(Membership{}), r.max()
	r.poll(params{"allowed_updates": []string{"message", "my_chat_member", "chat_member"}})
	max.Join(g)
	g.PlaceBot(manager)
	g.Place(max, Membership{Status: Administrator})
	max.Leave(g)
	g.PlaceBot(Membership{Status: Kicked})
	max.Join(g)
	var seen []string
	updates := r.drain()
	for _, u := range updates {
		switch {
		case u.Member != nil:
			seen = append(seen, "bot "+u.Member.New.Status)
			if manages := u.Member.New.Status == "administrator"; u.Member.New.Topics != manages {
				t.Errorf("my_chat_member %+v", u.Member)
			}
		case u.Other != nil:
			seen = append(seen, "max "+u.Other.New.Status)
		case u.Message.Gone.ID == 78:
			seen = append(seen, "max goes")
		case u.Message.Gone.ID == r.botID:
			seen = append(seen, "bot goes")
		case len(u.Message.Joined) == 1:
			seen = append(seen, "max comes")
		}
	}
	want := []string{"bot member", "max comes", "bot administrator", "max administrator", "max goes", "max left", "bot goes", "bot kicked"}
	if !slices.Equal(seen, want) {
		t.Errorf("got  %q\nwant %q", seen, want)
	}
	if in := updates[1].Message; in.Caption != "" || in.Text != "" {
		t.Errorf("a service message has a text: %+v", in)
	}
	for _, method := range []string{"sendMessage", "getChat", "leaveChat", "getChatAdministrators"} {
		r.fails(403, "Forbidden: bot was kicked from the supergroup chat", method, params{"chat_id": support, "text": "x"})
	}
	if last := g.Chat()[len(g.Chat())-1]; last.Kind != "new_chat_members" || last.Text != "Max" || last.From != "Max" {
		t.Errorf("shown %+v", last)
	}
}

func TestPrivacy(t *testing.T) {
	r := newRig(t, Options{})
	g := r.staff(Membership{})
	var sent gotIn
	r.must("sendMessage", params{"chat_id": support, "text": "Hello"}, &sent)
	r.drain()
	talk := func() {
		id := r.lena.SayIn(g, "chatter")
		r.lena.EditIn(g, id, "more chatter")
		r.lena.SayIn(g, "/help")
		r.lena.SayIn(g, "/help@Rekey_demo_bot now")
		r.lena.SayIn(g, "/help@other_bot")
		r.lena.SayIn(g, "see /help")
		r.lena.Post(g, Post{Text: "an answer", ReplyTo: sent.ID})
		r.lena.Post(g, Post{Text: "an aside", ReplyTo: id})
		r.lena.Post(g, Post{Text: "/help", Kind: "photo"})
	}
	talk()
	if got, want := texts(r.drain()), []string{"/help", "/help@Rekey_demo_bot now", "an answer", ""}; !slices.Equal(got, want) {
		t.Errorf("a member hears %q, want %q", got, want)
	}
	g.PlaceBot(Membership{Status: Administrator})
	talk()
	if updates := r.drain(); len(updates) != 1+9 {
		t.Errorf("an administrator hears %d of 9", len(updates)-1)
	}
	var me models.User
	if r.must("getMe", params{}, &me); me.CanReadAllGroupMessages {
		t.Error("getMe says that privacy mode is off")
	}
}

func TestPosts(t *testing.T) {
	r := newRig(t, Options{})
	g, max := r.staff(manager), r.max()
	r.drain()
	if max.Post(g, Post{Kind: "elephant"}) != 0 || max.SayIn(g, " ") != 0 || max.Post(g, Post{Text: "x", ReplyTo: 99}) != 0 {
		t.Error("what cannot be sent is sent")
	}
	asked := max.SayIn(g, "who is it")
	r.lena.Post(g, Post{Kind: "document", Text: "see page 2", ReplyTo: asked})
	max.Post(g, Post{Text: "not mine", Forwarded: true})
	g.Place(r.lena, Membership{Status: Creator, Anonymous: true})
	r.lena.SayIn(g, "we say")
	g.Place(max, Membership{Status: Restricted})
	if max.SayIn(g, "silenced") != 0 {
		t.Error("a silenced member writes")
	}
	g.Place(max, Membership{Status: Restricted, Rights: []Right{SendMessages}})
	if max.SayIn(g, "heard") == 0 {
		t.Error("a restricted member who may write does not")
	}
	max.EditIn(g, asked+1000, "nothing")
	r.lena.EditIn(g, asked, "forged")
	max.EditIn(g, asked, "who was it")
	updates := r.drain()
	if got, want := texts(updates), []string{"who is it", "", "not mine", "we say", "heard"}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
	if m := updates[3].Message; m.From.ID != 1087968824 || m.Sender.ID != support {
		t.Errorf("anonymous %+v", m)
	}
	if e := updates[5].Edited; e == nil || e.Text != "who was it" || e.From.ID != 78 {
		t.Errorf("edited %+v", updates[5])
	}
	chat := g.Chat()
	if m := chat[1]; m.Text != "see page 2" || m.Kind != "document" || m.ReplyTo != asked || m.FromID != 77 {
		t.Errorf("shown %+v", m)
	}
	if m := chat[3]; m.From != "Support" || m.FromID != 0 || m.FromBot {
		t.Errorf("shown %+v", m)
	}
}

func TestPressInGroup(t *testing.T) {
	r := newRig(t, Options{})
	g, max := r.staff(Membership{}), r.max()
	events, cancel := g.Watch()
	defer cancel()
	var sent gotIn
	r.must("sendMessage", params{"chat_id": support, "text": "Take it?", "reply_markup": inline(params{"text": "I do", "callback_data": "take"})}, &sent)
	if err := max.PressIn(g, sent.ID, "I do"); err != nil {
		t.Fatal(err)
	}
	updates := r.drain()
	press := updates[1].Press
	if press.From.ID != 78 || press.Message.Chat.ID != support || press.Message.ID != sent.ID || press.Data != "take" {
		t.Errorf("press %+v", press)
	}
	r.must("answerCallbackQuery", params{"callback_query_id": press.ID, "text": "It is yours"}, nil)
	<-events
	if e := <-events; e.Kind != "answer" || e.To != 78 || e.Text != "It is yours" {
		t.Errorf("event %+v", e)
	}
	g.PlaceBot(Membership{Status: Kicked})
	r.drain()
	if max.PressDataIn(g, sent.ID, "take"); r.Pending() != 0 {
		t.Error("a bot that is out hears of a press")
	}
}

func TestBasicGroup(t *testing.T) {
	r := newRig(t, Options{})
	g := r.NewGroup(-500, GroupOptions{Title: "Friends", Bot: Membership{Status: Administrator}})
	var chat struct{ Type, Title string }
	if r.must("getChat", params{"chat_id": -500}, &chat); chat.Type != "group" || chat.Title != "Friends" {
		t.Errorf("chat %+v", chat)
	}
	r.max().SayIn(g, "hello")
	r.fails(400, "Bad Request: message can't be deleted", "deleteMessage", params{"chat_id": -500, "message_id": g.Chat()[0].ID})
	g.PlaceBot(manager)
	r.must("deleteMessage", params{"chat_id": -500, "message_id": g.Chat()[0].ID}, nil)
	g.PlaceBot(Membership{})
	r.fails(403, "Forbidden: bot is not a member of the group chat", "sendMessage", params{"chat_id": -500, "text": "x"})
	r.must("getChat", params{"chat_id": -500}, nil)
}

func TestGroupRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	before := newRig(t, Options{Path: path})
	before.staff(manager)
	before.lena.SayIn(before.Group(support, "Support"), "hello")
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	after := newRig(t, Options{Path: path})
	g := after.Group(support, "Support")
	if chat := g.Chat(); len(chat) != 1 || chat[0].Text != "hello" {
		t.Errorf("chat %+v", chat)
	}
	var m struct{ Status string }
	if after.must("getChatMember", params{"chat_id": support, "user_id": 77}, &m); m.Status != "creator" {
		t.Errorf("member %+v", m)
	}
	after.drain()
	if after.lena.SayIn(g, "chatter"); after.Pending() != 1 {
		t.Error("the bot is no administrator any more")
	}
}
