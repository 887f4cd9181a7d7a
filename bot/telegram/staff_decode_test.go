package telegram

import (
	"encoding/json"
	"strings"
	"testing"

	"rekey/flows"
	"rekey/flows/staff"
)

var desk = decoder{bot: 1, username: "RekeyBot", staff: -5}

func TestDecodeStaff(t *testing.T) {
	press := staff.Press{Callback: "c", Case: 17, Revision: 35, Act: staff.ActLink}
	tests := map[string]struct {
		update string
		want   *staff.Input
	}{
		"command":           {`"message":{"message_id":3,LENA,GROUP,"text":"/reset lena@example.com"}`, &staff.Input{From: 77, Message: 3, Name: "reset", Text: "lena@example.com"}},
		"addressed command": {`"message":{"message_id":3,LENA,GROUP,"text":"/RESET@rekeybot x"}`, &staff.Input{From: 77, Message: 3, Name: "reset", Text: "x"}},
		"another's command": {`"message":{"message_id":3,LENA,GROUP,"text":"/reset@other x"}`, nil},
		"a person's":        {`"message":{"message_id":3,LENA,GROUP,"text":"/start"}`, nil},
		"unknown command":   {`"message":{"message_id":3,LENA,GROUP,"text":"/rm x"}`, nil},
		"in a topic": {`"message":{"message_id":3,LENA,GROUP,"text":"AB-12","is_topic_message":true,"message_thread_id":9,"reply_to_message":{"message_id":9}}`,
			&staff.Input{From: 77, Topic: 9, Message: 3, Text: "AB-12"}},
		"command in a topic": {`"message":{"message_id":3,LENA,GROUP,"text":"/reset","is_topic_message":true,"message_thread_id":9}`,
			&staff.Input{From: 77, Topic: 9, Message: 3, Name: "reset"}},
		"reply to a card": {`"message":{"message_id":3,LENA,GROUP,"text":"AB-12","message_thread_id":2,"reply_to_message":{"message_id":2}}`,
			&staff.Input{From: 77, Message: 3, Answers: 2, Text: "AB-12"}},
		"reply to a line of a talk": {`"message":{"message_id":3,LENA,GROUP,"text":"Hello","reply_to_message":{"message_id":2,"from":{"id":1,"is_bot":true},"text":"#17 › They write:\nx"}}`,
			&staff.Input{From: 77, Message: 3, Answers: 2, Case: 17, Text: "Hello"}},
		"reply to a photo of a talk": {`"message":{"message_id":3,LENA,GROUP,"text":"Hello","reply_to_message":{"message_id":2,"from":{"id":1,"is_bot":true},"photo":[{}],"caption":"#17 › x"}}`,
			&staff.Input{From: 77, Message: 3, Answers: 2, Case: 17, Text: "Hello"}},
		"reply to a line that somebody forged": {`"message":{"message_id":3,LENA,GROUP,"text":"Hello","reply_to_message":{"message_id":2,"from":{"id":78},"text":"#17 › x"}}`,
			&staff.Input{From: 77, Message: 3, Answers: 2, Text: "Hello"}},
		"photo":              {`"message":{"message_id":3,LENA,GROUP,"photo":[{}],"caption":"x"}`, &staff.Input{From: 77, Message: 3, Text: "x", Media: "photo"}},
		"animation":          {`"message":{"message_id":3,LENA,GROUP,"document":{},"animation":{}}`, &staff.Input{From: 77, Message: 3, Media: "animation"}},
		"somebody was added": {`"message":{"message_id":3,LENA,GROUP,"new_chat_members":[{}]}`, nil},
		"reply to a list":    {`"message":{"message_id":3,LENA,GROUP,"text":"x","reply_to_message":{"message_id":2,"from":{"id":1},"text":"#17 · open"}}`, &staff.Input{From: 77, Message: 3, Answers: 2, Text: "x"}},
		"command as a reply": {`"message":{"message_id":3,LENA,GROUP,"text":"/reset x","reply_to_message":{"message_id":2}}`,
			&staff.Input{From: 77, Message: 3, Name: "reset", Text: "x"}},
		"anonymous command": {`"message":{"message_id":3,"from":{"id":1087968824,"is_bot":true},"sender_chat":{"id":-5},GROUP,"text":"/reset x"}`,
			&staff.Input{Message: 3, Name: "reset", Text: "x", Borrowed: true}},
		"a channel's command": {`"message":{"message_id":3,LENA,"sender_chat":{"id":-6},GROUP,"text":"/reset x"}`,
			&staff.Input{Message: 3, Name: "reset", Text: "x", Borrowed: true}},
		"forwarded command": {`"message":{"message_id":3,LENA,GROUP,"text":"/reset x","forward_origin":{"type":"new"}}`,
			&staff.Input{From: 77, Message: 3, Name: "reset", Text: "x", Borrowed: true}},
		"command by a bot": {`"message":{"message_id":3,LENA,GROUP,"text":"/reset x","via_bot":{"id":5}}`,
			&staff.Input{From: 77, Message: 3, Name: "reset", Text: "x", Borrowed: true}},
		"an answer": {`"message":{"message_id":3,LENA,GROUP,"text":"x@example.com",QUESTION}`,
			&staff.Input{From: 77, Message: 3, Name: "reset", Text: "x@example.com", Asked: 77, Answers: 2}},
		"an answer in a topic": {`"message":{"message_id":3,LENA,GROUP,"text":"x","is_topic_message":true,"message_thread_id":9,QUESTION}`,
			&staff.Input{From: 77, Topic: 9, Message: 3, Name: "reset", Text: "x", Asked: 77, Answers: 2}},
		"an anonymous answer": {`"message":{"message_id":3,"from":{"id":1087968824,"is_bot":true},"sender_chat":{"id":-5},GROUP,"text":"x",QUESTION}`,
			&staff.Input{Message: 3, Name: "reset", Text: "x", Asked: 77, Answers: 2, Borrowed: true}},
		"a command as an answer": {`"message":{"message_id":3,LENA,GROUP,"text":"/today",QUESTION}`,
			&staff.Input{From: 77, Message: 3, Name: "today"}},
		"an answer to another bot": {`"message":{"message_id":3,LENA,GROUP,"text":"x","reply_to_message":{"message_id":2,"from":{"id":5,"is_bot":true},
			"entities":[{"type":"text_mention","user":{"id":77}}]}}`, &staff.Input{From: 77, Message: 3, Answers: 2, Text: "x"}},
		"an answer to a person": {`"message":{"message_id":3,LENA,GROUP,"text":"x","reply_to_message":{"message_id":2,"from":{"id":78},
			"entities":[{"type":"text_mention","user":{"id":77}}]}}`, &staff.Input{From: 77, Message: 3, Answers: 2, Text: "x"}},
		"an answer to a notice": {`"message":{"message_id":3,LENA,GROUP,"text":"x","reply_to_message":{"message_id":2,"from":{"id":1,"is_bot":true},
			"entities":[{"type":"mention"}]}}`, &staff.Input{From: 77, Message: 3, Answers: 2, Text: "x"}},
		"press of the button for a case": {`"callback_query":{"id":"c","data":"n:reset",LENA,"message":{"message_id":3,GROUP}}`,
			&staff.Input{From: 77, Message: 3, Name: "reset", Press: staff.Press{Callback: "c"}}},
		"press below a change of the list": {`"callback_query":{"id":"c","data":"l:z:refuse",LENA,"message":{"message_id":3,GROUP}}`,
			&staff.Input{From: 77, Message: 3, Press: staff.Press{Callback: "c", Change: 35, Act: staff.ActRefuse}}},
		"forwarded talk":          {`"message":{"message_id":3,LENA,GROUP,"text":"x","forward_origin":{"type":"new"}}`, nil},
		"anonymous talk":          {`"message":{"message_id":3,"from":{"id":1087968824,"is_bot":true},"sender_chat":{"id":-5},GROUP,"text":"x"}`, nil},
		"a bot's talk":            {`"message":{"message_id":3,"from":{"id":5,"is_bot":true},GROUP,"text":"x"}`, nil},
		"command below a picture": {`"message":{"message_id":3,LENA,GROUP,"photo":[{}],"caption":"/reset x"}`, nil},
		"edit":                    {`"edited_message":{"message_id":3,LENA,GROUP,"text":"/reset x"}`, nil},
		"added":                   {`"my_chat_member":{LENA,GROUP,"new_chat_member":{"status":"member"}}`, nil},
		"press": {`"callback_query":{"id":"c","data":"s:h:z:link",LENA,"message":{"message_id":3,GROUP,"date":0}}`,
			&staff.Input{From: 77, Message: 3, Press: press}},
		"press in a topic": {`"callback_query":{"id":"c","data":"s:h:z:lost_phone",LENA,"message":{"message_id":3,GROUP,"is_topic_message":true,"message_thread_id":9}}`,
			&staff.Input{From: 77, Topic: 9, Message: 3, Press: staff.Press{Callback: "c", Case: 17, Revision: 35, Reason: "lost_phone"}}},
		"press of a person's button": {`"callback_query":{"id":"c","data":"..forgot",LENA,"message":{"message_id":3,GROUP}}`,
			&staff.Input{From: 77, Message: 3, Press: staff.Press{Callback: "c"}}},
	}
	const question = `"reply_to_message":{"message_id":2,"from":{"id":1,"is_bot":true},"entities":[{"type":"bold"},{"type":"text_mention","user":{"id":77}}]}`
	for name, c := range tests {
		c.update = strings.Replace(c.update, "QUESTION", question, 1)
		e, err := desk.decode(json.RawMessage(people.Replace(`{"update_id":9,` + c.update + `}`)))
		if err != nil || e.input != nil || e.group != nil || (e.staff == nil) != (c.want == nil) {
			t.Errorf("%s: got %+v (staff %+v), %v", name, e, e.staff, err)
			continue
		}
		if c.want == nil {
			continue
		}
		if c.want.ID = flows.UpdateInput(1, 9); *e.staff != *c.want || e.chat != c.want.From || e.callback() != c.want.Press.Callback {
			t.Errorf("%s: got %+v in lane %d, want %+v", name, e.staff, e.chat, c.want)
		}
	}
}

