package sqlite

import (
	"context"
	"fmt"
)

// Holdings tells how many accounts there are, disabled ones too, and how many
// people are on staff. It counts them, a second for ten million.
func (db *DB) Holdings(ctx context.Context) (accounts, staff int, err error) {
	err = db.read.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM staff)").Scan(&accounts, &staff)
	if err != nil {
		return 0, 0, fmt.Errorf("counting accounts: %w", err)
	}
	return accounts, staff, nil
}
