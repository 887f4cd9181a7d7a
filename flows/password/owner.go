package password

import "rekey/flows"

// Reasons judges a password for the recovery flow: the policy, within the
// limit of the directory that keeps the owner's account.
func (p Policy) Reasons(candidate string, owner flows.Owner) []string {
	if owner.MaxBytes > 0 && (p.MaxBytes == 0 || owner.MaxBytes < p.MaxBytes) {
		p.MaxBytes = owner.MaxBytes
	}
	var reasons []string
	for _, r := range p.Check(candidate, Person{Names: owner.Names, Birthday: owner.Birthday, Identifiers: owner.Identifiers}) {
		reasons = append(reasons, string(r))
	}
	return reasons
}
