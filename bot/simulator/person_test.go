package simulator

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWriting(t *testing.T) {
	r := newRig(t, Options{})
	r.fails(403, "Forbidden: bot can't initiate conversation with a user", "sendMessage", params{"chat_id": 77, "text": "x"})
	r.lena.Start("abc_1")
	id := r.lena.Say("  hello ✓ \n")
	r.lena.Edit(id, "bye")
	r.lena.Edit(999, "nothing")
	r.lena.Forward("not mine")
	if r.lena.Say(" ") != 0 || r.lena.Attach("elephant") != 0 {
		t.Error("what cannot be sent is sent")
	}
	updates := r.drain()
	if got := texts(updates); !slices.Equal(got, []string{"/start abc_1", "hello ✓", "not mine"}) {
		t.Errorf("got %v", got)
	}
	if e := updates[2].Edited; e == nil || e.ID != id || e.Text != "bye" {
		t.Errorf("edited: %+v", updates[2])
	}
	if updates[0].Message.Origin != nil || !strings.Contains(string(updates[3].Message.Origin), "hidden_user") {
		t.Errorf("forwarded: %+v", updates[3])
	}
	for i, m := range r.lena.Chat() {
		want := []Message{{Text: "/start abc_1"}, {Text: "bye", Edited: true}, {Text: "not mine", Forwarded: true}}[i]
		if m.Text != want.Text || m.Edited != want.Edited || m.Forwarded != want.Forwarded || m.FromBot || m.From != "Lena Holm" {
			t.Errorf("message %d: %+v", i, m)
		}
	}
}

// What people send comes to the bot as Telegram cleans it.
func TestCleaning(t *testing.T) {
	r := newRig(t, Options{})
	r.lena.Start("")
	r.drain()
	for _, c := range []struct{ typed, want string }{
		{"Tulip#84 kw", "Tulip#84 kw"},
		{" \t Tulip#84\tkw \n", "Tulip#84 kw"},
		{"a\x00b\x1fc\x7fd", "a b c\x7fd"},
		{"a\r\nb", "a\nb"},
		{"a\u2028b\u2029c\u202ad\u202ee", "abcde"},
		{"A\u030angstro\u0308m_\u0333=\u033f", "Angstro\u0308m_="},
		{"Ångström", "Ångström"},
		{"a\u200eb\u200fc", "a\u200eb\u200fc"},
		{"a\u200e\u200f\u200eb", "a\u200c\u200c\u200eb"},
		{"\u200bx\u2060\u2068", "\u200bx\u2060\u2068"},
	} {
		if r.lena.Say(c.typed) == 0 {
			t.Errorf("%+q is not sent", c.typed)
		}
		if got := texts(r.drain()); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%+q arrives as %+q, want %+q", c.typed, got, c.want)
		}
	}
	for _, nothing := range []string{"\u200b\u200c\u200d", "\u2800 \u3000", "\ufeff\u00a0\n", "\U000e0041", "\u202e\x00"} {
		if r.lena.Say(nothing) != 0 {
			t.Errorf("%+q is sent", nothing)
		}
	}
}

func TestContacts(t *testing.T) {
	r := newRig(t, Options{})
	r.lena.Start("")
	if _, err := r.lena.Tap("Share"); err == nil {
		t.Error("a button is tapped where no keyboard is")
	}
	r.must("sendMessage", params{"chat_id": 77, "text": "Phone?", "reply_markup": params{"one_time_keyboard": true,
		"keyboard": []any{[]any{params{"text": "Share", "request_contact": true, "style": "primary"}, "No"}}}}, nil)
	keyboard := r.lena.Keyboard()
	if want := (KeyboardButton{"Share", true, "primary"}); len(keyboard) != 1 || keyboard[0][0] != want || keyboard[0][1].Text != "No" {
		t.Errorf("keyboard %+v", keyboard)
	}
	if _, err := r.lena.Tap("Yes"); err == nil {
		t.Error("a button is tapped that is not there")
	}
	if _, err := r.lena.Tap("Share"); err != nil || r.lena.Keyboard() != nil {
		t.Errorf("tap: %v; keyboard %v", err, r.lena.Keyboard())
	}
	r.lena.Attach("contact")
	updates := r.drain()
	own, other := updates[1].Message.Contact, updates[2].Message.Contact
	if own.Phone != "+491701234567" || own.UserID != 77 || other.UserID == 77 {
		t.Errorf("own %+v, other %+v", own, other)
	}
}

