package telegram

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"rekey/flows"
)

const (
	// shortLabel is the longest label, in characters, that shares a row: two
	// of them fit on a narrow phone.
	shortLabel = 18
	// placeholder stands in the empty input field and is the same in every
	// language.
	placeholder = "name@example.com"
)

// markup gives the keyboard below a reply. One without buttons takes away the
// keyboard of an earlier question.
func (c *Client) markup(language string, r flows.Reply) models.ReplyMarkup {
	if r.AskContact {
		return &models.ReplyKeyboardMarkup{
			Keyboard: [][]models.KeyboardButton{{
				{Text: c.options.Texts.Label(language, flows.ButtonShare, r.Facts), RequestContact: true},
			}},
			ResizeKeyboard: true, OneTimeKeyboard: true, InputFieldPlaceholder: placeholder,
		}
	}
	if rows := c.rows(language, r); len(rows) > 0 {
		return &models.InlineKeyboardMarkup{InlineKeyboard: rows}
	}
	return &models.ReplyKeyboardRemove{RemoveKeyboard: true}
}

// rows draws the buttons of a reply.
func (c *Client) rows(language string, r flows.Reply) [][]models.InlineKeyboardButton {
	var buttons []models.InlineKeyboardButton
	for _, name := range r.Buttons {
		if button, ok := c.button(language, name, r); ok {
			buttons = append(buttons, button)
		}
	}
	return arranged(buttons)
}

// arranged sets buttons one below the other, and two short ones side by side.
func arranged(buttons []models.InlineKeyboardButton) [][]models.InlineKeyboardButton {
	rows := [][]models.InlineKeyboardButton{}
	room := false
	for _, button := range buttons {
		short := utf8.RuneCountInString(button.Text) <= shortLabel
		if room && short {
			last := len(rows) - 1
			rows[last] = append(rows[last], button)
			room = false
			continue
		}
		rows = append(rows, []models.InlineKeyboardButton{button})
		room = short
	}
	return rows
}

// button draws one button; false when it would lead nowhere.
func (c *Client) button(language string, name flows.ButtonName, r flows.Reply) (models.InlineKeyboardButton, bool) {
	b := models.InlineKeyboardButton{Text: c.options.Texts.Label(language, name, r.Facts)}
	switch name {
	case flows.ButtonSupport:
		b.URL = c.options.SupportURL
	case flows.ButtonSignIn:
		b.URL = c.options.SignInURL
		return b, b.URL != ""
	case flows.ButtonLink:
		b.URL = r.Facts.Link
		return b, b.URL != ""
	default:
	}
	if b.URL == "" {
		b.CallbackData = pressData(r, name)
	}
	return b, true
}

// pressData is what a button carries, and brings back when it is pressed:
// conversation, revision in base 36 and name, with dots between. Outside any
// conversation the first two are empty. Telegram allows 64 bytes.
func pressData(r flows.Reply, name flows.ButtonName) string {
	if r.Conversation == "" {
		return ".." + string(name)
	}
	return r.Conversation + "." + strconv.FormatUint(r.Revision, 36) + "." + string(name)
}

// parsePress reads what pressData wrote.
func parsePress(data string) (conversation string, revision uint64, name string, ok bool) {
	conversation, rest, _ := strings.Cut(data, ".")
	number, name, ok := strings.Cut(rest, ".")
	if !ok || name == "" {
		return "", 0, "", false
	}
	if conversation == "" && number == "" {
		return "", 0, name, true
	}
	revision, err := strconv.ParseUint(number, 36, 64)
	return conversation, revision, name, err == nil && conversation != ""
}
