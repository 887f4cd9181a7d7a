package sqlite

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"rekey/flows"
)

const (
	// crockford is Crockford's base 32: no I, L, O or U.
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// longCode is the length of a code in base 32: 50 bits.
	longCode = 10
	// expiryGrace is how long after a code's end its end is still told.
	expiryGrace = 30 * time.Minute
)

// recovery is what a code is issued for.
type recovery struct {
	id, reference string
	begun         int64
	codes         int     // issued so far
	sends         *budget // charged for the next one
}

// SendCode implements flows.Ledger.
func (l *Ledger) SendCode(ctx context.Context, k flows.Key, e flows.SendCode) (flows.Outcome, error) {
	return l.perform(ctx, k, func(t *tx) (flows.Outcome, error) {
		if e.Recovery == "" {
			return l.begin(t, e)
		}
		return l.resend(t, e)
	})
}

// begin does the same for every identifier: no account is looked up here.
func (l *Ledger) begin(t *tx, e flows.SendCode) (flows.Outcome, error) {
	tag, chat := l.identifierTag(e), l.chatTag(e.Chat)
	if taken, err := l.takeUpBegun(t, e); err != nil || taken != nil {
		return taken, err
	}
	sends := l.sendsTyped(chat, tag)
	budgets := []*budget{
		{
			bucket: bucket(chat, "flows"), item: l.tag("conversation", e.Conversation),
			windows: []window{{l.limits.FlowsPerChat15Min, 15 * time.Minute}, {l.limits.FlowsPerChatDay, day}},
		},
		{
			bucket: bucket(chat, "identifiers"), item: tag, renew: true,
			windows: []window{{l.limits.IdentifiersPerChatDay, day}},
		},
		sends,
	}
	until, full, err := anyFull(t, budgets...)
	if err != nil {
		return nil, err
	}
	if full {
		return flows.TooOften{Until: moment(until)}, nil
	}
	if until, err := l.backoff(t, chat, tag); err != nil || until > t.now {
		return flows.TooOften{Until: moment(until)}, err
	}
	if err := chargeAll(t, budgets...); err != nil {
		return nil, err
	}
	r := recovery{begun: t.now, sends: sends}
	if r.id, err = l.recoveryID(t); err != nil {
		return nil, err
	}
	if r.reference, err = l.reference(); err != nil {
		return nil, err
	}
	if _, err := t.exec(`INSERT INTO recoveries (id, reference, conversation, chat, identifier_tag, begun_at, codes, number)
		VALUES (?, ?, ?, ?, ?, ?, 1, ?)`, r.id, r.reference, e.Conversation, e.Chat, tag, t.now, e.Case); err != nil {
		return nil, err
	}
	return l.issue(t, r, e)
}

// resend issues another code for a recovery; it also serves a switch of
// channel, which counts as a resend but need not wait.
func (l *Ledger) resend(t *tx, e flows.SendCode) (flows.Outcome, error) {
	last, found, err := l.lastSent(t, e, e.Recovery)
	if err != nil {
		return nil, err
	}
	if taken, err := l.takeUp(t, e, last, found && last.codes > e.Codes); err != nil || taken != nil {
		return taken, err
	}
	r := last.recovery
	if !found || r.codes > l.limits.ResendsPerFlow {
		return flows.NoResends{}, nil
	}
	tag, chat := l.identifierTag(e), l.chatTag(e.Chat)
	wait, err := l.backoff(t, chat, tag)
	if err != nil {
		return nil, err
	}
	if last.channel == string(e.Channel) {
		wait = max(wait, last.issued+l.resendWait(r.codes).Milliseconds())
	}
	r.sends = l.sendsTyped(chat, tag)
	until, full, err := r.sends.full(t)
	switch {
	case err != nil:
		return nil, err
	case t.now < wait:
		return flows.TooSoon{Until: moment(max(wait, until))}, nil
	case full:
		return flows.TooOften{Until: moment(until)}, nil
	}
	if err := r.sends.charge(t); err != nil {
		return nil, err
	}
	if err := t.supersede(r.id); err != nil {
		return nil, err
	}
	return l.issue(t, r, e)
}

