package staff

// Reason is why somebody needs help, as far as a button says it. Its values are
// stored and never change meaning; any other reason is kept as it was typed.
type Reason string

// The reasons.
const (
	ReasonForgot     Reason = "forgot"
	ReasonLostPhone  Reason = "lost_phone" // or cannot read their mail any more
	ReasonLockedOut  Reason = "locked_out" // too many wrong codes
	ReasonSuspicious Reason = "suspicious" // somebody else may be at the account
	ReasonOther      Reason = "other"
	ReasonChat       Reason = "chat" // asked for help in the chat; nobody chooses it
)

// AllReasons lists the reasons, also those that nobody chooses.
func AllReasons() []Reason { return append(Reasons(), ReasonChat) }

// Reasons lists the reasons in the order of their buttons.
func Reasons() []Reason {
	return []Reason{ReasonForgot, ReasonLostPhone, ReasonLockedOut, ReasonSuspicious, ReasonOther}
}
