package flows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// longestCause is how many characters of a job's cause are kept.
const longestCause = 400

// ofChannel is an error in carrying a letter by a channel.
type ofChannel struct {
	channel Channel
	error
}

// Unwrap gives what went wrong.
func (e ofChannel) Unwrap() error { return e.error }

// tell says that a job did not succeed: aloud, unless it was merely asked to
// wait and will be tried again.
func (w *Worker) tell(ctx context.Context, j Job, again time.Time, err error) {
	level, what := slog.LevelWarn, "a job did not succeed yet"
	switch given := again.IsZero(); {
	case given && errors.Is(err, ErrUnreachable): // the person stopped the bot, say
		level, what = slog.LevelInfo, "a job is given up"
	case given:
		what = "a job is given up"
	case merelyLater(err), errors.Is(ctx.Err(), context.Canceled): // or the process ends
		level = slog.LevelDebug
	}
	if j.Kind == JobCode || j.Kind == JobLetter {
		what = "a letter is not delivered yet"
		if again.IsZero() {
			what = "a letter cannot be delivered"
		}
	}
	w.Log.Log(ctx, level, what, attributes(j, err)...)
}

// attributes are what is logged of a job's error. Equal errors have the same
// kind, channel, status and cause, by which they can be counted.
func attributes(j Job, err error) []any {
	all := []any{"kind", j.Kind}
	if by := (ofChannel{}); errors.As(err, &by) {
		all = append(all, "channel", by.channel)
	}
	if server := (ServerError{}); errors.As(err, &server) {
		all = append(all, "status", server.Status)
	} else {
		all = append(all, "cause", root(err).Error())
	}
	return append(all, "job", j.ID, "attempt", j.Attempts, "err", err)
}

// Overdue tells why a job is given up whose deadline has come: with the Cause of its
// last try, if there was one.
func (j Job) Overdue() error {
	if j.Cause == "" {
		return errOverdue
	}
	return fmt.Errorf("%w; the last try: %s", errOverdue, j.Cause)
}

var errOverdue = errors.New("its time was over")

// parts are the errors that an error is made of; none where it is whole.
func parts(err error) []error {
	if one := errors.Unwrap(err); one != nil {
		return []error{one}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return nil
}

// root is what an error comes down to: a text without what is different each
// time, such as the ports of a connection.
func root(err error) error {
	for {
		inside := slices.DeleteFunc(slices.Clone(parts(err)), func(one error) bool { return final(one) && len(parts(one)) == 0 })
		if len(inside) == 0 {
			return err
		}
		err = inside[len(inside)-1]
	}
}

// merelyLater tells that an error is nothing but the wish to be asked later. One
// of several that were joined may be more.
func merelyLater(err error) bool {
	inside := parts(err)
	for _, one := range inside {
		if !merelyLater(one) {
			return false
		}
	}
	var later ErrLater
	return len(inside) > 0 || errors.As(err, &later)
}

func clipped(text string) string {
	if runes := []rune(text); len(runes) > longestCause {
		return string(runes[:longestCause]) + "…"
	}
	return text
}