// issue makes the recovery's next code.
func (l *Ledger) issue(t *tx, r recovery, e flows.SendCode) (flows.Outcome, error) {
	_, long, err := l.wrongGuesses().full(t)
	if err != nil {
		return nil, err
	}
	text, err := l.code(long)
	if err != nil {
		return nil, err
	}
	expires := t.now + l.limits.CodeLife.Milliseconds()
	r.codes++
	if _, err := t.exec("INSERT INTO codes (recovery, number, tag, channel, long, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.id, int64(r.codes), l.codeTag(r.id, e.Chat, text), string(e.Channel), boolean(long), t.now, expires); err != nil {
		return nil, err
	}
	if err := l.oweCode(t, r, e, flows.CodeJob{
		Recovery: r.id, Code: int64(r.codes), Text: text, Words: l.words(r), Long: long, Life: l.limits.CodeLife,
		IDKind: e.IDKind, Identifier: e.Identifier, Channel: e.Channel, Language: e.Language, Begun: moment(r.begun),
	}, moment(expires)); err != nil {
		return nil, err
	}
	resendAt, err := l.afterSend(t, r)
	if err != nil {
		return nil, err
	}
	return l.codeSent(sent{recovery: r, channel: string(e.Channel), long: long, expires: expires}, resendAt), nil
}

