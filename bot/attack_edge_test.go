package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/bot/demo/play"
	"rekey/bot/simulator"
	"rekey/store/storetest"
)

// TestAttackWebhook posts updates without the secret, with wrong ones and with
// two. They are refused, and leave nothing behind.
func TestAttackWebhook(t *testing.T) {
	t.Parallel()
	settings := webhook(t)
	b := begin(t, newStill().Now, append(settings, cheap)...)
	v := b.visitor(t, 9001)
	v.person.Start("")
	v.hears("Forgot your")
	b.quiet(t)
	state := func() int {
		return count(t, b.dir, `SELECT (SELECT sum(revision) FROM conversations) + (SELECT count(*) FROM recoveries) + (SELECT count(*) FROM jobs)`)
	}
	before, said := state(), b.stage.Telegram.Calls()["sendMessage"]
	secret, target := setting(settings, "REKEY_WEBHOOK_SECRET"), setting(settings, "REKEY_WEBHOOK_URL")
	const name = "X-Telegram-Bot-Api-Secret-Token"
	for what, header := range map[string]http.Header{
		"none": {}, "empty": {name: {""}}, "wrong": {name: {"x" + secret[1:]}}, "shorter": {name: {secret[:len(secret)-1]}},
		"longer": {name: {secret + "x"}}, "in capitals": {name: {strings.ToUpper(secret)}}, "twice": {name: {secret, secret}},
		"right and wrong": {name: {secret, "x"}}, "wrong and right": {name: {"x", secret}}, "listed": {name: {secret + ", " + secret}},
		"in another header": {"Authorization": {"Bearer " + secret}}, "the token": {name: {b.stage.Telegram.Token()}},
	} {
		for _, address := range []string{target, target + "?secret_token=" + secret} {
			if status := post(t, address, header, update(900001, 9001, "/start recover")); status != http.StatusForbidden {
				t.Errorf("%s: answered with %d, want 403", what, status)
			}
		}
	}
	b.quiet(t)
	if after, now := state(), b.stage.Telegram.Calls()["sendMessage"]; after != before || now != said {
		t.Errorf("refused updates left %d changes and %d messages", after-before, now-said)
	}
	right := http.Header{name: {secret}}
	for what, body := range map[string]string{"nothing": "", "no JSON": "{", "no update": `[]`, "no id": `{"message":{}}`, "a text for an id": `{"update_id":"1"}`} {
		if status := post(t, target, right, []byte(body)); status != http.StatusOK {
			t.Errorf("%s: answered with %d, want 200, or Telegram would post it for ever", what, status)
		}
	}
	if status := post(t, target, right, bytes.Repeat([]byte(" "), 1<<21)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("two megabytes are answered with %d", status)
	}
	if status := post(t, target, right, update(900002, 9001, "/start recover")); status != http.StatusOK {
		t.Fatalf("the genuine is answered with %d", status)
	}
	v.hears("Step 1 of 4")
}

func post(t *testing.T, address string, header http.Header, body []byte) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// TestAttackReplay delivers every update of a recovery twice at once, then all of
// them again, in order and shuffled: to the process that has finished them, to the
// next one, which knows them by the conversation, and to one whose conversation has
// forgotten them, which is left with the ledger. Nothing comes of it.
func TestAttackReplay(t *testing.T) {
	t.Parallel()
	settings := webhook(t)
	posted, public := record(t, setting(settings, "REKEY_WEBHOOK_URL"))
	b := begin(t, newStill().Now, append(settings, cheap, "REKEY_WEBHOOK_URL="+public)...)
	b.stage.Telegram.Duplicate(1000)
	lena := b.visitor(t, 7001)
	lena.asks("lena@gmail.com")
	lena.say(never, "4 tries left")
	lena.say(lena.mailed("lena@gmail.com", 1), "Step 3 of 4")
	lena.hide(chosen, "Step 4 of 4")
	lena.hide(chosen, "Your password is changed")
	b.quiet(t)
	var updates [][]byte // what she said, each once
	for _, body := range posted() {
		known := slices.ContainsFunc(updates, func(one []byte) bool { return bytes.Equal(one, body) })
		if !known && bytes.Contains(body, []byte(`"id":7001,`)) {
			updates = append(updates, body)
		}
	}
	counts := func() string {
		b.quiet(t)
		var all strings.Builder
		for _, table := range []string{"recoveries", "codes", "grants", "outcomes", "charges", "audit"} {
			fmt.Fprintf(&all, "%d %s, ", count(t, b.dir, "SELECT count(*) FROM "+table), table)
		}
		fmt.Fprintf(&all, "%d guesses, %d passwords", count(t, b.dir, "SELECT sum(guesses) FROM codes"),
			count(t, b.dir, "SELECT credential_version FROM accounts WHERE id = 'demo-lena'"))
		return all.String()
	}
	revision := func() int { return count(t, b.dir, "SELECT revision FROM conversations WHERE chat = 7001") }
	if n := revision(); n != len(updates) {
		t.Errorf("her conversation took %d steps by %d updates that came twice", n, len(updates))
	}
	before := counts()
	b.stage.Telegram.ClearFaults()
	secret := http.Header{"X-Telegram-Bot-Api-Secret-Token": {setting(settings, "REKEY_WEBHOOK_SECRET")}}
	again := func(to string) {
		t.Helper()
		shuffled := slices.Clone(updates)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, body := range slices.Concat(updates, shuffled) {
			if status := post(t, public, secret, body); status != http.StatusOK {
				t.Fatalf("to %s: answered with %d", to, status)
			}
		}
		if after := counts(); after != before {
			t.Errorf("to %s: the ledger counts\n%s\ninstead of\n%s", to, after, before)
		}
	}
	again("the process that has finished them")
	b.restart(t)
	again("the next process")
	if n := revision(); n != len(updates) {
		t.Errorf("her conversation took %d steps more", n-len(updates))
	}
	for range 40 {
		lena.say("/help", "I help you")
	}
	b.restart(t)
	again("one whose conversation has forgotten them")
	if n := b.codesTo("lena@gmail.com"); n != 1 {
		t.Errorf("%d mails with codes", n)
	}
	if !b.signs(t, "lena@gmail.com", chosen) {
		t.Error("the new password does not sign in")
	}
}

