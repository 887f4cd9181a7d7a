package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rekey/bot/demo"
	"rekey/bot/demo/play"
	"rekey/bot/demo/stage"
	"rekey/store/storetest"
)

// TestMain lets the test binary be the bot itself, for tests that end its
// process and benchmarks that measure it.
func TestMain(m *testing.M) {
	if at, ok := os.LookupEnv(crashAt); ok {
		os.Exit(crashingBot(at))
	}
	if profile, ok := os.LookupEnv(benched); ok {
		os.Exit(benchedBot(profile))
	}
	os.Exit(m.Run())
}

// cheap makes hashing cost nothing.
const cheap = "REKEY_ARGON2=m=8,t=1,p=1,insecure"

// TestRecoveries plays whole recoveries against the real bot, in both modes
// and on both stores of conversations.
func TestRecoveries(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"polling", "webhook"} {
		for _, kept := range []string{"sqlite", "redis"} {
			t.Run(mode+" on "+kept, func(t *testing.T) {
				t.Parallel()
				environ := []string{cheap}
				if mode == "webhook" {
					environ = append(environ, webhook(t)...)
				}
				if kept == "redis" {
					environ = append(environ, "REKEY_REDIS_URL="+storetest.Redis(t))
				}
				clock := &play.Clock{}
				b := begin(t, clock.Now, environ...)
				people := demo.Samples()
				var said bytes.Buffer
				within, cancel := withinSuite(t.Context(), t)
				defer cancel()
				err := play.Run(within, play.Options{
					Simulator: b.stage.Telegram, Mail: b.stage.Mail, SMS: b.stage.SMS, Shop: b.wired.shop(), People: people,
					Staff: demo.Staff(), StaffGroup: b.stage.Staff, Now: clock.Now, Advance: clock.Advance, Out: &said,
				})
				if err != nil {
					t.Fatalf("%v\n%s", err, said.String())
				}
				b.end(t)
				b.hunt(t, append(passwordsOf(people), play.Passwords()...))
			})
		}
	}
}

// bot is a running bot on a stage of its own.
type stagedBot struct {
	stage *stage.Stage
	wired *bot
	env   Env
	log   *journal
	dir   string
	addr  string // where it listens
	stop  context.CancelFunc
	ended chan error

	serving chan string  // tells addr
	retried atomic.Int64 // how often an input was tried again
}

// begin sets a stage and lets the bot run on it.
func begin(t *testing.T, now func() time.Time, environ ...string) *stagedBot {
	b := prepare(t, now, environ...)
	b.run(t)
	return b
}

// prepare sets a stage for a bot.
func prepare(t *testing.T, now func() time.Time, environ ...string) *stagedBot {
	b := &stagedBot{log: &journal{}, dir: t.TempDir(), serving: make(chan string, 1)}
	var err error
	if b.stage, err = stage.Open(b.dir, now, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.stage.Close() })
	b.env = Env{
		Environ: append(b.stage.Environ("http://127.0.0.1:1/"), environ...), Now: now, Out: b.log, Err: b.log,
		Serving: func(addr string) { b.serving <- addr },
		Point: func(name string) {
			if name == "retried" {
				b.retried.Add(1)
			}
		},
	}
	b.build(t)
	if err := errors.Join(b.wired.move(t.Context(), demo.Samples()), b.wired.hire(t.Context(), demo.Staff())); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *stagedBot) build(t *testing.T) {
	cfg, err := (&commands{}).load(b.env)
	if err != nil {
		t.Fatal(err)
	}
	if b.wired, err = build(t.Context(), cfg, b.env); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.wired.close)
}

func (b *stagedBot) run(t *testing.T) {
	b.start(t)
	select {
	case b.addr = <-b.serving:
	case err := <-b.ended:
		t.Fatalf("the bot ended with %v", err)
	}
}

// start lets the bot run, whether it comes to serving or not.
func (b *stagedBot) start(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	wired, ended, done := b.wired, make(chan error, 1), make(chan struct{})
	b.stop, b.ended = stop, ended
	go func() {
		defer close(done)
		ended <- wired.run(ctx)
	}()
	t.Cleanup(func() { // before its files go
		stop()
		<-done
	})
}

// restart ends the bot and lets it run again.
func (b *stagedBot) restart(t *testing.T) {
	b.end(t)
	b.build(t)
	b.run(t)
}

// mustRun fails when the bot ended by itself.
func (b *stagedBot) mustRun(t *testing.T) {
	t.Helper()
	select {
	case err := <-b.ended:
		b.ended <- err
		t.Fatalf("the bot ended with %v; its log is\n%s", err, b.log)
	default:
	}
}

// end stops the bot and checks that it ends well.
func (b *stagedBot) end(t *testing.T) {
	b.stop()
	if err := <-b.ended; err != nil {
		t.Fatalf("the bot ended with %v", err)
	}
}

// hunt looks for secrets in everything that the bot wrote: its log, its
// database and what lies beside it.
func (b *stagedBot) hunt(t *testing.T, secrets []string) {
	files, err := filepath.Glob(filepath.Join(b.dir, "rekey.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing to look into: %v", err)
	}
	places := map[string]string{"the log": b.log.String()}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		places[filepath.Base(f)] = string(content)
	}
	secrets = append(secrets, b.stage.Telegram.Token())
	for _, m := range b.stage.Mail.Mails() {
		secrets = append(secrets, codes(m.Text)...)
	}
	for place, content := range places {
		for _, secret := range secrets {
			if strings.Contains(content, secret) {
				t.Errorf("%s holds the secret %q", place, secret)
			}
		}
	}
}

func codes(text string) []string {
	var found []string
	for _, code := range play.Codes(text) {
		found = append(found, code, strings.ReplaceAll(code, " ", ""))
	}
	return found
}

func passwordsOf(people []demo.Sample) []string {
	var all []string
	for _, p := range people {
		all = append(all, p.Password)
	}
	return all
}

// portsTried counts on, so that no two tests choose one port.
var portsTried atomic.Int64

// freeAddress gives an address that nobody listens at. Its port is none of those
// that connections get by themselves (Linux: from 32768 on): it stays free while
// the bot is away.
func freeAddress(t testing.TB) string {
	const first, last = 10000, 32000
	for range last - first {
		n := 7*int64(os.Getpid()) + portsTried.Add(1)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+n%(last-first)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// webhook gives the settings of the webhook mode on a free port.
func webhook(t testing.TB) []string {
	addr := freeAddress(t)
	return []string{
		"REKEY_MODE=webhook", "REKEY_LISTEN=" + addr, "REKEY_WEBHOOK_URL=http://" + addr + "/telegram",
		"REKEY_WEBHOOK_SECRET=" + strings.Repeat("s3cret-", 6),
	}
}

// journal is a log that may be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// TestReferencesAreReadOutAlike makes numbers for the log: they have the signs that
// the numbers of recoveries have, so that support finds what it hears.
func TestReferencesAreReadOutAlike(t *testing.T) {
	number := regexp.MustCompile(`^RK-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	for range 1000 {
		if got := reference(); !number.MatchString(got) {
			t.Fatalf("%q can be misheard or misread", got)
		}
	}
}