func TestReplyKeyboard(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	var sent gotIn
	keyboard := params{"keyboard": []any{[]any{params{"text": "A"}}}}
	show := func() {
		r.must("sendMessage", params{"chat_id": 77, "text": "A?", "reply_markup": keyboard}, &sent)
	}
	show()
	if id, err := r.lena.Tap("A"); err != nil || id != sent.ID+1 || r.lena.Keyboard() == nil {
		t.Errorf("tap: %d, %v; keyboard %v", id, err, r.lena.Keyboard())
	}
	r.fails(400, "Bad Request: message can't be edited", "editMessageText", params{"chat_id": 77, "message_id": sent.ID, "text": "B?"})
	r.must("deleteMessage", params{"chat_id": 77, "message_id": sent.ID}, nil)
	if r.lena.Keyboard() != nil {
		t.Error("the keyboard outlives its message")
	}
	show()
	r.must("sendMessage", params{"chat_id": 77, "text": "Done", "reply_markup": params{"remove_keyboard": true}}, nil)
	if r.lena.Keyboard() != nil {
		t.Error("the keyboard is not removed")
	}
}

func TestPresses(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	var sent gotIn
	r.must("sendMessage", params{"chat_id": 77, "text": "Choose", "reply_markup": inline(
		params{"text": "Go", "callback_data": "go:1", "style": "success"}, params{"text": "Site", "url": "https://a.example/in"},
		params{"text": "Copy", "copy_text": params{"text": "abc"}}, params{"text": "App", "web_app": params{"url": "https://a.example/app"}},
		params{"text": "Off", "disabled": params{}})}, &sent)
	if b := r.lena.Chat()[1].Inline[0][0]; b != (Button{Text: "Go", Data: "go:1", Style: "success"}) {
		t.Errorf("button %+v", b)
	}
	for label, want := range map[string]string{"Site": "https://a.example/in", "Copy": "copies", "App": "https://a.example/app",
		"Off": "disabled", "Missing": "no button"} {
		if err := r.lena.Press(sent.ID, label); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", label, err)
		}
	}
	if err := r.lena.Press(sent.ID+1, "Go"); err == nil {
		t.Error("a button of no message is pressed")
	}
	if err := r.lena.Press(sent.ID, "Go"); err != nil {
		t.Fatal(err)
	}
	r.lena.PressData(sent.ID+1, "forged")
	updates := r.drain()
	real, forged := updates[1].Press, updates[2].Press
	if real.Data != "go:1" || real.Message.ID != sent.ID || real.Message.Text != "Choose" {
		t.Errorf("press %+v", real)
	}
	if forged.Data != "forged" || forged.Message.Date != 0 || forged.Message.ID != sent.ID+1 {
		t.Errorf("forged press %+v", forged)
	}
	events, cancel := r.lena.Watch()
	defer cancel()
	r.must("answerCallbackQuery", params{"callback_query_id": real.ID, "text": "Done", "show_alert": true}, nil)
	if e := <-events; e.Kind != "answer" || e.Text != "Done" || !e.Alert || e.ID != sent.ID {
		t.Errorf("event %+v", e)
	}
	old := "Bad Request: query is too old and response timeout expired or query ID is invalid"
	r.fails(400, old, "answerCallbackQuery", params{"callback_query_id": real.ID})
	r.fails(400, "Bad Request: MESSAGE_TOO_LONG", "answerCallbackQuery",
		params{"callback_query_id": forged.ID, "text": strings.Repeat("x", 201)})
}

func TestLatePressAnswer(t *testing.T) {
	r := newRig(t, Options{AnswerWithin: time.Nanosecond})
	r.lena.PressData(1, "a")
	r.lena.PressData(1, "b")
	for _, u := range r.drain() {
		r.fails(400, "Bad Request: query is too old and response timeout expired or query ID is invalid",
			"answerCallbackQuery", params{"callback_query_id": u.Press.ID})
	}
	if n := len(r.presses.inTime); n != 1 {
		t.Errorf("%d old presses are kept", n)
	}
}

