package sqlite

import (
	"context"
	"fmt"
	"time"

	"rekey/flows"
)

// What codes.admitted holds.
const (
	notAsked int64 = iota
	mayBeSent
	mayNotBeSent
	mayNotBySMS
)

// Admit implements flows.Ledger.
func (l *Ledger) Admit(ctx context.Context, a flows.Admission) (flows.Admitted, error) {
	var answer flows.Admitted
	err := l.db.transact(ctx, func(t *tx) (err error) {
		answer, err = l.admit(t, a)
		return err
	})
	if err != nil {
		return flows.Admitted{}, fmt.Errorf("admitting a code: %w", err)
	}
	return answer, nil
}

func (l *Ledger) admit(t *tx, a flows.Admission) (flows.Admitted, error) {
	var reference, noted, region string
	var begun, admitted int64
	live, err := t.first(into{&reference, &noted, &begun, &admitted, &region},
		`SELECT r.reference, ifnull(r.account_id, ''), r.begun_at, c.admitted, c.region
		FROM recoveries r JOIN codes c ON c.recovery = r.id
		WHERE r.id = ? AND c.number = ? AND c.state = 'live' AND c.expires_at > ? AND r.void = 0`,
		a.Recovery, a.Code, t.now)
	if err != nil || !live {
		return flows.Admitted{}, err
	}
	bySMS := a.Address.Channel == flows.SMS
	if admitted == mayBeSent && bySMS && region == "" && noted == a.Account.ID {
		return l.admitSMSInstead(t, a, reference)
	}
	if admitted != notAsked && (admitted != mayNotBySMS || bySMS) {
		return answered(admitted), nil
	}
	r := refused("no account that may have it")
	// A recovery stays with the account that it noted first: what was proved
	// for one must never serve another.
	mayBe := a.Account.ID != "" && !a.Account.Disabled && (noted == "" || noted == a.Account.ID)
	if stale := moment(begun).Before(a.Account.PasswordChanged); mayBe && !stale {
		if r, err = l.chargeSend(t, a); err != nil {
			return flows.Admitted{}, err
		}
		if r.verdict == notAsked {
			return flows.Admitted{Again: moment(r.again)}, nil
		}
	}
	return answered(r.verdict), l.noteAdmission(t, a, r, reference)
}

// admitSMSInstead lets a code go by SMS too that may be sent and that no mail can
// bring. The account has paid for it; what SMS may cost is charged.
func (l *Ledger) admitSMSInstead(t *tx, a flows.Admission, reference string) (flows.Admitted, error) {
	r, err := l.chargeSMS(t, a.Address.Canonical)
	if err != nil {
		return flows.Admitted{}, err
	}
	if r.verdict == mayBeSent {
		r.why = "by SMS, since no mail can be delivered"
		return answered(mayBeSent), l.noteAdmission(t, a, r, reference)
	}
	return flows.Admitted{}, t.audit(entry{
		event: "code.refused", actor: "worker", account: a.Account.ID, recovery: a.Recovery, reference: reference, detail: r.why,
	})
}

// AdmitSMS implements flows.Ledger.
func (l *Ledger) AdmitSMS(ctx context.Context, letter, number string) (ok bool, err error) {
	err = l.db.transact(ctx, func(t *tx) error {
		charged := &budget{bucket: bucket(l.tag("letter", letter), "sms"), windows: []window{{1, day}}}
		if ok, err = charged.isFull(t); err != nil || ok {
			return err
		}
		r, err := l.chargeSMS(t, number, charged)
		ok = r.verdict == mayBeSent
		return err
	})
	if err != nil {
		return false, fmt.Errorf("admitting a letter by SMS: %w", err)
	}
	return ok, nil
}

// ruling is what an admission comes to.
type ruling struct {
	verdict int64
	why     string // not sent, or sent so, for the audit log
	region  string // where an SMS goes, as an ISO 3166-1 code
	again   int64  // notAsked: until when the deployment's mails wait
}

func refused(why string) ruling { return ruling{verdict: mayNotBeSent, why: why} }

func answered(verdict int64) flows.Admitted {
	return flows.Admitted{OK: verdict == mayBeSent, Elsewhere: verdict == mayNotBySMS}
}

// chargeSend charges what a send costs, all or nothing.
func (l *Ledger) chargeSend(t *tx, a flows.Admission) (ruling, error) {
	closed, err := l.closed(t, a.Account.ID)
	if err != nil {
		return ruling{}, err
	}
	if closed {
		return refused("too many wrong guesses in a row"), l.admonish(t, a.Account.ID, flows.LetterClosed)
	}
	if frozen, err := t.frozen(a.Account.ID); err != nil || frozen {
		return refused("frozen by support"), err
	}
	account := &budget{bucket: bucket(l.tag("account", a.Account.ID), "sends"), windows: l.sendWindows()}
	if _, full, err := account.full(t); err != nil {
		return ruling{}, err
	} else if full {
		return refused("the account's sends"), l.admonish(t, a.Account.ID, flows.LetterPressure)
	}
	if a.Address.Channel == flows.SMS {
		return l.chargeSMS(t, a.Address.Canonical, account)
	}
	mails := &budget{bucket: bucket(nil, "mails"), windows: []window{{l.limits.MailsPerMinute, time.Minute}}}
	again, full, err := mails.full(t)
	if err != nil || full {
		return ruling{verdict: notAsked, again: again}, err
	}
	return ruling{verdict: mayBeSent}, chargeAll(t, account, mails)
}

func (l *Ledger) noteAdmission(t *tx, a flows.Admission, r ruling, reference string) error {
	if _, err := t.exec("UPDATE codes SET admitted = ?, region = ? WHERE recovery = ? AND number = ?",
		r.verdict, r.region, a.Recovery, a.Code); err != nil {
		return err
	}
	event := "code.refused"
	if r.verdict == mayBeSent {
		event = "code.admitted"
		if _, err := t.exec("UPDATE recoveries SET account_id = ?, address_version = ?, credential_version = ? WHERE id = ?",
			a.Account.ID, a.Account.AddressVersion, a.Account.CredentialVersion, a.Recovery); err != nil {
			return err
		}
	}
	return t.audit(entry{
		event: event, actor: "worker", account: a.Account.ID, recovery: a.Recovery, reference: reference, detail: r.why,
	})
}
