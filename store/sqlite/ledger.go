package sqlite

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// Ledger keeps recoveries, codes, grants and what was charged. Effects are
// transactions of their own; see flows.Ledger.
type Ledger struct {
	db       *DB
	limits   flows.Limits
	sealer   flows.Sealer
	mac      func(purpose string, parts ...string) []byte
	random   io.Reader
	hash     func(ctx context.Context, key string, password []byte) (string, error)
	region   func(number string) string
	busy     error
	maxBytes int
	hooks    bool
	channels []flows.Channel
	verifier staff.Verifier
}

var _ flows.Ledger = (*Ledger)(nil)

// LedgerOptions are what a ledger needs besides its file. All are required
// unless said otherwise.
type LedgerOptions struct {
	Limits flows.Limits
	// Sealer seals recorded outcomes and the payloads of jobs.
	Sealer flows.Sealer
	// MAC gives a keyed tag of at least 16 bytes. Other purposes or other parts
	// give other tags, also where the joined parts are the same text.
	MAC func(purpose string, parts ...string) []byte
	// Random gives the bytes of codes and grants; crypto/rand.Reader outside
	// tests.
	Random io.Reader
	// Hash gives the string to keep for a password. The key says for whom, so
	// that waiting can be fair: one key, one chat.
	Hash func(ctx context.Context, key string, password []byte) (string, error)
	// Region gives the country of a phone number in E.164, as an ISO 3166-1 code.
	Region func(number string) string
	// Busy is the error by which Hash says that too much waits already; may be
	// nil.
	Busy error
	// MaxBytes is how long a password may be that the sign-in can check; 0 for
	// no limit.
	MaxBytes int
	// Channels are those by which letters go here; nil: all there are.
	Channels []flows.Channel
	// Hooks tells that programs are told of the cases that they opened.
	Hooks bool
	// ReadWords is staff.Verifier's; nil where nobody is on staff.
	ReadWords func(text string) [][3]uint8
	// Log receives warnings; may be nil.
	Log *slog.Logger
}

// NewLedger gives the ledger of a file.
func NewLedger(db *DB, o LedgerOptions) *Ledger {
	db.changes.log.Store(o.Log)
	return &Ledger{
		db: db, limits: o.Limits, sealer: o.Sealer, mac: o.MAC, random: o.Random,
		hash: o.Hash, region: o.Region, busy: o.Busy, maxBytes: o.MaxBytes, hooks: o.Hooks, channels: o.Channels,
		verifier: staff.Verifier{MAC: o.MAC, ReadWords: o.ReadWords},
	}
}

// Resume prepares the ledger for a process that begins to serve. When it has
// another newest secret than the process before it, the codes and grants under
// way cannot be recognised any more: they end, so that people are told so
// instead of reading that a right code is wrong.
func (l *Ledger) Resume(ctx context.Context) error {
	mark := int64(binary.BigEndian.Uint64(l.mac("ledger"))) >> 1
	return l.db.transact(ctx, func(t *tx) error {
		var known int64
		found, err := t.first(into{&known}, "SELECT value FROM marks WHERE name = 'secret'")
		if err != nil || found && known == mark {
			return err
		}
		if err := t.endProofs(); err != nil {
			return err
		}
		_, err = t.exec("INSERT INTO marks (name, value) VALUES ('secret', ?1) ON CONFLICT DO UPDATE SET value = ?1", mark)
		return err
	})
}

// endProofs ends all codes and grants that live.
func (t *tx) endProofs() error {
	if _, err := t.exec("UPDATE codes SET state = 'void' WHERE state = 'live'"); err != nil {
		return err
	}
	_, err := t.exec("UPDATE grants SET state = 'void' WHERE state = 'live'")
	return err
}

