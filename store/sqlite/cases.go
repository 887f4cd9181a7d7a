package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

// month is how far back the resets of an account count.
const month = 30 * day

// Cases keeps staff and their cases, and carries out what they order. It shares
// the ledger's file and secrets.
type Cases struct {
	*Ledger
	o CasesOptions
}

var _ staff.Cases = (*Cases)(nil)

// CasesOptions are what cases need besides the ledger. All are required.
type CasesOptions struct {
	// Link gives the address that opens the bot's chat with a token.
	Link func(token string) string
	// Mask hides most of an identifier, so that its owner alone recognises it.
	Mask func(kind, written string) string
	// Privileged tells of a canonical identifier that its account has power
	// over others, besides those that the directory marks.
	Privileged func(canonical string) bool
	// Programs are the members of staff that are no people; may be empty.
	Programs []staff.Member
}

// NewCases gives the cases of the ledger's file.
func NewCases(l *Ledger, o CasesOptions) *Cases { return &Cases{Ledger: l, o: o} }

// decided is what a redelivered input is told again.
type decided struct {
	Number  int64
	Status  staff.Status
	Refusal staff.Refusal
	Began   bool
	Content []byte `json:",omitempty"` // keyed tag
}

// Decide implements staff.Cases.
func (c *Cases) Decide(ctx context.Context, r staff.Request, decide func(staff.Scene) staff.Verdict) (staff.Verdict, error) {
	var v staff.Verdict
	err := c.db.transact(ctx, func(t *tx) (err error) {
		if again, done, err := c.decidedBefore(t, r); err != nil || done {
			v = again
			return err
		}
		s, err := c.scene(t, r)
		if err != nil {
			return err
		}
		v = decide(s)
		return c.keepVerdict(t, r, s, &v)
	})
	if err != nil {
		return staff.Verdict{}, fmt.Errorf("deciding for staff: %w", err)
	}
	return v, nil
}

// Outcomes of staff stand beside those of conversations, under a name that no
// conversation has.
const staffOutcomes = "staff"

// staffOutcome reads what came of an input before; false when nothing did.
func (t *tx) staffOutcome(in flows.InputID, v any) (bool, error) {
	var body []byte
	found, err := t.first(into{&body}, "SELECT body FROM outcomes WHERE conversation = ? AND input = ? AND kind = ''", staffOutcomes, string(in))
	if err != nil || !found {
		return false, err
	}
	return true, json.Unmarshal(body, v)
}

func (t *tx) keepStaffOutcome(in flows.InputID, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO outcomes (conversation, input, kind, body, at) VALUES (?, ?, '', ?, ?)", staffOutcomes, string(in), body, t.now)
	return err
}

func (c *Cases) decidedBefore(t *tx, r staff.Request) (v staff.Verdict, done bool, err error) {
	var d decided
	if done, err = t.staffOutcome(r.Input, &d); err != nil || !done {
		return v, false, err
	}
	if !bytes.Equal(d.Content, c.contentTag(r)) {
		return staff.Verdict{Differs: true}, true, nil
	}
	v.Case.Number, v.Case.Status, v.Refusal, v.Began = d.Number, d.Status, d.Refusal, d.Began
	return v, true, nil
}

// contentTag recognises what a program asked for without telling it; nil for
// people.
func (c *Cases) contentTag(r staff.Request) []byte {
	if r.Content == nil {
		return nil
	}
	return c.tag("content", r.Content...)
}

// scene reads all that a decision rests on.
func (c *Cases) scene(t *tx, r staff.Request) (s staff.Scene, err error) {
	s.Now, s.Present = moment(t.now), r.Present
	if s.By, err = c.member(t, r.By); err != nil {
		return s, err
	}
	account := r.Account.ID
	if r.Case != 0 {
		if s.Case, _, err = c.readCase(t, r.Case); err != nil {
			return s, err
		}
		account = s.Case.Account
		if asker := s.Case.Pending.By.ID; asker != 0 && asker == r.Asker {
			s.AskerHere = r.AskerHere
			if s.Asker, err = c.member(t, asker); err != nil {
				return s, err
			}
		}
		if s.Voters, err = c.voters(t, s.Case.Pending, r.VotersHere); err != nil {
			return s, err
		}
	}
	if s.Account, err = c.known(t, account); err != nil {
		return s, err
	}
	if r.Case == 0 {
		if _, err = t.first(into{&s.Running}, `SELECT number FROM cases WHERE typed = ? AND status <> 'closed' AND opened_by <> 0
			ORDER BY number DESC LIMIT 1`, c.typedTag(r.Identifier)); err != nil {
			return s, err
		}
	}
	s.StartsHour, s.StartsDay, err = c.starts(t, r.By)
	return s, err
}

// voters gives those of who agreed to what waits that are in the staff group.
func (c *Cases) voters(t *tx, p staff.Pending, here []int64) (voters []staff.Member, err error) {
	for _, w := range p.Votes {
		if !slices.Contains(here, w.ID) {
			continue
		}
		m, err := c.member(t, w.ID)
		if err != nil {
			return nil, err
		}
		voters = append(voters, m)
	}
	return voters, nil
}

