package demo

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	mailbox "rekey/bot/mail/inbox"
	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
)

// listener reads the events of a stream, each kind in its order: how kinds
// follow one another is left open.
type listener struct {
	t       testing.TB
	lines   *bufio.Scanner
	waiting map[string][]string // data that was read while another kind was looked for
}

// listen opens a person's stream. It ends with the test.
func (s *stage) listen(t testing.TB, as string) *listener {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/events?as="+as, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("stream of %s: status %d", as, response.StatusCode)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &listener{t, lines, map[string][]string{}}
}

// next reads the next event with a name into body.
func (l *listener) next(name string, body any) {
	l.t.Helper()
	for len(l.waiting[name]) == 0 {
		l.read()
	}
	data := l.waiting[name][0]
	l.waiting[name] = l.waiting[name][1:]
	if err := json.Unmarshal([]byte(data), body); err != nil {
		l.t.Fatalf("event %s: %v", name, err)
	}
}

// read keeps one more event.
func (l *listener) read() {
	l.t.Helper()
	for l.lines.Scan() {
		name, begins := strings.CutPrefix(l.lines.Text(), "event: ")
		if !begins || !l.lines.Scan() {
			continue
		}
		data, _ := strings.CutPrefix(l.lines.Text(), "data: ")
		l.waiting[name] = append(l.waiting[name], data)
		return
	}
	l.t.Fatalf("the stream ended: %v", l.lines.Err())
}

// chat reads the next event of the chat, which must be of a kind.
func (l *listener) chat(kind string) simulator.Event {
	l.t.Helper()
	var event simulator.Event
	if l.next("chat", &event); event.Kind != kind {
		l.t.Fatalf("event %q of the chat, want %q", event.Kind, kind)
	}
	return event
}

func TestStreamBeginsWithASnapshot(t *testing.T) {
	s := newStage(t)
	s.do(t, "/chat/start", map[string]any{"text": "recover"})
	s.bot(t, "setMyDescription", map[string]any{"description": "Helps"})
	s.bot(t, "setMyCommands", map[string]any{"commands": []any{map[string]any{"command": "help", "description": "What this bot does"}}})
	s.sendMail(t, "lena@gmail.com", "A code", "<p>4821 9930</p>")
	s.sendText(t, "+79991234567", "4821 9930")

	var all snapshot
	s.listen(t, "lena").next("snapshot", &all)
	if len(all.Chat) != 1 || all.Chat[0].Text != "/start recover" {
		t.Errorf("chat %+v", all.Chat)
	}
	if len(all.Mails) != 1 || all.Mails[0].Subject != "A code" || !all.Mails[0].HTML {
		t.Errorf("mails %+v", all.Mails)
	}
	if len(all.Texts) != 1 || all.Texts[0].Text != "4821 9930" {
		t.Errorf("texts %+v", all.Texts)
	}
	if len(all.State.Commands) != 1 || all.State.About != "Helps" || len(all.State.Sessions) != len(devices) {
		t.Errorf("state %+v", all.State)
	}
}

func TestStreamTellsWhatHappensInTheChat(t *testing.T) {
	s := newStage(t)
	l := s.listen(t, "lena")
	l.next("snapshot", &snapshot{})

	s.do(t, "/chat/say", map[string]any{"text": "Hello"})
	said := l.chat("message").Message
	s.bot(t, "sendMessage", map[string]any{"chat_id": 7001, "text": "<b>Hi</b>", "parse_mode": "HTML"})
	reply := l.chat("message").Message
	if said.FromBot || !reply.FromBot || reply.HTML != "<b>Hi</b>" {
		t.Errorf("said %+v, reply %+v", said, reply)
	}
	s.do(t, "/chat/edit", map[string]any{"id": said.ID, "text": "Hello again"})
	if edited := l.chat("edit").Message; edited.Text != "Hello again" || !edited.Edited {
		t.Errorf("edited %+v", edited)
	}
	s.bot(t, "deleteMessage", map[string]any{"chat_id": 7001, "message_id": said.ID})
	if gone := l.chat("delete").ID; gone != said.ID {
		t.Errorf("message %d was deleted, want %d", gone, said.ID)
	}
}

