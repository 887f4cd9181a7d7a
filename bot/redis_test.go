package bot

import (
	"strings"
	"testing"
	"time"

	"rekey/store/storetest"
)

// TestRedisTakesNoWritesForAWhile lets Redis refuse writes for a moment at every step
// of a recovery, in both modes. The person notices no more than a wait.
func TestRedisTakesNoWritesForAWhile(t *testing.T) {
	for _, mode := range []string{"polling", "webhook"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			redis := storetest.Redis(t)
			environ := []string{cheap, "REKEY_REDIS_URL=" + redis}
			if mode == "webhook" {
				environ = append(environ, webhook(t)...)
			}
			b := begin(t, time.Now, environ...)
			v := b.visitor(t, 7001)
			for _, step := range []struct {
				say   func() string
				hears string
			}{
				{func() string { return "/start recover" }, "Step 1 of 4"},
				{func() string { return "lena@gmail.com" }, "Step 2 of 4"},
				{func() string { return v.mailed("lena@gmail.com", 1) }, "Step 3 of 4"},
				{func() string { return chosen }, "Step 4 of 4"},
				{func() string { return chosen }, "Your password is changed"},
			} {
				text, before := step.say(), b.retried.Load()
				freezes(t, redis)
				v.person.Say(text)
				eventually(t, b.log, "it is tried again", func() bool { return b.retried.Load() > before })
				thaws(t, redis)
				v.hears(step.hears)
			}
			b.quiet(t)
			if transcript := v.transcript(); strings.Contains(transcript, "went wrong") || strings.Count(transcript, "Your password is changed") != 1 {
				t.Errorf("the chat is\n%s", transcript)
			}
			if codes := b.codesTo("lena@gmail.com"); codes != 1 {
				t.Errorf("%d codes were mailed", codes)
			}
			v.say("thank you", "Forgot your")
		})
	}
}

// TestCrashesWhileRedisTakesNoWrites kills the bot while it tries to keep what it has
// performed. The update comes again, and what was performed is taken up.
func TestCrashesWhileRedisTakesNoWrites(t *testing.T) {
	for _, step := range []string{"account", "code"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			redis := storetest.Redis(t)
			s := newScene(t, "polling", "retried:1", "REKEY_REDIS_URL="+redis)
			say := func(at, text, answer string) {
				if at == step {
					freezes(t, redis)
				}
				s.person.Say(text)
				if at == step {
					s.until("the bot died", s.process.crashed.Load)
					thaws(t, redis)
				}
				s.awaits(answer)
			}
			say("", "/start recover", "Step 1 of 4")
			say("account", s.lena.Email, "Step 2 of 4")
			s.until("the code is mailed", func() bool { return len(s.stage.Mail.Mails()) > 0 })
			say("code", codes(s.stage.Mail.Mails()[0].Text)[0], "Step 3 of 4")
			say("", chosen, "Step 4 of 4")
			say("", chosen, "Your password is changed")
			s.settles()
			s.process.end(t)
			s.recoveredOnce()
			signsIn(t, s.environ, s.lena, chosen)
		})
	}
}
