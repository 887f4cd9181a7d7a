package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	mailbox "rekey/bot/mail/inbox"
	"rekey/bot/simulator"
	smsbox "rekey/bot/sms/inbox"
	"rekey/flows/password"
)

// stage is a page with everything around it, served over HTTP.
type stage struct {
	sim   *simulator.Server
	group *simulator.Group
	mail  *mailbox.Inbox
	sms   *smsbox.Inbox
	shop  *fakeShop
	url   string
	clock *clock
}

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// fakeShop is a shop with one account, Lena's.
type fakeShop struct {
	mu         sync.Mutex
	password   string
	validAfter time.Time
}

func (s *fakeShop) change(password string, validAfter time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.password, s.validAfter = password, validAfter
}

func (s *fakeShop) signIn(_ context.Context, identifier, password string) (string, string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if identifier != "lena@gmail.com" || password != s.password {
		return "", "", false, nil
	}
	return "42", "Lena Petrova", true, nil
}

func (s *fakeShop) sessionsValidAfter(context.Context, string) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.validAfter, nil
}

const groupID = -1001000000001

func newStage(t testing.TB) *stage {
	t.Helper()
	clock := &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	sim, err := simulator.New(simulator.Options{Strict: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	mail, err := mailbox.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	group := sim.NewGroup(groupID, simulator.GroupOptions{Title: "Aurora Shop support", Forum: true, Bot: simulator.Membership{
		Status: simulator.Administrator, Rights: []simulator.Right{simulator.ManageTopics, simulator.DeleteMessages}}})
	s := &stage{sim: sim, group: group, mail: mail, sms: smsbox.New(), shop: &fakeShop{password: "Teapot#1947"}, clock: clock}
	p, err := newPage(s.options())
	if err != nil {
		t.Fatal(err)
	}
	p.poll = time.Millisecond
	server := httptest.NewServer(guard(p.routes()))
	s.url = server.URL
	t.Cleanup(func() {
		if err := errors.Join(sim.Close(), mail.Close()); err != nil {
			t.Error(err)
		}
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

func (s *stage) options() Options {
	return Options{Simulator: s.sim, Group: s.group, Mail: s.mail, SMS: s.sms, People: Samples(), Staff: Staff(), Now: s.clock.Now, Shop: Shop{
		Brand: "Aurora Shop", SignIn: s.shop.signIn, SessionsValidAfter: s.shop.sessionsValidAfter}}
}

// get fetches a page and returns its header and body.
func (s *stage) get(t testing.TB, path string) (*http.Response, string) {
	t.Helper()
	response, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// post performs an action as Lena and returns the status and the answer.
func (s *stage) post(t testing.TB, path string, body map[string]any) (int, string) {
	t.Helper()
	if body["as"] == nil {
		body["as"] = "lena"
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(s.url+path, "application/json", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// do performs an action that must succeed.
func (s *stage) do(t testing.TB, path string, body map[string]any) string {
	t.Helper()
	status, answer := s.post(t, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d, answer %s", path, status, answer)
	}
	return answer
}

// bot calls a method of the Bot API as the bot.
func (s *stage) bot(t testing.TB, method string, body map[string]any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest("POST", "/bot"+s.sim.Token()+"/"+method, bytes.NewReader(raw))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	s.sim.ServeHTTP(recorder, request)
	var answer struct {
		OK          bool
		Description string
		Result      json.RawMessage
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil || !answer.OK {
		t.Fatalf("%s: %v %s", method, err, answer.Description)
	}
	return answer.Result
}

// sendMail delivers a mail by SMTP. When it returns, the inbox has it.
func (s *stage) sendMail(t testing.TB, to, subject, html string) {
	t.Helper()
	body := "From: Aurora Shop <no-reply@example.org>\r\nTo: " + to + "\r\nSubject: " + subject +
		"\r\nMessage-ID: <1@example.org>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html + "\r\n"
	address := strings.TrimPrefix(s.mail.URL(), "smtp://")
	if err := smtp.SendMail(address, nil, "no-reply@example.org", []string{to}, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

// sendText delivers an SMS. When it returns, the inbox has it.
func (s *stage) sendText(t testing.TB, to, text string) {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"id": "1", "to": to, "text": text})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest("POST", "/", bytes.NewReader(raw))
	request.Header.Set("Idempotency-Key", "1")
	recorder := httptest.NewRecorder()
	if s.sms.ServeHTTP(recorder, request); recorder.Code != http.StatusAccepted {
		t.Fatalf("the SMS inbox answers %d", recorder.Code)
	}
}

func TestPageShowsThePersonOfItsAddress(t *testing.T) {
	s := newStage(t)
	for path, want := range map[string]string{
		"/":         "Try it: Lena Petrova",
		"/?as=vera": "Try it: Вера Соколова",
	} {
		response, body := s.get(t, path)
		if response.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, no %q", path, response.StatusCode, want)
		}
	}
	if response, _ := s.get(t, "/?as=nobody"); response.Request.URL.String() != s.url+"/" {
		t.Errorf("an unknown person is shown at %s", response.Request.URL)
	}
}

func TestPageFindsItsFiles(t *testing.T) {
	s := newStage(t)
	_, page := s.get(t, "/")
	for _, name := range []string{"app.js", "base.css", "chat.css", "staff.css", "side.css", "favicon.svg", "icons.svg"} {
		response, body := s.get(t, "/assets/"+name)
		if response.StatusCode != http.StatusOK || body == "" {
			t.Errorf("%s: status %d", name, response.StatusCode)
		}
		if !strings.Contains(page, "/assets/"+name) {
			t.Errorf("the page does not use %s", name)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	s := newStage(t)
	for name, spoil := range map[string]func(*Options){
		"no simulator":      func(o *Options) { o.Simulator = nil },
		"no group":          func(o *Options) { o.Group = nil },
		"no staff":          func(o *Options) { o.Staff = nil },
		"no mail":           func(o *Options) { o.Mail = nil },
		"no shop":           func(o *Options) { o.Shop = Shop{} },
		"nobody":            func(o *Options) { o.People = nil },
		"the same twice":    func(o *Options) { o.People = append(o.People, o.People[0]) },
		"without a name":    func(o *Options) { o.People[0].Profile.Username = "" },
		"without a sign-in": func(o *Options) { o.People[3] = Sample{Profile: o.People[3].Profile} },
	} {
		t.Run(name, func(t *testing.T) {
			o := s.options()
			spoil(&o)
			if _, err := New(o); err == nil {
				t.Error("New accepted it")
			}
		})
	}
}

// A sample's password could be chosen again in the demo's own chat.
func TestSamplesKeepToTheClassicPolicy(t *testing.T) {
	policy := password.Policy{Preset: password.Classic, Brand: "Aurora Shop"}
	for _, p := range Samples() {
		owner := password.Person{Names: []string{p.Profile.FirstName, p.Profile.LastName}, Birthday: p.Birthday, Identifiers: p.Identifiers()}
		if reasons := policy.Check(p.Password, owner); len(reasons) > 0 {
			t.Errorf("%s: password %q: %v", p.Name(), p.Password, reasons)
		}
	}
}
