package telegram

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// show shows a case and fails the test unless it gets there by these methods.
func (d *deskAPI) show(what string, at staff.Place, status staff.Status, want staff.Place, methods ...string) []deskCall {
	d.Helper()
	d.clock.Advance(time.Minute) // so that there is room in the group
	got, err := d.group.Show(d.Context(), at, cardOfCase(status))
	if err != nil || got != want {
		d.Errorf("%s: at %+v, %v; want %+v", what, got, err, want)
	}
	return d.expect(what, methods...)
}

const (
	openTitle   = "#17 · l•••@gmail.com"
	closedTitle = "✓ #17 · l•••@gmail.com"
)

func TestCaseHasATopic(t *testing.T) {
	d := newDeskAPI(t)
	drawn := staff.Place{Topic: 9, Message: 31, Name: openTitle}
	calls := d.show("begun", staff.Place{}, staff.Open, drawn, "getChat", "createForumTopic", "sendMessage")
	if name := calls[1].params["name"]; name != openTitle {
		t.Errorf("the topic's name is %q", name)
	}
	golden(t, "card", calls[2].params)
	d.show("once more", drawn, staff.Open, drawn, "editMessageText")
	d.show("waiting for a second person", drawn, staff.Waiting, drawn, "editMessageText")
	d.answer("editMessageText", "400 message is not modified: specified new message content")
	d.show("not changed", drawn, staff.Open, drawn, "editMessageText")

	shut := staff.Place{Topic: 9, Message: 31, Name: closedTitle, Closed: true}
	calls = d.show("closed", drawn, staff.Closed, shut, "editMessageText", "editForumTopic", "closeForumTopic")
	if p := calls[1].params; p["name"] != closedTitle || p["message_thread_id"] != 9.0 {
		t.Errorf("renamed with %v", p)
	}
	d.show("reopened", shut, staff.Open, drawn, "reopenForumTopic", "editMessageText", "editForumTopic")
	for _, method := range []string{"editForumTopic", "closeForumTopic", "reopenForumTopic"} {
		d.answer(method, "400 TOPIC_NOT_MODIFIED")
	}
	d.show("closed by somebody", drawn, staff.Closed, shut, "editMessageText", "editForumTopic", "closeForumTopic")
	d.show("reopened by somebody", shut, staff.Open, drawn, "reopenForumTopic", "editMessageText", "editForumTopic")
}

func TestWhatSomebodyDeletedIsMadeAnew(t *testing.T) {
	d := newDeskAPI(t)
	d.answer("editMessageText", "400 message to edit not found")
	at := staff.Place{Topic: 9, Message: 12, Name: openTitle, Revision: 3}
	d.show("the card is gone", at, staff.Open, staff.Place{Topic: 9, Message: 31, Name: openTitle, Revision: 3}, "editMessageText", "sendMessage")

	d.answer("reopenForumTopic", "400 TOPIC_ID_INVALID")
	at = staff.Place{Topic: 5, Message: 12, Name: openTitle, Revision: 3, Closed: true}
	d.show("the topic is gone", at, staff.Open, staff.Place{Topic: 9, Message: 31, Name: openTitle, Revision: 3},
		"reopenForumTopic", "getChat", "createForumTopic", "sendMessage")
}

func TestGroupWithoutTopics(t *testing.T) {
	d := newDeskAPI(t)
	d.answer("getChat", `{"is_forum":false}`)
	drawn := staff.Place{Message: 31}
	p := d.show("begun", staff.Place{}, staff.Open, drawn, "getChat", "sendMessage")[1].params
	if p["message_thread_id"] != nil {
		t.Errorf("sent %v", p)
	}
	d.show("closed", drawn, staff.Closed, drawn, "editMessageText")
	d.show("another one", staff.Place{}, staff.Open, drawn, "sendMessage")
}

// Topics are asked for again once Telegram says that there are none.
func TestTopicsThatWereSwitchedOff(t *testing.T) {
	d := newDeskAPI(t)
	d.show("with topics", staff.Place{}, staff.Open, staff.Place{Topic: 9, Message: 31, Name: openTitle}, "getChat", "createForumTopic", "sendMessage")
	d.answer("getChat", `{"is_forum":false}`)
	d.answer("createForumTopic", "400 the chat is not a forum")
	d.show("without", staff.Place{}, staff.Open, staff.Place{Message: 31}, "createForumTopic", "getChat", "sendMessage")
	d.show("known", staff.Place{}, staff.Open, staff.Place{Message: 31}, "sendMessage")
}

func TestBotWithoutRights(t *testing.T) {
	d := newDeskAPI(t)
	d.answer("createForumTopic", "400 not enough rights to create a topic")
	d.show("no topic", staff.Place{}, staff.Open, staff.Place{Message: 31}, "getChat", "createForumTopic", "sendMessage")
	if !strings.Contains(d.log.String(), "may not manage topics") {
		t.Errorf("log: %s", d.log)
	}
}

// What is done of a drawing is known, also when the rest has to wait.
func TestShowTellsHowFarItGot(t *testing.T) {
	d := newDeskAPI(t)
	d.answer("sendMessage", "429 30")
	at, err := d.group.Show(t.Context(), staff.Place{}, cardOfCase(staff.Open))
	if want := (staff.Place{Topic: 9, Name: openTitle}); at != want || !errors.Is(err, flows.ErrLater{After: 30 * time.Second}) {
		t.Errorf("at %+v, %v", at, err)
	}
	d.taken()
	d.answer("sendMessage", `{"message_id":31}`)
	d.show("then", at, staff.Open, staff.Place{Topic: 9, Message: 31, Name: openTitle}, "sendMessage")
	d.answer("editForumTopic", "400 chat not found")
	d.clock.Advance(time.Minute)
	at, err = d.group.Show(t.Context(), staff.Place{Topic: 9, Message: 12, Name: "another"}, cardOfCase(staff.Closed))
	if want := (staff.Place{Topic: 9, Message: 12, Name: "another"}); at != want || err == nil {
		t.Errorf("at %+v, %v", at, err)
	}
}

func TestReasonsHaveButtons(t *testing.T) {
	d := newDeskAPI(t)
	c := cardOfCase(staff.Open)
	c.Case.Asks = staff.AskReason
	var data []string
	for _, row := range d.group.keyboard(c).InlineKeyboard {
		for _, b := range row {
			data = append(data, b.CallbackData)
		}
	}
	if len(data) != len(staff.Reasons())+len(c.Offers) || data[0] != "s:h:z:forgot" || data[len(data)-1] != "s:h:z:close" {
		t.Errorf("buttons %q", data)
	}
}
