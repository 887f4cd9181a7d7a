package simulator

import (
	"encoding/json"
	"strings"
	"testing"
)

func inline(buttons ...any) params {
	return params{"inline_keyboard": []any{buttons}}
}

func TestSendMessageIsChecked(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	button := params{"text": "Go", "callback_data": "go"}
	with := func(markup any) params { return params{"chat_id": 77, "text": "x", "reply_markup": markup} }
	many := make([]any, 101)
	for i := range many {
		many[i] = button
	}
	for _, c := range []struct {
		params params
		want   string
	}{
		{params{"text": "x"}, "chat_id is empty"},
		{params{"chat_id": 77}, "message text is empty"},
		{params{"chat_id": 77, "text": ""}, "message text is empty"},
		{params{"chat_id": 77, "text": " \n "}, "text must be non-empty"},
		{params{"chat_id": 78, "text": "x"}, "chat not found"},
		{params{"chat_id": "@nobody", "text": "x"}, "chat not found"},
		{params{"chat_id": 77, "text": strings.Repeat("x", 4097)}, "message is too long"},
		{params{"chat_id": 77, "text": strings.Repeat("😀", 2049)}, "message is too long"},
		{params{"chat_id": 77, "text": strings.Repeat("x", 1<<15+1)}, "text is too long"},
		{params{"chat_id": 77, "text": 5}, `parameter "text" must be of type String`},
		{params{"chat_id": 77, "text": "x", "disable_notification": "maybe"}, `parameter "disable_notification" must be of type Boolean`},
		{params{"chat_id": 77, "text": "x", "message_thread_id": "x"}, `parameter "message_thread_id" must be of type Integer`},
		{params{"chat_id": 77, "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"},
		{params{"chat_id": 77, "text": "x", "entities": []any{params{"type": "bold", "offset": 0}}},
			`can't parse entities: Can't find field "length"`},
		{params{"chat_id": 77, "text": "x", "reply_parameters": params{"message_id": 999}}, "message to be replied not found"},
		{with("{"), "can't parse reply markup JSON object"},
		{with("5"), "can't parse reply markup: Value must be of type InlineKeyboardMarkup"},
		{with(params{"inline_keyboard": []any{[]any{}}}), "inline keyboard row must be non-empty"},
		{with(inline(many...)), "reply markup is too long"},
		{with(inline(params{"callback_data": "go"})), `can't parse reply markup: Can't find field "text"`},
		{with(inline(params{"text": 5, "callback_data": "go"})), `can't parse reply markup: Field "text" must be of type String`},
		{with(inline(params{"text": " ", "callback_data": "go"})), "inline keyboard button text must be non-empty"},
		{with(inline(params{"text": "Go"})), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{with(inline(params{"text": "Go", "callback_data": "x", "url": "https://a.example"})),
			"can't parse inline keyboard button: exactly one of the optional fields must be used"},
		{with(inline(params{"text": "Go", "callback_data": strings.Repeat("é", 33)})), "BUTTON_DATA_INVALID"},
		{with(inline(params{"text": "Go", "url": "aurora"})), "inline keyboard button URL 'aurora' is invalid: Wrong HTTP URL"},
		{with(inline(params{"text": "Go", "callback_data": "x", "style": "pink"})),
			"can't parse inline keyboard button: invalid button style specified"},
		{with(inline(params{"text": "Go", "web_app": params{"url": "http://a.example"}})),
			"inline keyboard button Web App URL 'http://a.example' is invalid: Only HTTPS links are allowed"},
		{with(inline(params{"text": "Go", "copy_text": params{"text": ""}})), "BUTTON_COPY_TEXT_INVALID"},
		{with(params{"keyboard": []any{[]any{}}}), "keyboard row must be non-empty"},
		{with(params{"keyboard": []any{[]any{params{"text": ""}}}}), "keyboard button text must be non-empty"},
		{with(params{"keyboard": []any{[]any{params{"text": "x", "style": "pink"}}}}),
			"can't parse keyboard button: invalid button style specified"},
	} {
		r.fails(400, "Bad Request: "+c.want, "sendMessage", c.params)
	}
	if n := len(r.lena.Chat()); n != 1 {
		t.Errorf("%d messages in the chat after refused ones, want the /start alone", n)
	}
	longest := strings.Repeat("😀", 2048)
	r.must("sendMessage", params{"chat_id": 77, "text": "<b>" + longest + "</b>", "parse_mode": "HTML",
		"reply_markup": inline(button, params{"text": "Site", "url": "http://127.0.0.1:8080/in"})}, nil)
}

func TestParameterKinds(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	long := strings.Repeat("x", 513)
	for _, c := range []struct {
		method string
		params params
		want   string
	}{
		{"deleteMessage", params{"chat_id": 77}, "message identifier is not specified"},
		{"deleteMessage", params{"chat_id": 77, "message_id": 0}, "message identifier is not specified"},
		{"deleteMessage", params{"chat_id": 78, "message_id": 1}, "chat not found"},
		{"deleteMessages", params{"chat_id": 77}, "message identifiers are not specified"},
		{"deleteMessages", params{"chat_id": 77, "message_ids": []int{}}, "message identifiers are not specified"},
		{"deleteMessages", params{"chat_id": 77, "message_ids": []string{"1"}}, "can't parse message ids: Value must be of type Integer"},
		{"deleteMessages", params{"chat_id": 77, "message_ids": 1}, "can't parse message ids: Value must be of type Array of Integer"},
		{"sendChatAction", params{"chat_id": 77, "action": "dancing"}, "wrong parameter action in request"},
		{"sendChatAction", params{"chat_id": 78, "action": "typing"}, "chat not found"},
		{"answerCallbackQuery", params{}, "query is too old and response timeout expired or query ID is invalid"},
		{"editMessageText", params{"chat_id": 77, "message_id": 1}, "message text is empty"},
		{"editMessageText", params{"inline_message_id": "x", "text": "x"}, "MESSAGE_ID_INVALID"},
		{"editMessageText", params{"chat_id": 77, "message_id": 1, "text": "<b>", "parse_mode": "HTML"},
			`can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"editMessageReplyMarkup", params{"chat_id": 77, "message_id": 9}, "message to edit not found"},
		{"setMyCommands", params{"commands": []any{params{"command": "Start!", "description": "x"}}}, "BOT_COMMAND_INVALID"},
		{"setMyCommands", params{"commands": []any{params{"command": "start", "description": ""}}}, "BOT_COMMAND_DESCRIPTION_INVALID"},
		{"getMyCommands", params{"language_code": "english"}, "LANGUAGE_CODE_INVALID"},
		{"getMyCommands", params{"scope": params{"type": "planet"}}, "can't parse BotCommandScope: Unsupported type specified"},
		{"deleteMyCommands", params{"scope": params{"type": "chat", "chat_id": 5}}, "chat not found"},
		{"setMyDescription", params{"description": long}, "bot description is too long"},
		{"setChatMenuButton", params{"chat_id": -5}, "chat not found"},
		{"setChatMenuButton", params{"menu_button": params{"type": "planet"}}, "can't parse menu button: MenuButton has unsupported type"},
		{"setChatMenuButton", params{"menu_button": params{"type": "web_app", "text": "x", "web_app": params{"url": "http://a.example"}}},
			"BUTTON_URL_INVALID"},
		{"getChat", params{"chat_id": 78}, "chat not found"},
		{"leaveChat", params{"chat_id": 77}, "chat member status can't be changed in private chats"},
		{"sendLocation", params{"chat_id": 77, "latitude": "north", "longitude": 1}, `parameter "latitude" must be of type Float`},
	} {
		r.fails(400, "Bad Request: "+c.want, c.method, c.params)
	}
	r.fails(501, "Not Implemented: parse_mode MarkdownV2 is not simulated", "sendMessage",
		params{"chat_id": 77, "text": "x", "parse_mode": "MarkdownV2"})
	r.fails(400, "Bad Request: too many message identifiers specified", "deleteMessages",
		params{"chat_id": 77, "message_ids": make([]int, 101)})
}

// TestEveryMethod holds the table of handlers against the specification.
func TestEveryMethod(t *testing.T) {
	sp, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	for name := range methods() {
		if o := sp.methods[strings.ToLower(name)]; o == nil || o.name != name {
			t.Errorf("%s is not a method of the Bot API", name)
		}
	}
	for name, o := range sp.types {
		if o.fields == nil && o.variants == nil {
			t.Errorf("type %s is mentioned but not described", name)
		}
	}
}

func TestNewerFields(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	r.must("sendMessage", params{"chat_id": 77, "text": "x",
		"reply_markup": inline(params{"text": "Gone", "disabled": params{}})}, nil)
	r.must("setMyCommands", params{"commands": []any{params{"command": "start", "description": "Begin", "is_ephemeral": true}}}, nil)
	r.fails(501, "Not Implemented: an ephemeral message is not simulated", "sendMessage", params{"chat_id": 77, "text": "x",
		"ephemeral_message_parameters": params{"receiver_user_id": 77}})
}

// TestUnion shows that the nearest of a union's types is chosen.
func TestUnion(t *testing.T) {
	sp, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	scope := sp.types["BotCommandScope"]
	for raw, want := range map[string]string{
		`{"type":"default"}`:                               "",
		`{"type":"chat","chat_id":5}`:                      "",
		`{"type":"chat_member","chat_id":5,"user_id":"x"}`: `Field "user_id" must be of type Integer`,
		`[]`: "Value must be of type BotCommandScopeDefault",
	} {
		var v any
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatal(err)
		}
		if f := scope.inspect(v); f.wrong != want || len(f.unknown) > 0 && want == "" {
			t.Errorf("%s: %+v, want %q", raw, f, want)
		}
	}
}
