package bot

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/flows"
	"rekey/store/accounts"
)

const chosen = "Marigold&Rain7"

// neverShown are the names of buttons that stand at other steps, or nowhere.
var neverShown = []string{
	string(flows.ButtonSpellingYes), string(flows.ButtonSpellingNo), string(flows.ButtonShare), "password", "confirm", "CodeAccepted", "..", "",
}

// TestAttackForgedButtons presses buttons that were never shown, of one's own
// conversation and of somebody else's, with revisions that are gone or have
// never been, at every step. Nothing is proved by it and nobody is disturbed.
func TestAttackForgedButtons(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	lena := b.visitor(t, 7001)
	hers := conversation(lena.asks("lena@gmail.com").Inline[0][0].Data)
	code := lena.mailed("lena@gmail.com", 1)

	stranger := b.visitor(t, 9001)
	stranger.person.Start("")
	own := "none"
	for _, step := range []func(){
		func() { stranger.hears("Forgot your") },
		func() { stranger.press("Forgot password", "Step 1 of 4") },
		func() { own = conversation(stranger.say("omar@outlook.com", "Step 2 of 4").Inline[0][0].Data) },
		func() { stranger.say(never, "4 tries") },
		func() { stranger.say(never, "3 tries") },
	} {
		step()
		for _, place := range []string{own + ".0", own + ".1", hers + ".1", hers + ".3", hers + ".zzz", ".-1", "none.3", "."} {
			for _, name := range []string{string(flows.ButtonChange), string(flows.ButtonResend), "password"} {
				stranger.person.PressData(stranger.newest().ID, place+"."+name)
			}
			b.quiet(t) // or a press beyond those in hand would be left unread
		}
		for _, name := range neverShown {
			stranger.person.PressData(stranger.newest().ID, own+"."+strconv.FormatUint(math.MaxUint64, 36)+"."+name)
		}
		b.quiet(t)
	}
	if n := count(t, b.dir, `SELECT count(*) FROM grants`); n != 0 {
		t.Errorf("%d grants were minted without a code", n)
	}
	if n := count(t, b.dir, `SELECT codes FROM recoveries WHERE chat = 7001`); n != 1 {
		t.Errorf("the stranger had %d codes sent in somebody else's recovery", n-1)
	}
	lena.say(code, "Step 3 of 4")
	for _, name := range append(neverShown, string(flows.ButtonResend), string(flows.ButtonChange)) { // proof does not let a step be skipped either
		lena.person.PressData(1, hers+".zzz."+name)
	}
	lena.hide(chosen, "Step 4 of 4")
	lena.hide(chosen, "Your password is changed")
	if n := b.passwordsSet(t); n != 1 {
		t.Errorf("%d passwords were set, want Lena's alone", n)
	}
}

// TestAttackWithoutProof does at every step before the right code what belongs
// to the steps behind it.
func TestAttackWithoutProof(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	v := b.visitor(t, 9001)
	tries := func() {
		for _, text := range []string{chosen, chosen, chosen, never, "/start password", "/confirm", "/cancel now", "/start confirm", "/start set_password"} {
			v.person.Say(text)
		}
		b.quiet(t) // or what goes beyond those in hand would be left unread
		v.person.Edit(v.person.Say("hello"), chosen)
		v.person.Forward(never)
		v.person.ShareContact()
		for _, kind := range []string{"contact", "sticker", "dice", "location"} {
			v.person.Attach(kind)
		}
		b.quiet(t)
	}
	v.person.Start("")
	tries()
	v.person.Start("recover")
	tries()
	v.asks("lena@gmail.com")
	tries()
	if n := count(t, b.dir, `SELECT count(*) FROM grants`) + b.passwordsSet(t); n != 0 {
		t.Errorf("%d grants or passwords came from no code", n)
	}
}