// perform gives the outcome recorded under the key, or else does the work and
// records what came of it, all in one transaction. What changed nothing, such as a
// refusal, is not recorded: it can be decided anew, and however often it is asked
// for, it leaves nothing. Nor is an outcome of nil: the work goes on elsewhere.
func (l *Ledger) perform(ctx context.Context, k flows.Key, do func(*tx) (flows.Outcome, error)) (flows.Outcome, error) {
	var outcome flows.Outcome
	err := l.db.transact(ctx, func(t *tx) (err error) {
		if outcome, err = l.recorded(t, k); err != nil || outcome != nil {
			return err
		}
		changed, err := t.changes(func() (err error) {
			outcome, err = do(t)
			return err
		})
		if err != nil || outcome == nil || !changed {
			return err
		}
		return l.record(t, k, outcome)
	})
	if err != nil {
		return nil, fmt.Errorf("performing %s: %w", k.Kind, err)
	}
	return outcome, nil
}

func (l *Ledger) recorded(t *tx, k flows.Key) (flows.Outcome, error) {
	var sealed []byte
	found, err := t.first(into{&sealed}, "SELECT body FROM outcomes WHERE conversation = ? AND input = ? AND kind = ?",
		k.Conversation, string(k.Input), string(k.Kind))
	if err != nil || !found {
		return nil, err
	}
	body, err := l.sealer.Open(sealed, "outcome:"+k.Conversation)
	if err != nil {
		return nil, fmt.Errorf("opening a recorded outcome: %w", err)
	}
	return flows.DecodeOutcome(body)
}

func (l *Ledger) record(t *tx, k flows.Key, o flows.Outcome) error {
	body, err := flows.EncodeOutcome(o)
	if err != nil {
		return err
	}
	sealed, err := l.sealer.Seal(body, "outcome:"+k.Conversation)
	if err != nil {
		return fmt.Errorf("sealing an outcome: %w", err)
	}
	_, err = t.exec("INSERT INTO outcomes (conversation, input, kind, body, at) VALUES (?, ?, ?, ?, ?)",
		k.Conversation, string(k.Input), string(k.Kind), sealed, t.now)
	return err
}

// Abandon implements flows.Ledger.
func (l *Ledger) Abandon(ctx context.Context, conversation string) error {
	err := l.db.transact(ctx, func(t *tx) error {
		if _, err := t.exec(`UPDATE grants SET state = 'void' WHERE state = 'live' AND recovery IN
			(SELECT id FROM recoveries WHERE conversation = ?)`, conversation); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE recoveries SET void = 1 WHERE conversation = ? AND void = 0", conversation); err != nil {
			return err
		}
		return l.leaveTalk(t, conversation)
	})
	if err != nil {
		return fmt.Errorf("abandoning a recovery: %w", err)
	}
	return nil
}

// Forfeit implements flows.Ledger.
func (l *Ledger) Forfeit(ctx context.Context, k flows.Key, held flows.Secret) error {
	err := l.db.transact(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE grants SET state = 'void' WHERE state = 'live' AND minted_by = ? AND tag <> ? AND recovery IN
			(SELECT id FROM recoveries WHERE conversation = ?)`, string(k.Input), l.mac("grant", held.Reveal()), k.Conversation)
		return err
	})
	if err != nil {
		return fmt.Errorf("forfeiting a grant: %w", err)
	}
	return nil
}

// entry is a row of the audit log.
type entry struct {
	event, actor, role, account, recovery, reference, detail string
	number                                                   int64 // of the case; 0: none
}

func (t *tx) audit(e entry) error {
	_, err := t.exec(`INSERT INTO audit (at, event, actor, role, account, recovery, reference, number, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.now, e.event, e.actor, e.role, e.account, e.recovery, e.reference, e.number, e.detail)
	return err
}

// actor names a chat in the audit log without telling which it is.
func (l *Ledger) actor(chat int64) string {
	return "chat:" + hex.EncodeToString(l.chatTag(chat)[:8])
}

// token gives n random bytes as URL-safe text.
func (l *Ledger) token(n int) (string, error) {
	b, err := l.bytes(n)
	return base64.RawURLEncoding.EncodeToString(b), err
}

func (l *Ledger) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(l.random, b); err != nil {
		return nil, fmt.Errorf("reading random bytes: %w", err)
	}
	return b, nil
}

// moment gives the time of a column.
func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
