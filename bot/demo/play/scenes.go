package play

import (
	"time"

	"rekey/bot/demo"
)

// scene is one conversation from the first message to the new password.
type scene struct {
	title    string
	who      string // the sample person's key
	password string // the new one
	play     func(t *talk, me demo.Sample, password string)
}

var scenes = []scene{
	{"Lena recovers her password by email", "lena", "Marigold&Rain7", byEmail},
	{"Vera recovers hers by SMS, in Russian", "vera", "Chasovnya*Sad9", bySMS},
	{"Omar meets everything that can go wrong", "omar", "Copper+Kettle5", withTrouble},
	{"Nina calls support, and two of them help her", "nina", "Walnut&Bridge4", withHelp},
}

func byEmail(t *talk, me demo.Sample, password string) {
	t.start("")
	t.sees("Forgot your")
	t.press("Forgot password")
	t.sees("Step 1 of 4")
	t.say(me.Email)
	t.sees("Step 2 of 4")
	finish(t, me, password)
}

// finish goes on from the mailed code to the notice.
func finish(t *talk, me demo.Sample, password string) {
	t.say(t.mailedCode(me.Email))
	t.sees("Step 3 of 4")
	t.saySecret(password)
	t.sees("Step 4 of 4")
	t.saySecret(password)
	t.sees("Your password is changed")
	t.mailed(me.Email, "password was changed")
}

func bySMS(t *talk, me demo.Sample, password string) {
	t.start("recover")
	t.sees("Шаг 1 из 4")
	t.share()
	t.sees("Шаг 2 из 4")
	t.say(t.textedCode(me.Phone))
	t.sees("Шаг 3 из 4")
	t.saySecret(password)
	t.sees("Шаг 4 из 4")
	t.saySecret(password)
	t.sees("✓")
	t.texted(me.Phone)
}

func withTrouble(t *talk, me demo.Sample, password string) {
	t.start("recover")
	t.sees("Step 1 of 4")
	t.say(slip(me.Email))
	t.sees("Did you mean")
	t.pressFirst()
	t.sees("Step 2 of 4")
	first := t.mailedCode(me.Email)
	t.say(otherThan(first))
	t.sees("4 tries left")
	t.press("Send a new code")
	t.sees("You can ask for a new code in")
	t.wait(61 * time.Second)
	t.press("Send a new code")
	t.sees("Step 2 of 4")
	t.mailedCode(me.Email)
	t.say(first)
	t.sees("replaced by a newer one")
	t.wait(10*time.Minute + time.Second)
	t.sees("expired")
	t.press("Send a new code")
	t.sees("Step 2 of 4")
	t.say(t.mailedCode(me.Email))
	t.sees("Step 3 of 4")
	t.saySecret("omar1")
	t.sees("Not yet")
	t.saySecret(password)
	t.sees("Step 4 of 4")
	t.saySecret(password + "x")
	t.sees("not the same")
	t.saySecret(password)
	t.sees("Step 4 of 4")
	t.saySecret(password)
	t.sees("Your password is changed")
	t.mailed(me.Email, "password was changed")
}

// slip misspells the domain of an address by leaving out its third letter.
func slip(email string) string {
	for i := range email {
		if email[i] == '@' {
			return email[:i+3] + email[i+4:]
		}
	}
	return email
}

// otherThan gives a code that differs in its last digit.
func otherThan(code string) string {
	if code == "" {
		return ""
	}
	last := len(code) - 1
	return code[:last] + string('0'+(code[last]-'0'+1)%10)
}

// Passwords gives the new passwords of all scenes.
func Passwords() []string {
	var all []string
	for _, s := range scenes {
		all = append(all, s.password)
	}
	return all
}