// TestAttackTwoVerifiedChats proves to own one account in three chats, and sets a
// password in two of them at once. One of them wins, and what was proved in the
// others is worth nothing from then on.
func TestAttackTwoVerifiedChats(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	passwords := []string{chosen, "Lantern+Boat8"}
	var chats []*visitor
	for i, id := range []int64{9002, 7001, 9001} {
		v := b.visitor(t, id)
		v.asks("lena@gmail.com")
		v.say(v.mailed("lena@gmail.com", i+1), "Step 3 of 4")
		if i > 0 {
			v.hide(passwords[i-1], "Step 4 of 4")
			chats = append(chats, v)
		}
	}
	for i, v := range chats {
		v.person.Say(passwords[i])
	}
	won := -1
	for i, v := range chats {
		if strings.Contains(v.hears("Your password is changed", "that time is over", "account was changed").Text, "Your password is changed") {
			won = i
		}
	}
	if n := b.passwordsSet(t); n != 1 || won < 0 {
		t.Fatalf("%d passwords were set", n)
	}
	if !b.signs(t, "lena@gmail.com", passwords[won]) || b.signs(t, "lena@gmail.com", passwords[1-won]) {
		t.Error("it is not the winner's password that signs in")
	}
	if n := count(t, b.dir, `SELECT count(*) FROM grants WHERE state = 'live'`); n != 0 {
		t.Errorf("%d chats may still set a password", n)
	}
}

// TestAttackForeignCode types the code of one chat in another. Neither chat is
// told more than that it is wrong; the owner is warned by mail, once.
func TestAttackForeignCode(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	thief, lena := b.visitor(t, 9001), b.visitor(t, 7001)
	thief.asks("lena@gmail.com")
	ofThief := thief.mailed("lena@gmail.com", 1)
	lena.asks("lena@gmail.com")
	ofLena := lena.mailed("lena@gmail.com", 2)
	thief.say(ofLena, "4 tries left")
	lena.say(ofThief, "4 tries left")
	if n := count(t, b.dir, `SELECT count(*) FROM grants`); n != 0 {
		t.Fatalf("a code of another chat gave %d grants", n)
	}
	b.quiet(t)
	warnings := 0
	for _, m := range b.stage.Mail.Mails() {
		if m.To == "lena@gmail.com" && strings.Contains(m.Text, "was typed in another chat") && strings.Contains(m.HTML, "was typed in another chat") {
			warnings++
		}
	}
	if warnings != 1 {
		t.Errorf("the owner was warned %d times", warnings)
	}
	lena.say(ofLena, "Step 3 of 4")
}

// TestAttackReplayedCode types a code that was used, replaced or given up.
func TestAttackReplayedCode(t *testing.T) {
	t.Parallel()
	clock := newStill()
	b := begin(t, clock.Now, cheap)
	v := b.visitor(t, 7001)
	v.asks("lena@gmail.com")
	first := v.mailed("lena@gmail.com", 1)
	clock.Advance(61 * time.Second)
	v.press("Send a new code", "Step 2 of 4")
	second := v.mailed("lena@gmail.com", 2)
	v.say(first, "replaced by a newer one")
	v.say("/cancel", "Stopped")
	v.say(second, "Forgot your")
	v.asks("lena@gmail.com")
	third := v.mailed("lena@gmail.com", 3)
	v.say(second, "That code isn't right")
	v.say(third, "Step 3 of 4")
	v.say("/cancel", "Stopped")
	v.asks("lena@gmail.com")
	v.mailed("lena@gmail.com", 4)
	v.say(third, "That code isn't right")
	if n := count(t, b.dir, `SELECT count(*) FROM grants WHERE state = 'live'`); n != 0 {
		t.Errorf("%d grants live on in conversations that were given up", n)
	}
}

