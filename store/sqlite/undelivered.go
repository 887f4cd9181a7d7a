package sqlite

import (
	"cmp"
	"encoding/json"

	"rekey/flows"
)

// noteUndelivered notes that nobody got a code or a letter, and whom it was
// about; a payload that cannot be read does not tell.
func (t *tx) noteUndelivered(job flows.Job, payload []byte, why string) error {
	e := entry{event: "delivery.failed", actor: "worker", detail: string(job.Kind) + ": " + why}
	switch job.Kind {
	case flows.JobCode:
		var p flows.CodeJob
		_ = json.Unmarshal(payload, &p)
		e.recovery = p.Recovery
		if _, err := t.first(into{&e.account, &e.reference, &e.number},
			"SELECT ifnull(account_id, ''), reference, number FROM recoveries WHERE id = ?", p.Recovery); err != nil {
			return err
		}
	case flows.JobLetter:
		var p flows.LetterJob
		_ = json.Unmarshal(payload, &p)
		e.account, e.recovery, e.reference, e.number = p.About.Account, p.About.Recovery, p.About.Reference, p.About.Case
		e.detail = cmp.Or(string(p.Letter.Text), "letter") + ": " + why
	default:
		return nil
	}
	return t.audit(e)
}