// codeSent tells of the newest code of a recovery.
func (l *Ledger) codeSent(s sent, resendAt int64) flows.CodeSent {
	_, digits := l.alphabet(s.long)
	return flows.CodeSent{
		Recovery: s.id, Reference: s.reference, Number: s.codes, Channel: flows.Channel(s.channel), Words: l.words(s.recovery),
		Long: s.long, Digits: digits, Expires: moment(s.expires), ResendAt: moment(resendAt),
		Resends: max(0, 1+l.limits.ResendsPerFlow-s.codes),
	}
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// supersede ends the recovery's codes, and the grants that they minted: a new
// code means that the proof begins anew.
func (t *tx) supersede(recovery string) error {
	if _, err := t.exec("UPDATE recoveries SET codes = codes + 1 WHERE id = ?", recovery); err != nil {
		return err
	}
	if _, err := t.exec("UPDATE codes SET state = 'superseded' WHERE recovery = ? AND state = 'live'", recovery); err != nil {
		return err
	}
	_, err := t.exec("UPDATE grants SET state = 'void' WHERE recovery = ? AND state = 'live'", recovery)
	return err
}

// oweCode leaves the jobs that send the code and tell its end.
func (l *Ledger) oweCode(t *tx, r recovery, e flows.SendCode, c flows.CodeJob, expires time.Time) error {
	name := r.id + ":" + strconv.FormatInt(c.Code, 10)
	send, err := flows.NewJob(flows.JobCode, "code:"+name, moment(t.now), expires, c)
	if err != nil {
		return err
	}
	end, err := flows.NewJob(flows.JobExpiry, "expiry:"+name, expires, expires.Add(expiryGrace),
		flows.ExpiryJob{Chat: e.Chat, Conversation: e.Conversation, Revision: e.Revision + 1})
	if err != nil {
		return err
	}
	if err := t.owe(l.sealer, send, end); err != nil {
		return err
	}
	return t.audit(entry{event: "code.requested", actor: l.actor(e.Chat), recovery: r.id, reference: r.reference})
}

// sendsTyped bounds the codes for what was typed in a chat, whether or not
// anyone has it.
func (l *Ledger) sendsTyped(chat, tag []byte) *budget {
	return &budget{bucket: bucket(chat, "sends", tag), windows: l.sendWindows()}
}

// failures holds the codes for what was typed in a chat whose guesses were all
// used up.
func failures(chat, tag []byte) []byte { return bucket(chat, "failed", tag) }

// backoff tells until when no code is sent because codes failed within a day:
// the wait from the last one doubles with each.
func (l *Ledger) backoff(t *tx, chat, tag []byte) (until int64, err error) {
	var last, failed int64
	if _, err := t.first(into{&last, &failed}, "SELECT ifnull(max(at), 0), count(*) FROM charges WHERE bucket = ? AND at > ?",
		failures(chat, tag), t.now-day.Milliseconds()); err != nil || failed == 0 {
		return 0, err
	}
	wait := l.limits.BackoffFirst << min(failed-1, 16)
	return last + min(wait, l.limits.BackoffMost).Milliseconds(), nil
}

// nextSend tells when a code may follow the nth of a recovery: after a wait of its
// own, once codes that failed are far enough behind, and as the chat's sends allow.
func (l *Ledger) nextSend(t *tx, chat, tag []byte, issued int64, n int) (at int64, err error) {
	failed, err := l.backoff(t, chat, tag)
	if err != nil {
		return 0, err
	}
	full, _, err := l.sendsTyped(chat, tag).full(t)
	return max(issued+l.resendWait(n).Milliseconds(), failed, full), err
}

// afterSend is nextSend for the code that is issued now.
func (l *Ledger) afterSend(t *tx, r recovery) (at int64, err error) {
	at = t.now + l.resendWait(r.codes).Milliseconds()
	if r.sends.used+1 < min(l.limits.SendsPerAccountHour, l.limits.SendsPerAccountDay) {
		return at, nil
	}
	until, _, err := r.sends.full(t)
	return max(at, until), err
}

func (l *Ledger) sendWindows() []window {
	return []window{{l.limits.SendsPerAccountHour, time.Hour}, {l.limits.SendsPerAccountDay, day}}
}

// resendWait is how long after the nth code the next may be asked for.
func (l *Ledger) resendWait(n int) time.Duration {
	if n <= 1 {
		return l.limits.ResendFirst
	}
	return l.limits.ResendSecond
}

func (l *Ledger) identifierTag(e flows.SendCode) []byte {
	return l.tag("identifier", e.IDKind, e.Identifier)
}

func (l *Ledger) codeTag(recovery string, chat int64, code string) []byte {
	return l.mac("code", recovery, strconv.FormatInt(chat, 10), code)
}

// code gives a new code.
func (l *Ledger) code(long bool) (text string, err error) { return l.text(l.alphabet(long)) }

// alphabet tells what a code is made of, and how long it is.
func (l *Ledger) alphabet(long bool) (letters string, length int) {
	if long {
		return crockford, longCode
	}
	return crockford[:10], l.limits.CodeDigits
}

// words are the two match words of a recovery's newest code.
func (l *Ledger) words(r recovery) (words [2]uint8) {
	copy(words[:], l.mac("words", r.id, strconv.Itoa(r.codes)))
	return words
}

// timeDigits is how many hexadecimal digits of milliseconds begin a recovery's id.
const timeDigits = 12

// recoveryID gives an id that begins with the time, and then has 20 random
// hexadecimal digits.
func (l *Ledger) recoveryID(t *tx) (string, error) {
	b, err := l.bytes(10)
	return idsFrom(t.now) + hex.EncodeToString(b), err
}

// idsFrom is less than the id of every recovery begun at this time or later,
// and not less than any begun before.
func idsFrom(ms int64) string { return fmt.Sprintf("%0*x", timeDigits, ms) }

// reference names a recovery to people: RK-XXXX-XXXX.
func (l *Ledger) reference() (string, error) {
	s, err := l.text(crockford, 8)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("RK-%s-%s", s[:4], s[4:]), nil
}

// text draws letters of an alphabet, each equally likely: bytes above its
// largest multiple are drawn again.
func (l *Ledger) text(alphabet string, length int) (string, error) {
	out := make([]byte, 0, length)
	fair := 256 - 256%len(alphabet)
	for len(out) < length {
		b, err := l.bytes(length)
		if err != nil {
			return "", err
		}
		for _, c := range b {
			if int(c) < fair && len(out) < length {
				out = append(out, alphabet[int(c)%len(alphabet)])
			}
		}
	}
	return string(out), nil
}
