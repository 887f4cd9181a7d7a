package demo

import (
	"context"
	"sync"
	"time"
)

// Shop is the service whose password is recovered. Both functions must be safe
// for concurrent use.
type Shop struct {
	// Brand is the shop's name.
	Brand string
	// SignIn checks a password and returns the account it opens; ok is false
	// when it opens none.
	SignIn func(ctx context.Context, identifier, password string) (accountID, name string, ok bool, err error)
	// SessionsValidAfter returns the time up to which all of an account's
	// sessions have ended; zero when none were.
	SessionsValidAfter func(ctx context.Context, accountID string) (time.Time, error)
}

// The devices that a visitor can sign in on, in the order the page shows them.
var devices = [...]string{"laptop", "browser"}

// The states of a session.
const (
	noSession    = "none"
	openSession  = "open"
	endedSession = "ended" // because the password changed
)

// session is what a device shows of the shop.
type session struct {
	Device string    `json:"device"`
	State  string    `json:"state"`
	Name   string    `json:"name,omitempty"` // of the customer
	Since  time.Time `json:"since,omitzero"`

	account string
}

// desk is where one visitor signs in: at most one session for each device. It
// is safe for concurrent use.
type desk struct {
	shop Shop
	now  func() time.Time

	mu       sync.Mutex
	sessions [len(devices)]session
}

// place returns where a device's session is kept.
func place(device string) (int, bool) {
	for i, known := range devices {
		if known == device {
			return i, true
		}
	}
	return 0, false
}

// signIn begins a session when the shop accepts the password. It dates the
// session before the check, so that a change of the password meanwhile ends it.
func (d *desk) signIn(ctx context.Context, at int, identifier, password string) (ok bool, err error) {
	begun := d.now()
	account, name, ok, err := d.shop.SignIn(ctx, identifier, password)
	if err != nil || !ok {
		return false, err
	}
	d.put(at, session{State: openSession, Name: name, Since: begun, account: account})
	return true, nil
}

// signOut forgets a device's session.
func (d *desk) signOut(at int) { d.put(at, session{}) }

func (d *desk) put(at int, s session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions[at] = s
}

// look returns all devices' sessions after asking the shop which have ended.
func (d *desk) look(ctx context.Context) ([]session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := make([]session, 0, len(devices))
	for at, device := range devices {
		s := &d.sessions[at]
		if err := d.refresh(ctx, s); err != nil {
			return nil, err
		}
		shown := *s
		shown.Device = device
		if shown.State == "" {
			shown.State = noSession
		}
		seen = append(seen, shown)
	}
	return seen, nil
}

// refresh ends a session that began no later than the time up to which the
// account's sessions have ended.
func (d *desk) refresh(ctx context.Context, s *session) error {
	if s.State != openSession {
		return nil
	}
	validAfter, err := d.shop.SessionsValidAfter(ctx, s.account)
	if err != nil {
		return err
	}
	if !s.Since.After(validAfter) {
		s.State = endedSession
	}
	return nil
}
