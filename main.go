// Rekey is a Telegram bot through which the users of a service recover a
// forgotten password by chatting.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"rekey/bot"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(bot.Main(ctx, os.Args[1:], bot.Env{
		Environ: os.Environ(), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now, Files: os.DirFS("/"),
	}))
}
