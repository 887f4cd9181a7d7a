package roster

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rekey/store/sqlite"
)

// Report prints what staff did on the days from one to another, both included,
// as CSV (RFC 4180).
func (d Desk) Report(ctx context.Context, from, to time.Time) error {
	if to.Before(from) {
		return errors.New("--to is before --from: exchange them")
	}
	out := csv.NewWriter(d.Out)
	if err := out.Write([]string{"time", "event", "case", "actor", "role", "account", "reference", "detail"}); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	err := d.Roster.Report(ctx, from, to.AddDate(0, 0, 1), func(a sqlite.AuditRow) error {
		number := ""
		if a.Case > 0 {
			number = strconv.FormatInt(a.Case, 10)
		}
		row := []string{a.At.Format(time.RFC3339), a.Event, number, a.Actor, a.Role, a.Account, a.Reference, a.Detail}
		for i := range row {
			row[i] = harmless(row[i])
		}
		return out.Write(row)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// harmless keeps a spreadsheet from taking a text that somebody typed for a
// formula (OWASP, CSV injection).
func harmless(cell string) string {
	if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}
