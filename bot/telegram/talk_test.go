package telegram

import (
	"errors"
	"testing"

	"rekey/flows"
	"rekey/flows/staff"
)

// What Telegram never copies does not hold up what is said after it.
func TestWhatCannotBeCopiedIsFinal(t *testing.T) {
	for answer, want := range map[string]bool{
		"400 not enough rights to send stickers to the chat": true,
		"400 VOICE_MESSAGES_FORBIDDEN":                       true,
		"400 message to copy not found":                      true,
		"400 chat not found":                                 true,
		"400 message thread not found":                       false,
		"400 TOPIC_DELETED":                                  false,
		"429 3":                                              false,
	} {
		t.Run(answer, func(t *testing.T) {
			d := newDeskAPI(t)
			d.answer("copyMessage", answer)
			sticker := staff.Line{Kind: staff.LineSaid, Media: "sticker", Chat: 77, Message: 5, ToStaff: true}
			for side, err := range map[string]error{
				"staff":      d.group.ToStaff(t.Context(), staff.Place{Topic: 9, Message: 31}, 17, sticker),
				"the person": d.group.ToPerson(t.Context(), staff.Talk{Chat: 77, Language: "en"}, sticker),
			} {
				if errors.Is(err, flows.ErrUnreachable) != want || err == nil {
					t.Errorf("to %s: %v", side, err)
				}
			}
		})
	}
}

// What a person says in a talk stays in the group, and what support says to them
// in their chat.
func TestWhatIsSaidInATalkIsNotForwarded(t *testing.T) {
	d := newDeskAPI(t)
	for _, media := range []string{"", "photo"} {
		line := staff.Line{Kind: staff.LineSaid, Text: "hello", Media: media, Chat: 77, Message: 5, ToStaff: true}
		if err := d.group.ToStaff(t.Context(), staff.Place{Topic: 9, Message: 31}, 17, line); err != nil {
			t.Fatal(err)
		}
		if err := d.group.ToPerson(t.Context(), staff.Talk{Chat: 77, Language: "en"}, line); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range d.expect("two lines each way", "sendMessage", "sendMessage", "copyMessage", "copyMessage") {
		if c.params["protect_content"] != true {
			t.Errorf("%s %v can be forwarded", c.method, c.params)
		}
	}
}
