package simulator

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// forum makes the group of [rig.staff] with topics.
func (r *rig) forum(place Membership) *Group {
	r.Helper()
	return r.NewGroup(support, GroupOptions{Title: "Support", Forum: true, Bot: place,
		Members: map[*Person]Membership{r.lena: {Status: Creator}}})
}

// topic lets the bot make a topic.
func (r *rig) topic(name string) int {
	r.Helper()
	var made struct {
		ID int `json:"message_thread_id"`
	}
	r.must("createForumTopic", params{"chat_id": support, "name": name}, &made)
	return made.ID
}

func TestClientTopics(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	g := r.forum(manager)
	events, cancel := g.Watch()
	defer cancel()
	chat, err := b.GetChat(ctx, &bot.GetChatParams{ChatID: int64(support)})
	if err != nil || !chat.IsForum || chat.Type != models.ChatTypeSupergroup {
		t.Fatalf("chat %+v, %v", chat, err)
	}
	made, err := b.CreateForumTopic(ctx, &bot.CreateForumTopicParams{ChatID: int64(support), Name: " Case 1 ", IconColor: 16766590})
	if err != nil || made.Name != "Case 1" || made.IconColor != 16766590 || made.MessageThreadID < 2 {
		t.Fatalf("topic %+v, %v", made, err)
	}
	id := made.MessageThreadID
	sent, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: int64(support), MessageThreadID: id, Text: "Hello"})
	if err != nil || sent.MessageThreadID != id || !sent.IsTopicMessage || sent.ReplyToMessage.ForumTopicCreated.Name != "Case 1" {
		t.Errorf("sent %+v, %v", sent, err)
	}
	for _, call := range []func() (bool, error){
		func() (bool, error) {
			return b.EditForumTopic(ctx, &bot.EditForumTopicParams{ChatID: int64(support), MessageThreadID: id, Name: "Case 1, Max"})
		},
		func() (bool, error) {
			return b.CloseForumTopic(ctx, &bot.CloseForumTopicParams{ChatID: int64(support), MessageThreadID: id})
		},
		func() (bool, error) {
			return b.ReopenForumTopic(ctx, &bot.ReopenForumTopicParams{ChatID: int64(support), MessageThreadID: id})
		},
		func() (bool, error) {
			return b.DeleteForumTopic(ctx, &bot.DeleteForumTopicParams{ChatID: int64(support), MessageThreadID: id})
		},
	} {
		if ok, err := call(); err != nil || !ok {
			t.Error(ok, err)
		}
	}
	if len(g.Topics()) != 0 || len(g.Chat()) != 0 {
		t.Errorf("left over: %+v, %+v", g.Topics(), g.Chat())
	}
	for _, want := range []string{"message forum_topic_created", "topics", "message text", "message forum_topic_edited", "topics",
		"message forum_topic_closed", "topics", "message forum_topic_reopened", "topics", "delete", "delete", "delete", "delete", "delete", "topics"} {
		if e := <-events; strings.TrimSpace(e.Kind+" "+e.Message.Kind) != want {
			t.Errorf("got %s %s, want %s", e.Kind, e.Message.Kind, want)
		}
	}
}

