package telegram

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

var reader = decoder{bot: 1, username: "RekeyBot"}

// in an update, LENA stands for a person and CHAT for their private chat.
var people = strings.NewReplacer(
	"LENA", `"from":{"id":77,"is_bot":false,"language_code":"ru"}`,
	"CHAT", `"chat":{"id":77,"type":"private"}`,
	"GROUP", `"chat":{"id":-5,"type":"supergroup"}`)

func TestDecodeInputs(t *testing.T) {
	const id = flows.InputID("u:1:9")
	tests := map[string]struct {
		update string
		want   flows.Input
	}{
		"text": {`"message":{"message_id":3,LENA,CHAT,"text":" a b "}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: " a b "}},
		"formatted text": {`"message":{"message_id":3,LENA,CHAT,"text":"ab","entities":[{"type":"bold","offset":0,"length":1}]}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "ab", Formatted: true}},
		"text with a link": {`"message":{"message_id":3,LENA,CHAT,"text":"a.org","entities":[{"type":"url","offset":0,"length":5}]}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "a.org"}},
		"start": {`"message":{"message_id":3,LENA,CHAT,"text":"/start recover-1"}`,
			flows.Input{Kind: flows.Ordered, Message: 3, Name: "start", Param: "recover-1", Text: "/start recover-1"}},
		"start over two lines": {`"message":{"message_id":3,LENA,CHAT,"text":"/start\nx"}`,
			flows.Input{Kind: flows.Ordered, Message: 3, Name: "start", Param: "x", Text: "/start\nx"}},
		"password behind a command": {`"message":{"message_id":3,LENA,CHAT,"text":"/HELP@rekeybot  Kq9#mellow"}`,
			flows.Input{Kind: flows.Ordered, Message: 3, Name: "help", Param: "Kq9#mellow", Text: "/HELP@rekeybot  Kq9#mellow"}},
		"formatted behind a command": {`"message":{"message_id":3,LENA,CHAT,"text":"/help x","entities":[{"type":"bold","offset":6,"length":1}]}`,
			flows.Input{Kind: flows.Ordered, Message: 3, Name: "help", Param: "x", Text: "/help x", Formatted: true}},
		"password behind another bot's command": {`"message":{"message_id":3,LENA,CHAT,"text":"/start@other Kq9#mellow"}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "/start@other Kq9#mellow"}},
		"addressed command": {`"message":{"message_id":3,LENA,CHAT,"text":"/Cancel@rekeybot"}`,
			flows.Input{Kind: flows.Ordered, Message: 3, Name: "cancel"}},
		"command of another bot": {`"message":{"message_id":3,LENA,CHAT,"text":"/start@other"}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "/start@other"}},
		"password with a slash": {`"message":{"message_id":3,LENA,CHAT,"text":"/hunter2"}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "/hunter2"}},
		"command further on": {`"message":{"message_id":3,LENA,CHAT,"text":"ля /start"}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "ля /start"}},
		"own contact": {`"message":{"message_id":3,LENA,CHAT,"contact":{"phone_number":"491","user_id":77}}`,
			flows.Input{Kind: flows.Shared, Message: 3, Text: "491", Own: true}},
		"somebody's contact": {`"message":{"message_id":3,LENA,CHAT,"contact":{"phone_number":"491"}}`,
			flows.Input{Kind: flows.Shared, Message: 3, Text: "491"}},
		"forwarded contact": {`"message":{"message_id":3,LENA,CHAT,"contact":{"phone_number":"491","user_id":77},"forward_origin":{"type":"new"}}`,
			flows.Input{Kind: flows.Unread, Message: 3}},
		"forwarded command": {`"message":{"message_id":3,LENA,CHAT,"text":"/start","forward_origin":{"type":"user"}}`,
			flows.Input{Kind: flows.Unread, Message: 3, Text: "/start"}},
		"photo": {`"message":{"message_id":3,LENA,CHAT,"photo":[{}],"caption":"my code"}`,
			flows.Input{Kind: flows.Unread, Message: 3, Text: "my code", Media: "photo"}},
		"something new": {`"message":{"message_id":3,LENA,CHAT,"hologram":{"type":"new"}}`,
			flows.Input{Kind: flows.Unread, Message: 3}},
		"dated text": {`"message":{"message_id":3,LENA,CHAT,"date":1795435200,"text":"ab"}`,
			flows.Input{Kind: flows.Typed, Message: 3, Text: "ab", Sent: time.Unix(1795435200, 0)}},
		"dated edit": {`"edited_message":{"message_id":3,LENA,CHAT,"date":1795435200,"edit_date":1795435300,"text":"ab"}`,
			flows.Input{Kind: flows.Unread, Message: 3, Edited: true, Text: "ab", Sent: time.Unix(1795435300, 0)}},
		"edit": {`"edited_message":{"message_id":3,LENA,CHAT,"text":"/start"}`,
			flows.Input{Kind: flows.Unread, Message: 3, Edited: true, Text: "/start"}},
		"press": {`"callback_query":{"id":"c","data":"conv.1z.resend",LENA,"message":{CHAT,"date":0}}`,
			flows.Input{Kind: flows.Pressed, Name: "resend", Press: flows.Press{Callback: "c", Conversation: "conv", Revision: 71}}},
		"press in the lobby": {`"callback_query":{"id":"c","data":"..language.ru",LENA,"message":{CHAT}}`,
			flows.Input{Kind: flows.Pressed, Name: "language.ru", Press: flows.Press{Callback: "c"}}},
		"press of nothing": {`"callback_query":{"id":"c","data":"conv.resend",LENA,"message":{CHAT}}`,
			flows.Input{Kind: flows.Pressed, Press: flows.Press{Callback: "c"}}},
		"press with a bad number": {`"callback_query":{"id":"c","data":"conv.-1.resend",LENA,"message":{CHAT}}`,
			flows.Input{Kind: flows.Pressed, Press: flows.Press{Callback: "c"}}},
	}
	for name, c := range tests {
		e, err := reader.decode(json.RawMessage(people.Replace(`{"update_id":9,` + c.update + `}`)))
		c.want.ID, c.want.Chat, c.want.Language = id, 77, "ru"
		if err != nil || e.input == nil || *e.input != c.want || e.update != 9 || e.chat != 77 || e.group != nil {
			t.Errorf("%s: got %+v of %+v, %v", name, e.input, e, err)
		}
	}
}

func TestDecodeOthers(t *testing.T) {
	tests := map[string]struct {
		update string
		want   *group
	}{
		"text in a group":     {`"message":{LENA,GROUP,"text":"hello"}`, nil},
		"command in a group":  {`"message":{LENA,GROUP,"text":"/start@RekeyBot"}`, &group{language: "ru"}},
		"another's command":   {`"message":{LENA,GROUP,"text":"/start@other"}`, nil},
		"press in a group":    {`"callback_query":{"id":"c","data":"..forgot",LENA,"message":{GROUP}}`, nil},
		"press without place": {`"callback_query":{"id":"c","data":"..forgot",LENA,"inline_message_id":"i"}`, nil},
		"edit in a group":     {`"edited_message":{LENA,GROUP,"text":"/start@RekeyBot"}`, nil},
		"a bot's message":     {`"message":{"from":{"id":77,"is_bot":true},CHAT,"text":"hello"}`, nil},
		"Telegram's message":  {`"message":{"from":{"id":777000},"chat":{"id":777000,"type":"private"},"text":"hello"}`, nil},
		"another's chat":      {`"message":{"from":{"id":78},CHAT,"text":"hello"}`, nil},
		"pinned message":      {`"message":{LENA,CHAT,"pinned_message":{"message_id":1}}`, nil},
		"channel post":        {`"channel_post":{"chat":{"id":-6,"type":"channel"},"text":"/start@RekeyBot"}`, nil},
		"added to a group":    {`"my_chat_member":{LENA,GROUP,"new_chat_member":{"status":"member"}}`, &group{language: "ru", added: true}},
		"added to a channel": {`"my_chat_member":{LENA,"chat":{"id":-6,"type":"channel"},"new_chat_member":{"status":"administrator"}}`,
			&group{language: "ru", added: true, silent: true}},
		"removed":         {`"my_chat_member":{LENA,GROUP,"new_chat_member":{"status":"left"}}`, nil},
		"blocked":         {`"my_chat_member":{LENA,CHAT,"new_chat_member":{"status":"kicked"}}`, nil},
		"unblocked":       {`"my_chat_member":{LENA,CHAT,"new_chat_member":{"status":"member"}}`, nil},
		"something new":   {`"telepathy":{}`, nil},
		"nothing further": {`"x":0`, nil},
	}
	for name, c := range tests {
		e, err := reader.decode(json.RawMessage(people.Replace(`{"update_id":9,` + c.update + `}`)))
		if err != nil || e.input != nil || (e.group == nil) != (c.want == nil) || c.want != nil && *e.group != *c.want {
			t.Errorf("%s: got %+v (group %+v), %v", name, e, e.group, err)
		}
	}
}

func TestUpdateID(t *testing.T) {
	for raw, want := range map[string]int64{
		`{"update_id":7,"message":{}}`:               7,
		`{"update_id":7}`:                            7,
		`{"message":{"text":5}, "update_id" : 8}`:    8,
		`{"update_id":"7"}`:                          0,
		`{"update_id":99999999999999999999,"x":"y"}`: 0,
		`{}`:  0,
		`[]`:  0,
		`nul`: 0,
	} {
		if id, ok := updateID(json.RawMessage(raw)); id != want || ok != (want != 0) {
			t.Errorf("%s: %d, %t", raw, id, ok)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(people.Replace(`{"update_id":9,"message":{"message_id":3,LENA,CHAT,"text":"/start x"}}`))
	f.Add(people.Replace(`{"update_id":9,"callback_query":{"id":"c","data":"conv.1z.resend",LENA,"message":{CHAT}}}`))
	f.Add(people.Replace(`{"update_id":9,"my_chat_member":{LENA,GROUP,"new_chat_member":{"status":"member"}}}`))
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := reader.decode(json.RawMessage(raw))
		if id, ok := updateID(json.RawMessage(raw)); err == nil && (!ok || id != e.update) {
			t.Errorf("update %d is told to be %d", e.update, id)
		}
		if in := e.input; in != nil && (in.Chat <= 0 || in.Chat != e.chat || in.ID != flows.UpdateInput(1, e.update)) {
			t.Errorf("input %+v", in)
		}
		if e.group != nil && e.input != nil {
			t.Error("a group's message is a person's")
		}
	})
}

func FuzzPress(f *testing.F) {
	f.Add("conv.1z.resend")
	f.Add("..language.en")
	f.Fuzz(func(t *testing.T, data string) {
		conversation, revision, name, ok := parsePress(data)
		if !ok {
			return
		}
		again := pressData(flows.Reply{Conversation: conversation, Revision: revision}, flows.ButtonName(name))
		c, r, n, ok := parsePress(again)
		if !ok || c != conversation || r != revision || n != name {
			t.Errorf("%q becomes %q", data, again)
		}
	})
}
