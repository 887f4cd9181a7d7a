package demo

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestActionsReachTheBot(t *testing.T) {
	s := newStage(t)
	s.do(t, "/chat/start", map[string]any{"text": "recover"})
	asked := s.bot(t, "sendMessage", map[string]any{"chat_id": 7001, "text": "Which?", "reply_markup": map[string]any{
		"inline_keyboard": []any{[]any{map[string]any{"text": "This one", "callback_data": "1"}}}}})
	var message struct {
		ID int `json:"message_id"`
	}
	if err := json.Unmarshal(asked, &message); err != nil {
		t.Fatal(err)
	}
	s.do(t, "/chat/press", map[string]any{"id": message.ID, "label": "This one"})
	s.do(t, "/chat/attach", map[string]any{"kind": "sticker"})
	s.do(t, "/chat/forward", map[string]any{"text": "Old news"})
	s.do(t, "/chat/contact", map[string]any{})
	s.do(t, "/chat/block", map[string]any{})

	updates := string(s.bot(t, "getUpdates", map[string]any{}))
	for _, want := range []string{`"/start recover"`, `"data":"1"`, `"sticker"`, `"forward_origin"`, `"phone_number":"79991234567"`, `"kicked"`} {
		if !strings.Contains(updates, want) {
			t.Errorf("no %s in %s", want, updates)
		}
	}
}

func TestActionsThatAreRefused(t *testing.T) {
	s := newStage(t)
	long := strings.Repeat("x", longestBody)
	tests := []struct {
		name, path string
		body       map[string]any
		want       int
	}{
		{"unknown act", "/chat/dance", map[string]any{}, http.StatusConflict},
		{"nobody", "/chat/say", map[string]any{"as": "nobody", "text": "Hello"}, http.StatusBadRequest},
		{"too long", "/chat/say", map[string]any{"text": long}, http.StatusBadRequest},
		{"no such button", "/chat/press", map[string]any{"id": 1, "label": "Go"}, http.StatusConflict},
		{"no keyboard", "/chat/tap", map[string]any{"label": "Go"}, http.StatusConflict},
		{"unknown device", "/shop/sign-in", map[string]any{"device": "fridge"}, http.StatusConflict},
		{"unknown device at the exit", "/shop/sign-out", map[string]any{"device": "fridge"}, http.StatusConflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := s.post(t, test.path, test.body)
			if status != test.want || !strings.Contains(answer, `"error"`) {
				t.Errorf("status %d, answer %s; want status %d", status, answer, test.want)
			}
		})
	}
	response, err := http.Post(s.url+"/chat/say", "text/plain", strings.NewReader(`{"as":"lena","text":"Hello"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("a body that is not called JSON: status %d", response.StatusCode)
	}
}

// signInAs signs in on a device and returns what the shop says then.
func (s *stage) signInAs(t testing.TB, device, password string) shopAnswer {
	t.Helper()
	raw := s.do(t, "/shop/sign-in", map[string]any{"device": device, "identifier": "lena@gmail.com", "password": password})
	var answer shopAnswer
	if err := json.Unmarshal([]byte(raw), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestSessionsEndWhenThePasswordChanges(t *testing.T) {
	s := newStage(t)
	if answer := s.signInAs(t, "laptop", "Teapot#1947"); !answer.OK || answer.Sessions[0].State != openSession {
		t.Fatalf("old password before the change: %+v", answer)
	}
	l := s.listen(t, "lena")
	l.next("snapshot", &snapshot{})
	s.clock.Advance(time.Minute)
	s.shop.change("Kettle#2048", s.clock.Now())

	var now state
	for len(now.Sessions) == 0 || now.Sessions[0].State == openSession {
		l.next("state", &now)
	}
	if now.Sessions[0].State != endedSession {
		t.Errorf("laptop after the change: %+v", now.Sessions[0])
	}
	if answer := s.signInAs(t, "browser", "Teapot#1947"); answer.OK || answer.Sessions[1].State != noSession {
		t.Errorf("old password after the change: %+v", answer)
	}
	s.clock.Advance(time.Second)
	if answer := s.signInAs(t, "browser", "Kettle#2048"); !answer.OK || answer.Sessions[1].State != openSession {
		t.Errorf("new password: %+v", answer)
	}
}

func TestSessionBegunAtTheChangeHasEnded(t *testing.T) {
	s := newStage(t)
	s.shop.change("Kettle#2048", s.clock.Now())
	if answer := s.signInAs(t, "laptop", "Kettle#2048"); answer.Sessions[0].State != endedSession {
		t.Errorf("session %+v", answer.Sessions[0])
	}
}

func TestSignOut(t *testing.T) {
	s := newStage(t)
	s.signInAs(t, "browser", "Teapot#1947")
	raw := s.do(t, "/shop/sign-out", map[string]any{"device": "browser"})
	var answer shopAnswer
	if err := json.Unmarshal([]byte(raw), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Sessions[1].State != noSession {
		t.Errorf("session %+v", answer.Sessions[1])
	}
}

func TestVisitorsHaveTheirOwnSessions(t *testing.T) {
	s := newStage(t)
	s.signInAs(t, "laptop", "Teapot#1947")
	var all snapshot
	s.listen(t, "omar").next("snapshot", &all)
	if all.State.Sessions[0].State != noSession {
		t.Errorf("Omar sees %+v", all.State.Sessions[0])
	}
}