// TestTopicUpdates reads what the bot hears of topics: also of what it did.
func TestTopicUpdates(t *testing.T) {
	r := newRig(t, Options{})
	g, max := r.forum(manager), r.max()
	r.drain()
	id := r.topic("Case 1")
	r.must("editForumTopic", params{"chat_id": support, "message_thread_id": id, "name": "Case 2"}, nil)
	said := max.Post(g, Post{Text: "in the topic", Topic: id})
	max.Post(g, Post{Text: "an answer", ReplyTo: said})
	max.SayIn(g, "in general")
	if !r.lena.CloseTopic(g, id, true) || !r.lena.CloseTopic(g, id, false) {
		t.Error("a creator cannot close and open a topic")
	}
	updates := r.drain()
	for i, u := range updates {
		in := u.Message
		if inTopic := i != 4; !in.Chat.Forum || in.InTopic != inTopic || inTopic && in.Topic != id || !inTopic && in.Topic != 0 {
			t.Errorf("update %d: %+v", i, in)
		}
	}
	if in := updates[0].Message; in.Created.Name != "Case 1" || in.From.ID != r.botID || in.ID != id || in.Answers != nil {
		t.Errorf("created %+v", in)
	}
	if in := updates[1].Message; in.Edited.Name != "Case 2" {
		t.Errorf("edited %+v", in)
	}
	if in := updates[2].Message; in.Answers == nil || in.Answers.ID != id {
		t.Errorf("said %+v", in)
	}
	if in := updates[3].Message; in.Answers == nil || in.Answers.ID != said || in.Answers.Answers != nil {
		t.Errorf("answered %+v", in)
	}
	if updates[5].Message.Closed == nil || updates[6].Message.Opened == nil || updates[6].Message.From.ID != 77 {
		t.Errorf("closed %+v, opened %+v", updates[5].Message, updates[6].Message)
	}
	r.must("sendMessage", params{"chat_id": support, "message_thread_id": id, "text": "Well?",
		"reply_markup": inline(params{"text": "Yes", "callback_data": "y"})}, nil)
	in := g.ChatIn(id)
	if err := max.PressIn(g, in[len(in)-1].ID, "Yes"); err != nil {
		t.Fatal(err)
	}
	if press := r.drain()[0].Press; press.Message.Topic != id || !press.Message.InTopic {
		t.Errorf("press %+v", press)
	}
	if len(g.ChatIn(0)) != 1 || len(in) != 7 || in[0].Text != "Case 1" || in[0].Kind != "forum_topic_created" {
		t.Errorf("shown %+v", in)
	}
}

func TestTopicErrors(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	g := r.staff(Membership{})
	call := func(method string, id int) params {
		return map[string]params{
			"createForumTopic": {"chat_id": support, "name": "New"},
			"editForumTopic":   {"chat_id": support, "message_thread_id": id, "name": "New"},
			"sendMessage":      {"chat_id": support, "message_thread_id": id, "text": "x"},
			"sendChatAction":   {"chat_id": support, "message_thread_id": id, "action": "typing"},
			"":                 {"chat_id": support, "message_thread_id": id},
		}[method]
	}
	of := func(method string, id int) params {
		if p := call(method, id); p != nil {
			return p
		}
		return call("", id)
	}
	all := []string{"editForumTopic", "closeForumTopic", "reopenForumTopic", "deleteForumTopic"}
	for _, method := range append(all, "createForumTopic") {
		r.fails(400, "Bad Request: the chat is not a forum", method, of(method, 5))
	}
	r.must("sendMessage", of("sendMessage", 5), nil) // into the only chat there is
	g.EnableTopics()
	r.fails(400, "Bad Request: not enough rights to create a topic", "createForumTopic", of("createForumTopic", 0))
	r.fails(400, "Bad Request: message thread not found", "sendMessage", of("sendMessage", 1))
	r.fails(400, "Bad Request: message thread not found", "sendChatAction", of("sendChatAction", 5))
	r.fails(400, "Bad Request: message thread not found", "sendMessage", params{"chat_id": 77, "message_thread_id": 5, "text": "x"})

	hers := r.lena.CreateTopic(g, "Hers")
	r.lena.CloseTopic(g, hers, true)
	for method, something := range map[string]string{"editForumTopic": "edit", "closeForumTopic": "close or open",
		"reopenForumTopic": "close or open", "deleteForumTopic": "delete"} {
		r.fails(400, "Bad Request: TOPIC_ID_INVALID", method, of(method, hers+50))
		r.fails(400, "Bad Request: invalid forum topic identifier specified", method, of(method, 0))
		r.fails(400, "Bad Request: not enough rights to "+something+" the topic", method, of(method, hers))
	}
	r.fails(400, "Bad Request: TOPIC_CLOSED", "sendMessage", of("sendMessage", hers))
	r.fails(400, "Bad Request: TOPIC_CLOSED", "sendMessage", params{"chat_id": support, "text": "x", "reply_parameters": params{"message_id": hers}})

	g.PlaceBot(manager)
	r.must("sendMessage", of("sendMessage", hers), nil)
	r.fails(400, "Bad Request: TOPIC_NOT_MODIFIED", "closeForumTopic", of("closeForumTopic", hers))
	r.must("reopenForumTopic", of("reopenForumTopic", hers), nil)
	r.fails(400, "Bad Request: TOPIC_NOT_MODIFIED", "reopenForumTopic", of("reopenForumTopic", hers))
	r.must("editForumTopic", of("editForumTopic", hers), nil)
	r.fails(400, "Bad Request: TOPIC_NOT_MODIFIED", "editForumTopic", of("editForumTopic", hers))
	r.must("editForumTopic", params{"chat_id": support, "message_thread_id": hers}, nil)
	r.fails(400, "Bad Request: name must be non-empty", "createForumTopic", params{"chat_id": support, "name": " "})
	r.fails(400, "Bad Request: invalid icon color specified", "createForumTopic", params{"chat_id": support, "name": "x", "icon_color": 5})
	r.fails(400, "Bad Request: message can't be deleted", "deleteMessage", params{"chat_id": support, "message_id": hers})
	own := r.topic(strings.Repeat("я", 129))
	if topics := g.Topics(); len(topics) != 2 || topics[1].Name != strings.Repeat("я", 128) || topics[1].CreatorID != r.botID {
		t.Errorf("topics %+v", topics)
	}
	r.fails(501, "Not Implemented: a reply to a message of another topic is not simulated", "sendMessage",
		params{"chat_id": support, "message_thread_id": own, "text": "x", "reply_parameters": params{"message_id": hers}})
	r.must("sendMessage", params{"chat_id": support, "text": "there", "reply_parameters": params{"message_id": own}}, nil)
	if in := g.ChatIn(own); len(in) != 2 {
		t.Errorf("an answer goes elsewhere: %+v", g.Chat())
	}
	g.PlaceBot(Membership{Status: Member})
	r.must("closeForumTopic", of("closeForumTopic", own), nil) // its own
	r.must("sendMessage", of("sendMessage", own), nil)
	r.must("deleteForumTopic", of("deleteForumTopic", own), nil)
	r.fails(400, "Bad Request: message thread not found", "sendMessage", of("sendMessage", own))
}

