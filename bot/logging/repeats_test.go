package logging

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// logged is a log whose minutes end when told so.
type logged struct {
	*slog.Logger
	bytes.Buffer
	ends []func()
}

func newLogged() *logged {
	l := &logged{}
	h := NewRepeats(slog.NewTextHandler(&l.Buffer, &slog.HandlerOptions{Level: slog.LevelDebug}), time.Minute)
	h.shared.after = func(_ time.Duration, do func()) { l.ends = append(l.ends, do) }
	l.Logger = slog.New(h)
	return l
}

func (l *logged) minute() {
	ends := l.ends
	l.ends = nil
	for _, end := range ends {
		end()
	}
}

// lines gives what was said since the last call, without times.
func (l *logged) lines() []string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), " ")
		lines = append(lines, line)
	}
	l.Reset()
	return lines
}

func (l *logged) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := l.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("said\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOneCauseIsSaidOnceAMinute(t *testing.T) {
	l := newLogged()
	for i := range 2000 {
		l.Warn("too old", "input", i)
	}
	l.expect(t, `level=WARN msg="too old" input=0`)
	l.minute()
	l.expect(t, `level=WARN msg="too old" input=1999 repeated=1999`)
	l.Warn("too old", "input", 2000)
	l.expect(t)
	l.minute()
	l.expect(t, `level=WARN msg="too old" input=2000 repeated=1`)
	l.minute()
	l.Warn("too old", "input", 2001)
	l.expect(t, `level=WARN msg="too old" input=2001`)
}

func TestCausesAreToldApart(t *testing.T) {
	l := newLogged()
	for i := range 2 {
		l.Warn("refused", "status", 550, "err", fmt.Errorf("mailbox %d is full", i))
		l.Warn("refused", "status", 550, "err", errors.New("not here"))
		l.Warn("refused", "status", 551, "err", errors.New("not here"))
		l.Error("refused")
		l.With("part", "mail").Error("refused")
		l.Warn("not allowed", "by", 1)
		l.Warn("not allowed", "by", 2)
		l.Warn("SMS pause", "country", "DE")
		l.Warn("SMS pause", "country", "FR")
		l.Warn("broken", "reference", fmt.Sprint("RK-", i))
		l.Info("hello")
	}
	l.expect(t,
		`level=WARN msg=refused status=550 err="mailbox 0 is full"`, `level=WARN msg=refused status=550 err="not here"`, `level=WARN msg=refused status=551 err="not here"`,
		`level=ERROR msg=refused`, `level=ERROR msg=refused part=mail`,
		`level=WARN msg="not allowed" by=1`, `level=WARN msg="not allowed" by=2`, `level=WARN msg="SMS pause" country=DE`, `level=WARN msg="SMS pause" country=FR`,
		`level=WARN msg=broken reference=RK-0`, `level=INFO msg=hello`,
		`level=WARN msg=broken reference=RK-1`, `level=INFO msg=hello`)
	l.minute()
	if got := l.lines(); len(got) != 9 {
		t.Errorf("at the end of the minute: %q", got)
	}
}

func TestCausesAreBounded(t *testing.T) {
	l := newLogged()
	for i := range 2 * mostCauses {
		l.Warn("refused", "err", strings.Repeat("x", i/10)+strings.Repeat("y", i%10))
	}
	if n := len(l.ends); n > mostCauses {
		t.Errorf("%d causes are kept", n)
	}
}
