package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"rekey/flows"
	"rekey/flows/staff"
)

// allowedUpdates are the kinds of update that the bot asks for.
var allowedUpdates = []string{"message", "edited_message", "callback_query", "my_chat_member"}

// serviceAccount is the user that Telegram itself writes as.
const serviceAccount = 777000

// event is what an update means to the bot. At most one of its parts is set;
// without any the update is of no interest.
type event struct {
	update int64
	chat   int64 // the lane
	input  *flows.Input
	group  *group
	staff  *staff.Input
	moved  int64 // the chat that the staff group has become
}

func (e event) wanted() bool {
	return e.input != nil || e.group != nil || e.staff != nil || e.moved != 0
}

// callback is the press that waits for an answer; empty when the update is none.
func (e event) callback() string {
	switch {
	case e.input != nil:
		return e.input.Press.Callback
	case e.staff != nil:
		return e.staff.Press.Callback
	default:
		return ""
	}
}

// sentBy dates an input that does not say when it was sent: presses do not.
func (e event) sentBy(at time.Time) {
	if e.input.Sent.IsZero() {
		e.input.Sent = at
	}
}

// group is a group's or channel's call for the bot, which works in private.
type group struct {
	language string
	silent   bool // a channel, where everyone would read what the bot says
	added    bool // the bot was added just now, so it leaves
}

// The wire types have of each object what the bot reads. Everything else is
// skipped, so a kind of object that Telegram adds does not make an update
// unreadable.
type (
	wireUpdate struct {
		New    *wireMessage `json:"message"`
		Edited *wireMessage `json:"edited_message"`
		Press  *wirePress   `json:"callback_query"`
		Member *wireMember  `json:"my_chat_member"`
	}
	wireUser struct {
		ID       int64  `json:"id"`
		Bot      bool   `json:"is_bot"`
		Language string `json:"language_code"`
	}
	wireChat struct {
		ID   int64  `json:"id"`
		Kind string `json:"type"`
	}
	wireMessage struct {
		ID      int          `json:"message_id"`
		Date    int64        `json:"date"`      // Unix time
		Edited  int64        `json:"edit_date"` // Unix time
		From    wireUser     `json:"from"`
		Chat    wireChat     `json:"chat"`
		Text    string       `json:"text"`
		Caption string       `json:"caption"`
		Marks   []wireMark   `json:"entities"`
		Contact *wireContact `json:"contact"`
		Forward *struct{}    `json:"forward_origin"`
		Album   string       `json:"media_group_id"`
		wireMedia
		wireStaff
		service
	}
	wireMark struct {
		Kind string `json:"type"`
	}
	// service marks what Telegram notes in a chat when a person changes
	// something about the chat. Nobody says anything by it.
	service struct {
		Pinned     *struct{} `json:"pinned_message"`
		Timer      *struct{} `json:"message_auto_delete_timer_changed"`
		Background *struct{} `json:"chat_background_set"`
		Access     *struct{} `json:"write_access_allowed"`
	}
	wireContact struct {
		Phone string `json:"phone_number"`
		User  int64  `json:"user_id"`
	}
	wirePress struct {
		ID      string   `json:"id"`
		From    wireUser `json:"from"`
		Data    string   `json:"data"`
		Message struct {
			ID   int      `json:"message_id"`
			Chat wireChat `json:"chat"`
			wirePlace
		} `json:"message"`
	}
	wireMember struct {
		From wireUser `json:"from"`
		Chat wireChat `json:"chat"`
		Now  struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	}
)

// decoder reads updates for one bot.
type decoder struct {
	bot      int64
	username string // without "@"
	staff    int64  // the staff group; 0: there is none
}

var errUnreadable = errors.New("the update cannot be read")

// decode reads one update. The error tells nothing of its contents.
func (d decoder) decode(raw json.RawMessage) (event, error) {
	var u wireUpdate
	id, ok := updateID(raw)
	if !ok || json.Unmarshal(raw, &u) != nil {
		return event{}, errUnreadable
	}
	e := event{update: id}
	switch {
	case u.New != nil && d.ofStaff(u.New.Chat):
		e.staff, e.moved = d.staffMessage(u.New), u.New.MovedTo
	case u.Press != nil && d.ofStaff(u.Press.Message.Chat):
		e.staff = staffPress(u.Press)
	case u.New != nil:
		e.chat = u.New.Chat.ID
		e.input, e.group = d.message(u.New), d.groupMessage(u.New)
	case u.Edited != nil:
		e.chat = u.Edited.Chat.ID
		e.input = d.edit(u.Edited)
	case u.Press != nil:
		e.chat = u.Press.Message.Chat.ID
		e.input = d.press(u.Press)
	case u.Member != nil && !d.ofStaff(u.Member.Chat):
		e.chat = u.Member.Chat.ID
		e.group = d.member(u.Member)
	}
	if e.input != nil {
		e.input.ID = flows.UpdateInput(d.bot, id)
	}
	if e.staff != nil {
		e.staff.ID, e.chat = flows.UpdateInput(d.bot, id), e.staff.From
	}
	return e, nil
}

