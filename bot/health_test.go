package bot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/bot/health"
	"rekey/bot/simulator"
	"rekey/store/storetest"
)

// isReady waits until the bot's parts, each tried once more as they are every
// minute, give this answer.
func (b *stagedBot) isReady(t *testing.T, status int, fragments ...string) {
	t.Helper()
	p := health.New(health.Options{Log: b.wired.log})
	p.Started()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		p.Run(ctx, append(b.wired.probed(false), b.wired.probed(true)...)...)
		close(ended)
	}()
	defer func() { stop(); <-ended }()
	b.answers(t, status, fragments, func() (int, string) {
		answer := httptest.NewRecorder()
		p.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return answer.Code, answer.Body.String()
	})
}

// answers waits until an answer has a status and holds the fragments.
func (b *stagedBot) answers(t *testing.T, status int, fragments []string, ask func() (int, string)) {
	t.Helper()
	eventually(t, b.log, fmt.Sprintf("status %d comes with %q", status, fragments), func() bool {
		got, body := ask()
		return got == status && !slices.ContainsFunc(fragments, func(f string) bool { return !strings.Contains(body, f) })
	})
}

// get asks over HTTP; status 0 is for no answer.
func get(address string) func() (status int, body string) {
	return func() (int, string) {
		answer, err := http.Get(address)
		if err != nil {
			return 0, err.Error()
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		return answer.StatusCode, fmt.Sprint(string(text), err)
	}
}

// A Redis that refuses writes leaves the bot not ready and the check unhappy.
func TestRedisThatRefusesWritesIsFoundOut(t *testing.T) {
	t.Parallel()
	redis := storetest.Redis(t)
	b := begin(t, time.Now, cheap, "REKEY_REDIS_URL="+redis)
	b.answers(t, 200, []string{"ready\n"}, get("http://"+b.addr+"/readyz"))
	for line, want := range map[string]string{
		"CONFIG SET maxmemory 1": "is full and refuses writes. Raise its maxmemory, or give Rekey a Redis of its own (OOM)",
		"REPLICAOF 127.0.0.1 1":  "is a read-only replica. Name the primary (READONLY)",
	} {
		tell(t, redis, line)
		b.isReady(t, 503, "not ready\n", "redis: REKEY_REDIS_URL: the Redis at 127.0.0.1:", want)
		status, out := rekey(t, append(b.env.Environ, "REKEY_LISTEN=127.0.0.1:0"), "", "check")
		expect(t, status, out, 1, "redis     REKEY_REDIS_URL: the Redis at 127.0.0.1:", want, "1 of 6 parts need mending")
		tell(t, redis, "REPLICAOF NO ONE")
		tell(t, redis, "CONFIG SET maxmemory 0")
		b.isReady(t, 200, "ready\n")
	}
	b.end(t)
}

// Mail that fails is told, and people are helped all the same.
func TestMailThatFailsDegrades(t *testing.T) {
	t.Parallel()
	b := begin(t, time.Now, cheap, "REKEY_SMTP_URL=smtp://127.0.0.1:1")
	b.answers(t, 200, []string{"degraded\nmail: REKEY_SMTP_URL: no mail server answers at 127.0.0.1:1 (connection refused). Is the port open?"},
		get("http://"+b.addr+"/readyz"))
	if !b.wired.health.Failing("mail") || b.wired.health.Failing("sms") || b.wired.health.Failing("telegram") {
		t.Error("it is not mail alone that fails")
	}
	b.end(t)
	if log := b.log.String(); strings.Count(log, `msg="a part fails" part=mail`) != 1 {
		t.Error(log)
	}
}

// A token that was revoked leaves a bot with a webhook not ready; a Telegram that is
// out of reach does not.
func TestRevokedTokenIsFoundOut(t *testing.T) {
	t.Parallel()
	b := begin(t, time.Now, append(webhook(t), cheap)...)
	eventually(t, b.log, "the webhook is set", b.wired.registered.Load)
	b.isReady(t, 200, "ready\n")
	b.stage.Telegram.Inject(simulator.Fault{Code: http.StatusUnauthorized})
	const want = "telegram: REKEY_TELEGRAM_TOKEN: Telegram does not know this token (401). Copy it again from BotFather (since "
	b.isReady(t, 503, "not ready\n", want)
	b.stage.Telegram.ClearFaults()
	b.stage.Telegram.Inject(simulator.Fault{DropBefore: true})
	b.isReady(t, 200, "degraded\n", "telegram: REKEY_TELEGRAM_API_URL: no Bot API answers at 127.0.0.1:")
	b.stage.Telegram.ClearFaults()
	b.end(t)
}

// A webhook that another program has changed is found out, and one that is not
// set yet is none before the bot has started.
func TestForeignWebhookIsFoundOut(t *testing.T) {
	t.Parallel()
	b := prepare(t, time.Now, append(webhook(t), cheap)...)
	status, out := rekey(t, b.env.Environ, "", "check")
	expect(t, status, out, 0, "telegram  fine: @rekey_demo_bot, which sets its webhook when it starts\n")
	b.run(t)
	eventually(t, b.log, "the webhook is set", b.wired.registered.Load)
	b.isReady(t, 200, "ready\n")
	status, out = rekey(t, b.env.Environ, "", "check")
	expect(t, status, out, 0, "telegram  fine: @rekey_demo_bot with its webhook\n")
	sets := func(address string) {
		body := strings.NewReader(url.Values{"url": {address}}.Encode())
		r := httptest.NewRequest(http.MethodPost, "/bot"+b.stage.Telegram.Token()+"/setWebhook", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.stage.Telegram.ServeHTTP(httptest.NewRecorder(), r)
	}
	sets("https://other.example/path-secret")
	const want = "REKEY_WEBHOOK_URL: Telegram posts this bot's updates to another address, at other.example."
	b.isReady(t, 200, "degraded\n", "telegram: "+want)
	status, out = rekey(t, b.env.Environ, "", "check")
	expect(t, status, out, 1, "telegram  "+want)
	sets("")
	b.isReady(t, 200, "degraded\n", "telegram: REKEY_WEBHOOK_URL: Telegram posts no updates anywhere.")
	b.end(t)
	if strings.Contains(out+b.log.String(), "path-secret") {
		t.Error("the path of another's webhook is told")
	}
}

// A bot that starts before Telegram can be reached waits for it, in both modes,
// says so, and is not ready.
func TestTheStartWaitsForTelegram(t *testing.T) {
	for _, mode := range []string{"polling", "webhook"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			settings := webhook(t)
			at := "http://" + setting(settings, "REKEY_LISTEN")
			if mode == "polling" {
				settings = []string{"REKEY_LISTEN=" + setting(settings, "REKEY_LISTEN")}
			}
			b := prepare(t, time.Now, append(settings, cheap)...)
			b.stage.Telegram.Inject(simulator.Fault{DropBefore: true})
			b.start(t)
			b.answers(t, 503, []string{"not ready\ntelegram: the start waits for it\n"}, get(at+"/readyz"))
			b.answers(t, 200, []string{"ok\n"}, get(at+"/healthz"))
			b.answers(t, 503, []string{"the bot is starting\n"}, get(at+"/telegram"))
			const said = `msg="the start waits for Telegram" tries=1 err="REKEY_TELEGRAM_API_URL: no Bot API answers at 127.0.0.1:`
			eventually(t, b.log, "it is said", func() bool { return strings.Contains(b.log.String(), said) })
			b.stage.Telegram.ClearFaults()
			b.addr = <-b.serving
			b.end(t)
		})
	}
}

