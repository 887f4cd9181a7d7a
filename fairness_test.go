package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A chat, or a hundred, that send far more than Telegram lets the bot answer hold
// up nobody else. What is too much is not interpreted and does not stay.
func TestFloodsHoldUpNobody(t *testing.T) {
	const surplus = "more than I can read at once"
	for _, mode := range []string{"polling", "webhook"} {
		for _, flood := range []struct{ chats, texts int }{{1, 300}, {100, 30}} {
			t.Run(fmt.Sprintf("%s, %d chats", mode, flood.chats), func(t *testing.T) {
				environ := []string{cheap}
				if mode == "webhook" {
					environ = append(environ, webhook(t)...)
				}
				b := begin(t, time.Now, environ...)
				flooders := make([]*visitor, flood.chats)
				for i := range flooders {
					id := int64(8000 + i)
					flooders[i] = b.visitor(t, id)
					flooders[i].person.Start("")
					b.stage.Telegram.LimitChat(id, time.Second)
				}
				for _, f := range flooders {
					f.hears("Forgot your")
				}
				for i := range flood.texts {
					for _, f := range flooders {
						f.person.Say([]string{"/help", "/privacy"}[i%2]) // no two answers in a row are equal
					}
				}
				lena := b.visitor(t, 7001)
				begun := time.Now()
				lena.person.Start("")
				lena.hears("Forgot your")
				t.Logf("Lena waited %s", time.Since(begun))
				for _, f := range flooders {
					if n := f.said(""); n > 10 {
						t.Fatalf("a flooder was answered %d times before Lena was answered once", n)
					}
				}
				for i := range flooders {
					b.stage.Telegram.LimitChat(int64(8000+i), 0)
				}
				eventually(t, b.log, "all is done", func() bool {
					return b.stage.Telegram.Pending() == 0 &&
						count(t, b.dir, `SELECT count(*) FROM jobs WHERE done_at = 0 AND kind = 'reply'`) == 0
				})
				// A webhook is given one update of a chat at a time, so none is surplus.
				want := 0
				if mode == "polling" && flood.chats == 1 {
					want = 1
				}
				for _, f := range flooders {
					if n := f.said(surplus); n != want {
						t.Errorf("a flooder was told %d times that it was too much, want %d", n, want)
					}
				}
				if left := len(flooders[0].person.Chat()); want == 1 && left > flood.texts/2 {
					t.Errorf("%d messages are left", left)
				}
				b.end(t)
			})
		}
	}
}

// said counts the bot's messages in the chat that hold a fragment.
func (v *visitor) said(fragment string) int {
	n := 0
	for _, m := range v.person.Chat() {
		if m.FromBot && strings.Contains(m.Text, fragment) {
			n++
		}
	}
	return n
}
