package demo

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"rekey/bot/simulator"
)

// In the group of the tests Vera is no more than the others.
const (
	anna = 7101
	ben  = 7102
)

// post writes in the group and reports whether that was let through.
func (s *stage) writes(t testing.TB, by, topic int, text string) bool {
	t.Helper()
	status, answer := s.post(t, "/group/post", map[string]any{"by": by, "topic": topic, "text": text})
	if status != http.StatusOK && status != http.StatusConflict {
		t.Fatalf("status %d, answer %s", status, answer)
	}
	return status == http.StatusOK
}

// topic has the bot create a topic.
func (s *stage) topic(t testing.TB, name string) int {
	t.Helper()
	var made struct {
		ID int `json:"message_thread_id"`
	}
	raw := s.bot(t, "createForumTopic", map[string]any{"chat_id": groupID, "name": name})
	if err := json.Unmarshal(raw, &made); err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// group reads the next event of the group, which must be of a kind.
func (l *listener) group(kind string) simulator.Event {
	l.t.Helper()
	var event simulator.Event
	if l.next("group", &event); event.Kind != kind {
		l.t.Fatalf("event %q of the group, want %q", event.Kind, kind)
	}
	return event
}

func TestColleaguesWriteInTheirTopics(t *testing.T) {
	s := newStage(t)
	topic := s.topic(t, "Case 12")
	l := s.listen(t, "lena")
	var all snapshot
	l.next("snapshot", &all)
	if len(all.Group) != 1 || len(all.State.Staff.Topics) != 1 || all.State.Staff.Topics[0].Name != "Case 12" {
		t.Errorf("group %+v, staff %+v", all.Group, all.State.Staff)
	}

	s.writes(t, anna, 0, "Good morning")
	said := l.group("message").Message
	if said.FromID != anna || said.From != "Anna Keller" || said.Topic != 0 || said.Text != "Good morning" {
		t.Errorf("said %+v", said)
	}
	s.do(t, "/group/post", map[string]any{"by": ben, "topic": topic, "kind": "photo"})
	if shown := l.group("message").Message; shown.FromID != ben || shown.Topic != topic || shown.Kind != "photo" {
		t.Errorf("shown %+v", shown)
	}
	s.do(t, "/group/post", map[string]any{"by": ben, "text": "Morning", "replyTo": said.ID, "forwarded": true})
	if answer := l.group("message").Message; answer.ReplyTo != said.ID || !answer.Forwarded {
		t.Errorf("answer %+v", answer)
	}
	s.do(t, "/group/edit", map[string]any{"by": anna, "id": said.ID, "text": "Good evening"})
	if edited := l.group("edit").Message; edited.Text != "Good evening" || !edited.Edited {
		t.Errorf("edited %+v", edited)
	}
	s.bot(t, "deleteMessage", map[string]any{"chat_id": groupID, "message_id": said.ID})
	if gone := l.group("delete").ID; gone != said.ID {
		t.Errorf("message %d was deleted, want %d", gone, said.ID)
	}
}

func TestColleaguesPressAsThemselves(t *testing.T) {
	s := newStage(t)
	l := s.listen(t, "omar")
	l.next("snapshot", &snapshot{})
	s.bot(t, "sendMessage", map[string]any{"chat_id": groupID, "text": "Approve?", "reply_markup": map[string]any{
		"inline_keyboard": []any{[]any{map[string]any{"text": "Yes", "callback_data": "1"}}}}})
	s.do(t, "/group/press", map[string]any{"by": ben, "id": l.group("message").ID, "label": "Yes"})

	var updates []struct {
		Press struct {
			ID   string
			From struct{ ID int }
		} `json:"callback_query"`
	}
	if err := json.Unmarshal(s.bot(t, "getUpdates", map[string]any{"offset": -1}), &updates); err != nil {
		t.Fatal(err)
	}
	press := updates[0].Press
	if press.From.ID != ben {
		t.Errorf("pressed by %d", press.From.ID)
	}
	s.bot(t, "answerCallbackQuery", map[string]any{"callback_query_id": press.ID, "text": "Not you", "show_alert": true})
	if told := l.group("answer"); told.To != ben || told.Text != "Not you" || !told.Alert {
		t.Errorf("answer %+v", told)
	}
}

func TestStreamTellsOfTopicsAndMenus(t *testing.T) {
	s := newStage(t)
	l := s.listen(t, "lena")
	l.next("snapshot", &snapshot{})
	topic := s.topic(t, "Case 12")
	s.bot(t, "closeForumTopic", map[string]any{"chat_id": groupID, "message_thread_id": topic})
	s.bot(t, "setMyCommands", map[string]any{
		"commands": []any{map[string]any{"command": "reset", "description": "Help somebody"}},
		"scope":    map[string]any{"type": "chat_member", "chat_id": groupID, "user_id": anna}})

	var now state
	for len(now.Staff.Topics) == 0 || !now.Staff.Topics[0].Closed || len(now.Staff.Menus[anna]) == 0 {
		l.next("state", &now)
	}
	if len(now.Staff.Menus[ben]) != 0 {
		t.Errorf("Ben has Anna's menu: %+v", now.Staff.Menus)
	}
	if s.writes(t, anna, topic, "Too late") {
		t.Error("Anna wrote in a closed topic")
	}
}

func TestActsInTheGroupThatAreRefused(t *testing.T) {
	s := newStage(t)
	for name, test := range map[string]struct {
		path string
		body map[string]any
	}{
		"unknown act":    {"/group/dance", map[string]any{"by": anna}},
		"nobody":         {"/group/post", map[string]any{"text": "Hello"}},
		"a customer":     {"/group/post", map[string]any{"by": 7001, "text": "Hello"}},
		"nothing":        {"/group/post", map[string]any{"by": anna, "text": " "}},
		"no such topic":  {"/group/post", map[string]any{"by": anna, "text": "Hello", "topic": 99}},
		"no such button": {"/group/press", map[string]any{"by": anna, "id": 1, "label": "Yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			if status, answer := s.post(t, test.path, test.body); status != http.StatusConflict {
				t.Errorf("status %d, answer %s", status, answer)
			}
		})
	}
	if said := s.group.Chat(); len(said) != 0 {
		t.Errorf("the group has %+v", said)
	}
}

