package bot

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rekey/bot/demo"
	"rekey/bot/demo/stage"
	"rekey/bot/health"
	"rekey/bot/logging"
	"rekey/bot/mail"
	"rekey/bot/sms"
	"rekey/bot/telegram"
	"rekey/bot/texts"
	"rekey/config"
	"rekey/flows"
	"rekey/flows/identifier"
	"rekey/flows/keyring"
	"rekey/store/accounts"
	"rekey/store/argon2"
	"rekey/store/redis"
	"rekey/store/sqlite"
)

const (
	sweepEvery = 10 * time.Minute
	// At the end, the updates in hand, their confirmation (3 s), the server's
	// answers and the jobs in hand (2 s) follow each other: ten seconds in all.
	drainUpdates = 4 * time.Second
	drainAnswers = time.Second
	jobsAtOnce   = 16
)

// bot is the bot with all its rooms wired.
type bot struct {
	Env
	cfg       config.Config
	log       *slog.Logger
	hasher    *argon2.Hasher
	keys      *keyring.Keyring
	db        *sqlite.DB
	directory *sqlite.Directory
	talks     flows.Conversations
	texts     *texts.Catalogue
	telegram  *telegram.Client
	carriers  map[flows.Channel]flows.Carrier
	parts     []part
	health    *health.Prober
	closers   []func() error

	registered atomic.Bool // the webhook is set by this process
}

// build opens everything that the configuration names. It calls nobody.
func build(ctx context.Context, cfg config.Config, env Env) (*bot, error) {
	return buildOn(ctx, cfg, env, (*bot).openDatabase)
}

