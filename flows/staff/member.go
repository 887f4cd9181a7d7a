// Package staff decides what support staff may do. Its subject is the case: one
// person's trouble, from the moment somebody asks for help until it is over.
//
// Staff start things and finish none. What they can order is a closed set: a
// link that lets the owner begin, an end to sessions or to the old password, a
// freeze. No order shows a code, an address, a link or a password, sets one, or
// takes an owner's proof for given. What can hurt an owner needs a caller who
// was verified, and what is risky needs a second person; both are data, see
// acts and risks.
//
// Deciding is pure: Decide takes the scene, read in the transaction that will
// carry it out, and gives a verdict. The Desk is where it meets its ports.
package staff

import (
	"slices"
	"strings"
	"unicode"
)

// Role is what a member of staff may do. Its values are stored and never change
// meaning.
type Role string

// The roles. They do not contain each other; a member may have several.
const (
	Agent    Role = "agent"    // opens cases and works on them
	Approver Role = "approver" // lets others do what is risky
	Auditor  Role = "auditor"  // reads the audit log
	Admin    Role = "admin"    // appoints staff, is told of alarms; two of them approve too
)

// Roles lists all roles.
func Roles() []Role { return []Role{Agent, Approver, Auditor, Admin} }

// Ordered gives roles in the order of Roles, each once.
func Ordered(roles []Role) []Role {
	return slices.DeleteFunc(Roles(), func(r Role) bool { return !slices.Contains(roles, r) })
}

// LongestName bounds a name, in bytes.
const LongestName = 64

// ReadName gives a name as it is kept; false when it cannot be one.
func ReadName(text string) (name string, ok bool) {
	name = strings.Join(strings.Fields(text), " ")
	return name, name != "" && len(name) <= LongestName && !strings.ContainsFunc(name, unicode.IsControl)
}

// Who names somebody on staff.
type Who struct {
	ID   int64  `json:"id"`   // at Telegram
	Name string `json:"name"` // as colleagues and people who are helped read it
}

// Member is one of the staff. The zero Member is nobody.
type Member struct {
	Who
	Roles []Role
	// AddedBy is the admin who put them on the list in the chat; 0: the operator.
	AddedBy int64
}

// Is tells whether the member has one of the roles.
func (m Member) Is(any ...Role) bool {
	return slices.ContainsFunc(any, func(r Role) bool { return slices.Contains(m.Roles, r) })
}

// Rank names the member's roles for the audit log.
func (m Member) Rank() string {
	var names []string
	for _, r := range m.Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, "+")
}
