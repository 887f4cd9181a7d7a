package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-telegram/bot"
)

// rig is a server behind HTTP with what tests do with it.
type rig struct {
	testing.TB
	*Server
	url  string
	lena *Person
}

func newRig(t testing.TB, o Options) *rig {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	lena := s.Person(Profile{ID: 77, FirstName: "Lena", LastName: "Holm", Language: "ru", Phone: "+491701234567"})
	return &rig{t, s, web.URL, lena}
}

// client returns the library's client for the server.
func (r *rig) client() *bot.Bot {
	r.Helper()
	b, err := bot.New(r.Token(), bot.WithServerURL(r.url))
	if err != nil {
		r.Fatal(err)
	}
	return b
}

// answer is the envelope of every answer.
type answer struct {
	OK          bool
	Result      json.RawMessage
	Code        int `json:"error_code"`
	Description string
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	}
}

// call calls a method with a JSON body.
func (r *rig) call(method string, params any) answer {
	r.Helper()
	body, err := json.Marshal(params)
	if err != nil {
		r.Fatal(err)
	}
	a, err := r.post(method, "application/json", string(body))
	if err != nil {
		r.Fatal(err)
	}
	return a
}

func (r *rig) post(method, contentType, body string) (answer, error) {
	resp, err := http.Post(r.url+"/bot"+r.Token()+"/"+method, contentType, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var a answer
	raw, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	if err == nil && !a.OK && a.Code != resp.StatusCode {
		r.Errorf("%s: error_code %d with status %d", method, a.Code, resp.StatusCode)
	}
	return a, err
}

// must calls a method that has to succeed and decodes its result.
func (r *rig) must(method string, params, result any) {
	r.Helper()
	a := r.call(method, params)
	if !a.OK {
		r.Fatalf("%s: %s", method, a.Description)
	}
	if result != nil {
		if err := json.Unmarshal(a.Result, result); err != nil {
			r.Fatalf("%s: %v in %s", method, err, a.Result)
		}
	}
}

// fails calls a method that has to fail with a code and a description.
func (r *rig) fails(code int, description, method string, params any) {
	r.Helper()
	a := r.call(method, params)
	if a.OK || a.Code != code || a.Description != description {
		r.Errorf("%s: got %d %q (ok: %v), want %d %q", method, a.Code, a.Description, a.OK, code, description)
	}
}

// got is as much of an update as the tests look at.
type got struct {
	ID      int64      `json:"update_id"`
	Message *gotIn     `json:"message"`
	Edited  *gotIn     `json:"edited_message"`
	Member  *gotMember `json:"my_chat_member"`
	Other   *gotMember `json:"chat_member"`
	Press   *struct {
		ID      string
		Data    string
		From    struct{ ID int64 }
		Message gotIn
	} `json:"callback_query"`
}

type gotMember struct {
	From struct{ ID int64 }
	New  struct {
		Status string
		User   struct{ ID int64 }
		Topics bool `json:"can_manage_topics"`
	} `json:"new_chat_member"`
}

type gotIn struct {
	ID      int `json:"message_id"`
	Text    string
	Caption string
	Date    int64
	Chat    struct {
		ID    int64
		Forum bool `json:"is_forum"`
	}
	From      struct{ ID int64 }
	Sender    struct{ ID int64 }    `json:"sender_chat"`
	Joined    []struct{ ID int64 }  `json:"new_chat_members"`
	Gone      struct{ ID int64 }    `json:"left_chat_member"`
	Topic     int                   `json:"message_thread_id"`
	InTopic   bool                  `json:"is_topic_message"`
	Created   struct{ Name string } `json:"forum_topic_created"`
	Edited    struct{ Name string } `json:"forum_topic_edited"`
	Closed    *struct{}             `json:"forum_topic_closed"`
	Opened    *struct{}             `json:"forum_topic_reopened"`
	MovedTo   int64                 `json:"migrate_to_chat_id"`
	MovedFrom int64                 `json:"migrate_from_chat_id"`
	Answers   *gotIn                `json:"reply_to_message"`
	Contact   struct {
		Phone  string `json:"phone_number"`
		UserID int64  `json:"user_id"`
	}
	Origin json.RawMessage `json:"forward_origin"`
}

func (r *rig) poll(params map[string]any) []got {
	r.Helper()
	var updates []got
	r.must("getUpdates", params, &updates)
	return updates
}

// drain takes and confirms all updates.
func (r *rig) drain() []got {
	r.Helper()
	updates := r.poll(map[string]any{})
	r.poll(map[string]any{"offset": updates[len(updates)-1].ID + 1})
	return updates
}

type params = map[string]any

// clock is a clock that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestEncodings(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	form := url.Values{"chat_id": {"77"}, "text": {"form ✓"}}.Encode()
	requests := []struct{ name, contentType, body string }{
		{"json ✓", "application/json", `{"chat_id":77,"text":"json ✓"}`},
		{"json, string id", "application/json; charset=utf-8", `{"chat_id":"77","text":"json, string id","parse_mode":null}`},
		{"form ✓", "application/x-www-form-urlencoded", form},
		{"parts ✓", "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n77\r\n" +
				"--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nparts ✓\r\n--b--\r\n"},
	}
	for _, q := range requests {
		a, err := r.post("sendMessage", q.contentType, q.body)
		if err != nil || !a.OK {
			t.Errorf("%s: %v %q", q.name, err, a.Description)
		}
	}
	resp, err := http.Get(r.url + "/bot" + r.Token() + "/SENDMESSAGE?chat_id=77&text=query")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	chat := r.lena.Chat()
	for i, want := range []string{"/start", "json ✓", "json, string id", "form ✓", "parts ✓", "query"} {
		if chat[i].Text != want {
			t.Errorf("message %d is %q, want %q", i, chat[i].Text, want)
		}
	}
}

