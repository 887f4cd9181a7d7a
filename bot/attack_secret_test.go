package bot

import (
	"strings"
	"testing"
)

// TestAttackSecretThatStays types passwords at every step of a recovery, also
// behind commands, in captions and in edits. None stays in the chat, is said again
// or is kept, and no command that came with one ends the recovery.
func TestAttackSecretThatStays(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	v := b.visitor(t, 7001)
	const alone = "in case it was a password, which cannot begin with a command"
	v.hide("/start Kq9#mellow", "looked like a password")
	v.person.Start("recover")
	v.hears("Step 1 of 4")
	v.hide("/privacy Kq9#mellow", "looked like a password")
	v.hide("lena@gmail.com Sommernacht77", "looked like a password")
	typed := v.person.Say("lena@gmail.com")
	v.hears("Step 2 of 4")
	v.hide("Sommernacht77", "in case it was a password")
	v.hide("/help Sommernacht77", "in case it was a password")
	v.hide("correct horse battery staple", "in case it was a password")
	caption := v.person.AttachWith("photo", "Sommernacht77")
	v.hears("in case it was a password")
	v.person.Edit(typed, "Sommernacht77")
	v.hears("in case it was a password")
	v.until("caption and edit are deleted", func() bool { return v.lost(caption) && v.lost(typed) })
	v.say("I did not get any mail", "Check Spam or Junk too. The email shows the words")
	v.say(v.mailed("lena@gmail.com", 1), "Step 3 of 4")
	v.hide("/start Kq9#mellow", alone)
	v.hide("/cancel Kq9#mellow", alone)
	v.hide("/help@rekey_demo_bot Kq9#mellow", alone)
	v.hide("it’s Kq9#mellow", "Not yet: it has signs such as")
	v.hide("it’s Kq9#mellow", "Step 4 of 4")
	v.hide("/privacy Kq9#mellow", alone)
	v.hide("it's Kq9#mellow", "Those two look the same")
	v.hide("Kq9#mellow\u2060", "cannot be seen or typed again")
	v.hide(chosen, "Step 4 of 4")
	v.hide(chosen, "Your password is changed")

	secrets := []string{"Kq9#mellow", "Sommernacht77", "correct horse battery staple", chosen}
	for _, m := range v.person.Chat() {
		for _, secret := range secrets {
			if strings.Contains(m.Text, secret) {
				t.Errorf("the chat holds %q in %q", secret, m.Text)
			}
		}
	}
	b.quiet(t)
	b.end(t)
	b.hunt(t, secrets)
}

// TestAttackPasswordAsUsername types a password where a username is asked for. It
// is looked up, and nobody is shown it: not in the chat, nor staff on a card, nor
// whoever reads the log or the database.
func TestAttackPasswordAsUsername(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	v := b.visitor(t, 9001)
	if reply := v.asks("Sommernacht77"); !strings.Contains(reply.Text, "If it is registered") {
		t.Errorf("the bot says %q", reply.Text)
	}
	v.press("Contact support", "You are writing to the support")
	var card string
	eventually(t, b.log, "the case has a card", func() bool {
		for _, m := range b.stage.Staff.Chat() {
			if strings.Contains(m.Text, "Case 1") {
				card = m.Text
			}
		}
		return card != ""
	})
	if !strings.Contains(card, "•••") || strings.Contains(card, "S•••") {
		t.Errorf("the card is %q", card)
	}
	b.quiet(t)
	b.end(t)
	b.hunt(t, []string{"Sommernacht77", "sommernacht77"})
}
