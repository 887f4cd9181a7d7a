package simulator

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-telegram/bot"
)

func TestClientGroupLimit(t *testing.T) {
	clock := newClock()
	r := newRig(t, Options{Strict: true, Now: clock.Now, GroupLimit: GroupLimit})
	b, ctx := r.client(), context.Background()
	r.lena.Start("")
	g := r.staff(Membership{})
	send := func(chat int64) error {
		_, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: chat, Text: "x"})
		return err
	}
	for n := range 20 {
		if err := send(support); err != nil {
			t.Fatal(n, err)
		}
		clock.Advance(time.Second)
	}
	refused := func(seconds int) {
		t.Helper()
		if limited := (*bot.TooManyRequestsError)(nil); !errors.As(send(support), &limited) || limited.RetryAfter != seconds {
			t.Errorf("got %+v, want %d seconds", limited, seconds)
		}
	}
	refused(40)
	clock.Advance(39*time.Second + time.Second/2)
	refused(1)
	r.fails(429, "Too Many Requests: retry after 1", "copyMessage", params{"chat_id": support, "from_chat_id": 77, "message_id": 1})
	if n := len(g.Chat()); n != 20 {
		t.Errorf("%d messages are in the group", n)
	}
	for range 25 {
		if err := send(77); err != nil {
			t.Fatal("in a private chat:", err)
		}
	}
	clock.Advance(time.Second / 2)
	if err := send(support); err != nil {
		t.Error("after a minute:", err)
	}
	refused(1)
}

func TestClientLimitChat(t *testing.T) {
	clock := newClock()
	r := newRig(t, Options{Strict: true, Now: clock.Now})
	r.lena.Start("")
	r.LimitChat(77, 2*time.Second)
	message := params{"chat_id": 77, "text": "x"}
	r.must("sendMessage", message, nil)
	clock.Advance(time.Second / 2)
	r.fails(429, "Too Many Requests: retry after 2", "sendMessage", message)
	clock.Advance(3 * time.Second / 2)
	r.must("sendMessage", message, nil)
	r.LimitChat(77, 0)
	r.must("sendMessage", message, nil)
}
