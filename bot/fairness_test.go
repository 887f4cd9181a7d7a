package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
)

// A chat, or a hundred, that send far more than Telegram lets the bot answer hold
// up nobody else: somebody is answered long before a flooder would be for each
// text. What is too much is not interpreted and does not stay.
func TestFloodsHoldUpNobody(t *testing.T) {
	const (
		surplus = "more than I can read at once"
		apart   = 2 * time.Second // as long as the bot ever waits for a chat
		most    = 15              // answers to a flooder that somebody else waits for at the most
	)
	for _, mode := range []string{"polling", "webhook"} {
		for _, flood := range []struct{ chats, texts int }{{1, 300}, {100, 2 * most}} {
			t.Run(fmt.Sprintf("%s, %d chats", mode, flood.chats), func(t *testing.T) {
				environ := []string{cheap}
				if mode == "webhook" {
					environ = append(environ, webhook(t)...)
				}
				town := openTown(t, 1, environ...)
				bot := town.start("")
				flooders := make([]*simulator.Person, flood.chats)
				for i := range flooders {
					id := int64(8000 + i)
					flooders[i] = town.telegram.Person(simulator.Profile{ID: id, FirstName: "Flooder", Language: "en"})
					flooders[i].Start("")
					town.telegram.LimitChat(id, apart)
				}
				eventually(t, &town.log, "the flooders are greeted", func() bool { return answers(flooders[flood.chats-1], "Forgot your") > 0 })
				for i := range flood.texts {
					for _, f := range flooders {
						f.Say([]string{"/help", "/privacy"}[i%2]) // no two answers in a row are equal
					}
				}
				lena := town.telegram.Person(simulator.Profile{ID: 77, FirstName: "Lena", Language: "en"})
				lena.Start("")
				eventually(t, &town.log, "Lena is greeted", func() bool { return answers(lena, "Forgot your") > 0 })
				for i, f := range flooders {
					if n := answers(f, ""); n > most {
						t.Fatalf("a flooder was answered %d times before Lena was answered once", n)
					}
					town.telegram.LimitChat(int64(8000+i), 0)
				}
				eventually(t, &town.log, "all is done", func() bool {
					return town.telegram.Pending() == 0 && count(t, town.dir, `SELECT count(*) FROM jobs WHERE done_at = 0`) == 0
				})
				// A webhook is given one update of a chat at a time, so none is surplus.
				want := 0
				if mode == "polling" && flood.chats == 1 {
					want = 1
				}
				for _, f := range flooders {
					if n := answers(f, surplus); n != want {
						t.Errorf("a flooder was told %d times that it was too much, want %d", n, want)
					}
				}
				if left := len(flooders[0].Chat()); want == 1 && left > flood.texts/2 {
					t.Errorf("%d messages are left", left)
				}
				bot.end()
			})
		}
	}
}

// answers counts the bot's messages in a chat that hold a fragment.
func answers(p *simulator.Person, fragment string) int {
	n := 0
	for _, m := range p.Chat() {
		if m.FromBot && strings.Contains(m.Text, fragment) {
			n++
		}
	}
	return n
}
