package config

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// API is how programs outside Telegram, such as a help-desk system, take part.
// WebhookURL and WebhookSecret are set together, and only beside Keys.
type API struct {
	Keys          APIKeys `env:"REKEY_API_KEYS" unit:"name:scopes:SHA-256, several separated by commas" example:"helpdesk:start-reset+read-case:0000000000000000000000000000000000000000000000000000000000000000" doc:"The keys of the HTTP API, each as rekey staff api-key prints it. Without any there is no API." source:"ours"`
	WebhookURL    Secret  `env:"REKEY_API_WEBHOOK_URL" example:"https://helpdesk.example.org/rekey" schemes:"https,http" doc:"Where the events of cases that a program opened are posted. http:// only on loopback." source:"ours"`
	WebhookSecret Secret  `env:"REKEY_API_WEBHOOK_SECRET" unit:"32 characters or more" doc:"What signs these events." source:"RFC 2104; length ours"`
}

// Scope is something that an API key may do.
type Scope string

// The scopes.
const (
	StartReset Scope = "start-reset"
	ReadCase   Scope = "read-case"
)

// APIKey is a key of the HTTP API, as far as it is kept.
type APIKey struct {
	Name   string
	Scopes []Scope
	Hash   [sha256.Size]byte // SHA-256 of the key
}

// APIKeys are keys with different names and hashes.
type APIKeys []APIKey

// keyPrefix lets scanners for leaked secrets recognise a key.
const keyPrefix = "rk_"

// NewAPIKey makes a key of 256 random bits, and the entry by which REKEY_API_KEYS
// knows it. It is an error when no name or scope is of the right form.
func NewAPIKey(name string, scopes []string, random io.Reader) (key, entry string, err error) {
	var bits [32]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", "", fmt.Errorf("making a key: %w", err)
	}
	key = keyPrefix + base64.RawURLEncoding.EncodeToString(bits[:])
	hash := sha256.Sum256([]byte(key))
	entry = name + ":" + strings.Join(scopes, "+") + ":" + hex.EncodeToString(hash[:])
	if _, p := parseAPIKey(entry); p != nil {
		return "", "", fmt.Errorf("the key %s. %s", p.What, p.Remedy)
	}
	return key, entry, nil
}

func decodeAPIKeys(target *APIKeys, value string) *Problem {
	var keys APIKeys
	for i, entry := range strings.Split(value, ",") {
		key, p := parseAPIKey(strings.TrimSpace(entry))
		if p != nil {
			return wrong(fmt.Sprintf("key %d %s", i+1, p.What), p.Remedy)
		}
		if slices.ContainsFunc(keys, func(k APIKey) bool { return k.Name == key.Name || k.Hash == key.Hash }) {
			return wrong(fmt.Sprintf("key %d has the name or the hash of another", i+1), "Give each program a key and a name of its own.")
		}
		keys = append(keys, key)
	}
	*target = keys
	return nil
}

// parseAPIKey reads name:scope+scope:hash.
func parseAPIKey(entry string) (k APIKey, p *Problem) {
	parts := strings.Split(entry, ":")
	if len(parts) != 3 {
		return k, wrong("is not name:scopes:hash", "Run rekey staff api-key and copy what it prints.")
	}
	k.Name = parts[0]
	if k.Name == "" || len(k.Name) > 32 || strings.Trim(k.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return k, wrong("has no proper name", "Use 1 to 32 of a-z, 0-9 and -.")
	}
	for scope := range strings.SplitSeq(parts[1], "+") {
		s := Scope(scope)
		if s != StartReset && s != ReadCase || slices.Contains(k.Scopes, s) {
			return k, wrong("has no proper scopes", "Use start-reset, read-case, or both with a + between.")
		}
		k.Scopes = append(k.Scopes, s)
	}
	hash, err := hex.DecodeString(parts[2])
	if err != nil || len(hash) != len(k.Hash) {
		return k, wrong("has no SHA-256 in 64 hexadecimal digits", "Run rekey staff api-key and copy what it prints; the key itself does not belong here.")
	}
	copy(k.Hash[:], hash)
	return k, nil
}

func (l *loader) checkAPI(a *API, s *Staff) {
	if l.given(&a.Keys) && l.absent(&s.Group) {
		l.refuse(&a.Keys, "set, but "+l.name(&s.Group)+" is not", "Name the staff group: people there approve what programs ask for.")
	}
	if l.given(&a.WebhookURL) {
		l.checkAPIWebhook(a)
	}
	if l.given(&a.WebhookSecret) && len(a.WebhookSecret) < shortestSecret {
		l.refuse(&a.WebhookSecret, "too short", "Use 32 or more random characters.")
	}
	if !l.absent(&a.WebhookURL) && l.absent(&a.WebhookSecret) {
		l.refuse(&a.WebhookSecret, "not set, but "+l.name(&a.WebhookURL)+" is", "Set it to 32 or more random characters, and give it to the receiver.")
	}
	if l.given(&a.WebhookSecret) && l.absent(&a.WebhookURL) {
		l.refuse(&a.WebhookSecret, "set, but "+l.name(&a.WebhookURL)+" is not", "Remove it, or set the other.")
	}
}

func (l *loader) checkAPIWebhook(a *API) {
	if u := parsed(a.WebhookURL); u.Scheme != "https" && !isLoopback(u.Hostname()) {
		l.refuse(&a.WebhookURL, "would send events unencrypted", "Begin it with https://.")
	}
	if l.absent(&a.Keys) {
		l.refuse(&a.WebhookURL, "set, but "+l.name(&a.Keys)+" is not", "Remove it, or make a key with rekey staff api-key.")
	}
}
