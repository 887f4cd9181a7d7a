package staff

import "time"

// Risk is a reason for which a second person must agree. Its values are stored
// and never change meaning.
type Risk string

// The risks.
const (
	RiskUnverified Risk = "unverified" // nobody knows who called
	RiskPrivileged Risk = "privileged" // the account has power over others
	RiskAddress    Risk = "address"    // an address of it changed lately
	RiskRepeated   Risk = "repeated"   // it was reset several times lately
	RiskVolume     Risk = "volume"     // who asks begins unusually many
	RiskHours      Risk = "hours"      // nobody is expected to work now
)

// Policy is what counts as risky, and how much one agent may begin.
type Policy struct {
	AddressFresh time.Duration // an address younger than this is risky
	Resets       int           // the nth reset of an account in 30 days is risky
	UsualStarts  int           // more cases begun by one agent in a day are risky
	StartsHour   int           // cases that one agent may begin
	StartsDay    int
	ApproveFor   time.Duration // how long a second person has
	VerifiedFor  time.Duration // how long a caller counts as verified
	CheckFor     time.Duration // how long a caller has to answer
	CheckTries   int
	Existence    bool // staff are shown whether an account exists before a caller is verified
	// Staffed tells whether somebody is expected to work at a time.
	Staffed func(time.Time) bool
}

// risks is the policy as data: each risk and when it is there. What only an
// existing account has is a risk only where staff may know that it exists: a
// caller whom nobody verified is a risk by themselves.
var risks = []struct {
	risk  Risk
	there func(Scene, Policy) bool
}{
	{RiskUnverified, func(s Scene, p Policy) bool { return !p.open(s) }},
	{RiskPrivileged, func(s Scene, p Policy) bool { return p.open(s) && s.Account.Privileged }},
	{RiskAddress, func(s Scene, p Policy) bool {
		return p.open(s) && !s.Account.AddressChanged.IsZero() && s.Now.Sub(s.Account.AddressChanged) < p.AddressFresh
	}},
	{RiskRepeated, func(s Scene, p Policy) bool { return p.open(s) && s.Account.Resets+1 >= p.Resets }},
	{RiskVolume, func(s Scene, p Policy) bool { return s.StartsDay > p.UsualStarts }},
	{RiskHours, func(s Scene, p Policy) bool { return !p.Staffed(s.Now) }},
}

// open tells whether staff may know that the account exists.
func (p Policy) open(s Scene) bool { return p.Existence || s.Case.Caller.Verified(s.Now) }

// Risks lists the reasons for which a second person must agree now.
func (p Policy) Risks(s Scene) (found []Risk) {
	for _, r := range risks {
		if r.there(s, p) {
			found = append(found, r.risk)
		}
	}
	return found
}
