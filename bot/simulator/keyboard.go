package simulator

import (
	"encoding/json"
	"net/url"
	"strings"
)

// markup is a reply_markup after checking: an inline keyboard, a change of the
// reply keyboard, or nothing.
type markup struct {
	inline  [][]inlineButton
	replace bool           // the reply keyboard, by reply (nil takes it away)
	reply   *replyKeyboard // the new one
	forced  bool           // force_reply: whose app answers the message at once; it can't be edited
	// selective restricts it to those who are mentioned or answered.
	selective bool
}

// inlineButton is an InlineKeyboardButton, as it comes and goes over the API.
type inlineButton struct {
	Text                         string          `json:"text"`
	IconCustomEmojiID            string          `json:"icon_custom_emoji_id,omitempty"`
	Style                        string          `json:"style,omitempty"`
	URL                          string          `json:"url,omitempty"`
	CallbackData                 string          `json:"callback_data,omitempty"`
	WebApp                       *webApp         `json:"web_app,omitempty"`
	LoginURL                     json.RawMessage `json:"login_url,omitempty"`
	SwitchInlineQuery            *string         `json:"switch_inline_query,omitempty"`
	SwitchInlineQueryCurrentChat *string         `json:"switch_inline_query_current_chat,omitempty"`
	SwitchInlineQueryChosenChat  json.RawMessage `json:"switch_inline_query_chosen_chat,omitempty"`
	CopyText                     *copyText       `json:"copy_text,omitempty"`
	CallbackGame                 json.RawMessage `json:"callback_game,omitempty"`
	Pay                          bool            `json:"pay,omitempty"`
	Disabled                     json.RawMessage `json:"disabled,omitempty"`
}

type webApp struct {
	URL string `json:"url"`
}

type copyText struct {
	Text string `json:"text"`
}

// replyKeyboard is the keyboard in place of a person's own.
type replyKeyboard struct {
	MessageID int                `json:"messageID"` // that brought it; it goes when that is deleted
	OneTime   bool               `json:"oneTime,omitempty"`
	Rows      [][]KeyboardButton `json:"rows"`
}

// KeyboardButton is a button of a reply keyboard.
type KeyboardButton struct {
	Text           string `json:"text"`
	RequestContact bool   `json:"requestContact,omitempty"`
	Style          string `json:"style,omitempty"` // "", "danger", "success" or "primary"
}

// Telegram's limits for keyboards.
const (
	mostButtons  = 100 // in an inline keyboard
	longestData  = 64  // bytes of callback_data
	longestCopy  = 256 // characters of copy_text
	inlineError  = "can't parse inline keyboard button: "
	replyError   = "can't parse keyboard button: "
	unknownStyle = "invalid button style specified"
)

// parseMarkup reads reply_markup, whose form is already checked.
func parseMarkup(r *request, private bool) (markup, error) {
	var raw struct {
		Inline         [][]inlineButton    `json:"inline_keyboard"`
		Keyboard       [][]json.RawMessage `json:"keyboard"`
		OneTime        bool                `json:"one_time_keyboard"`
		RemoveKeyboard bool                `json:"remove_keyboard"`
		ForceReply     bool                `json:"force_reply"`
		Selective      bool                `json:"selective"`
	}
	if err := r.decode("reply_markup", &raw); err != nil {
		return markup{}, err
	}
	switch {
	case len(raw.Keyboard) > 0:
		rows, err := parseReplyRows(raw.Keyboard, private)
		return markup{replace: true, reply: &replyKeyboard{OneTime: raw.OneTime, Rows: rows}}, err
	case len(raw.Inline) > 0:
		return markup{inline: raw.Inline}, checkInline(raw.Inline, private)
	case raw.RemoveKeyboard:
		return markup{replace: true}, nil
	default:
		return markup{forced: raw.ForceReply, selective: raw.Selective}, nil
	}
}