// TestAttackChangeBetweenSteps changes the account behind the person's back
// between any two steps after the code was sent. What was proved then proves
// nothing any more.
func TestAttackChangeBetweenSteps(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	desk := accounts.Desk{Directory: b.wired.directory, Out: io.Discard}
	hash, err := b.wired.hasher.Hash(t.Context(), "operator", []byte("Changed#Else1"))
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(id, email string) error{
		"disabled": func(_, email string) error { return desk.SetDisabled(t.Context(), email, true) },
		"address": func(id, _ string) error {
			return desk.Import(t.Context(), strings.NewReader("id,email\n"+id+",moved-"+id+"@example.org\n"), false)
		},
		"password": func(id, _ string) error {
			return desk.Import(t.Context(), strings.NewReader("id,password_hash\n"+id+",\""+hash+"\"\n"), false)
		},
	}
	chat := int64(9000)
	for what, change := range changes {
		for before := range 3 {
			chat++
			id, email := fmt.Sprintf("%s-%d", what, before), fmt.Sprintf("%s-%d@example.org", what, before)
			b.settle(t, id, "Before#Change1", email)
			v := b.visitor(t, chat)
			v.asks(email)
			steps := []string{v.mailed(email, 1), chosen, chosen}
			for i, text := range steps {
				if i == before {
					if err := change(id, email); err != nil {
						t.Fatal(err)
					}
				}
				if reply := v.say(text, "Step 3 of 4", "Step 4 of 4", "tries left", "account was changed", "password is changed"); !strings.Contains(reply.Text, "Step") {
					break
				}
			}
			if b.passwordsSet(t) != 0 {
				t.Fatalf("%s before step %d: a password was set", what, before+2)
			}
		}
	}
}

// TestAttackStolenToken has the bot's token and does with it what the Bot API
// allows: it speaks as the bot, shows buttons of its own making and reads what
// people write. No recovery begins by it, and the code that it reads is of no
// use in its own chat.
func TestAttackStolenToken(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	call := func(method string, params url.Values) {
		t.Helper()
		answer, err := http.PostForm(b.wired.cfg.Telegram.APIURL.String()+"/bot"+b.stage.Telegram.Token()+"/"+method, params)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	lena, thief := b.visitor(t, 7001), b.visitor(t, 9001)
	lena.person.Start("")
	lena.hears("Forgot your")
	state := func() int {
		return count(t, b.dir, `SELECT (SELECT count(*) FROM recoveries) + (SELECT count(*) FROM grants) + (SELECT count(*) FROM charges)`)
	}
	for _, text := range []string{"/start recover", "lena@gmail.com", never, chosen} {
		call("sendMessage", url.Values{"chat_id": {"7001"}, "text": {text}})
	}
	for _, data := range []string{"..resend", "..spelling_yes", "x.1.resend", "..password", "..confirm"} {
		call("sendMessage", url.Values{"chat_id": {"7001"}, "text": {"Press this"},
			"reply_markup": {`{"inline_keyboard":[[{"text":"This","callback_data":"` + data + `"}]]}`}})
		lena.hears("Press this")
		if err := lena.person.Press(lena.newest().ID, "This"); err != nil {
			t.Fatal(err)
		}
	}
	for _, method := range []string{"getMe", "getWebhookInfo", "deleteWebhook", "getUpdates"} {
		call(method, url.Values{"timeout": {"0"}})
	}
	b.quiet(t)
	if n := state(); n != 0 {
		t.Errorf("the token alone left %d rows of a recovery", n)
	}

	lena.asks("lena@gmail.com")
	code := lena.mailed("lena@gmail.com", 1) // which she types, and the thief reads
	thief.say(code, "Forgot your")
	thief.asks("lena@gmail.com")
	thief.mailed("lena@gmail.com", 2)
	thief.say(code, "4 tries left")
	call("sendMessage", url.Values{"chat_id": {"9001"}, "text": {code}})
	b.quiet(t)
	if n := count(t, b.dir, `SELECT count(*) FROM grants`); n != 0 {
		t.Errorf("a code that was read gave %d grants", n)
	}
}

// conversation gives the conversation that a button belongs to.
func conversation(data string) string {
	name, _, _ := strings.Cut(data, ".")
	return name
}
