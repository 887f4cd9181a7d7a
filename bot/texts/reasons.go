package texts

import (
	"slices"
	"strings"
)

// How the reasons why a password was refused are told: what it needs and what
// it contains are said together, each other reason is a clause of its own.
var (
	needs    = []string{"needs_letter", "needs_number", "needs_symbol"}
	contains = []string{
		"control_character", "sequence", "typeset", "contains_name", "contains_birthday", "contains_identifier", "contains_brand",
	}
)

// reasons tells all reasons in one sentence, such as "it needs a symbol such
// as @ # $, and it contains your name".
func (v *view) reasons(all []string) string {
	var clauses, missing, found []string
	for _, r := range all {
		switch {
		case slices.Contains(needs, r):
			missing = append(missing, v.in.render("reason."+r, v))
		case slices.Contains(contains, r):
			found = append(found, v.in.render("reason."+r, v))
		default:
			clauses = append(clauses, v.clause(r))
		}
	}
	list := v.in.constant("list.last")
	if len(missing) > 0 {
		clauses = append(clauses, v.in.constant("reasons.needs")+join(missing, list))
	}
	if len(found) > 0 {
		clauses = append(clauses, v.in.constant("reasons.contains")+join(found, list))
	}
	if len(clauses) == 0 {
		clauses = []string{v.clause("other")}
	}
	return join(clauses, v.in.constant("clauses.last"))
}

// clause tells one reason; one that the texts do not know, since a directory
// may have rules of its own, is told in general.
func (v *view) clause(reason string) string {
	if text := v.in.render("reason."+reason, v); text != "" {
		return text
	}
	return v.in.render("reason.other", v)
}

func join(items []string, last string) string {
	n := len(items) - 1
	if n == 0 {
		return items[0]
	}
	return strings.Join(items[:n], ", ") + last + items[n]
}
