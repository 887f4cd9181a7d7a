package simulator

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

func TestClientCopies(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	b, ctx := r.client(), context.Background()
	g := r.forum(manager)
	topic := r.topic("Max")
	max := r.max()
	copyOf := func(p bot.CopyMessageParams) Message {
		t.Helper()
		copied, err := b.CopyMessage(ctx, &p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range append(g.Chat(), max.Chat()...) {
			if m.ID == copied.ID {
				return m
			}
		}
		t.Fatalf("the copy %d is nowhere", copied.ID)
		return Message{}
	}
	text := max.Say("write to max@shop.example")
	m := copyOf(bot.CopyMessageParams{ChatID: int64(support), FromChatID: int64(78), MessageID: text, MessageThreadID: topic, Caption: "of a text: none"})
	if !m.FromBot || m.Topic != topic || m.Text != "write to max@shop.example" || !strings.Contains(m.HTML, "mailto:") {
		t.Errorf("a text: %+v", m)
	}
	for _, kind := range slices.Sorted(maps.Keys(attachments)) {
		id := max.AttachWith(kind, "mine")
		m := copyOf(bot.CopyMessageParams{ChatID: int64(support), FromChatID: int64(78), MessageID: id, MessageThreadID: topic})
		if want := slices.Contains(captioned, kind); m.Kind != kind || (m.Text == "mine") != want {
			t.Errorf("%s: %+v", kind, m)
		}
	}
	answer := r.lena.Post(g, Post{Text: "the answer is here", Kind: "photo", Topic: topic})
	m = copyOf(bot.CopyMessageParams{ChatID: int64(78), FromChatID: int64(support), MessageID: answer, Caption: "<i>From Lena</i>",
		ParseMode: models.ParseModeHTML, ProtectContent: true})
	if m.HTML != "<i>From Lena</i>" || m.Kind != "photo" || !m.Protected || m.Topic != 0 {
		t.Errorf("a photo with another caption: %+v", m)
	}
	sent, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: int64(78),
		Photo: &models.InputFileUpload{Filename: "x.png", Data: bytes.NewReader(picture(t, 5, 5))}})
	if err != nil {
		t.Fatal(err)
	}
	shown := copyOf(bot.CopyMessageParams{ChatID: int64(support), FromChatID: int64(78), MessageID: sent.ID})
	if _, _, ok := r.File(shown.File); !ok {
		t.Errorf("the copy of a photo cannot be shown: %+v", shown)
	}
	r.fails(400, "Bad Request: message has protected content and can't be forwarded", "copyMessage",
		params{"chat_id": support, "from_chat_id": 78, "message_id": m.ID})
}

// TestCopyIsNew shows what a copy leaves behind.
func TestCopyIsNew(t *testing.T) {
	r := newRig(t, Options{Random: func() float64 { return 0.99 }})
	r.lena.Start("")
	forwarded := r.lena.Forward("not hers")
	dice := r.lena.Attach("dice")
	var sent gotIn
	r.must("sendMessage", params{"chat_id": 77, "text": "Choose", "reply_markup": inline(params{"text": "Go", "callback_data": "go"})}, &sent)
	for _, id := range []int{forwarded, dice, sent.ID} {
		r.must("copyMessage", params{"chat_id": 77, "from_chat_id": 77, "message_id": id}, nil)
	}
	chat := r.lena.Chat()[4:]
	if chat[0].Forwarded || chat[0].Text != "not hers" || chat[2].Inline != nil || chat[2].Text != "Choose" {
		t.Errorf("copies %+v", chat)
	}
	if m, _ := r.Chats[77].message(chat[1].ID); !strings.Contains(string(m.Media), `"value":6`) {
		t.Errorf("the dice shows %s again", m.Media)
	}
	if r.drain(); r.Pending() != 0 {
		t.Error("the bot hears of its copies")
	}
}

func TestCopyErrors(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	g := r.forum(manager)
	topic := r.topic("Case")
	id := r.lena.Attach("photo")
	from := func(chat, message int64, more params) params {
		p := params{"chat_id": support, "from_chat_id": chat, "message_id": message}
		maps.Copy(p, more)
		return p
	}
	for _, c := range []struct {
		params params
		want   string
	}{
		{from(77, 999, nil), "message to copy not found"},
		{from(77, 0, nil), "message to copy not found"},
		{from(5, 1, nil), "chat not found"},
		{from(support, int64(topic), nil), "the message can't be copied"},
		{from(77, int64(id), params{"message_thread_id": 999}), "message thread not found"},
		{from(77, int64(id), params{"caption": strings.Repeat("x", 1025)}), "message caption is too long"},
		{from(77, int64(id), params{"caption": "<b>", "parse_mode": "HTML"}), `can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{from(77, int64(id), params{"chat_id": 5}), "chat not found"},
		{params{"chat_id": 77, "message_id": id}, `parameter "from_chat_id" is required`},
	} {
		r.fails(400, "Bad Request: "+c.want, "copyMessage", c.params)
	}
	r.lena.Block()
	r.fails(403, "Forbidden: bot was blocked by the user", "copyMessage", params{"chat_id": 77, "from_chat_id": 77, "message_id": id})
	g.PlaceBot(Membership{Status: Kicked})
	r.fails(403, "Forbidden: bot was kicked from the supergroup chat", "copyMessage", from(77, int64(id), nil))
	r.fails(403, "Forbidden: bot was kicked from the supergroup chat", "copyMessage", from(support, int64(topic), nil))
}
