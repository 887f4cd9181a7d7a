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