func TestBlocking(t *testing.T) {
	r := newRig(t, Options{})
	id := r.lena.Start("")
	r.lena.Block()
	r.lena.Block()
	for _, method := range []string{"sendMessage", "editMessageText"} {
		r.fails(403, "Forbidden: bot was blocked by the user", method, params{"chat_id": 77, "message_id": id, "text": "x"})
	}
	r.must("deleteMessage", params{"chat_id": 77, "message_id": id}, nil)
	r.lena.Unblock()
	r.lena.Block()
	r.lena.Start("")
	var seen []string
	for _, u := range r.drain()[1:] {
		if u.Member != nil {
			seen = append(seen, u.Member.New.Status)
		}
	}
	if want := []string{"kicked", "member", "kicked", "member"}; !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
	r.must("sendMessage", params{"chat_id": 77, "text": "x"}, nil)
}

func TestGroups(t *testing.T) {
	r := newRig(t, Options{})
	g := r.Group(-1001, "Support")
	r.Group(-1001, "Support team")
	id := r.lena.SayIn(g, "/help@rekey_demo_bot")
	updates := r.drain()
	if len(updates) != 2 || updates[0].Member.New.Status != "member" || updates[1].Message.Chat.ID != -1001 {
		t.Errorf("got %+v", updates)
	}
	r.must("sendMessage", params{"chat_id": -1001, "text": "in private, please", "reply_parameters": params{"message_id": id}}, nil)
	if chat := g.Chat(); len(chat) != 2 || chat[1].ReplyTo != id || !chat[1].FromBot {
		t.Errorf("chat %+v", chat)
	}
	if own := r.lena.Chat(); len(own) != 0 {
		t.Errorf("private chat %+v", own)
	}
	r.fails(400, "Bad Request: message can't be deleted", "deleteMessage", params{"chat_id": -1001, "message_id": id})
	r.fails(400, "Bad Request: phone number can be requested in private chats only", "sendMessage", params{"chat_id": -1001, "text": "x",
		"reply_markup": params{"keyboard": []any{[]any{params{"text": "x", "request_contact": true}}}}})
	r.must("leaveChat", params{"chat_id": -1001}, nil)
	r.fails(403, "Forbidden: bot is not a member of the supergroup chat", "sendMessage", params{"chat_id": -1001, "text": "x"})
	r.fails(403, "Forbidden: bot is not a member of the supergroup chat", "leaveChat", params{"chat_id": -1001})
	r.lena.SayIn(g, "unheard")
	if r.Pending() != 0 {
		t.Error("the bot hears a group it has left")
	}
}

func TestDeleting(t *testing.T) {
	clock := newClock()
	r := newRig(t, Options{Now: clock.Now})
	old := r.lena.Say("old")
	clock.Advance(25 * time.Hour)
	middle := r.lena.Say("middle")
	dice := r.lena.Attach("dice")
	clock.Advance(23 * time.Hour)
	fresh := r.lena.Say("fresh")
	late := "Bad Request: message can't be deleted for everyone"
	r.fails(400, late, "deleteMessage", params{"chat_id": 77, "message_id": old})
	r.fails(400, late, "deleteMessage", params{"chat_id": 77, "message_id": dice})
	r.fails(400, late, "deleteMessages", params{"chat_id": 77, "message_ids": []int{fresh, old}})
	r.must("deleteMessage", params{"chat_id": 77, "message_id": fresh}, nil)
	r.fails(400, "Bad Request: message to delete not found", "deleteMessage", params{"chat_id": 77, "message_id": fresh})
	r.must("deleteMessages", params{"chat_id": 77, "message_ids": []int{fresh, middle}}, nil)
	if chat := r.lena.Chat(); len(chat) != 2 || chat[0].ID != old || chat[1].ID != dice {
		t.Errorf("chat %+v", chat)
	}
}

