package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// deskAPI is a Bot API with one group in it that answers what it is told to.
type deskAPI struct {
	updates int // arrived so far
	*rig
	group *StaffGroup

	mu      sync.Mutex
	answers map[string]string // by method; "400 text" is a refusal
	calls   []deskCall
}

type deskCall struct {
	method string
	params map[string]any
}

func newDeskAPI(t *testing.T) *deskAPI {
	d := &deskAPI{rig: newRig(t), answers: map[string]string{
		"getChat": `{"is_forum":true}`, "createForumTopic": `{"message_thread_id":9}`, "sendMessage": `{"message_id":31}`,
	}}
	server := httptest.NewServer(http.HandlerFunc(d.serve))
	t.Cleanup(server.Close)
	d.client = d.newClient(server.URL, d.Token())
	d.group = d.client.StaffGroup(-5, "")
	return d
}

func (d *deskAPI) serve(w http.ResponseWriter, q *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	call := deskCall{method: q.URL.Path[strings.LastIndex(q.URL.Path, "/")+1:]}
	if q.Header.Get("Content-Type") == "application/json" { // not an upload
		if err := json.NewDecoder(q.Body).Decode(&call.params); err != nil {
			d.Error(err)
		}
	}
	d.calls = append(d.calls, call)
	answer, ok := d.answers[call.method]
	if !ok {
		answer = "true"
	}
	if rest, refused := strings.CutPrefix(answer, "400 "); refused {
		text, parameters, _ := strings.Cut(rest, " {")
		if parameters != "" {
			parameters = `,"parameters":{` + parameters
		}
		_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: %s"%s}`, text, parameters)
		return
	}
	if rest, limited := strings.CutPrefix(answer, "429 "); limited {
		_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":%s}}`, rest)
		return
	}
	_, _ = fmt.Fprintf(w, `{"ok":true,"result":%s}`, answer)
}

// answer has the API answer a method so from now on.
func (d *deskAPI) answer(method, answer string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[method] = answer
}

// taken gives the calls so far and forgets them.
func (d *deskAPI) taken() []deskCall {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := d.calls
	d.calls = nil
	return calls
}

// expect fails the test unless just these methods were called.
func (d *deskAPI) expect(what string, methods ...string) []deskCall {
	d.Helper()
	calls := d.taken()
	var got []string
	for _, c := range calls {
		got = append(got, c.method)
	}
	if !slices.Equal(got, methods) {
		d.Fatalf("%s: called %q, want %q", what, got, methods)
	}
	return calls
}

func cardOfCase(status staff.Status) staff.Card {
	c := staff.Case{Number: 17, Revision: 35, Status: status, Masked: "l•••@gmail.com", Opened: time.Unix(1795435200, 0),
		By: staff.Who{ID: 77, Name: "Mia <&>"}}
	card := staff.Card{Case: c, Offers: []staff.Act{staff.ActLink, staff.ActClose}}
	if status == staff.Closed {
		card.Offers = []staff.Act{staff.ActReopen}
	}
	return card
}

