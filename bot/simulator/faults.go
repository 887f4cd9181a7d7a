package simulator

import (
	"net/http"
	"slices"
	"time"
)

// Fault is a failure on demand; see [Server.Inject].
type Fault struct {
	Method      string  // the documented name, or "" for any method
	Times       int     // how many requests it strikes; 0 is without end
	Probability float64 // of striking a request that it fits; 0 is always
	Code        int     // HTTP status to answer without carrying the method out; 0 is none
	RetryAfter  int     // seconds to name with it (Code 429)
	DropBefore  bool    // cut the connection without carrying the method out
	DropAfter   bool    // carry the method out, then cut the connection
}

// Inject makes requests fail from now on. Several faults can wait at a time;
// a request is struck by the first that fits.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults ends all injected faults and pending duplicates.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.duplicate = nil, 0
}

// Duplicate makes the server deliver each of the next n updates twice, under
// the same id: a poller gets it again after it has confirmed it, a webhook
// after it has answered.
func (s *Server) Duplicate(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.duplicate += n
}

// SetRetryUnit changes [Options].RetryUnit from now on.
func (s *Server) SetRetryUnit(unit time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.RetryUnit = unit
}

// strike returns the fault that hits a call of a method and takes one from its
// times. The zero fault does nothing.
func (s *Server) strike(method string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != method {
			continue
		}
		if f.Probability > 0 && s.options.Random() >= f.Probability {
			continue
		}
		if f.Times == 1 {
			s.faults = slices.Delete(s.faults, i, i+1)
		} else if f.Times > 1 {
			f.Times--
		}
		return *f
	}
	return Fault{}
}

// before is what a fault does instead of carrying a method out.
func (f Fault) before() error {
	if f.DropBefore {
		panic(http.ErrAbortHandler)
	}
	if f.Code == 0 {
		return nil
	}
	if f.Code == http.StatusTooManyRequests && f.RetryAfter > 0 {
		return tooMany(f.RetryAfter)
	}
	return &apiError{code: f.Code, text: http.StatusText(f.Code)}
}