func TestDecodeMigration(t *testing.T) {
	const update = `{"update_id":9,"message":{"message_id":3,LENA,GROUP,"migrate_to_chat_id":-1005}}`
	if e, err := desk.decode(json.RawMessage(people.Replace(update))); err != nil || e.moved != -1005 || e.staff != nil {
		t.Errorf("the staff group: %+v, %v", e, err)
	}
	if e, err := reader.decode(json.RawMessage(people.Replace(update))); err != nil || e.moved != 0 {
		t.Errorf("another group: %+v, %v", e, err)
	}
}

// Nobody presses a button of staff in a private chat or another group, and staff
// press no person's.
func TestPressesStayWhereTheyBelong(t *testing.T) {
	const staffs = "s:h:z:link"
	if _, _, _, ok := parsePress(staffs); ok {
		t.Error("a card's button reads as a person's")
	}
	e, err := desk.decode(json.RawMessage(people.Replace(`{"update_id":9,"callback_query":{"id":"c","data":"` + staffs + `",LENA,"message":{CHAT}}}`)))
	if err != nil || e.staff != nil || e.input == nil || e.input.Name != "" {
		t.Errorf("in a private chat: %+v, %v", e, err)
	}
	other := strings.ReplaceAll(people.Replace(`{"update_id":9,"callback_query":{"id":"c","data":"`+staffs+`",LENA,"message":{GROUP}}}`), "-5", "-6")
	if e, err := desk.decode(json.RawMessage(other)); err != nil || e.wanted() {
		t.Errorf("in another group: %+v, %v", e, err)
	}
	for _, data := range []string{
		"", "s", "s:", "s:h:z:", "s:h:z", "s::z:link", "s:h::link", "s:h:z:link:x", "h:z:link", "S:h:z:link", "s:0:z:link", "s:-h:z:link",
		"s:H:z:link", "s:0h:z:link", "s:+h:z:link", "s:h:-1:link", "s:h:z:a.b", "..forgot", "conv.1z.resend", "s.h.z.link",
	} {
		if p, ok := parseCard(data); ok || p != (staff.Press{}) {
			t.Errorf("%q reads as %+v", data, p)
		}
	}
}

func TestCardDataFits(t *testing.T) {
	longest := staff.Case{Number: 1<<63 - 1, Revision: 1<<64 - 1}
	names := []string{string(staff.ActNoTicket), string(staff.ActSessions)}
	for _, r := range staff.Reasons() {
		names = append(names, string(r))
	}
	for _, name := range names {
		data := cardData(longest, name)
		p, ok := parseCard(data)
		if len(data) > 64 || !ok || p.Case != longest.Number || p.Revision != longest.Revision || string(p.Act)+p.Reason != name {
			t.Errorf("%q of %d bytes reads as %+v", data, len(data), p)
		}
	}
}

func FuzzDecodeStaff(f *testing.F) {
	f.Add(people.Replace(`{"update_id":9,"message":{"message_id":3,LENA,GROUP,"text":"/reset x"}}`))
	f.Add(people.Replace(`{"update_id":9,"message":{"message_id":3,LENA,GROUP,"text":"x","is_topic_message":true,"message_thread_id":9}}`))
	f.Add(people.Replace(`{"update_id":9,"callback_query":{"id":"c","data":"s:h:z:link",LENA,"message":{GROUP}}}`))
	f.Add(people.Replace(`{"update_id":9,"callback_query":{"id":"c","data":"s:h:z:link",LENA,"message":{CHAT}}}`))
	f.Fuzz(func(t *testing.T, raw string) {
		e, _ := desk.decode(json.RawMessage(raw))
		in := e.staff
		if in == nil {
			return
		}
		if e.input != nil || e.group != nil || in.ID != flows.UpdateInput(1, e.update) || e.chat != in.From {
			t.Errorf("staff's %+v is more than that: %+v", in, e)
		}
		if in.Press.Callback == "" && in.Press != (staff.Press{}) || in.Name == "" && in.Press.Callback == "" && (in.From == 0 || in.Borrowed) {
			t.Errorf("input %+v", in)
		}
	})
}

func FuzzCardPress(f *testing.F) {
	f.Add("s:h:z:link")
	f.Add("conv.1z.resend")
	f.Fuzz(func(t *testing.T, data string) {
		p, ok := parseCard(data)
		_, _, _, persons := parsePress(data)
		if ok && (persons || cardData(staff.Case{Number: p.Case, Revision: p.Revision}, string(p.Act)+p.Reason) != data) {
			t.Errorf("%q reads as %+v", data, p)
		}
	})
}
