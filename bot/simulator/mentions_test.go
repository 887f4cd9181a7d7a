package simulator

import (
	"slices"
	"testing"
)

// A mention by id tells whom the bot means, and a forced reply whose app answers.
func TestMentionsAndForcedReplies(t *testing.T) {
	r := newRig(t, Options{})
	g, max := r.staff(manager), r.max()
	max.Join(g)
	r.drain()
	send := func(chat int64, text string, force params) Message {
		t.Helper()
		var sent gotIn
		r.must("sendMessage", params{"chat_id": chat, "text": text, "parse_mode": "HTML", "reply_markup": force}, &sent)
		all := g.Chat()
		if chat > 0 {
			all = r.lena.Chat()
		}
		return all[len(all)-1]
	}
	selective, all := params{"force_reply": true, "selective": true}, params{"force_reply": true}
	asked := send(support, `<a href="tg://user?id=78">Max</a>, who is it?`, selective)
	if !slices.Equal(asked.Forces, []int64{78}) || asked.HTML != `<span class="mention">Max</span>, who is it?` {
		t.Errorf("asked %+v", asked)
	}
	if m := send(support, "Who is it?", all); !slices.Equal(m.Forces, []int64{77, 78}) {
		t.Errorf("asked everybody: %v", m.Forces)
	}
	if m := send(support, `<a href="tg://user?id=99">Nobody</a>, who is it?`, selective); m.Forces != nil || m.HTML != "Nobody, who is it?" {
		t.Errorf("asked whom nobody knows: %+v", m)
	}
	r.lena.Start("")
	if m := send(77, "Who are you?", all); !slices.Equal(m.Forces, []int64{77}) {
		t.Errorf("asked in private: %v", m.Forces)
	}
	r.drain()
	max.Post(g, Post{Text: "Me", ReplyTo: asked.ID})
	var told []struct {
		Message struct {
			ReplyTo struct {
				From     struct{ ID int64 }
				Entities []struct {
					Type string
					User struct{ ID int64 }
				}
			} `json:"reply_to_message"`
		}
	}
	r.must("getUpdates", params{}, &told)
	if replied := told[0].Message.ReplyTo; replied.From.ID != r.botID || replied.Entities[0].Type != "text_mention" || replied.Entities[0].User.ID != 78 {
		t.Errorf("the bot hears %+v", told)
	}
}
