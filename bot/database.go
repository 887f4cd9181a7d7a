package bot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"text/tabwriter"
	"time"

	"rekey/bot/health"
	"rekey/bot/texts"
	"rekey/config"
	"rekey/store/accounts"
	"rekey/store/argon2"
	"rekey/store/roster"
	"rekey/store/sqlite"
)

// findDatabase opens the file for a look at it, which makes nothing and reads all
// of it, as far as there is time. A file that cannot be opened is a part that needs
// mending, like any other.
func (b *bot) findDatabase(ctx context.Context) error {
	db, err := sqlite.OpenAsItIs(ctx, b.cfg.Storage.Database, b.Now)
	check := func(context.Context) error { return err }
	if err == nil {
		b.db, b.closers = db, append(b.closers, db.Close)
		check = func(ctx context.Context) error {
			if err := db.Check(ctx); err != nil {
				return err
			}
			if err := db.CheckIntegrity(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			return nil
		}
	}
	b.lean("database", at("REKEY_DATABASE", check), health.Always, b.holdings)
	return nil
}

// watch ends the context that it gives when the database is not where it was any
// more. What it gives besides stops the watching, and puts that before the error
// with which the serving ended.
func (b *bot) watch(ctx context.Context) (context.Context, func(error) error) {
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	ctx, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	var gone error
	running.Go(func() { gone = b.db.Watch(watching, end) })
	return ctx, func(err error) error {
		end()
		stop()
		running.Wait()
		if gone != nil {
			return fmt.Errorf("REKEY_DATABASE: %w", gone)
		}
		return err
	}
}

// atDatabase opens the file for one of the operator's commands, and tells it the
// region of phone numbers. Only a command that fills an empty one makes it.
func (c *commands) atDatabase(ctx context.Context, env Env, fills bool, do func(db *sqlite.DB, region string) error) error {
	database, region, err := c.place(env)
	if err != nil {
		return err
	}
	if !fills {
		if err := sqlite.Find(database); err != nil {
			return fmt.Errorf("REKEY_DATABASE: %w", err)
		}
	}
	db, err := sqlite.Open(ctx, database, env.Now)
	if err != nil {
		return fmt.Errorf("REKEY_DATABASE: %w", err)
	}
	return errors.Join(do(db, region), db.Close())
}

// place tells where the database is, and the region of phone numbers.
func (c *commands) place(env Env) (database, region string, err error) {
	environ, err := c.environ(env)
	if err != nil {
		return "", "", err
	}
	return config.LoadDirectory(environ)
}

func (c *commands) atAccounts(ctx context.Context, env Env, fills bool, do func(accounts.Desk) error) error {
	hasher, err := argon2.New(argon2.Default(), argon2.Options{})
	if err != nil {
		return err
	}
	return c.atDatabase(ctx, env, fills, func(db *sqlite.DB, region string) error {
		return do(accounts.Desk{Directory: directory(db, hasher), Region: region, Speaks: texts.Speaks, In: env.In, Out: env.Out})
	})
}

func (c *commands) atRoster(ctx context.Context, env Env, fills bool, do func(roster.Desk) error) error {
	return c.atDatabase(ctx, env, fills, func(db *sqlite.DB, _ string) error {
		return do(roster.Desk{Roster: sqlite.NewRoster(db), Out: env.Out})
	})
}

// asItIs opens the file for a command that leaves its schema alone.
func (c *commands) asItIs(ctx context.Context, env Env, do func(*sqlite.DB) error) error {
	database, _, err := c.place(env)
	if err != nil {
		return err
	}
	db, err := sqlite.OpenAsItIs(ctx, database, env.Now)
	if err != nil {
		return fmt.Errorf("REKEY_DATABASE: %w", err)
	}
	return errors.Join(do(db), db.Close())
}

type backupCommand struct {
	File string `arg:"" type:"path" help:"The file to write; one that exists is left alone."`
}

// Run writes a backup.
func (b backupCommand) Run(ctx context.Context, env Env, c *commands) error {
	return c.asItIs(ctx, env, func(db *sqlite.DB) error {
		if err := db.Backup(ctx, b.File); err != nil {
			return err
		}
		info, err := os.Stat(b.File)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Out, "%s holds all that was in %s (schema %d, %.1f MiB). Back again: rekey restore %[1]s\n",
			b.File, db.Path(), db.Schema(), float64(info.Size())/(1<<20))
		return err
	})
}

type restoreCommand struct {
	File string `arg:"" type:"path" help:"The copy: a backup, or what was kept before an update. It stays as it is."`
}

// Run restores a backup.
func (r restoreCommand) Run(ctx context.Context, env Env, c *commands) error {
	database, _, err := c.place(env)
	if err != nil {
		return err
	}
	done, err := sqlite.Restore(ctx, database, r.File, env.Now)
	if err != nil {
		return err
	}
	kept := "There was none before."
	if done.Kept != "" {
		kept = "The one before is kept as " + done.Kept + "."
	}
	_, err = fmt.Fprintf(env.Out, "%s holds what was in %s (schema %d). %s\n"+
		"Codes that are on their way have ended. Start the bot, and start anew whatever else reads the database.\n", done.Path, r.File, done.Schema, kept)
	return err
}

type jobsCommand struct{}

// lately is how far back rekey jobs looks for what was given up.
const lately = 48 * time.Hour

// Run shows what is owed, and what was given up. It names nobody.
func (jobsCommand) Run(ctx context.Context, env Env, c *commands) error {
	return c.asItIs(ctx, env, func(db *sqlite.DB) error {
		if db.Schema() < sqlite.SchemaVersion() {
			return fmt.Errorf("%s has schema %d: ask the rekey that serves from it, or start this one, which makes that %d", db.Path(), db.Schema(), sqlite.SchemaVersion())
		}
		owed, err := db.Owed(ctx)
		if err != nil {
			return err
		}
		lost, err := db.GivenUp(ctx, env.Now().Add(-lately))
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
		line := func(format string, cells ...any) { _, _ = fmt.Fprintf(out, format+"\n", cells...) }
		line("JOBS\tDUE\tSINCE\tTRIES\tNEXT\tLATER\tLAST FAILURE")
		for _, o := range owed {
			line("%s\t%d\t%s\t%d\t%s\t%d\t%s", o.Kind, o.Due, clock(o.Since), o.Tries, clock(o.Next), o.Later, o.Cause)
		}
		if len(owed) == 0 {
			line("none")
		}
		line("\nNOBODY GOT, IN 48 HOURS\tTIMES\tLAST")
		for _, g := range lost {
			line("%s\t%d\t%s", g.What, g.Count, clock(g.Last))
		}
		if len(lost) == 0 {
			line("nothing")
		}
		return out.Flush()
	})
}

// clock is a time in a table, in UTC.
func clock(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}

// version tells which rekey this is, as go build noted it.
func version() string {
	which, commit, changed := "of unknown origin", "", ""
	info, ok := debug.ReadBuildInfo()
	if ok {
		which = info.Main.Version
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = ", commit " + s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				changed = " with changes"
			}
		}
		which += commit + changed + ", " + info.GoVersion
	}
	return fmt.Sprintf("rekey %s, schema %d", which, sqlite.SchemaVersion())
}
