package telegram

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/flows/staff"
)

// A change of the list that waits has two buttons, which mean what they say.
func TestAChangeThatWaitsHasButtons(t *testing.T) {
	d := newDeskAPI(t)
	tell := func(state staff.Standing) map[string]any {
		t.Helper()
		d.clock.Advance(time.Minute)
		if err := d.group.Tell(t.Context(), 0, 3, staff.Notice{Ruling: &staff.Ruling{Number: 35, State: state}}); err != nil {
			t.Fatal(err)
		}
		return d.expect(string(state), "sendMessage")[0].params
	}
	markup := fmt.Sprint(tell(staff.ChangeWaits)["reply_markup"])
	if want := "map[inline_keyboard:[[map[callback_data:l:z:approve text:Approve] map[callback_data:l:z:refuse text:Refuse]]]]"; markup != want {
		t.Errorf("below it stands %s", markup)
	}
	if below := tell(staff.ChangeDone)["reply_markup"]; below != nil {
		t.Errorf("below what is done stands %v", below)
	}
	for _, a := range []staff.Act{staff.ActApprove, staff.ActRefuse} {
		if p, ok := parseList(listData(35, a)); !ok || p != (staff.Press{Change: 35, Act: a}) {
			t.Errorf("%s is read as %+v", a, p)
		}
	}
	for _, data := range []string{"", "l:", "l:z", "l:z:link", "l:Z:approve", "l:0:approve", "l:-1:approve", "z:approve", "s:z:approve", "l:z:approve:"} {
		if p, ok := parseList(data); ok {
			t.Errorf("%q is read as %+v", data, p)
		}
	}
}

// The question tells whom it asks, and their app answers it at once.
func TestStaffAreAskedWhomTheyHelp(t *testing.T) {
	d := newDeskAPI(t)
	if err := d.group.Tell(t.Context(), 9, 3, staff.Notice{Whom: &staff.Who{ID: 77, Name: "<Olga>"}}); err != nil {
		t.Fatal(err)
	}
	golden(t, "whom", d.expect("asked", "sendMessage")[0].params)
}

func TestWhatIsToldOfCasesOffersANewOne(t *testing.T) {
	d := newDeskAPI(t)
	for what, n := range map[string]staff.Notice{
		"a case is begun": {Case: 17}, "cases": {Cases: []staff.Case{{Number: 17, Status: staff.Open}}}, "figures": {Figures: &staff.Figures{}},
		"": {Refusal: staff.AlreadyOpen, Case: 17}, "no list": {Staff: []staff.Member{}},
	} {
		buttons := fmt.Sprintf("%+v", d.group.notice(n).ReplyMarkup)
		if offers := strings.Contains(buttons, newCase); offers != (what != "" && what != "no list") {
			t.Errorf("%s: below it stands %s", what, buttons)
		}
	}
}
