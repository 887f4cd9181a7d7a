package sqlite

import "time"

const (
	// judged is how many codes tell whether SMS to a country reach people who
	// use them.
	judged = 50
	// history is what a day's SMS to a country are compared with.
	history = 7 * day
)

// chargeSMS charges an SMS, and the other budgets with it, all or nothing.
// Bounded is what SMS may cost: to numbers of one block, which differ in the last
// four digits only, to one country, and in all.
func (l *Ledger) chargeSMS(t *tx, number string, others ...*budget) (ruling, error) {
	prefix, region := number[:max(0, len(number)-4)], l.region(number)
	block := &budget{bucket: bucket(l.tag("block", prefix), "sms"), windows: []window{
		{l.limits.SMSPerPrefix10Min, 10 * time.Minute}, {l.limits.SMSPerPrefixDay, day},
	}}
	all := &budget{bucket: bucket(nil, "sms"), windows: []window{{l.limits.SMSPerDay, day}}}
	for _, bound := range []struct {
		why  string
		full func(*tx) (bool, error)
	}{
		{"SMS to one block of numbers", block.isFull},
		{"SMS of the deployment", all.isFull},
		{"SMS to " + region, func(t *tx) (bool, error) { return l.unusual(t, region) }},
		{"unused codes in " + region, func(t *tx) (bool, error) { return l.paused(t, region) }},
	} {
		if full, err := bound.full(t); err != nil || full {
			return ruling{verdict: mayNotBySMS, why: bound.why}, err
		}
	}
	if err := t.tally(countrywide(region), history+day, time.Hour); err != nil {
		return ruling{}, err
	}
	return ruling{verdict: mayBeSent, region: region}, chargeAll(t, append(others, block, all)...)
}

func countrywide(region string) []byte { return bucket(nil, "sms to ", []byte(region)) }

// unusual tells that a day's SMS to a country, beyond those that are free, are
// too many by the mean of the seven days before.
func (l *Ledger) unusual(t *tx, region string) (bool, error) {
	span, today := (history + day).Milliseconds(), t.now-(day+time.Hour).Milliseconds()
	var before, lately int64
	if _, err := t.first(into{&before, &lately},
		`SELECT ifnull(sum(count) FILTER (WHERE at <= ?1), 0), ifnull(sum(count) FILTER (WHERE at > ?1), 0)
		FROM tallies WHERE bucket = ?2 AND span = ?3 AND at > ?4`,
		today, countrywide(region), span, today-history.Milliseconds()); err != nil {
		return false, err
	}
	most := max(int64(l.limits.SMSPerCountryFree), int64(l.limits.SMSPerCountryMean)*before/7)
	return lately >= most, nil
}

// paused tells that too few of the last codes to a country were used: what is
// sent there serves whoever is paid for SMS. One goes now and then all the
// same, and codes count for as long as their recoveries are kept, so that the
// pause ends by itself.
func (l *Ledger) paused(t *tx, region string) (bool, error) {
	var last, codes, used int64
	if _, err := t.first(into{&last, &codes, &used},
		`SELECT (SELECT ifnull(max(issued_at), 0) FROM codes WHERE region = ?1 AND region <> ''), count(*), ifnull(sum(used), 0)
		FROM (SELECT state = 'used' AS used FROM codes WHERE region = ?1 AND region <> '' AND (state <> 'live' OR expires_at <= ?2)
			ORDER BY issued_at DESC LIMIT ?3)`,
		region, t.now, int64(judged)); err != nil {
		return false, err
	}
	if codes < judged || 100*used >= int64(l.limits.SMSUsedPercent)*judged || t.now-last >= l.limits.SMSPause.Milliseconds() {
		return false, nil
	}
	return true, l.warnOfPause(t, region)
}

// warnOfPause raises the alarm once for as long as a pause lasts.
func (l *Ledger) warnOfPause(t *tx, region string) error {
	alarm := &budget{bucket: bucket(nil, "sms paused in ", []byte(region)), windows: []window{{1, l.limits.SMSPause}}}
	if _, full, err := alarm.full(t); err != nil || full {
		return err
	}
	if err := alarm.charge(t); err != nil {
		return err
	}
	if log := t.w.log.Load(); log != nil {
		log.Warn("SMS to a country pause: hardly any of the last codes was used; see REKEY_SMS_USED_PERCENT", "country", region)
	}
	return t.audit(entry{event: "sms.paused", actor: "ledger", detail: region})
}
