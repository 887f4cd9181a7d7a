package flows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// errPaced tells that the deployment's mails of a minute are used up.
var errPaced = errors.New("the mails of a minute are used up; see REKEY_LIMIT_MAILS_PER_MINUTE")

// errExpired tells that a letter would hold what works no more.
var errExpired = fmt.Errorf("what the letter holds has expired: %w", ErrUndeliverable)

// elsewhere tells that a letter may fare better by another channel.
func elsewhere(err error) bool {
	return errors.Is(err, ErrUndeliverable) && !errors.Is(err, errExpired)
}

// sendCode looks the account up and sends it the code, if it may.
func (w *Worker) sendCode(ctx context.Context, j Job, p CodeJob) (time.Time, error) {
	found, err := w.Directory.Find(ctx, p.IDKind, p.Identifier)
	if err != nil {
		return time.Time{}, fmt.Errorf("looking up an account: %w", err)
	}
	// Without an account the ledger is asked all the same: it refuses, at the
	// cost of a refusal for one, so that the load does not tell them apart.
	letter, ask := w.compose(p, enabled(found))
	admitted, err := w.Ledger.Admit(ctx, ask)
	other, has := w.otherThan(letter.Channel, ask.Account)
	has = has && letter.Text == LetterCode
	if has && letter.Channel == SMS && err == nil && admitted.Elsewhere {
		letter, ask.Address, has = letter.to(other), other, false
		admitted, err = w.Ledger.Admit(ctx, ask)
	}
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("admitting a code: %w", err)
	case !admitted.Again.IsZero():
		return admitted.Again, errPaced
	case !admitted.OK:
		return time.Time{}, nil
	}
	w.Point("job.code.admitted")
	err = w.carry(ctx, j, letter)
	if !has || !elsewhere(err) {
		return time.Time{}, err
	}
	// An SMS costs money, so the ledger is asked again.
	ask.Address = other
	admitted, mistake := w.Ledger.Admit(ctx, ask)
	switch {
	case mistake != nil:
		return time.Time{}, fmt.Errorf("admitting a code: %w", mistake)
	case !admitted.OK:
		return time.Time{}, nowhere(err, other.Channel)
	}
	return time.Time{}, w.carryInstead(ctx, j, letter.to(other), err)
}

// sendLetter sends a letter, to the other address that it has if need be.
func (w *Worker) sendLetter(ctx context.Context, j Job, p LetterJob) error {
	err := w.carry(ctx, j, p.Letter)
	if !elsewhere(err) || w.Carriers[p.Instead.Channel] == nil {
		return err
	}
	if p.Instead.Channel == SMS {
		switch ok, mistake := w.Ledger.AdmitSMS(ctx, p.Letter.ID, p.Instead.Canonical); {
		case mistake != nil:
			return mistake
		case !ok:
			return nowhere(err, SMS)
		}
	}
	return w.carryInstead(ctx, j, p.Letter.to(p.Instead), err)
}

// nowhere tells that a letter may not go by another channel either.
func nowhere(err error, other Channel) error {
	return fmt.Errorf("%w; nor may it go by %s", err, other)
}

// otherThan gives the address to which a code goes that its channel cannot
// bring; the chat does not learn of it.
func (w *Worker) otherThan(c Channel, a Account) (Address, bool) {
	i := slices.IndexFunc(a.Addresses, func(at Address) bool { return at.Channel != c && w.Carriers[at.Channel] != nil })
	if i < 0 {
		return Address{}, false
	}
	return a.Addresses[i], true
}

// compose writes the letter for whom the identifier names: the code for one
// account, a hint for several. Who cannot be written to is nobody: the zero
// Account.
func (w *Worker) compose(p CodeJob, accounts []Account) (Letter, Admission) {
	admission := Admission{Recovery: p.Recovery, Code: p.Code}
	if len(accounts) == 0 {
		return Letter{}, admission
	}
	account := accounts[0]
	letter := Letter{
		ID: fmt.Sprintf("code:%s:%d", p.Recovery, p.Code), Text: LetterCode,
		Language: cmp.Or(account.Language, p.Language), WordsIn: p.Language,
		Facts: Facts{Code: p.Text, Words: p.Words, Long: p.Long, Life: p.Life, Username: account.Username},
	}
	if len(accounts) > 1 {
		// Charged and noted as an account of its own, which no code can match.
		account = Account{ID: "several:" + account.ID, Addresses: account.Addresses}
		letter.Text, letter.Facts = LetterSeveral, Facts{Words: p.Words}
	}
	to, ok := w.address(account, p)
	if !ok {
		return Letter{}, admission
	}
	admission.Account, admission.Address = account, to
	return letter.to(to), admission
}

// address picks the address on record that was asked for, or else the primary
// one of the wished channel, or else of the other.
func (w *Worker) address(a Account, p CodeJob) (Address, bool) {
	var wished, other []Address
	for _, at := range a.Addresses {
		switch {
		case w.Carriers[at.Channel] == nil:
		case at.Channel == p.Channel && at.Canonical == p.Identifier:
			return at, true
		case at.Channel == p.Channel:
			wished = append(wished, at)
		default:
			other = append(other, at)
		}
	}
	if all := append(wished, other...); len(all) > 0 {
		return all[0], true
	}
	return Address{}, false
}

// carry hands a letter over. It says how long what it holds lives from now on,
// and goes nowhere once that is over.
func (w *Worker) carry(ctx context.Context, j Job, l Letter) error {
	if l.Facts.Life > 0 {
		left := j.Deadline.Sub(w.Now())
		if left <= 0 {
			return ofChannel{l.Channel, errExpired}
		}
		l.Facts.Life = min(l.Facts.Life, wholeMinutes(left))
		within, cancel := context.WithTimeout(ctx, left)
		defer cancel()
		ctx = within
	}
	carrier := w.Carriers[l.Channel]
	if carrier == nil {
		return ofChannel{l.Channel, fmt.Errorf("no carrier for channel %q: %w", l.Channel, ErrUndeliverable)}
	}
	again, err := w.doors.of(l.Channel, w.Parallel).through(ctx, w.Now, func() error { return carrier.Carry(ctx, l) })
	if again {
		w.hasten(ctx, l.Channel)
	}
	if err != nil {
		return ofChannel{l.Channel, err}
	}
	w.Point("job." + string(j.Kind) + ".carried")
	return nil
}

// hasten has the letters that wait tried at once.
func (w *Worker) hasten(ctx context.Context, c Channel) {
	w.Log.InfoContext(ctx, "letters are taken again", "channel", c)
	if err := w.Jobs.Hasten(ctx); err != nil {
		w.Log.WarnContext(ctx, "letters that wait are not tried at once", "err", err)
	}
}

// carryInstead hands a letter over by another channel than the one that cannot
// deliver it.
func (w *Worker) carryInstead(ctx context.Context, j Job, l Letter, why error) error {
	w.Log.WarnContext(ctx, "a letter goes by another channel, because its own cannot deliver it", attributes(j, why)...)
	if err := w.carry(ctx, j, l); err != nil {
		return fmt.Errorf("%w (by %s, because: %s)", err, l.Channel, why.Error())
	}
	return nil
}

func enabled(accounts []Account) []Account {
	var on []Account
	for _, a := range accounts {
		if !a.Disabled {
			on = append(on, a)
		}
	}
	return on
}
