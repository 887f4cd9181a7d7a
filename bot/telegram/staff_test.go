package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/bot/simulator"
	"rekey/flows"
	"rekey/flows/staff"
)

// staffScript is a StaffHandler made of a function.
type staffScript func(context.Context, staff.Input) error

func (s staffScript) Handle(ctx context.Context, in staff.Input) error { return s(ctx, in) }

// nobody fails the test when a person's input is handled.
func nobody(t *testing.T) Handler {
	return script{TB: t, handle: func(_ context.Context, in flows.Input) error {
		t.Errorf("a person's input: %+v", in)
		return nil
	}}
}

func (d *deskAPI) staffReceiver(h staffScript) *Receiver {
	return d.receiver(nobody(d.TB.(*testing.T)), func(o *ReceiverOptions) {
		o.Staff, o.Within = Staff{d.group, h}, 50*time.Millisecond
	})
}

// arriving reads an update of the staff group, in which LENA stands for a
// person and GROUP for the group.
func (d *deskAPI) arriving(r *Receiver, update string) arrival {
	d.Helper()
	d.updates++
	a, wanted := r.arrive(json.RawMessage(people.Replace(fmt.Sprintf(`{"update_id":%d,%s}`, d.updates, update))))
	if !wanted {
		d.Fatalf("nothing to do about %s", update)
	}
	return a
}

func TestStaffGroupIsWorkedIn(t *testing.T) {
	r := newRig(t)
	group := r.Group(-500, "Support")
	handled := make(chan staff.Input, 1)
	stop := r.poll(r.receiver(nobody(t), func(o *ReceiverOptions) {
		o.Staff = Staff{r.client.StaffGroup(-500, ""), staffScript(func(_ context.Context, in staff.Input) error {
			handled <- in
			return nil
		})}
	}))
	r.lena.SayIn(group, "/start@"+r.Username())
	r.lena.SayIn(group, "/reset lena@gmail.com")
	if in := await(t, handled); in.From != 77 || in.Name != "reset" || in.Text != "lena@gmail.com" {
		t.Errorf("handled %+v", in)
	}
	if err := stop(); err != nil || r.Pending() != 0 {
		t.Errorf("%v, %d not confirmed", err, r.Pending())
	}
	if calls := r.Calls(); calls["leaveChat"] != 0 || calls["sendMessage"] != 0 {
		t.Errorf("called %v", calls)
	}
}

// One person's acts keep their order; who waits holds up nobody else.
func TestStaffDoNotWaitForEachOther(t *testing.T) {
	r := newRig(t)
	group, olga := r.Group(-500, "Support"), r.Person(simulator.Profile{ID: 78, FirstName: "Olga"})
	slow, handled := make(chan struct{}), make(chan string, 3)
	r.poll(r.receiver(nobody(t), func(o *ReceiverOptions) {
		o.Staff = Staff{r.client.StaffGroup(-500, ""), staffScript(func(_ context.Context, in staff.Input) error {
			if in.Text == "first" {
				<-slow
			}
			handled <- in.Text
			return nil
		})}
	}))
	r.lena.SayIn(group, "/reset first")
	r.lena.SayIn(group, "/reset second")
	olga.SayIn(group, "/reset third")
	for i, want := range []string{"third", "first", "second"} {
		if got := await(t, handled); got != want {
			t.Fatalf("%s is handled before %s", got, want)
		}
		if i == 0 {
			close(slow)
		}
	}
}

func TestStaffAreHandledAgainAfterAnError(t *testing.T) {
	d := newDeskAPI(t)
	tries := 0
	r := d.staffReceiver(func(context.Context, staff.Input) error {
		if tries++; tries < 3 {
			return errors.New("the store is busy")
		}
		return nil
	})
	a := d.arriving(r, `"message":{"message_id":3,LENA,GROUP,"text":"/reset x"}`)
	a.due = time.Now().Add(time.Hour)
	if !r.finish(t.Context(), a) || tries != 3 {
		t.Errorf("tried %d times", tries)
	}
	d.expect("handled in the end")
}