// TestAttackBacklog lets a whole recovery's worth of updates arrive that were
// sent before the bot was down for long. Nothing comes of it, and that is said
// once.
func TestAttackBacklog(t *testing.T) {
	t.Parallel()
	clock := newStill()
	b := begin(t, clock.Now, cheap)
	v := b.visitor(t, 7001)
	v.person.Start("")
	v.hears("Forgot your")
	long := clock.Now().Add(-31 * time.Minute).Unix()
	for _, text := range []string{"/start recover", "lena@gmail.com", never, "/start recover", "lena@gmail.com"} {
		var u map[string]any
		if err := json.Unmarshal(update(0, 7001, text), &u); err != nil {
			t.Fatal(err)
		}
		delete(u, "update_id")
		u["message"].(map[string]any)["date"] = long
		body, _ := json.Marshal(u)
		b.stage.Telegram.Deliver(body)
	}
	v.hears("a while ago")
	v.person.Start("recover")
	v.hears("Step 1 of 4")
	if n := strings.Count(v.transcript(), "a while ago"); n != 1 {
		t.Errorf("said %d times that it came late", n)
	}
	if n := count(t, b.dir, `SELECT count(*) FROM recoveries`); n != 0 {
		t.Errorf("%d recoveries began by old updates", n)
	}
}

// record stands before a webhook and keeps what is posted there.
func record(t *testing.T, target string) (posted func() [][]byte, public string) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var bodies [][]byte
	forward := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: u.Scheme, Host: u.Host}) },
		Transport: &http.Transport{DisableKeepAlives: true}, // a bot that ends leaves none that are dead
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, body)
		mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return func() [][]byte {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(bodies)
	}, server.URL + u.Path
}

// TestAttackUndeletable keeps Telegram from deleting a password: for seconds, which
// nobody is told of, and for longer, which the person is told once. It is deleted as
// soon as that is possible.
func TestAttackUndeletable(t *testing.T) {
	t.Parallel()
	clock := &play.Clock{}
	b := begin(t, clock.Now, cheap)
	v := b.visitor(t, 7001)
	v.asks("lena@gmail.com")
	v.say(v.mailed("lena@gmail.com", 1), "Step 3 of 4")
	const warning = "could not delete your message"
	b.stage.Telegram.Inject(simulator.Fault{Method: "deleteMessage", Code: http.StatusTooManyRequests, RetryAfter: 3})
	id := v.person.Say(chosen)
	v.hears("Step 4 of 4")
	b.stage.Telegram.ClearFaults()
	clock.Advance(4 * time.Second)
	v.until("the message is deleted", func() bool { return v.lost(id) })

	b.stage.Telegram.Inject(simulator.Fault{Method: "deleteMessage", Code: http.StatusBadRequest})
	id = v.person.Say(chosen)
	v.hears("Your password is changed")
	if strings.Contains(v.transcript(), warning) {
		t.Error("it was told too early that a message stays")
	}
	b.quiet(t)
	clock.Advance(time.Minute)
	v.hears(warning)
	clock.Advance(3 * time.Minute)
	eventually(t, b.log, "it is tried on", func() bool {
		return count(t, b.dir, `SELECT count(*) FROM jobs WHERE kind = 'delete' AND done_at = 0 AND attempts > 0`) == 1
	})
	b.stage.Telegram.ClearFaults()
	clock.Advance(3 * time.Minute)
	v.until("the message is deleted", func() bool { return v.lost(id) })
	if n := strings.Count(v.transcript(), warning); n != 1 {
		t.Errorf("it was told %d times that a message stays", n)
	}
}