func TestStreamTellsOfMailAndSMS(t *testing.T) {
	s := newStage(t)
	l := s.listen(t, "omar")
	l.next("snapshot", &snapshot{})

	s.sendMail(t, "omar@example.org", "A code", "<p>4821 9930</p>")
	var m mail
	l.next("mail", &m)
	if !strings.Contains(m.To, "omar@example.org") || m.Subject != "A code" {
		t.Errorf("mail %+v", m)
	}
	s.sendText(t, "+79991234567", "4821 9930")
	var sms smsbox.Message
	l.next("sms", &sms)
	if sms.To != "+79991234567" || sms.Text != "4821 9930" {
		t.Errorf("SMS %+v", sms)
	}
}

func TestStreamTellsOfTheReplyKeyboard(t *testing.T) {
	s := newStage(t)
	s.do(t, "/chat/start", map[string]any{})
	l := s.listen(t, "lena")
	l.next("snapshot", &snapshot{})

	share := map[string]any{"text": "Share my number", "request_contact": true}
	s.bot(t, "sendMessage", map[string]any{"chat_id": 7001, "text": "Your number?",
		"reply_markup": map[string]any{"keyboard": []any{[]any{share}}}})
	l.chat("message")
	var now state
	for len(now.Keyboard) == 0 {
		l.next("state", &now)
	}
	if key := now.Keyboard[0][0]; key.Text != "Share my number" || !key.RequestContact {
		t.Errorf("key %+v", key)
	}
	s.do(t, "/chat/tap", map[string]any{"label": "Share my number"})
	if shared := l.chat("message").Message; shared.Kind != "contact" || shared.Phone != "79991234567" {
		t.Errorf("shared %+v", shared)
	}
}

func TestStreamOfNobody(t *testing.T) {
	if response, _ := newStage(t).get(t, "/events?as=nobody"); response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestStreamEndsWithTheSimulator(t *testing.T) {
	s := newStage(t)
	l := s.listen(t, "lena")
	l.next("snapshot", &snapshot{})
	if err := s.sim.Close(); err != nil {
		t.Fatal(err)
	}
	for l.lines.Scan() {
	}
	if err := l.lines.Err(); err != nil {
		t.Error(err)
	}
}

func TestMailIsShownWithoutScripts(t *testing.T) {
	s := newStage(t)
	const html = `<p>4821 9930</p><script>alert(1)</script>`
	s.sendMail(t, "lena@gmail.com", "A code", html)
	var all snapshot
	s.listen(t, "lena").next("snapshot", &all)

	response, body := s.get(t, "/mail/"+all.Mails[0].ID)
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(body, "4821 9930") || !strings.Contains(policy, "default-src 'none'") ||
		!strings.Contains(policy, "sandbox") || strings.Contains(policy, "allow-scripts") {
		t.Errorf("policy %q, body %q", policy, body)
	}
	if response, _ := s.get(t, "/mail/none"); response.StatusCode != http.StatusNotFound {
		t.Errorf("unknown mail: status %d", response.StatusCode)
	}
}

func TestMailIDTellsArrivalsApart(t *testing.T) {
	m := mailbox.Mail{MessageID: "1", To: "lena@gmail.com", Received: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	toOmar, another, again := m, m, m
	toOmar.To, another.MessageID, again.Received = "omar@example.org", "2", m.Received.Add(1)
	ids := map[string]bool{mailID(m): true, mailID(toOmar): true, mailID(another): true, mailID(again): true}
	if len(ids) != 4 || !ids[mailID(m)] {
		t.Errorf("ids %v", ids)
	}
}