func TestPeopleInTopics(t *testing.T) {
	r := newRig(t, Options{})
	g, max := r.forum(manager), r.max()
	if max.CreateTopic(g, "His") != 0 || r.lena.CreateTopic(g, " ") != 0 {
		t.Error("a topic is made that cannot be")
	}
	id := r.topic("Case")
	max.Post(g, Post{Text: "hello", Topic: id})
	if max.CloseTopic(g, id, true) || max.DeleteTopic(g, id) || max.Post(g, Post{Text: "x", Topic: id + 50}) != 0 {
		t.Error("a member does what only administrators can")
	}
	general := max.SayIn(g, "in general")
	if max.Post(g, Post{Text: "x", Topic: id, ReplyTo: general}) != 0 {
		t.Error("an answer goes to another topic")
	}
	r.must("closeForumTopic", params{"chat_id": support, "message_thread_id": id}, nil)
	if max.Post(g, Post{Text: "x", Topic: id}) != 0 || r.lena.Post(g, Post{Text: "y", Topic: id}) == 0 {
		t.Error("in a closed topic only administrators write")
	}
	if topics := g.Topics(); len(topics) != 1 || !topics[0].Closed {
		t.Errorf("topics %+v", topics)
	}
	r.drain()
	if !r.lena.DeleteTopic(g, id) || len(g.ChatIn(id)) != 0 || r.Pending() != 0 {
		t.Errorf("after the deletion: %+v", g.ChatIn(id))
	}
}

func TestTopicsRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "telegram.json")
	before := newRig(t, Options{Path: path})
	g := before.forum(manager)
	id := before.topic("Case")
	before.lena.Post(g, Post{Text: "hello", Topic: id})
	before.lena.CloseTopic(g, id, true)
	want := g.Topics()
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	after := newRig(t, Options{Path: path})
	g = after.Group(support, "Support")
	if got := g.Topics(); !slices.Equal(got, want) || len(g.ChatIn(id)) != 3 {
		t.Errorf("got %+v, want %+v; %d messages", got, want, len(g.ChatIn(id)))
	}
}
