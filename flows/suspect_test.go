package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/flows"
)

// TestWhatMayBeAPasswordIsDeleted types texts after a conversation at the
// password ended or was lost. What could be that password is deleted; what
// cannot, and what is typed elsewhere, stays.
func TestWhatMayBeAPasswordIsDeleted(t *testing.T) {
	const passphrase = "correct horse battery staple"
	lose := func(r *rig) { r.exec(t, "DELETE FROM conversations") }
	for name, c := range map[string]struct {
		steps  int // of a recovery, before what follows
		then   func(*rig)
		text   string
		unread bool
		want   flows.MessageID
	}{
		"lost":              {3, lose, passphrase, false, flows.SayLostSecret},
		"lost, a word":      {4, lose, "marigold", false, flows.SayLostSecret},
		"lost, a caption":   {3, lose, passphrase, true, flows.SayLostSecret},
		"lost, as ever":     {3, lose, newPassword, false, flows.SayLostSecret},
		"given up":          {3, func(r *rig) { r.handle(t, r.command("cancel", "")) }, passphrase, false, flows.SayMaybeSecret},
		"ended":             {3, func(r *rig) { r.pass(30 * time.Minute); r.handle(t, r.text("anyone?")) }, passphrase, false, flows.SayMaybeSecret},
		"lost, an address":  {3, lose, "lena@gmail.com", false, flows.SayLost},
		"lost, a letter":    {3, lose, "Dear bot,\nI forgot my password", false, flows.SayLost},
		"lost, later":       {3, func(r *rig) { lose(r); r.pass(59 * time.Minute) }, passphrase, false, flows.SayMaybeSecret},
		"lost, much later":  {3, func(r *rig) { lose(r); r.pass(time.Hour + time.Second) }, passphrase, false, flows.SayWelcome},
		"lost at the code":  {2, lose, "hello, I forgot my password", false, flows.SayLost},
		"given up, as ever": {3, func(r *rig) { r.handle(t, r.command("cancel", "")) }, newPassword, false, flows.SayMaybeSecret},
		"never asked for":   {0, func(*rig) {}, newPassword, false, flows.SaySecretRemoved},
		"never begun":       {0, func(*rig) {}, "hello, I forgot my password", false, flows.SayWelcome},
		"done":              {5, func(*rig) {}, "thank you very much", false, flows.SayWelcome},
		"done and lost":     {5, lose, "thank you very much", false, flows.SayWelcome},
		"in another's chat": {3, func(r *rig) { r.exec(t, "UPDATE recoveries SET chat = 8"); lose(r) }, passphrase, false, flows.SayWelcome},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for _, in := range r.recovery(t)[:c.steps] {
				r.handle(t, in())
			}
			c.then(r)
			in := r.text(c.text)
			if c.unread {
				in.Kind = flows.Unread
			}
			r.handle(t, in)
			r.saidLast(t, c.want)
			if deleted := slices.Contains(r.chat.deleted, in.Message); deleted != strings.Contains(string(c.want), "secret") {
				t.Errorf("deleted: %t", deleted)
			}
		})
	}
}

// TestALatePassphraseIsDeleted drains both entries of a passphrase, which were
// sent when its conversation still lived.
func TestALatePassphraseIsDeleted(t *testing.T) {
	r := newRig(t)
	for _, in := range r.recovery(t)[:3] {
		r.handle(t, in())
	}
	first := sent(r.text("correct horse battery staple"), r.now)
	second := sent(r.text("correct horse battery staple"), r.now)
	r.pass(5 * time.Hour)
	r.handle(t, first)
	r.handle(t, second)
	if d := r.chat.deleted; !slices.Equal(d, []int{first.Message, second.Message}) {
		t.Errorf("deleted %v, want %d and %d", d, first.Message, second.Message)
	}
}

// TestAPasswordStaysFromATalkThatBeganAfterIt writes to support right after a
// conversation at the password ended or was lost. A single word may be that
// password, as in a talk that was begun at the step itself.
func TestAPasswordStaysFromATalkThatBeganAfterIt(t *testing.T) {
	lose := func(r *rig) { r.exec(t, "DELETE FROM conversations") }
	for name, c := range map[string]struct {
		steps int // of a recovery, before what follows
		then  func(*rig)
		press bool
		kept  bool // the word stays in the chat, as talk does
	}{
		"at the password":      {3, func(*rig) {}, false, false},
		"lost":                 {3, lose, false, false},
		"given up":             {3, func(r *rig) { r.handle(t, r.command("cancel", "")) }, false, false},
		"the grant ran out":    {3, func(r *rig) { r.pass(10 * time.Minute); r.handle(t, r.text("anyone?")) }, true, false},
		"its time is over":     {3, func(r *rig) { r.pass(30 * time.Minute) }, false, false},
		"begun anew":           {3, func(r *rig) { r.handle(t, r.command("start", "recover")) }, false, false},
		"lost, much later":     {3, func(r *rig) { lose(r); r.pass(time.Hour + time.Second) }, false, true},
		"lost at the code":     {2, lose, false, true},
		"done":                 {5, func(*rig) {}, false, true},
		"a password not asked": {0, func(*rig) {}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.talk()
			for _, in := range r.recovery(t)[:c.steps] {
				r.handle(t, in())
			}
			c.then(r)
			if c.press {
				r.handle(t, r.press(flows.ButtonSupport))
			} else {
				r.handle(t, r.command("support", ""))
			}
			r.saidLast(t, flows.AskTalk)
			word := r.text("sunflowermeadow")
			r.handle(t, word)
			if kept := !slices.Contains(r.chat.deleted, word.Message); kept != c.kept {
				t.Errorf("the word stays: %t", kept)
			}
		})
	}
}
