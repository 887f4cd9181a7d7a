package sqlite

import (
	"context"
	"fmt"

	"rekey/flows"
)

// Conversations keeps conversations in the file, for deployments without Redis.
type Conversations struct{ db *DB }

var _ flows.Conversations = (*Conversations)(nil)

// NewConversations gives the conversations of a file.
func NewConversations(db *DB) *Conversations { return &Conversations{db: db} }

// Load implements flows.Conversations.
func (c *Conversations) Load(ctx context.Context, chat int64) (flows.Stored, bool, error) {
	var revision, expires int64
	var s flows.Stored
	found, err := c.db.look(ctx, into{&revision, &s.Body, &expires},
		"SELECT revision, body, expires FROM conversations WHERE chat = ? AND expires > ?", chat, c.db.now().UnixMilli())
	if err != nil {
		return flows.Stored{}, false, fmt.Errorf("loading a conversation: %w", err)
	}
	if !found {
		return flows.Stored{}, false, nil
	}
	s.Revision, s.Expires = uint64(revision), moment(expires)
	return s, true, nil
}

// Save implements flows.Conversations.
func (c *Conversations) Save(ctx context.Context, chat int64, was uint64, next flows.Stored) (bool, error) {
	var changed int64
	err := c.db.transact(ctx, func(t *tx) (err error) {
		if was == 0 {
			changed, err = t.exec(`INSERT INTO conversations (chat, revision, body, expires) VALUES (?1, ?2, ?3, ?4)
				ON CONFLICT DO UPDATE SET revision = ?2, body = ?3, expires = ?4 WHERE expires <= ?5`,
				chat, int64(next.Revision), next.Body, next.Expires.UnixMilli(), t.now)
			return err
		}
		changed, err = t.exec(`UPDATE conversations SET revision = ?, body = ?, expires = ?
			WHERE chat = ? AND revision = ? AND expires > ?`,
			int64(next.Revision), next.Body, next.Expires.UnixMilli(), chat, int64(was), t.now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("saving a conversation: %w", err)
	}
	return changed == 1, nil
}