// buildOn builds on a database that is opened in one of two ways.
func buildOn(ctx context.Context, cfg config.Config, env Env, open func(*bot, context.Context) error) (*bot, error) {
	b := &bot{
		Env: env, cfg: cfg, carriers: map[flows.Channel]flows.Carrier{},
		log: slog.New(logging.NewRepeats(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: cfg.Operation.LogLevel}), time.Minute)),
	}
	b.health = health.New(health.Options{Starting: "telegram: the start waits for it", Log: b.log, Now: b.Now})
	database := func(ctx context.Context) error { return open(b, ctx) }
	for _, open := range []func(context.Context) error{b.openSecrets, database, b.openConversations, b.openTelegram, b.openCarriers} {
		if err := open(ctx); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func (b *bot) close() {
	for _, c := range b.closers {
		if err := c(); err != nil {
			b.log.Warn("closing", "err", err)
		}
	}
}

func (b *bot) openSecrets(context.Context) error {
	params, err := argon2.ParseParams(b.cfg.Passwords.Argon2)
	if err != nil {
		return fmt.Errorf("REKEY_ARGON2: %w", err)
	}
	memory, err := b.fitMemory(params.Bytes())
	if err != nil {
		return fmt.Errorf("REKEY_ARGON2: %w", err)
	}
	if b.hasher, err = argon2.New(params, argon2.Options{Memory: memory}); err != nil {
		return fmt.Errorf("REKEY_ARGON2: %w", err)
	}
	if b.keys, err = keyring.New(b.cfg.Storage.Secrets.Reveal()...); err != nil {
		return fmt.Errorf("REKEY_SECRET: %w", err)
	}
	return nil
}

func (b *bot) openDatabase(ctx context.Context) (err error) {
	if b.db, err = sqlite.Open(ctx, b.cfg.Storage.Database, b.Now); err != nil {
		return fmt.Errorf("REKEY_DATABASE: %w", err)
	}
	b.directory = directory(b.db, b.hasher)
	b.closers = append(b.closers, b.db.Close)
	b.lean("database", at("REKEY_DATABASE", b.db.Check), health.Always, b.holdings)
	return nil
}

func (b *bot) openConversations(context.Context) error {
	if b.cfg.Storage.RedisURL == "" {
		b.talks = sqlite.NewConversations(b.db)
		return nil
	}
	talks, err := redis.Open(b.cfg.Storage.RedisURL.Reveal())
	if err != nil {
		return fmt.Errorf("REKEY_REDIS_URL: %w", err)
	}
	b.talks = talks
	b.closers = append(b.closers, talks.Close)
	b.lean("redis", at("REKEY_REDIS_URL", talks.Check), health.Always, nil)
	return nil
}

func (b *bot) openTelegram(context.Context) (err error) {
	support, signIn := b.cfg.Service.SupportURL.String(), b.cfg.Service.SignInURL.String()
	b.texts, err = texts.New(texts.Options{
		Brand: b.cfg.Service.Brand, SupportURL: support, SignInURL: signIn, DefaultLanguage: b.cfg.Service.Language,
	})
	if err != nil {
		return err
	}
	if b.cfg.Staff.Group != 0 {
		support = "" // people talk with staff in the chat
	}
	b.telegram, err = telegram.NewClient(telegram.ClientOptions{
		Token: b.cfg.Telegram.Token.Reveal(), APIURL: b.cfg.Telegram.APIURL.String(), Texts: b.texts,
		SupportURL: support, SignInURL: signIn, Log: b.log, Now: b.Now,
	})
	if err != nil {
		return err
	}
	b.leanOnTelegram()
	return nil
}

func (b *bot) openCarriers(context.Context) error {
	if url := b.cfg.Delivery.SMTPURL; url != "" {
		sender, err := mail.New(mail.Options{URL: url.Reveal(), From: b.cfg.Delivery.MailFrom, Texts: b.texts, Now: b.Now, Log: b.log})
		if err != nil {
			return fmt.Errorf("REKEY_SMTP_URL: %w", err)
		}
		b.carriers[flows.Email] = sender
		b.closers = append(b.closers, sender.Close)
		b.lean(partOf[flows.Email], at("REKEY_SMTP_URL", sender.Check), nil, nil)
	}
	if url := b.cfg.Delivery.SMSURL; url != "" {
		sender, err := sms.New(sms.Options{URL: url.Reveal(), Texts: b.texts})
		if err != nil {
			return fmt.Errorf("REKEY_SMS_URL: %w", err)
		}
		b.carriers[flows.SMS] = sender
		b.lean(partOf[flows.SMS], at("REKEY_SMS_URL", sender.Check), nil, nil)
	}
	return nil
}

// tag gives an unguessable name that is the same for the same parts.
func (b *bot) tag(purpose string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(b.keys.MAC(purpose, parts...))
}

// run receives updates and carries out jobs until the context ends, then
// finishes what it has.
func (b *bot) run(ctx context.Context) (err error) {
	unlock, err := sqlite.LockServing(b.cfg.Storage.Database)
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	ctx, watched := b.watch(ctx)
	defer func() { err = watched(err) }()
	listener, err := net.Listen("tcp", b.cfg.Operation.Listen)
	if err != nil {
		return fmt.Errorf("REKEY_LISTEN: %w", err)
	}
	defer func() { _ = listener.Close() }()
	// What runs beside the receiving goes on until the last update is done.
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	ctx, server := b.openServer(ctx, listener)
	defer server.close()
	probe := func(parts []health.Part) { running.Go(func() { b.health.Run(beside, parts...) }) }
	probe(b.probed(false)) // the others once Telegram answers
	me, err := b.telegram.Await(ctx)
	if err != nil {
		return outcome(ctx, err)
	}
	ledger := sqlite.NewLedger(b.db, sqlite.LedgerOptions{
		Limits: flows.Limits(b.cfg.Limits), Sealer: b.keys, MAC: b.keys.MAC, Random: rand.Reader,
		Hash: b.hasher.Hash, Region: identifier.Region, Busy: argon2.ErrBusy, Log: b.log,
		Hooks: b.cfg.API.WebhookURL != "", ReadWords: b.texts.ReadWords, Channels: b.channels(),
	})
	jobs := sqlite.NewJobs(b.db, b.keys)
	runner := flows.NewRunner(flows.RunnerOptions{
		Machine: b.machine(), Ledger: ledger, Jobs: jobs, Conversations: b.talks, Messenger: b.telegram, Sealer: b.keys,
		Reference: reference, Now: b.Now, Log: b.log, Point: b.Point,
	})
	helpers := b.openOffice(ledger, jobs, me, runner.Handle)
	if err := errors.Join(ledger.Resume(ctx), ledger.ResealCases(ctx), jobs.Resume(ctx), helpers.begin(ctx)); err != nil {
		return err
	}
	receiver := telegram.NewReceiver(telegram.ReceiverOptions{
		Client: b.telegram, Handler: runner, BotID: me.ID, Username: me.Username, Log: b.log, Now: b.Now, Point: b.Point,
		DrainWithin: drainUpdates, Staff: helpers.receiving(),
	})
	worker := flows.NewWorker(flows.WorkerOptions{
		Jobs: jobs, Ledger: ledger, Directory: b.directory, Carriers: b.carriers, Messenger: b.telegram,
		Handle: runner.Handle, Replay: receiver.Replay, DrawCase: helpers.draw, Relay: helpers.relay, PostHook: helpers.post, PostWeek: helpers.postWeek,
		Now: b.Now, Log: b.log, Parallel: jobsAtOnce, Point: b.Point,
	})
	webhook := receiver.Webhook(telegram.WebhookOptions{
		URL: b.cfg.Telegram.WebhookURL.String(), Secret: b.cfg.Telegram.WebhookSecret.Reveal(),
	})
	b.log.Info("rekey runs", "bot", "@"+me.Username, "mode", b.cfg.Telegram.Mode, "listen", listener.Addr(), "database", b.cfg.Storage.Database,
		"hashes", b.hasher.Slots())
	running.Go(func() { worker.Run(beside) })
	running.Go(func() { b.sweep(beside) })
	running.Go(func() { b.telegram.Setup(beside); helpers.setup(beside) })
	server.lead(b.routes(webhook, helpers))
	b.health.Started()
	probe(b.probed(true))
	if b.Serving != nil {
		b.Serving(listener.Addr().String())
	}
	return outcome(ctx, b.receive(ctx, receiver, webhook))
}

// receive brings updates in as the configured mode has it.
func (b *bot) receive(ctx context.Context, receiver *telegram.Receiver, webhook *telegram.Webhook) error {
	if b.cfg.Telegram.Mode == config.Polling {
		return receiver.Poll(ctx)
	}
	if err := webhook.Register(ctx); err != nil {
		return err
	}
	b.registered.Store(true)
	<-ctx.Done()
	webhook.Drain()
	return nil
}

// outcome is what a run that ended so ends with: nothing, if it was told to end.
func outcome(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// sweep forgets what is old, now and then.
func (b *bot) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		if err := b.db.Sweep(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("what is old could not be forgotten", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(sweepEvery):
		}
	}
}

// move lets the sample people's accounts into the directory, once.
func (b *bot) move(ctx context.Context, people []demo.Sample) error {
	for _, p := range people {
		n := sqlite.NewAccount{
			ID: "demo-" + p.Key(), Name: p.Name(), Birthday: p.Birthday, Language: p.Language(),
			Disabled: p.Disabled, Password: []byte(p.Password),
		}
		for _, text := range []string{p.Email, p.Phone, p.Username} {
			if id, refusal := identifier.Parse(text, ""); refusal == identifier.Accepted {
				n.Identifiers = append(n.Identifiers, accounts.OnRecord(id))
			}
		}
		if _, err := b.directory.Add(ctx, n); err != nil && !errors.Is(err, sqlite.ErrTaken) {
			return fmt.Errorf("adding %s: %w", p.Name(), err)
		}
	}
	return nil
}

// shop is the service whose passwords the demo recovers.
func (b *bot) shop() demo.Shop {
	return demo.Shop{
		Brand: stage.Brand,
		SignIn: func(ctx context.Context, text, secret string) (account, name string, ok bool, err error) {
			id, refusal := identifier.Parse(text, "")
			if refusal != identifier.Accepted {
				return "", "", false, nil
			}
			found, ok, err := b.directory.SignIn(ctx, string(id.Kind), id.Canonical, []byte(secret))
			return found.ID, found.Name, ok, err
		},
		SessionsValidAfter: func(ctx context.Context, account string) (time.Time, error) {
			after, _, err := b.directory.SessionsValidAfter(ctx, account)
			return after, err
		},
	}
}

// readable makes Crockford's base 32 of RFC 4648's: the signs of one that the other
// leaves out, because people take them for others, are as many.
var readable = strings.NewReplacer("I", "1", "L", "8", "O", "0", "U", "9")

// reference gives a number that a person can read out and that the log carries,
// of the same signs as those of recoveries.
func reference() string {
	text := readable.Replace(rand.Text()) // base 32 (RFC 4648)
	return strings.Join([]string{"RK", text[:4], text[4:8]}, "-")
}

func directory(db *sqlite.DB, hasher *argon2.Hasher) *sqlite.Directory {
	return sqlite.NewDirectory(db, sqlite.Passwords{Hash: hasher.Hash, Verify: hasher.Verify, Valid: argon2.ValidHash})
}
