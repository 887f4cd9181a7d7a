package roster

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/flows/staff"
	"rekey/store/sqlite"
)

func newDesk(t *testing.T) (Desk, *bytes.Buffer) {
	t.Helper()
	now := time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "rekey.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var out bytes.Buffer
	return Desk{Roster: sqlite.NewRoster(db), Out: &out}, &out
}

func TestAppointing(t *testing.T) {
	d, out := newDesk(t)
	for _, bad := range []struct {
		id    int64
		name  string
		roles []staff.Role
		want  string
	}{
		{-5, "Anna", []staff.Role{staff.Agent}, "positive"},
		{5, "  ", []staff.Role{staff.Agent}, "--name"},
		{5, strings.Repeat("x", 65), []staff.Role{staff.Agent}, "--name"},
		{5, "An\x00na", []staff.Role{staff.Agent}, "--name"},
		{5, "Anna", nil, "--role"},
	} {
		if err := d.Add(t.Context(), bad.id, bad.name, bad.roles); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	for _, roles := range [][]staff.Role{{staff.Admin, staff.Agent, staff.Agent}, {staff.Auditor}} {
		if err := d.Add(t.Context(), 5, " Anna  Holm ", roles); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "Anna Holm (5) is on staff as agent+admin.\nAnna Holm (5) is on staff as auditor.\n5  Anna Holm  auditor\n"
	if out.String() != want {
		t.Fatalf("it says\n%s\nwant\n%s", out, want)
	}
	if err := d.Remove(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(t.Context(), 5); err == nil || !strings.Contains(err.Error(), "staff list") {
		t.Fatalf("removing nobody: %v", err)
	}
}

func TestReport(t *testing.T) {
	d, out := newDesk(t)
	if err := d.Add(t.Context(), 5, "Anna", []staff.Role{staff.Agent}); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, to time.Time
		lines    int
	}{{day, day, 2}, {day.AddDate(0, 0, -1), day.AddDate(0, 0, -1), 1}, {day.AddDate(0, 0, 1), day.AddDate(0, 0, 1), 1}} {
		out.Reset()
		if err := d.Report(t.Context(), c.from, c.to); err != nil || strings.Count(out.String(), "\n") != c.lines {
			t.Errorf("%s: %v\n%s", c.from, err, out)
		}
	}
	out.Reset()
	if err := d.Report(t.Context(), day, day); err != nil || !strings.Contains(out.String(), "2026-11-23T23:59:00Z,staff.appointed,,operator,,,,5: agent") {
		t.Errorf("%v\n%s", err, out)
	}
	if err := d.Report(t.Context(), day, day.AddDate(0, 0, -1)); err == nil {
		t.Error("days in the wrong order make a report")
	}
	if got := harmless("=1+1"); got != "'=1+1" || harmless("") != "" || harmless("plain") != "plain" {
		t.Errorf("a formula stays one: %q", got)
	}
}
