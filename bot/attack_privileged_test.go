package bot

import (
	"testing"

	"rekey/flows/identifier"
)

// TestAttackPrivilegedByAnotherSpelling asks about accounts that the patterns of
// the operator name, in spellings that patterns for file names would let pass: one
// member of staff could act on them alone.
func TestAttackPrivilegedByAnotherSpelling(t *testing.T) {
	t.Parallel()
	privileged := identifier.Patterns(" Admin@*, *@board.example.org,*@правление.пример.рф,Вера@*,[it]*,root?,back\\slash,+7495*")
	for text, want := range map[string]bool{
		"admin@example.org":           true,
		"ADMIN@EXAMPLE.ORG":           true,
		"anna@board.example.org":      true,
		"s/p/anna@board.example.org":  true, // as gateways of X.400 write addresses (RFC 2156)
		"анна@правление.пример.рф":    true,
		"ВЕРА@example.org":            true,
		"[it]-desk":                   true,
		"root?":                       true,
		"back\\slash":                 true,
		"+7 495 123-45-67":            true,
		"anna@board.example.org.evil": false,
		"anna@example.org":            false,
		"xadmin@example.org":          false,
		"i":                           false,
		"rooty":                       false,
	} {
		id, refusal := identifier.Parse(text, "")
		if refusal != identifier.Accepted {
			t.Fatalf("%s: %s", text, refusal)
		}
		if got := privileged(id.Canonical); got != want {
			t.Errorf("%s (%s): privileged = %t", text, id.Canonical, got)
		}
	}
	if identifier.Patterns("")("anna") {
		t.Error("without patterns everybody is privileged")
	}
}
