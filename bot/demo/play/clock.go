package play

import (
	"sync/atomic"
	"time"
)

// Clock tells the time, and can be moved forward. The zero Clock tells the
// true time. It is safe for concurrent use.
type Clock struct{ ahead atomic.Int64 }

// Now gives the clock's time.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }
