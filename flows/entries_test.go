package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is kept of entries, refused or not, are tags: no password, nor what it
// looks like.
func TestEntriesAreKeptAsTags(t *testing.T) {
	o := testOptions()
	o.Tag = func(conversation, password string) string {
		sum := sha256.Sum256([]byte(conversation + "\x00" + password))
		return hex.EncodeToString(sum[:])
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := At{Now: now, Conversation: "c", Chat: 7}
	r, entry := Recovering{Grant: "g", Expires: now.Add(time.Minute)}, Input{Kind: Typed, Text: "it’s a marigold"}
	var heard []string
	for range 2 {
		next, answer := o.readPassword(r, entry, at)
		heard, r = append(heard, OutcomeName(answer.(Outcome))), next
		kept, err := json.Marshal(r)
		if err != nil || strings.Contains(string(kept), "marigold") {
			t.Errorf("kept %s, %v", kept, err)
		}
	}
	for _, again := range []Secret{"it's a marigold", "it’s a Marigold", entry.Text} {
		_, answer := o.readConfirmation(r, Input{Kind: Typed, Text: again}, at)
		if set, ok := answer.(SetPassword); ok {
			heard = append(heard, string(set.Kind()))
			continue
		}
		heard = append(heard, OutcomeName(answer.(Outcome)))
	}
	if want := []string{"PasswordTypeset", "PasswordNoted", "ConfirmationAlike", "ConfirmationDiffers", "set_password"}; !slices.Equal(heard, want) {
		t.Errorf("got %q, want %q", heard, want)
	}
	// A conversation from before has no second tag.
	_, answer := o.readConfirmation(Recovering{First: "x", Expires: r.Expires}, entry, at)
	if name := OutcomeName(answer.(Outcome)); name != "ConfirmationDiffers" {
		t.Errorf("an older conversation: %s", name)
	}
}
