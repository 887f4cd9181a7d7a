package simulator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// press is a button press that waits for its answer.
type press struct {
	id        string
	by        int64 // the person
	chat      *chat
	messageID int
	at        time.Time
}

// presses are those that can still be answered. They are answered within real
// seconds, whatever the injected clock says.
type presses struct {
	byID   map[string]*press
	inTime []*press // in the order they came
}

func (p *presses) add(q *press, within time.Duration) {
	if p.byID == nil {
		p.byID = map[string]*press{}
	}
	for len(p.inTime) > 0 && time.Since(p.inTime[0].at) > within {
		delete(p.byID, p.inTime[0].id)
		p.inTime = p.inTime[1:]
	}
	p.byID[q.id] = q
	p.inTime = append(p.inTime, q)
}

// take returns a press that is in time, once.
func (p *presses) take(id string, within time.Duration) (*press, bool) {
	q, ok := p.byID[id]
	delete(p.byID, id)
	return q, ok && time.Since(q.at) <= within
}

// Press presses the inline button with a label under a message. The error says
// what else the button would do, when it sends nothing to the bot: open a URL,
// which it names, or the like.
func (p *Person) Press(messageID int, label string) error {
	return p.pressLabel(p.chat, messageID, label)
}

func (p *Person) pressLabel(c *chat, messageID int, label string) error {
	defer p.server.change()()
	m, ok := c.message(messageID)
	if !ok {
		return fmt.Errorf("no message %d in the chat", messageID)
	}
	for _, row := range m.Inline {
		for _, b := range row {
			if b.Text != label {
				continue
			}
			return p.pressButton(c, messageID, b)
		}
	}
	return fmt.Errorf("message %d has no button %q", messageID, label)
}

func (p *Person) pressButton(c *chat, messageID int, b inlineButton) error {
	switch {
	case b.CallbackData != "":
		p.pressData(c, messageID, b.CallbackData)
		return nil
	case b.URL != "":
		return fmt.Errorf("the button %q opens %s", b.Text, b.URL)
	case b.WebApp != nil:
		return fmt.Errorf("the button %q opens the app at %s", b.Text, b.WebApp.URL)
	case b.CopyText != nil:
		return fmt.Errorf("the button %q copies a text", b.Text)
	case b.Disabled != nil:
		return fmt.Errorf("the button %q is disabled", b.Text)
	}
	return fmt.Errorf("what the button %q does is not simulated", b.Text)
}

// PressData sends the bot a press with any data, as a modified app can,
// whether or not the message has such a button or is still there.
func (p *Person) PressData(messageID int, data string) {
	defer p.server.change()()
	p.pressData(p.chat, messageID, data)
}

func (p *Person) pressData(c *chat, messageID int, data string) {
	s := p.server
	if !c.private() && !c.Members[s.botID].in() {
		return
	}
	updateID := s.next(&s.UpdateIDs)
	q := &press{id: strconv.FormatInt(updateID, 10), by: p.chat.id, chat: c, messageID: messageID, at: time.Now()}
	s.presses.add(q, s.options.AnswerWithin)
	raw, _ := json.Marshal(struct {
		ID       string          `json:"id"`
		From     wireUser        `json:"from"`
		Message  json.RawMessage `json:"message"`
		Instance string          `json:"chat_instance"`
		Data     string          `json:"data"`
	}{q.id, p.chat.Profile.wire(), s.pressedMessage(c, messageID), strconv.FormatInt(c.id, 10), data})
	s.publish(updateID, pressLane(p.chat.id), "callback_query", raw, keepCallback)
}

// pressedMessage returns the message of a press, or for one that is gone an
// InaccessibleMessage.
func (s *Server) pressedMessage(c *chat, id int) json.RawMessage {
	if m, ok := c.message(id); ok {
		return s.wire(c, m)
	}
	raw, _ := json.Marshal(struct {
		Chat wireChat `json:"chat"`
		ID   int      `json:"message_id"`
		Date int64    `json:"date"` // 0 marks it
	}{c.wire(), id, 0})
	return raw
}

// longestAnswer is how many characters an answer to a press can have.
const longestAnswer = 200

func answerCallbackQuery(s *Server, r *request) (any, error) {
	text := r.text("text")
	if len([]rune(text)) > longestAnswer {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	q, ok := s.presses.take(r.text("callback_query_id"), s.options.AnswerWithin)
	if !ok {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	q.chat.tell(Event{Kind: "answer", ID: q.messageID, To: q.by, Text: text, Alert: r.bool("show_alert")})
	return true, nil
}