// updateID reads the number of an update whatever else it holds.
func updateID(raw json.RawMessage) (int64, bool) {
	if rest, ok := bytes.CutPrefix(raw, []byte(`{"update_id":`)); ok {
		if end := bytes.IndexAny(rest, ",}"); end > 0 {
			if id, err := strconv.ParseInt(string(rest[:end]), 10, 64); err == nil {
				return id, true
			}
		}
	}
	var u struct {
		ID int64 `json:"update_id"`
	}
	err := json.Unmarshal(raw, &u)
	return u.ID, err == nil && u.ID != 0
}

// private tells whether a person writes in their own chat with the bot.
func private(c wireChat, from wireUser) bool {
	return c.Kind == "private" && c.ID == from.ID && c.ID > 0 && !from.Bot && from.ID != serviceAccount
}

func (d decoder) message(m *wireMessage) *flows.Input {
	if !private(m.Chat, m.From) || m.service != (service{}) {
		return nil
	}
	in := &flows.Input{Kind: flows.Unread, Chat: m.Chat.ID, Message: m.ID, Language: m.From.Language,
		Text: flows.Secret(m.Text + m.Caption), Media: m.media(), Album: m.Album, Sent: moment(m.Date)}
	if m.Forward != nil {
		return in
	}
	if m.Contact != nil {
		in.Kind, in.Text, in.Own = flows.Shared, flows.Secret(m.Contact.Phone), m.Contact.User == m.From.ID
		return in
	}
	if m.Text == "" {
		return in
	}
	in.Kind, in.Formatted = flows.Typed, slices.ContainsFunc(m.Marks, wireMark.formats)
	if name, param, ok := d.command(m.Text, flows.Commands()); ok {
		in.Kind, in.Name, in.Param = flows.Ordered, name, param
		if param == "" {
			in.Text = ""
		}
	}
	return in
}

// formats tells whether the mark is formatting, for which apps take away the
// signs that a person typed. Other marks, such as those of links, leave a text
// as it is (Bot API, MessageEntity).
func (m wireMark) formats() bool {
	switch m.Kind {
	case "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link":
		return true
	}
	return false
}

// command reads one of the known commands that is addressed to the bot or to
// nobody. In a private chat whatever else begins with a slash is text: it may be
// a password.
func (d decoder) command(text string, known []string) (name, param string, ok bool) {
	text, ok = strings.CutPrefix(text, "/")
	if !ok {
		return "", "", false
	}
	word := text
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		word, param = text[:end], strings.TrimSpace(text[end:])
	}
	name, to, addressed := strings.Cut(word, "@")
	if addressed && !strings.EqualFold(to, d.username) {
		return "", "", false
	}
	name = strings.ToLower(name)
	return name, param, slices.Contains(known, name)
}

func (d decoder) edit(m *wireMessage) *flows.Input {
	if !private(m.Chat, m.From) {
		return nil
	}
	return &flows.Input{Kind: flows.Unread, Edited: true, Chat: m.Chat.ID, Message: m.ID,
		Language: m.From.Language, Text: flows.Secret(m.Text + m.Caption), Sent: moment(m.Edited)}
}

// moment reads a Unix time; 0 is none.
func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

func (d decoder) press(p *wirePress) *flows.Input {
	if !private(p.Message.Chat, p.From) {
		return nil
	}
	in := &flows.Input{Kind: flows.Pressed, Chat: p.From.ID, Language: p.From.Language, Press: flows.Press{Callback: p.ID}}
	if conversation, revision, name, ok := parsePress(p.Data); ok {
		in.Name, in.Press.Conversation, in.Press.Revision = name, conversation, revision
	}
	return in
}

// groupMessage notices a command for the bot in a group.
func (d decoder) groupMessage(m *wireMessage) *group {
	if m.Chat.Kind != "group" && m.Chat.Kind != "supergroup" || m.From.Bot {
		return nil
	}
	if _, _, ok := d.command(m.Text, flows.Commands()); !ok {
		return nil
	}
	return &group{language: m.From.Language}
}

// member notices that somebody added the bot to a group or channel.
func (d decoder) member(m *wireMember) *group {
	in := m.Now.Status == "member" || m.Now.Status == "administrator"
	if m.Chat.Kind == "private" || !in {
		return nil
	}
	return &group{language: m.From.Language, silent: m.Chat.Kind == "channel", added: true}
}