// keepVerdict keeps what comes of a verdict; a new case gets its number here.
func (c *Cases) keepVerdict(t *tx, r staff.Request, s staff.Scene, v *staff.Verdict) error {
	if v.Began {
		if err := c.begins(r.By).charge(t); err != nil {
			return err
		}
	}
	if v.Changed {
		if err := c.writeCase(t, &v.Case); err != nil {
			return err
		}
		if err := c.noteEvents(t, s, *v); err != nil {
			return err
		}
	}
	if v.Began {
		if _, err := t.exec("UPDATE cases SET typed = ? WHERE number = ?", c.typedTag(r.Identifier), v.Case.Number); err != nil {
			return err
		}
	}
	for _, o := range v.Orders {
		if err := c.carryOut(t, v.Case, o); err != nil {
			return err
		}
	}
	if r.Content != nil && v.Refusal != "" {
		return nil
	}
	return t.keepStaffOutcome(r.Input, decided{v.Case.Number, v.Case.Status, v.Refusal, v.Began, c.contentTag(r)})
}

// noteEvents writes down what is new in a case's history, and owes the news to the
// programs, if one of them opened it.
func (l *Ledger) noteEvents(t *tx, s staff.Scene, v staff.Verdict) error {
	fresh := v.Case.Since(s.Case)
	for i, e := range fresh {
		if err := t.audit(entry{
			event: "case." + string(e.What), actor: actorOf(s.By.Who), role: s.By.Rank(), account: v.Case.Account,
			number: v.Case.Number, detail: auditDetail(v.Case, e),
		}); err != nil {
			return err
		}
		if l.hooks && v.Case.By.Program() {
			if err := l.oweHook(t, v.Case, e, v.Case.Noted-len(fresh)+i+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// oweHook owes the nth event of a case to the programs.
func (l *Ledger) oweHook(t *tx, k staff.Case, e staff.Event, nth int) error {
	now, id := moment(t.now), fmt.Sprintf("%d-%d", k.Number, nth)
	job, err := flows.NewJob(flows.JobHook, "hook:"+id, now, now.Add(day),
		flows.HookJob{ID: id, Number: k.Number, Status: string(k.Status), What: string(e.What), At: e.At})
	if err != nil {
		return err
	}
	return t.owe(l.sealer, job)
}

// auditDetail tells what was done, why, and what stood against it.
func auditDetail(c staff.Case, e staff.Event) string {
	if e.Act == "" {
		return ""
	}
	detail := string(e.Act)
	if e.What == staff.ActAsked {
		detail += fmt.Sprintf(" risks=%v", c.Pending.Risks)
	}
	return detail + fmt.Sprintf(" reason=%q ticket=%q", c.Reason, c.Ticket)
}

func actorOf(w staff.Who) string {
	switch {
	case w.ID == 0:
		return "nobody"
	case w.Program():
		return "api:" + strings.TrimPrefix(w.Name, staff.ProgramPrefix)
	default:
		return "staff:" + strconv.FormatInt(w.ID, 10)
	}
}

// readCase gives a case as it is kept. One that does not open any more, because its
// secret was taken away, is none: it must hold up nobody.
func (l *Ledger) readCase(t *tx, number int64) (k staff.Case, found bool, err error) {
	var revision int64
	var body []byte
	found, err = t.first(into{&revision, &body}, "SELECT revision, body FROM cases WHERE number = ?", number)
	if err != nil || !found {
		return k, false, err
	}
	return l.unsealCase(number, revision, body)
}

func (l *Ledger) unsealCase(number, revision int64, body []byte) (k staff.Case, found bool, err error) {
	plain, err := l.sealer.Open(body, sealedCase(number))
	if err != nil {
		if log := l.db.changes.log.Load(); log != nil {
			log.Warn("a case does not open and is left out; put the secret that it was sealed with back into REKEY_SECRET, behind the newest",
				"case", number, "err", err)
		}
		return k, false, nil
	}
	if err := json.Unmarshal(plain, &k); err != nil {
		return k, false, fmt.Errorf("decoding case %d: %w", number, err)
	}
	k.Number, k.Revision = number, uint64(revision)
	return k, true, nil
}

func sealedCase(number int64) string { return "case:" + strconv.FormatInt(number, 10) }

// writeCase keeps a changed case and owes the drawing of its card, now and when time
// changes it again.
func (l *Ledger) writeCase(t *tx, k *staff.Case) error {
	k.Revision++
	if k.Number == 0 {
		if _, err := t.first(into{&k.Number}, `INSERT INTO cases (revision, status, account, opened_at, opened_by, body)
			VALUES (?, ?, ?, ?, ?, x'') RETURNING number`,
			int64(k.Revision), string(k.Status), k.Account, t.now, k.By.ID); err != nil {
			return err
		}
		t.wrote = true
	}
	if err := l.sealCase(t, *k); err != nil {
		return err
	}
	due := []time.Time{moment(t.now)}
	if at := k.Due(); !at.IsZero() {
		due = append(due, at)
	}
	for i, at := range due {
		job, err := flows.NewJob(flows.JobCase, fmt.Sprintf("case:%d:%d:%d", k.Number, k.Revision, i), at, at.Add(day), flows.CaseJob{Number: k.Number})
		if err != nil {
			return err
		}
		if err := t.owe(l.sealer, job); err != nil {
			return err
		}
	}
	return nil
}

// sealCase keeps a case, and beside it what is asked of cases that are not opened.
func (l *Ledger) sealCase(t *tx, k staff.Case) error {
	plain, err := json.Marshal(k)
	if err != nil {
		return err
	}
	body, err := l.sealer.Seal(plain, sealedCase(k.Number))
	if err != nil {
		return fmt.Errorf("sealing case %d: %w", k.Number, err)
	}
	talk := ""
	if k.Talk.Live {
		talk = k.Talk.Conversation
	}
	_, err = t.exec("UPDATE cases SET revision = ?, status = ?, claimed = ?, body = ?, chat = ?, talk = ? WHERE number = ?",
		int64(k.Revision), string(k.Status), k.Claimed.ID, body, k.Talk.Chat, talk, k.Number)
	return err
}

// typedTag recognises an identifier without telling it.
func (l *Ledger) typedTag(id flows.Identifier) []byte {
	return l.tag("identifier", id.Kind, id.Canonical)
}

// begins bounds the cases that one member begins. Its windows are the store's
// memory only: the policy decides.
func (c *Cases) begins(by int64) *budget {
	return &budget{bucket: bucket(c.tag("staff", strconv.FormatInt(by, 10)), "begins"), windows: []window{{exactUpTo, day}}}
}

func (c *Cases) starts(t *tx, by int64) (hour, today int, err error) {
	var h, d int64
	_, err = t.first(into{&h, &d}, "SELECT count(*) FILTER (WHERE at > ?1), count(*) FROM charges WHERE bucket = ?2 AND at > ?3",
		t.now-time.Hour.Milliseconds(), c.begins(by).bucket, t.now-day.Milliseconds())
	return int(h), int(d), err
}

// Case implements staff.Cases.
func (c *Cases) Case(ctx context.Context, number int64) (k staff.Case, found bool, err error) {
	var revision int64
	var body []byte
	found, err = c.db.look(ctx, into{&revision, &body}, "SELECT revision, body FROM cases WHERE number = ?", number)
	if err != nil || !found {
		return k, false, err
	}
	return c.unsealCase(number, revision, body)
}

// CaseAt implements staff.Cases.
func (c *Cases) CaseAt(ctx context.Context, p staff.Place) (k staff.Case, found bool, err error) {
	var number, revision int64
	var body []byte
	found, err = c.db.look(ctx, into{&number, &revision, &body}, `SELECT number, revision, body FROM cases
		WHERE (topic > 0 OR message > 0) AND topic = ?1 AND (?1 > 0 OR message = ?2) ORDER BY number DESC LIMIT 1`, int64(p.Topic), int64(p.Message))
	if err != nil || !found {
		return k, false, err
	}
	return c.unsealCase(number, revision, body)
}

// Draw implements staff.Cases.
func (c *Cases) Draw(ctx context.Context, number int64) (s staff.Scene, at staff.Place, found bool, err error) {
	err = c.db.transact(ctx, func(t *tx) (err error) {
		if s, err = c.scene(t, staff.Request{Case: number}); err != nil {
			return err
		}
		found = s.Case.Number != 0
		if then, changed := s.Case.Tick(s.Now); changed {
			was := s
			s.Case = then
			if err := errors.Join(c.writeCase(t, &s.Case), c.noteEvents(t, was, staff.Verdict{Case: s.Case})); err != nil {
				return err
			}
		}
		var topic, message, drawn int64
		_, err = t.first(into{&topic, &message, &drawn, &at.Name, &at.Closed},
			"SELECT topic, message, drawn, title, shut FROM cases WHERE number = ?", number)
		at.Topic, at.Message, at.Revision = int(topic), int(message), uint64(drawn)
		return err
	})
	return s, at, found, err
}

// Drawn implements staff.Cases.
func (c *Cases) Drawn(ctx context.Context, number int64, at staff.Place) error {
	return c.db.transact(ctx, func(t *tx) error {
		_, err := t.exec("UPDATE cases SET topic = ?, message = ?, drawn = max(drawn, ?), title = ?, shut = ? WHERE number = ?",
			int64(at.Topic), int64(at.Message), int64(at.Revision), at.Name, boolean(at.Closed), number)
		return err
	})
}

// Note implements staff.Cases.
func (c *Cases) Note(ctx context.Context, by int64, event, detail string) error {
	return c.db.transact(ctx, func(t *tx) error {
		return t.audit(entry{event: "staff." + event, actor: actorOf(staff.Who{ID: by}), detail: detail})
	})
}
