// Package bot is the whole bot: its commands, and the wiring of the rooms for
// them. What is done is in the rooms: flows decides, what is below bot speaks, store
// remembers, config sets.
package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"rekey/bot/demo"
	"rekey/bot/demo/play"
	"rekey/bot/demo/stage"
	"rekey/config"
	"rekey/store/accounts"
	"rekey/store/roster"
)

// Env is what the process meets outside.
type Env struct {
	Environ  []string
	In       io.Reader
	Out, Err io.Writer
	Now      func() time.Time
	Files    fs.FS             // from the root on; what the kernel says of this process is read there. nil: nothing is
	Point    func(name string) // told what has just been done; crash tests end the process there
	Serving  func(addr string) // told the address that is listened on
}

// commands is the command line.
type commands struct {
	Version kong.VersionFlag `help:"Print which rekey this is, and which schema it knows."`
	EnvFile string           `name:"env-file" type:"path" placeholder:"FILE" help:"Read settings from this file, as rekey init writes it; the environment wins."`

	Run      runCommand        `cmd:"" default:"1" help:"Run the bot. The default."`
	Demo     demoCommand       `cmd:"" help:"Try everything on this computer, with nothing to set up. Of the settings it heeds REKEY_REDIS_URL and REKEY_ARGON2 alone."`
	Init     initCommand       `cmd:"" help:"Write a commented environment file with a fresh secret."`
	Check    checkCommand      `cmd:"" help:"Try the configuration: Telegram, database, Redis, mail, SMS and the staff group."`
	Accounts accounts.Commands `cmd:"" help:"The built-in directory of accounts."`
	Staff    staffCommands     `cmd:"" help:"Who helps people in the staff group."`
	Backup   backupCommand     `cmd:"" help:"Write a copy of the database, while the bot runs or not."`
	Restore  restoreCommand    `cmd:"" help:"Put a copy in the place of the database, which is kept; no bot may run."`
	Jobs     jobsCommand       `cmd:"" help:"Show what the bot still has to do, and what nobody got lately."`
}

// Main carries out one command and gives the exit status of the process.
func Main(ctx context.Context, args []string, env Env) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c, kong.Name("rekey"), kong.Description("Password recovery in a Telegram chat."),
		kong.Writers(env.Out, env.Err), kong.Vars{"version": version()}, kong.Exit(func(status int) { exit = status }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env, &c,
			accounts.Opener(func(ctx context.Context, fills bool, do func(accounts.Desk) error) error {
				return c.atAccounts(ctx, env, fills, do)
			}),
			roster.Opener(func(ctx context.Context, fills bool, do func(roster.Desk) error) error {
				return c.atRoster(ctx, env, fills, do)
			})))
	if err != nil {
		return fail(env, err)
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // the help was asked for and printed
		return exit
	}
	if err != nil {
		return fail(env, fmt.Errorf("%w; rekey --help lists the commands", err))
	}
	if err := parsed.Run(); err != nil {
		return fail(env, err)
	}
	return 0
}

func fail(env Env, err error) int {
	_, _ = fmt.Fprintf(env.Err, "rekey: %v\n", err)
	return 1
}

// environ is the environment together with the file, if one is named.
func (c *commands) environ(env Env) ([]string, error) {
	if c.EnvFile == "" {
		return env.Environ, nil
	}
	file, err := config.ReadFile(c.EnvFile)
	return config.Merge(file, env.Environ), err
}

// load reads the whole configuration.
func (c *commands) load(env Env) (config.Config, error) {
	environ, err := c.environ(env)
	if err != nil {
		return config.Config{}, err
	}
	cfg, err := config.Load(environ, validators()...)
	if err != nil {
		return cfg, fmt.Errorf("these settings need mending (rekey init writes a file to begin with):\n%w", err)
	}
	return cfg, nil
}

// withBot does something with the configured bot, whose database is opened so.
func (c *commands) withBot(ctx context.Context, env Env, open func(*bot, context.Context) error, do func(*bot) error) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	b, err := buildOn(ctx, cfg, env, open)
	if err != nil {
		return err
	}
	defer b.close()
	return do(b)
}

type runCommand struct{}

// Run runs the bot until it is told to stop.
func (runCommand) Run(ctx context.Context, env Env, c *commands) error {
	return c.withBot(ctx, env, (*bot).openDatabase, func(b *bot) error { return b.run(ctx) })
}

type initCommand struct {
	File string `arg:"" default:"rekey.env" help:"The file to write."`
}

// Run writes the environment file; one that exists is left alone.
func (i initCommand) Run(env Env) error {
	f, err := os.OpenFile(i.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already and is left as it is; give another name: rekey init FILE", i.File)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(config.WriteEnv(f, rand.Reader), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "%s is written, with a fresh secret and the steps at BotFather.\n"+
		"Fill in the token and the mail server, then:\n\n    rekey --env-file %[1]s accounts import users.csv\n"+
		"    rekey --env-file %[1]s check\n    rekey --env-file %[1]s\n", i.File)
	return err
}

type checkCommand struct{}