func TestEditing(t *testing.T) {
	r := newRig(t, Options{})
	own := r.lena.Start("")
	var sent gotIn
	markup := inline(params{"text": "Go", "callback_data": "go"})
	r.must("sendMessage", params{"chat_id": 77, "text": "<b>A</b>", "parse_mode": "HTML", "reply_markup": markup}, &sent)
	edit := func(id int, text string) params {
		return params{"chat_id": 77, "message_id": id, "text": text, "parse_mode": "html", "reply_markup": markup}
	}
	same := "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as " +
		"a current content and reply markup of the message"
	r.fails(400, same, "editMessageText", edit(sent.ID, "<b>A</b>"))
	r.fails(400, "Bad Request: MESSAGE_TOO_LONG", "editMessageText", edit(sent.ID, strings.Repeat("x", 4097)))
	r.fails(400, "Bad Request: message can't be edited", "editMessageText", edit(own, "x"))
	r.fails(400, "Bad Request: message to edit not found", "editMessageText", edit(sent.ID+1, "x"))
	r.fails(400, "Bad Request: message identifier is not specified", "editMessageText", edit(0, "x"))
	r.fails(400, "Bad Request: chat_id is empty", "editMessageText", params{"message_id": 5, "text": "x"})
	r.fails(400, same, "editMessageReplyMarkup", params{"chat_id": 77, "message_id": sent.ID, "reply_markup": markup})
	r.must("editMessageText", edit(sent.ID, "A"), nil)
	if m := r.lena.Chat()[1]; m.HTML != "A" || !m.Edited || len(m.Inline) != 1 {
		t.Errorf("message %+v", m)
	}
	r.must("editMessageReplyMarkup", params{"chat_id": 77, "message_id": sent.ID}, nil)
	if m := r.lena.Chat()[1]; m.Inline != nil {
		t.Errorf("message %+v", m)
	}
}

func TestWatch(t *testing.T) {
	r := newRig(t, Options{})
	events, cancel := r.lena.Watch()
	id := r.lena.Start("")
	var sent gotIn
	r.must("sendChatAction", params{"chat_id": 77, "action": "typing"}, nil)
	r.must("sendMessage", params{"chat_id": 77, "text": "<b>Hi</b>", "parse_mode": "HTML"}, &sent)
	r.must("editMessageText", params{"chat_id": 77, "message_id": sent.ID, "text": "Ho"}, nil)
	r.must("deleteMessage", params{"chat_id": 77, "message_id": id}, nil)
	r.must("sendMessage", params{"chat_id": 77, "text": "?", "reply_markup": params{"keyboard": []any{[]any{"A"}}}}, nil)
	for _, want := range []string{"message 1 /start", "typing 0 ", "message 2 <b>Hi</b>", "edit 2 Ho", "delete 1 ", "message 3 ?", "keyboard 0 "} {
		e := <-events
		html := strings.NewReplacer(`<span class="command">`, "", "</span>", "").Replace(e.Message.HTML)
		if got := fmt.Sprint(e.Kind, " ", e.ID, " ", html); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	cancel()
	cancel()
	if _, open := <-events; open {
		t.Error("an event after the end")
	}
	r.lena.Say("nobody watches")
}

func TestHistoryIsBounded(t *testing.T) {
	r := newRig(t, Options{})
	for n := range history + 20 {
		r.lena.Say(fmt.Sprint("message ", n))
	}
	if chat := r.lena.Chat(); len(chat) != history || chat[0].Text != "message 20" {
		t.Errorf("%d messages from %q", len(chat), chat[0].Text)
	}
}

// TestTogether uses everything at once; the race detector watches.
func TestTogether(t *testing.T) {
	r := newRig(t, Options{Path: t.TempDir() + "/telegram.json"})
	var all sync.WaitGroup
	for n := range int64(8) {
		all.Go(func() {
			p := r.Person(Profile{ID: 200 + n, FirstName: "P"})
			events, cancel := p.Watch()
			defer cancel()
			for range 20 {
				id := p.Say("hello")
				<-events
				p.Edit(id, "bye")
				p.PressData(id, "x")
				r.must("sendMessage", params{"chat_id": 200 + n, "text": "hi"}, nil)
				r.must("deleteMessage", params{"chat_id": 200 + n, "message_id": id}, nil)
				p.Chat()
				r.Calls()
			}
		})
	}
	all.Wait()
	if got := r.Calls()["deleteMessage"]; got != 160 || r.Pending() != 480 {
		t.Errorf("%d deletions and %d updates, want 160 and 480", got, r.Pending())
	}
}
