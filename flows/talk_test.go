package flows_test

import (
	"encoding/json"
	"testing"

	"rekey/flows"
)

// TestTheEndOfATalkEndsNoLaterOne lets the end of a talk arrive when the person has
// left it by themselves and begun another, in the same conversation. What they say
// then is for support still, and not an answer to the step that waits meanwhile.
func TestTheEndOfATalkEndsNoLaterOne(t *testing.T) {
	r := newRig(t)
	r.talk()
	for _, in := range r.recovery(t)[:3] {
		r.handle(t, in())
	}
	first := r.command("support", "")
	r.handle(t, first)
	r.saidLast(t, flows.AskTalk)
	conversation := r.conversation(t).ID
	r.handle(t, r.press(flows.ButtonEndTalk))
	second := r.command("support", "")
	r.handle(t, second)
	end := func(line int64, opened flows.InputID) flows.Input {
		return flows.Input{ID: flows.TalkInput(1, line), Kind: flows.Ended, Chat: first.Chat, Name: string(opened), Param: "Anna",
			Press: flows.Press{Conversation: conversation}}
	}
	r.handle(t, end(1, first.ID))
	if c := r.conversation(t); c.Flow != flows.TalkName {
		t.Fatalf("the talk has ended: the conversation is in %q at %q", c.Flow, c.Step)
	}
	r.handle(t, end(2, second.ID))
	if c := r.conversation(t); c.Flow != flows.RecoveryName || c.Step != "password" {
		t.Fatalf("the talk goes on: the conversation is in %q at %q", c.Flow, c.Step)
	}
}

// conversation gives the chat's conversation as it is kept.
func (r *rig) conversation(t *testing.T) (c flows.Conversation) {
	t.Helper()
	stored, found, err := r.talks.Load(t.Context(), 7)
	if err != nil || !found {
		t.Fatalf("%t, %v", found, err)
	}
	body, err := r.keys.Open(stored.Body, "conversation:7")
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}
