package main

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

// house is the bot with all its rooms wired.
type house struct {
	world
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
func build(ctx context.Context, cfg config.Config, w world) (*house, error) {
	return buildOn(ctx, cfg, w, (*house).openDatabase)
}

// buildOn builds on a database that is opened in one of two ways.
func buildOn(ctx context.Context, cfg config.Config, w world, open func(*house, context.Context) error) (*house, error) {
	h := &house{
		world: w, cfg: cfg, carriers: map[flows.Channel]flows.Carrier{},
		log: slog.New(logging.NewRepeats(slog.NewTextHandler(w.Err, &slog.HandlerOptions{Level: cfg.Operation.LogLevel}), time.Minute)),
	}
	h.health = health.New(health.Options{Starting: "telegram: the start waits for it", Log: h.log, Now: h.Now})
	database := func(ctx context.Context) error { return open(h, ctx) }
	for _, open := range []func(context.Context) error{h.openSecrets, database, h.openConversations, h.openTelegram, h.openCarriers} {
		if err := open(ctx); err != nil {
			h.close()
			return nil, err
		}
	}
	return h, nil
}

func (h *house) close() {
	for _, c := range h.closers {
		if err := c(); err != nil {
			h.log.Warn("closing", "err", err)
		}
	}
}

func (h *house) openSecrets(context.Context) error {
	params, err := argon2.ParseParams(h.cfg.Passwords.Argon2)
	if err != nil {
		return fmt.Errorf("REKEY_ARGON2: %w", err)
	}
	memory, err := h.fitMemory(params.Bytes())
	if err != nil {
		return fmt.Errorf("REKEY_ARGON2: %w", err)
	}
	if h.hasher, err = argon2.New(params, argon2.Options{Memory: memory}); err != nil {
		return fmt.Errorf("REKEY_ARGON2: %w", err)
	}
	if h.keys, err = keyring.New(h.cfg.Storage.Secrets.Reveal()...); err != nil {
		return fmt.Errorf("REKEY_SECRET: %w", err)
	}
	return nil
}

func (h *house) openDatabase(ctx context.Context) (err error) {
	if h.db, err = sqlite.Open(ctx, h.cfg.Storage.Database, h.Now); err != nil {
		return fmt.Errorf("REKEY_DATABASE: %w", err)
	}
	h.directory = directory(h.db, h.hasher)
	h.closers = append(h.closers, h.db.Close)
	h.lean("database", at("REKEY_DATABASE", h.db.Check), health.Always, h.holdings)
	return nil
}

func (h *house) openConversations(context.Context) error {
	if h.cfg.Storage.RedisURL == "" {
		h.talks = sqlite.NewConversations(h.db)
		return nil
	}
	talks, err := redis.Open(h.cfg.Storage.RedisURL.Reveal())
	if err != nil {
		return fmt.Errorf("REKEY_REDIS_URL: %w", err)
	}
	h.talks = talks
	h.closers = append(h.closers, talks.Close)
	h.lean("redis", at("REKEY_REDIS_URL", talks.Check), health.Always, nil)
	return nil
}

func (h *house) openTelegram(context.Context) (err error) {
	support, signIn := h.cfg.Service.SupportURL.String(), h.cfg.Service.SignInURL.String()
	h.texts, err = texts.New(texts.Options{
		Brand: h.cfg.Service.Brand, SupportURL: support, SignInURL: signIn, DefaultLanguage: h.cfg.Service.Language,
	})
	if err != nil {
		return err
	}
	if h.cfg.Staff.Group != 0 {
		support = "" // people talk with staff in the chat
	}
	h.telegram, err = telegram.NewClient(telegram.ClientOptions{
		Token: h.cfg.Telegram.Token.Reveal(), APIURL: h.cfg.Telegram.APIURL.String(), Texts: h.texts,
		SupportURL: support, SignInURL: signIn, Log: h.log, Now: h.Now,
	})
	if err != nil {
		return err
	}
	h.leanOnTelegram()
	return nil
}

func (h *house) openCarriers(context.Context) error {
	if url := h.cfg.Delivery.SMTPURL; url != "" {
		sender, err := mail.New(mail.Options{URL: url.Reveal(), From: h.cfg.Delivery.MailFrom, Texts: h.texts, Now: h.Now, Log: h.log})
		if err != nil {
			return fmt.Errorf("REKEY_SMTP_URL: %w", err)
		}
		h.carriers[flows.Email] = sender
		h.closers = append(h.closers, sender.Close)
		h.lean(partOf[flows.Email], at("REKEY_SMTP_URL", sender.Check), nil, nil)
	}
	if url := h.cfg.Delivery.SMSURL; url != "" {
		sender, err := sms.New(sms.Options{URL: url.Reveal(), Texts: h.texts})
		if err != nil {
			return fmt.Errorf("REKEY_SMS_URL: %w", err)
		}
		h.carriers[flows.SMS] = sender
		h.lean(partOf[flows.SMS], at("REKEY_SMS_URL", sender.Check), nil, nil)
	}
	return nil
}

// tag gives an unguessable name that is the same for the same parts.
func (h *house) tag(purpose string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(h.keys.MAC(purpose, parts...))
}

// run receives updates and carries out jobs until the context ends, then
// finishes what it has.
func (h *house) run(ctx context.Context) (err error) {
	unlock, err := sqlite.LockServing(h.cfg.Storage.Database)
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	ctx, watched := h.watch(ctx)
	defer func() { err = watched(err) }()
	listener, err := net.Listen("tcp", h.cfg.Operation.Listen)
	if err != nil {
		return fmt.Errorf("REKEY_LISTEN: %w", err)
	}
	defer func() { _ = listener.Close() }()
	// What runs beside the receiving goes on until the last update is done.
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	ctx, server := h.openServer(ctx, listener)
	defer server.close()
	probe := func(parts []health.Part) { running.Go(func() { h.health.Run(beside, parts...) }) }
	probe(h.probed(false)) // the others once Telegram answers
	me, err := h.telegram.Await(ctx)
	if err != nil {
		return outcome(ctx, err)
	}
	ledger := sqlite.NewLedger(h.db, sqlite.LedgerOptions{
		Limits: flows.Limits(h.cfg.Limits), Sealer: h.keys, MAC: h.keys.MAC, Random: rand.Reader,
		Hash: h.hasher.Hash, Region: identifier.Region, Busy: argon2.ErrBusy, Log: h.log,
		Hooks: h.cfg.API.WebhookURL != "", ReadWords: h.texts.ReadWords, Channels: h.channels(),
	})
	jobs := sqlite.NewJobs(h.db, h.keys)
	runner := flows.NewRunner(flows.RunnerOptions{
		Machine: h.machine(), Ledger: ledger, Jobs: jobs, Conversations: h.talks, Messenger: h.telegram, Sealer: h.keys,
		Reference: reference, Now: h.Now, Log: h.log, Point: h.Point,
	})
	helpers := h.openOffice(ledger, jobs, me, runner.Handle)
	if err := errors.Join(ledger.Resume(ctx), ledger.ResealCases(ctx), jobs.Resume(ctx), helpers.begin(ctx)); err != nil {
		return err
	}
	receiver := telegram.NewReceiver(telegram.ReceiverOptions{
		Client: h.telegram, Handler: runner, BotID: me.ID, Username: me.Username, Log: h.log, Now: h.Now, Point: h.Point,
		DrainWithin: drainUpdates, Staff: helpers.receiving(),
	})
	worker := flows.NewWorker(flows.WorkerOptions{
		Jobs: jobs, Ledger: ledger, Directory: h.directory, Carriers: h.carriers, Messenger: h.telegram,
		Handle: runner.Handle, Replay: receiver.Replay, DrawCase: helpers.draw, Relay: helpers.relay, PostHook: helpers.post, PostWeek: helpers.postWeek,
		Now: h.Now, Log: h.log, Parallel: jobsAtOnce, Point: h.Point,
	})
	webhook := receiver.Webhook(telegram.WebhookOptions{
		URL: h.cfg.Telegram.WebhookURL.String(), Secret: h.cfg.Telegram.WebhookSecret.Reveal(),
	})
	h.log.Info("rekey runs", "bot", "@"+me.Username, "mode", h.cfg.Telegram.Mode, "listen", listener.Addr(), "database", h.cfg.Storage.Database,
		"hashes", h.hasher.Slots())
	running.Go(func() { worker.Run(beside) })
	running.Go(func() { h.sweep(beside) })
	running.Go(func() { h.telegram.Setup(beside); helpers.setup(beside) })
	server.lead(h.routes(webhook, helpers))
	h.health.Started()
	probe(h.probed(true))
	if h.Serving != nil {
		h.Serving(listener.Addr().String())
	}
	return outcome(ctx, h.receive(ctx, receiver, webhook))
}

// receive brings updates in as the configured mode has it.
func (h *house) receive(ctx context.Context, receiver *telegram.Receiver, webhook *telegram.Webhook) error {
	if h.cfg.Telegram.Mode == config.Polling {
		return receiver.Poll(ctx)
	}
	if err := webhook.Register(ctx); err != nil {
		return err
	}
	h.registered.Store(true)
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
func (h *house) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.db.Sweep(ctx); err != nil && ctx.Err() == nil {
			h.log.Warn("what is old could not be forgotten", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(sweepEvery):
		}
	}
}

// move lets the sample people's accounts into the directory, once.
func (h *house) move(ctx context.Context, people []demo.Sample) error {
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
		if _, err := h.directory.Add(ctx, n); err != nil && !errors.Is(err, sqlite.ErrTaken) {
			return fmt.Errorf("adding %s: %w", p.Name(), err)
		}
	}
	return nil
}

// shop is the service whose passwords the demo recovers.
func (h *house) shop() demo.Shop {
	return demo.Shop{
		Brand: stage.Brand,
		SignIn: func(ctx context.Context, text, secret string) (account, name string, ok bool, err error) {
			id, refusal := identifier.Parse(text, "")
			if refusal != identifier.Accepted {
				return "", "", false, nil
			}
			found, ok, err := h.directory.SignIn(ctx, string(id.Kind), id.Canonical, []byte(secret))
			return found.ID, found.Name, ok, err
		},
		SessionsValidAfter: func(ctx context.Context, account string) (time.Time, error) {
			after, _, err := h.directory.SessionsValidAfter(ctx, account)
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