// Run tries each part and says what is wrong with each.
func (checkCommand) Run(ctx context.Context, env Env, c *commands) error {
	return c.withBot(ctx, env, (*bot).findDatabase, func(b *bot) error {
		bad := 0
		for _, p := range b.parts {
			within, cancel := context.WithTimeout(ctx, 20*time.Second)
			result, err := p.check(within)
			if err != nil {
				bad++
				result = err.Error()
			}
			cancel()
			_, _ = fmt.Fprintf(env.Out, "%-9s %s\n", p.Name, result)
		}
		if bad > 0 {
			return fmt.Errorf("%d of %d parts need mending", bad, len(b.parts))
		}
		return nil
	})
}

// staffCommands are those on the list of staff, and one that needs no list.
type staffCommands struct {
	roster.Commands
	APIKey apiKeyCommand `cmd:"" name:"api-key" help:"Print a fresh key for a program such as a help-desk system."`
}

type apiKeyCommand struct {
	Name   string   `arg:"" help:"The program's name, as staff and people who are helped read it: a-z, 0-9 and -."`
	Scopes []string `name:"scope" required:"" enum:"start-reset,read-case" help:"What the key may do: ${enum}; give several one after the other."`
}

// Run prints a key, which is kept nowhere, and the entry that knows it.
func (k apiKeyCommand) Run(env Env) error {
	key, entry, err := config.NewAPIKey(k.Name, k.Scopes, rand.Reader)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "Give the program this key; it is shown this once:\n\n    %s\n\nAdd this to REKEY_API_KEYS, after a comma if there are others:\n\n    %s\n", key, entry)
	return err
}

type demoCommand struct {
	Play   bool   `help:"Play whole recoveries in the terminal and check what is seen."`
	Folder string `type:"path" default:"rekey-demo" placeholder:"FOLDER" help:"Where the demo keeps its data (${default})."`
	Listen string `default:"127.0.0.1:8765" placeholder:"HOST:PORT" help:"Where the page is (${default}); loopback only."`
}

// Run sets the stage, lets the real bot run on it, and shows the page or plays.
func (d demoCommand) Run(ctx context.Context, env Env, c *commands) (err error) {
	clock := &play.Clock{}
	if d.Play {
		env.Now, d.Listen = clock.Now, "127.0.0.1:0"
		if d.Folder, err = os.MkdirTemp("", "rekey-play-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.Folder)) }()
	}
	environ, err := c.environ(env)
	if err != nil {
		return err
	}
	page, err := listenHere(d.Listen)
	if err != nil {
		return fmt.Errorf("the page cannot be served: %w", err)
	}
	defer func() { _ = page.Close() }()
	log := slog.New(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	set, err := stage.Open(d.Folder, env.Now, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	cfg, err := config.Load(append(set.Environ("http://"+page.Addr().String()+"/#shop"), heeded(environ)...))
	if err != nil {
		return err
	}
	b, err := build(ctx, cfg, env)
	if err != nil {
		return err
	}
	defer b.close()
	people, staff := demo.Samples(), demo.Staff()
	if err := errors.Join(b.recall(ctx), b.move(ctx, people), b.hire(ctx, staff)); err != nil {
		return err
	}
	if d.Play {
		return beside(ctx, b.run, func(ctx context.Context) error {
			return play.Run(ctx, play.Options{
				Simulator: set.Telegram, Mail: set.Mail, SMS: set.SMS, Shop: b.shop(), People: people,
				Staff: staff, StaffGroup: set.Staff, Now: clock.Now, Advance: clock.Advance, Out: env.Out, Patience: time.Minute,
			})
		})
	}
	handler, err := demo.New(demo.Options{
		Simulator: set.Telegram, Group: set.Staff, Mail: set.Mail, SMS: set.SMS, Shop: b.shop(), People: people, Staff: demo.Staff(),
		Bot: stage.Brand, Now: env.Now, Log: log,
	})
	if err != nil {
		return err
	}
	b.Serving = func(addr string) { // not before, or it would be said of a folder that another demo holds
		_, _ = fmt.Fprintf(env.Out, "Open http://%s/ and recover a password.\nData is kept in %s. Stop with Ctrl+C.\n", page.Addr(), d.Folder)
		if env.Serving != nil {
			env.Serving(addr)
		}
	}
	return beside(ctx, b.run, func(ctx context.Context) error { return serve(ctx, page, handler) })
}

// listenHere listens where this computer alone can come: whoever opens the page
// is everybody on it.
func listenHere(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with --listen", err)
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		return nil, errors.Join(l.Close(), fmt.Errorf("%s can be reached from other computers, and the page asks nobody who they are; "+
			"choose a loopback address such as 127.0.0.1:8765 with --listen", address))
	}
	return l, nil
}

// heeded gives the settings that the demo heeds too.
func heeded(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.TrimSuffix(name, "_FILE")
		return name != "REKEY_REDIS_URL" && name != "REKEY_ARGON2"
	})
}

// beside does two things at a time; when one ends, so does the other.
func beside(ctx context.Context, one, other func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- one(ctx)
	}()
	err := other(ctx)
	stop()
	return errors.Join(<-ended, err)
}

// serve answers requests until the context ends.
func serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