func TestPresent(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"status":"creator"}`: true, `{"status":"administrator","x":{}}`: true, `{"status":"member"}`: true,
		`{"status":"restricted","is_member":true}`: true, `{"status":"restricted","is_member":false}`: false, `{"status":"left"}`: false,
		`{"status":"kicked"}`: false, `{"status":"hologram","is_member":true}`: false, `{}`: false,
		"400 user not found": false, "400 member not found": false, "400 PARTICIPANT_ID_INVALID": false,
	} {
		d := newDeskAPI(t)
		d.answer("getChatMember", answer)
		for range 2 {
			if got, err := d.group.Present(t.Context(), 77); err != nil || got != want {
				t.Errorf("%s: %t, %v", answer, got, err)
			}
		}
		calls := d.expect("asked within two seconds", "getChatMember")
		if p := calls[0].params; p["chat_id"] != -5.0 || p["user_id"] != 77.0 {
			t.Errorf("asked for %v", p)
		}
	}
	d := newDeskAPI(t)
	d.answer("getChatMember", "400 chat not found")
	if got, err := d.group.Present(t.Context(), 77); err == nil || got {
		t.Errorf("in a group that does not exist: %t, %v", got, err)
	}
}

func TestPresentIsAskedAgain(t *testing.T) {
	d := newDeskAPI(t)
	d.answer("getChatMember", `{"status":"member"}`)
	ask := func(user int64) bool {
		here, err := d.group.Present(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return here
	}
	ask(77)
	ask(78)
	d.expect("two people", "getChatMember", "getChatMember")
	d.answer("getChatMember", `{"status":"left"}`)
	d.clock.Advance(presentFor - time.Millisecond)
	if !ask(77) {
		t.Error("asked within two seconds")
	}
	d.clock.Advance(time.Millisecond)
	if ask(77) {
		t.Error("who left is present for longer than two seconds")
	}
}

func TestTellAndAnswer(t *testing.T) {
	d := newDeskAPI(t)
	if err := d.group.Tell(t.Context(), 9, 3, staff.Notice{Refusal: staff.NotStaff}); err != nil {
		t.Fatal(err)
	}
	p := d.expect("told", "sendMessage")[0].params
	if p["message_thread_id"] != 9.0 || p["protect_content"] != true || !strings.Contains(p["text"].(string), "staff list") ||
		p["reply_parameters"].(map[string]any)["message_id"] != 3.0 {
		t.Errorf("told with %v", p)
	}
	if err := d.group.Answer(t.Context(), "c", staff.Notice{Refusal: staff.NotNow}); err != nil {
		t.Fatal(err)
	}
	if p := d.expect("answered", "answerCallbackQuery")[0].params; p["show_alert"] != true || !strings.Contains(p["text"].(string), "moved on") {
		t.Errorf("answered with %v", p)
	}
	if err := errors.Join(d.group.Answer(t.Context(), "c", staff.Notice{}), d.group.Tell(t.Context(), 9, 3, staff.Notice{})); err != nil {
		t.Fatal(err)
	}
	if p := d.expect("answered with nothing", "answerCallbackQuery")[0].params; p["show_alert"] == true || p["text"] != nil {
		t.Errorf("answered with %v", p)
	}
	d.client.presses.begin("late", time.Hour, nil)
	d.client.presses.claim("late")
	if err := d.group.Answer(t.Context(), "late", staff.Notice{Refusal: staff.NotNow}); err != nil {
		t.Error(err)
	}
	d.expect("answered twice")
	if !strings.Contains(d.log.String(), "too late") {
		t.Errorf("a lost answer is not logged: %s", d.log)
	}
}

// A group takes twenty writes in any minute; what is more comes later.
func TestPace(t *testing.T) {
	d := newDeskAPI(t)
	at := staff.Place{Message: 31}
	for i := range groupPerMinute {
		if _, err := d.group.Show(t.Context(), at, cardOfCase(staff.Open)); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
		d.clock.Advance(time.Second)
	}
	if _, err := d.group.Show(t.Context(), at, cardOfCase(staff.Open)); !errors.Is(err, flows.ErrLater{After: 40 * time.Second}) {
		t.Errorf("one more: %v", err)
	}
	if len(d.taken()) != groupPerMinute {
		t.Error("more was written than a group takes")
	}
	if err := d.group.Tell(t.Context(), 0, 3, staff.Notice{Refusal: staff.NotNow}); err != nil || !strings.Contains(d.log.String(), "dropped") {
		t.Errorf("a notice: %v, log %s", err, d.log)
	}
	d.expect("a notice of little weight")
	d.clock.Advance(39 * time.Second)
	d.waits.taken()
	if err := d.group.Tell(t.Context(), 0, 3, staff.Notice{Refusal: staff.NotNow}); err != nil {
		t.Error(err)
	}
	d.expect("a notice when there is room soon", "sendMessage")
	if got := d.waits.taken(); !slices.Equal(got, []time.Duration{time.Second}) {
		t.Errorf("waited %v", got)
	}
	d.clock.Advance(time.Minute)
	d.answer("editMessageText", "429 30")
	for _, want := range []time.Duration{30 * time.Second, 20 * time.Second} {
		if _, err := d.group.Show(t.Context(), at, cardOfCase(staff.Open)); !errors.Is(err, flows.ErrLater{After: want}) {
			t.Errorf("Telegram asks to wait: %v, want %v", err, want)
		}
		d.clock.Advance(10 * time.Second)
	}
	d.expect("while Telegram asks to wait", "editMessageText")
}

// A group that has become another chat is worked in no more.
func TestMigration(t *testing.T) {
	const says = "REKEY_STAFF_GROUP: the group -5 has become the chat -1005. Set it to -1005 and restart"
	d := newDeskAPI(t)
	d.answer("getChatMember", `400 group chat was upgraded to a supergroup chat {"migrate_to_chat_id":-1005}`)
	for range 2 {
		if _, err := d.group.Present(t.Context(), 77); err == nil || err.Error() != says {
			t.Errorf("asked who is there: %v", err)
		}
	}
	if _, err := d.group.Show(t.Context(), staff.Place{}, cardOfCase(staff.Open)); err == nil || err.Error() != says {
		t.Errorf("showing: %v", err)
	}
	d.expect("after it moved", "getChatMember")
	if strings.Count(d.log.String(), says) != 1 {
		t.Errorf("log: %s", d.log)
	}
}

func TestStaffMenu(t *testing.T) {
	d := newDeskAPI(t)
	d.group.Setup(t.Context())
	p := d.expect("set up", "setMyCommands")[0].params
	if fmt.Sprint(p["scope"]) != "map[chat_id:-5 type:chat]" || len(p["commands"].([]any)) != len(staff.Commands()) {
		t.Errorf("set %v", p)
	}
}
