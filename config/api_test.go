package config

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
)

const (
	sampleGroup = "REKEY_STAFF_GROUP=-1001234567890"
	sampleHash  = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
	sampleKeys  = "REKEY_API_KEYS=helpdesk:start-reset+read-case:" + sampleHash
	sampleCalls = "REKEY_API_WEBHOOK_URL=https://helpdesk.example.org/rekey"
)

var sampleSign = "REKEY_API_WEBHOOK_SECRET=" + strings.Repeat("s", 32)

// What is printed for the operator loads, and the key itself is nowhere in it.
func TestAFreshAPIKeyLoads(t *testing.T) {
	one, first, err := NewAPIKey("helpdesk", []string{"start-reset", "read-case"}, bytes.NewReader(make([]byte, 32)))
	_, second, otherErr := NewAPIKey("board", []string{"read-case"}, strings.NewReader(strings.Repeat("x", 32)))
	if err != nil || otherErr != nil || len(one) != 46 || !strings.HasPrefix(one, "rk_") || strings.Contains(first, one[3:]) {
		t.Fatalf("%s, %s, %v", one, first, err)
	}
	c := mustLoad(t, sample(sampleGroup, "REKEY_API_KEYS="+first+", "+second, sampleCalls, sampleSign))
	k := c.API.Keys[0]
	if len(c.API.Keys) != 2 || k.Name != "helpdesk" || !slices.Equal(k.Scopes, []Scope{StartReset, ReadCase}) || k.Hash != sha256.Sum256([]byte(one)) {
		t.Errorf("keys are %+v", c.API.Keys)
	}
}

func TestAPIKeysOfTheWrongForm(t *testing.T) {
	for _, name := range []string{"", "Help", "a:b", "a,b", strings.Repeat("x", 33)} {
		if _, _, err := NewAPIKey(name, []string{"read-case"}, bytes.NewReader(make([]byte, 32))); err == nil {
			t.Errorf("the name %q is taken", name)
		}
	}
	for _, scopes := range [][]string{nil, {"approve"}, {"read-case", "read-case"}} {
		if _, _, err := NewAPIKey("a", scopes, bytes.NewReader(make([]byte, 32))); err == nil {
			t.Errorf("the scopes %q are taken", scopes)
		}
	}
}

func TestAPIRules(t *testing.T) {
	for name, test := range map[string]struct {
		environ []string
		want    string
	}{
		"no staff":          {sample(sampleKeys), "REKEY_API_KEYS: set, but REKEY_STAFF_GROUP is not."},
		"the key itself":    {sample(sampleGroup, "REKEY_API_KEYS=a:read-case:rk_secret"), "REKEY_API_KEYS: key 1 has no SHA-256"},
		"no form":           {sample(sampleGroup, "REKEY_API_KEYS=rk_secret"), "REKEY_API_KEYS: key 1 is not name:scopes:hash."},
		"a name twice":      {sample(sampleGroup, sampleKeys+",helpdesk:read-case:"+strings.Repeat("0", 64)), "REKEY_API_KEYS: key 2 has the name or the hash of another."},
		"a hash twice":      {sample(sampleGroup, sampleKeys+",b:read-case:"+sampleHash), "REKEY_API_KEYS: key 2 has the name or the hash of another."},
		"events for nobody": {sample(sampleGroup, sampleCalls, sampleSign), "REKEY_API_WEBHOOK_URL: set, but REKEY_API_KEYS is not."},
		"unsigned":          {sample(sampleGroup, sampleKeys, sampleCalls), "REKEY_API_WEBHOOK_SECRET: not set, but REKEY_API_WEBHOOK_URL is."},
		"a short secret":    {sample(sampleGroup, sampleKeys, sampleCalls, sampleSign[:len(sampleSign)-1]), "REKEY_API_WEBHOOK_SECRET: too short."},
		"nothing to sign":   {sample(sampleGroup, sampleKeys, sampleSign), "REKEY_API_WEBHOOK_SECRET: set, but REKEY_API_WEBHOOK_URL is not."},
		"unencrypted":       {sample(sampleGroup, sampleKeys, sampleSign, "REKEY_API_WEBHOOK_URL=http://helpdesk.example.org"), "REKEY_API_WEBHOOK_URL: would send events unencrypted."},
		"Telegram's path":   {sample("REKEY_MODE=webhook", sampleWord, "REKEY_WEBHOOK_URL=https://bot.example.org/api/v1/cases"), "REKEY_WEBHOOK_URL: its path is within that of the HTTP API."},
	} {
		t.Run(name, func(t *testing.T) {
			found := problems(t, test.environ)
			if len(found) != 1 || !strings.HasPrefix(found[0].String(), test.want) {
				t.Errorf("problems are\n%v\nwant one that begins with\n%s", found, test.want)
			}
		})
	}
	mustLoad(t, sample(sampleGroup, sampleKeys, sampleSign, "REKEY_API_WEBHOOK_URL=http://127.0.0.1:9/rekey"))
}