// TestAttackGroup does in a group what belongs in a private chat, and has made the
// bot an administrator, to whom Telegram passes on all that is said. The bot says
// once where it works, and nothing else comes of it.
func TestAttackGroup(t *testing.T) {
	t.Parallel()
	b := begin(t, newStill().Now, cheap)
	lena := b.visitor(t, 7001)
	lena.asks("lena@gmail.com")
	code := lena.mailed("lena@gmail.com", 1)
	b.stage.Telegram.Inject(simulator.Fault{Method: "leaveChat", Code: http.StatusBadRequest, Times: 1})
	group := b.stage.Telegram.NewGroup(-100, simulator.GroupOptions{Title: "Friends", Bot: simulator.Membership{Status: simulator.Administrator}})
	for _, text := range []string{"/start recover", "/start@rekey_demo_bot recover", "/cancel", code, "lena@gmail.com", chosen, "/start"} {
		lena.person.SayIn(group, text)
	}
	b.quiet(t)
	var said []string
	for _, m := range group.Chat() {
		if m.FromBot {
			said = append(said, m.Text)
		}
	}
	if !slices.Equal(said, []string{"I work only in a private chat. Please tap my name and write to me there."}) {
		t.Errorf("the bot says in a group: %q", said)
	}
	if n := count(t, b.dir, `SELECT count(*) FROM recoveries`); n != 1 {
		t.Errorf("%d recoveries began, want Lena's own", n)
	}
	lena.say(code, "Step 3 of 4")
}

// TestAttackRedisLoss empties Redis at every step. What was proved is lost with
// the conversation: the old code and the typed passwords lead nowhere, and what
// looks like a password is deleted all the same. The person is told what happened.
func TestAttackRedisLoss(t *testing.T) {
	t.Parallel()
	redis := storetest.Redis(t)
	b := begin(t, time.Now, cheap, "REKEY_REDIS_URL="+redis)
	v := b.visitor(t, 7001)
	v.person.Start("recover")
	v.hears("Step 1 of 4")
	flush(t, redis)
	v.say("lena@gmail.com", "Forgot your")

	v.asks("lena@gmail.com")
	old := v.mailed("lena@gmail.com", 1)
	flush(t, redis)
	const lost = "I lost our conversation"
	v.press("Send a new code", lost)
	v.say(old, lost)
	v.say("hello, I forgot my password", lost)
	v.hide(chosen, lost) // though nothing was proved that it could be set by
	v.asks("lena@gmail.com")
	second := v.mailed("lena@gmail.com", 2)
	v.say(old, "That code isn't right", "4 tries left")

	v.say(second, "Step 3 of 4")
	flush(t, redis)
	v.hide(chosen, "in case it was a password")
	v.hide("correct horse battery staple", lost)
	v.say("lena@gmail.com", lost)

	v.asks("lena@gmail.com")
	v.say(v.mailed("lena@gmail.com", 3), "Step 3 of 4")
	v.hide(chosen, "Step 4 of 4")
	flush(t, redis)
	v.hide(chosen, lost)
	if n := b.passwordsSet(t); n != 0 {
		t.Fatalf("%d passwords were set in lost conversations", n)
	}

	v.asks("lena@gmail.com")
	v.say(v.mailed("lena@gmail.com", 4), "Step 3 of 4")
	v.hide(chosen, "Step 4 of 4")
	v.hide(chosen, "Your password is changed")
	flush(t, redis)
	v.say(old, "Forgot your")
	v.say("thank you very much", "Forgot your")
}

// TestAttackRedisLossRefillsNothing empties Redis between the recoveries of a
// chat. The limits go on counting.
func TestAttackRedisLossRefillsNothing(t *testing.T) {
	t.Parallel()
	redis := storetest.Redis(t)
	clock := newStill()
	b := begin(t, clock.Now, append(inEarnest, cheap, "REKEY_REDIS_URL="+redis)...)
	v := b.visitor(t, 9001)
	for range 3 {
		v.asks("lena@gmail.com")
		for range 5 {
			v.say(never, "left")
		}
		flush(t, redis)
		clock.Advance(2 * time.Minute) // beyond the wait after a failed code
	}
	v.person.Start("recover")
	v.hears("Step 1 of 4")
	v.say("lena@gmail.com", "I have to wait")
	b.quiet(t)
	if n := b.codesTo("lena@gmail.com"); n != 3 {
		t.Errorf("%d codes were sent, want 3", n)
	}
	lena := b.visitor(t, 7001)
	lena.asks("lena.petrova")
	b.quiet(t)
	if n := b.codesTo("lena@gmail.com"); n != 3 {
		t.Errorf("%d codes were sent within an hour, want 3", n)
	}
}