// What cannot be handled in time is set aside, and its author is told.
func TestStaffAreToldThatItIsBusy(t *testing.T) {
	d := newDeskAPI(t)
	r := d.staffReceiver(func(context.Context, staff.Input) error { return errors.New("the store is gone") })
	command := d.arriving(r, `"message":{"message_id":3,LENA,GROUP,"text":"/reset x","is_topic_message":true,"message_thread_id":9}`)
	if !r.finish(t.Context(), command) {
		t.Error("a command comes again for ever")
	}
	if p := d.expect("a command", "sendMessage")[0].params; p["message_thread_id"] != 9.0 || !strings.Contains(p["text"].(string), "try again") {
		t.Errorf("told %v", p)
	}
	const press = `"callback_query":{"id":"c","data":"s:h:z:link",LENA,"message":{"message_id":3,GROUP}}`
	if !r.finish(t.Context(), d.arriving(r, press)) {
		t.Error("a press comes again for ever")
	}
	if p := d.expect("a press", "answerCallbackQuery")[0].params; p["show_alert"] != true {
		t.Errorf("told %v", p)
	}
	late := d.arriving(r, press)
	d.client.presses.claim("c")
	if !r.finish(t.Context(), late) {
		t.Error("a late press comes again for ever")
	}
	d.expect("a press that was answered already", "sendMessage")
	if !strings.Contains(d.log.String(), "set aside") || !strings.Contains(d.log.String(), "the store is gone") {
		t.Errorf("log: %s", d.log)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if r.finish(ended, d.arriving(r, press)) {
		t.Error("at the program's end a press is set aside")
	}
}

func TestStaffPanic(t *testing.T) {
	d := newDeskAPI(t)
	tries := 0
	r := d.staffReceiver(func(context.Context, staff.Input) error {
		tries++
		panic("boom")
	})
	a := d.arriving(r, `"message":{"message_id":3,LENA,GROUP,"text":"/reset x"}`)
	a.due = time.Now().Add(time.Hour)
	if !r.finish(t.Context(), a) || tries != maxPanics {
		t.Errorf("tried %d times", tries)
	}
}

// An unanswered press is answered at the end, as everywhere.
func TestStaffPressesAreAnswered(t *testing.T) {
	d := newDeskAPI(t)
	r := d.staffReceiver(func(context.Context, staff.Input) error { return nil })
	if !r.finish(t.Context(), d.arriving(r, `"callback_query":{"id":"c","data":"s:h:z:link",LENA,"message":{"message_id":3,GROUP}}`)) {
		t.Error("not handled")
	}
	d.expect("a press that the desk leaves unanswered", "answerCallbackQuery")
}

func TestTheGroupMoves(t *testing.T) {
	d := newDeskAPI(t)
	r := d.staffReceiver(func(context.Context, staff.Input) error { return nil })
	if !r.finish(t.Context(), d.arriving(r, `"message":{"message_id":3,LENA,GROUP,"migrate_to_chat_id":-1005}`)) {
		t.Error("not acknowledged")
	}
	if !strings.Contains(d.log.String(), "REKEY_STAFF_GROUP") || !strings.Contains(d.log.String(), "-1005") {
		t.Errorf("log: %s", d.log)
	}
	if _, err := d.group.Present(t.Context(), 77); err == nil {
		t.Error("the old group is worked in")
	}
	added := strings.ReplaceAll(people.Replace(`"my_chat_member":{LENA,GROUP,"new_chat_member":{"status":"administrator"}}`), "-5", "-1005")
	if !r.finish(t.Context(), d.arriving(r, added)) {
		t.Error("not acknowledged")
	}
	d.expect("nobody is asked, and the new group is not left")
	if !r.finish(t.Context(), d.arriving(r, strings.ReplaceAll(added, "-1005", "-6"))) {
		t.Error("not acknowledged")
	}
	d.expect("another group", "sendMessage", "leaveChat")
}