// upload has the bot send a file to the group and returns the message's.
func (s *stage) upload(t testing.TB, method, field, name string, data []byte) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("chat_id", strconv.Itoa(groupID))
	part, _ := form.CreateFormFile(field, name)
	_, _ = part.Write(data)
	_ = form.Close()
	request := httptest.NewRequest("POST", "/bot"+s.sim.Token()+"/"+method, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	recorder := httptest.NewRecorder()
	if s.sim.ServeHTTP(recorder, request); recorder.Code != http.StatusOK {
		t.Fatalf("%s: %s", method, recorder.Body)
	}
	all := s.group.Chat()
	return all[len(all)-1].File
}

func TestPicturesAreShownAndOtherFilesSaved(t *testing.T) {
	s := newStage(t)
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	response, body := s.get(t, "/file/"+s.upload(t, "sendPhoto", "photo", "week.png", drawn.Bytes()))
	if kind := response.Header.Get("Content-Type"); kind != "image/png" || body != drawn.String() {
		t.Errorf("a picture of type %q and %d bytes", kind, len(body))
	}

	const page = `<html><script>alert(1)</script>`
	response, body = s.get(t, "/file/"+s.upload(t, "sendDocument", "document", `week".html`, []byte(page)))
	h := response.Header
	if h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") ||
		h.Get("X-Content-Type-Options") != "nosniff" || body != page {
		t.Errorf("a document with %v", h)
	}
	if response, _ := s.get(t, "/file/none"); response.StatusCode != http.StatusNotFound {
		t.Errorf("unknown file: status %d", response.StatusCode)
	}
}

func TestPeopleSendFiles(t *testing.T) {
	s := newStage(t)
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	l := s.listen(t, "lena")
	l.next("snapshot", &snapshot{})
	kind := s.give(t, "photo", "cat.png", drawn.String(), http.StatusOK)
	s.do(t, "/chat/attach", map[string]any{"kind": kind, "text": "My cat"})
	said := l.chat("message").Message
	if _, body := s.get(t, "/file/"+said.File); said.Kind != "photo" || said.Text != "My cat" || body != drawn.String() {
		t.Errorf("said %+v, with %d bytes", said, len(body))
	}
	s.do(t, "/group/post", map[string]any{"by": ben, "kind": s.give(t, "document", "notes ü.txt", "tea", http.StatusOK)})
	if shown := l.group("message").Message; shown.Kind != "document" || shown.FileName != "notes ü.txt" {
		t.Errorf("shown %+v", shown)
	}
	s.give(t, "photo", "cat.png", "no picture", http.StatusConflict)
	s.give(t, "document", "film", strings.Repeat("x", largestFile+1), http.StatusRequestEntityTooLarge)
}

// give hands a file over and returns what a message attaches it as.
func (s *stage) give(t testing.TB, kind, name, data string, want int) string {
	t.Helper()
	response, err := http.Post(s.url+"/file/"+kind+"?name="+url.QueryEscape(name), "", strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var taken struct{ Kind string }
	if err := json.NewDecoder(response.Body).Decode(&taken); err != nil || response.StatusCode != want {
		t.Fatalf("%s %s: status %d, %v", kind, name, response.StatusCode, err)
	}
	return taken.Kind
}
