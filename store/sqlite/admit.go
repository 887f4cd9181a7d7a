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
	var reference, noted string
	var begun, admitted int64
	live, err := t.first(into{&reference, &noted, &begun, &admitted},
		`SELECT r.reference, ifnull(r.account_id, ''), r.begun_at, c.admitted
		FROM recoveries r JOIN codes c ON c.recovery = r.id
		WHERE r.id = ? AND c.number = ? AND c.state = 'live' AND c.expires_at > ? AND r.void = 0`,
		a.Recovery, a.Code, t.now)
	if err != nil || !live {
		return flows.Admitted{}, err
	}
	if admitted != notAsked {
		return answered(admitted), nil
	}
	verdict := mayNotBeSent
	// A recovery stays with the account that it noted first: what was proved
	// for one must never serve another.
	mayBe := a.Account.ID != "" && !a.Account.Disabled && (noted == "" || noted == a.Account.ID)
	if stale := moment(begun).Before(a.Account.PasswordChanged); mayBe && !stale {
		var again int64
		if verdict, again, err = l.chargeSend(t, a); err != nil {
			return flows.Admitted{}, err
		}
		if verdict == notAsked {
			return flows.Admitted{Again: moment(again)}, nil
		}
	}
	return answered(verdict), l.noteAdmission(t, a, verdict, reference)
}

func answered(verdict int64) flows.Admitted {
	return flows.Admitted{OK: verdict == mayBeSent}
}

// chargeSend charges what a send costs, all or nothing. The verdict notAsked
// means that the deployment's mails wait until again.
func (l *Ledger) chargeSend(t *tx, a flows.Admission) (verdict, again int64, err error) {
	account := &budget{bucket: bucket(l.tag("account", a.Account.ID), "sends"), windows: l.sendWindows()}
	if _, full, err := account.full(t); err != nil {
		return notAsked, 0, err
	} else if full {
		return mayNotBeSent, 0, l.admonish(t, a.Account.ID)
	}
	if a.Address.Channel == flows.SMS {
		sms := l.smsBudgets(a.Address.Value)
		if _, full, err := anyFull(t, sms...); err != nil || full {
			return mayNotBeSent, 0, err
		}
		return mayBeSent, 0, chargeAll(t, append(sms, account)...)
	}
	mails := &budget{bucket: bucket(nil, "mails"), windows: []window{{l.limits.MailsPerMinute, time.Minute}}}
	until, full, err := mails.full(t)
	if err != nil || full {
		return notAsked, until, err
	}
	return mayBeSent, 0, chargeAll(t, account, mails)
}

// smsBudgets bound what SMS may cost: numbers of one block, which differ in
// the last four digits only, and the whole deployment.
func (l *Ledger) smsBudgets(number string) []*budget {
	prefix := number[:max(0, len(number)-4)]
	return []*budget{
		{bucket: bucket(l.tag("block", prefix), "sms"), windows: []window{
			{l.limits.SMSPerPrefix10Min, 10 * time.Minute}, {l.limits.SMSPerPrefixDay, day},
		}},
		{bucket: bucket(nil, "sms"), windows: []window{{l.limits.SMSPerDay, day}}},
	}
}

func (l *Ledger) noteAdmission(t *tx, a flows.Admission, verdict int64, reference string) error {
	if _, err := t.exec("UPDATE codes SET admitted = ? WHERE recovery = ? AND number = ?", verdict, a.Recovery, a.Code); err != nil {
		return err
	}
	event := "code.refused"
	if verdict == mayBeSent {
		event = "code.admitted"
		if _, err := t.exec("UPDATE recoveries SET account_id = ?, address_version = ?, credential_version = ? WHERE id = ?",
			a.Account.ID, a.Account.AddressVersion, a.Account.CredentialVersion, a.Recovery); err != nil {
			return err
		}
	}
	return t.audit(entry{event: event, actor: "worker", account: a.Account.ID, recovery: a.Recovery, reference: reference})
}