// Whoever tells it to stop meanwhile is heard.
func TestTheStartCanBeEndedWhileItWaits(t *testing.T) {
	t.Parallel()
	b := prepare(t, time.Now, cheap)
	b.stage.Telegram.Inject(simulator.Fault{DropBefore: true})
	b.start(t)
	eventually(t, b.log, "it is said", func() bool { return strings.Contains(b.log.String(), "the start waits for Telegram") })
	b.end(t)
}

func TestATokenThatIsRefusedEndsTheStart(t *testing.T) {
	t.Parallel()
	b := prepare(t, time.Now, cheap)
	status, out := rekey(t, append(b.env.Environ, "REKEY_TELEGRAM_TOKEN=1000001:unknown"), "", "run")
	expect(t, status, out, 1, "REKEY_TELEGRAM_TOKEN: Telegram does not know this token (401). Copy it again from BotFather")
}

func TestCheckTellsWhatIsThere(t *testing.T) {
	t.Parallel()
	b := prepare(t, time.Now, cheap)
	status, out := rekey(t, b.env.Environ, "", "check")
	expect(t, status, out, 0, "database  fine: "+filepath.Join(b.dir, "rekey.db")+", accounts: 5, staff: 3\n", "telegram  fine: @rekey_demo_bot\n")
}