func TestMultipartChunked(t *testing.T) {
	r := newRig(t, Options{Strict: true})
	r.lena.Start("")
	body, writer := io.Pipe()
	go func() {
		for _, part := range []string{"--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7",
			"7\r\n--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nin ", "pieces\r\n--b--\r\n"} {
			_, _ = io.WriteString(writer, part)
		}
		_ = writer.Close()
	}()
	resp, err := http.Post(r.url+"/bot"+r.Token()+"/sendMessage", "multipart/form-data; boundary=b", body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if chat := r.lena.Chat(); resp.StatusCode != 200 || chat[1].Text != "in pieces" {
		t.Errorf("status %d, chat %+v", resp.StatusCode, chat)
	}
}

func TestAddresses(t *testing.T) {
	r := newRig(t, Options{})
	for path, want := range map[string]string{
		"/":                             `{"description":"Not Found","error_code":404,"ok":false}`,
		"/bot1:wrong/getMe":             `{"description":"Unauthorized","error_code":401,"ok":false}`,
		"/bot" + r.Token() + "/getYou":  `{"description":"Not Found: method not found","error_code":404,"ok":false}`,
		"/bot" + r.Token() + "/getFile": `{"description":"Bad Request: parameter \"file_id\" is required","error_code":400,"ok":false}`,
	} {
		resp, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(raw) != want {
			t.Errorf("%s: got %s, want %s", path, raw, want)
		}
	}
	r.fails(501, "Not Implemented: method getFile is not simulated", "getFile", params{"file_id": "x"})
	if calls := r.Calls(); len(calls) != 0 {
		t.Errorf("failed calls are counted: %v", calls)
	}
}

func TestBadBodies(t *testing.T) {
	r := newRig(t, Options{})
	for contentType, body := range map[string]string{
		"application/json":                  `{"chat_id":`,
		"application/x-www-form-urlencoded": `chat_id=%zz`,
		"multipart/form-data; boundary=b":   "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n77",
	} {
		a, err := r.post("sendMessage", contentType, body)
		if err != nil || a.Code != 400 || a.Description != "Bad Request: can't parse the request's body" {
			t.Errorf("%s: %v %+v", contentType, err, a)
		}
	}
}

func TestUnknownParameter(t *testing.T) {
	strict := newRig(t, Options{Strict: true})
	strict.lena.Start("")
	strict.fails(400, `Bad Request: unknown parameter "txet"`, "sendMessage", params{"chat_id": 77, "text": "x", "txet": "y"})
	strict.fails(400, `Bad Request: unknown parameter "reply_parameters.message"`, "sendMessage",
		params{"chat_id": 77, "text": "x", "reply_parameters": params{"message_id": 1, "message": 5}})

	var log bytes.Buffer
	lax := newRig(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	lax.lena.Start("")
	lax.must("sendMessage", params{"chat_id": 77, "text": "secret", "txet": "secret"}, nil)
	if !strings.Contains(log.String(), "txet") || strings.Contains(log.String(), "secret") {
		t.Errorf("log: %s", log.String())
	}
}

func TestNew(t *testing.T) {
	if _, err := New(Options{Token: "nonsense"}); err == nil {
		t.Error("a malformed token is taken")
	}
	r := newRig(t, Options{Token: "5:abc", Username: "aurora_bot", Name: "Aurora"})
	me, err := r.client().GetMe(context.Background())
	if err != nil || me.ID != 5 || me.Username != "aurora_bot" || me.FirstName != "Aurora" || !me.IsBot {
		t.Errorf("getMe: %+v, %v", me, err)
	}
}
