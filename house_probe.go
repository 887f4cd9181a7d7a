package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"rekey/flows"
)

const (
	// probeEvery is how often a carrier's server is tried, and probeWithin how
	// long that may take before codes are called slow.
	probeEvery  = time.Minute
	probeWithin = 10 * time.Second
)

// carrierProbes try the carriers' servers now and then, whoever asks for codes
// meanwhile: what they find is told to everybody alike.
type carrierProbes struct {
	log   *slog.Logger
	tried map[flows.Channel]*carrierProbe
}

// carrierProbe is what is known of one server.
type carrierProbe struct {
	check func(context.Context) error
	slow  atomic.Bool
}

// newProbes knows nothing bad of any channel yet.
func newProbes(log *slog.Logger) *carrierProbes {
	return &carrierProbes{log: log, tried: map[flows.Channel]*carrierProbe{}}
}

// add has a channel tried. It comes before the first look.
func (p *carrierProbes) add(c flows.Channel, check func(context.Context) error) {
	p.tried[c] = &carrierProbe{check: check}
}

// slow tells whether a channel's server did not do well when it was tried last.
// Safe for concurrent use.
func (p *carrierProbes) slow(c flows.Channel) bool {
	one := p.tried[c]
	return one != nil && one.slow.Load()
}

// run looks at once, and then every minute until the context ends.
func (p *carrierProbes) run(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		p.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look tries every channel's server once.
func (p *carrierProbes) look(ctx context.Context) {
	for channel, one := range p.tried {
		within, cancel := context.WithTimeout(ctx, probeWithin)
		err := one.check(within)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.log.Warn("codes are slow: a server was tried in vain", "channel", channel, "err", err)
		}
		if was := one.slow.Swap(err != nil); was && err == nil {
			p.log.Info("codes are not slow any more", "channel", channel)
		}
	}
}
