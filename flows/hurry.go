package flows

import "context"

type hurryKey struct{}

// WithHurry gives a context whose calls wait for a limit of Telegram's no longer
// than until the channel is closed: then others need the place that is held
// meanwhile, and the call asks to be owed ([ErrLater]).
func WithHurry(ctx context.Context, hurry <-chan struct{}) context.Context {
	return context.WithValue(ctx, hurryKey{}, hurry)
}

// Hurry gives the channel of WithHurry; nil, which is never closed, when there is
// none.
func Hurry(ctx context.Context) <-chan struct{} {
	hurry, _ := ctx.Value(hurryKey{}).(<-chan struct{})
	return hurry
}

// atOnce is for a context in which nothing is waited for.
var atOnce = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