func checkInline(rows [][]inlineButton, private bool) error {
	total := 0
	for _, row := range rows {
		if len(row) == 0 {
			return badRequest("inline keyboard row must be non-empty")
		}
		for i := range row {
			if err := row[i].check(private); err != nil {
				return err
			}
		}
		total += len(row)
	}
	if total > mostButtons {
		return badRequest("reply markup is too long")
	}
	return nil
}

func (b *inlineButton) check(private bool) error {
	if strings.TrimSpace(b.Text) == "" {
		return badRequest("inline keyboard button text must be non-empty")
	}
	if !knownStyle(b.Style) {
		return badRequest(inlineError + unknownStyle)
	}
	switch n := b.actions(); {
	case n == 0:
		return badRequest(inlineError + "Text buttons are unallowed in the inline keyboard")
	case n > 1:
		return badRequest(inlineError + "exactly one of the optional fields must be used")
	case len(b.CallbackData) > longestData:
		return badRequest("BUTTON_DATA_INVALID")
	case b.URL != "" && !validLink(b.URL):
		return badRequest("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
	case b.WebApp != nil && !private:
		return badRequest("BUTTON_TYPE_INVALID")
	case b.WebApp != nil && !validWebApp(b.WebApp.URL):
		return badRequest("inline keyboard button Web App URL '%s' is invalid: Only HTTPS links are allowed", b.WebApp.URL)
	case b.CopyText != nil && (b.CopyText.Text == "" || len([]rune(b.CopyText.Text)) > longestCopy):
		return badRequest("BUTTON_COPY_TEXT_INVALID")
	}
	return nil
}

// actions counts the fields that say what the button does.
func (b *inlineButton) actions() int {
	n := 0
	for _, used := range []bool{b.URL != "", b.CallbackData != "", b.WebApp != nil, b.LoginURL != nil,
		b.SwitchInlineQuery != nil, b.SwitchInlineQueryCurrentChat != nil, b.SwitchInlineQueryChosenChat != nil,
		b.CopyText != nil, b.CallbackGame != nil, b.Pay, b.Disabled != nil} {
		if used {
			n++
		}
	}
	return n
}

func knownStyle(style string) bool {
	switch style {
	case "", "danger", "success", "primary":
		return true
	}
	return false
}

func validLink(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "tg"
}

// validWebApp asks for HTTPS, and lets plain HTTP through on this machine.
func validWebApp(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u)
}

func parseReplyRows(raw [][]json.RawMessage, private bool) ([][]KeyboardButton, error) {
	var rows [][]KeyboardButton
	for _, in := range raw {
		if len(in) == 0 {
			return nil, badRequest("keyboard row must be non-empty")
		}
		var row []KeyboardButton
		for _, button := range in {
			b, err := parseReplyButton(button, private)
			if err != nil {
				return nil, err
			}
			row = append(row, b)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// parseReplyButton reads a button, which may be given as its text alone.
func parseReplyButton(raw json.RawMessage, private bool) (KeyboardButton, error) {
	var b struct {
		Text            string `json:"text"`
		Style           string `json:"style"`
		RequestContact  bool   `json:"request_contact"`
		RequestLocation bool   `json:"request_location"`
	}
	if raw[0] == '"' {
		_ = json.Unmarshal(raw, &b.Text)
	} else if json.Unmarshal(raw, &b) != nil {
		return KeyboardButton{}, badRequest(replyError + "KeyboardButton must be a String or an Object")
	}
	switch {
	case strings.TrimSpace(b.Text) == "":
		return KeyboardButton{}, badRequest("keyboard button text must be non-empty")
	case !knownStyle(b.Style):
		return KeyboardButton{}, badRequest(replyError + unknownStyle)
	case b.RequestContact && !private:
		return KeyboardButton{}, badRequest("phone number can be requested in private chats only")
	case b.RequestLocation && !private:
		return KeyboardButton{}, badRequest("location can be requested in private chats only")
	}
	return KeyboardButton{Text: b.Text, RequestContact: b.RequestContact, Style: b.Style}, nil
}
