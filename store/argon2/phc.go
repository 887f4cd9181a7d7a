package argon2

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of verified hashes, in bytes.
const (
	minSaltBytes, maxSaltBytes = 8, 64
	minTagBytes, maxTagBytes   = 16, 64
)

// maxBcryptCost bounds the time of an imported bcrypt hash: about a second.
const maxBcryptCost = 14

// argon2id is a parsed hash.
type argon2id struct {
	Params
	salt, tag []byte
}

// b64 is the base64 of PHC strings.
var b64 = base64.RawStdEncoding.Strict()

// String returns the hash in the PHC string format.
func (a argon2id) String() string {
	return fmt.Sprintf("$argon2id$v=19$%s$%s$%s", a.Params, b64.EncodeToString(a.salt), b64.EncodeToString(a.tag))
}

// parseArgon2id reads the one way to write a hash within the bounds.
func parseArgon2id(phc string) (argon2id, error) {
	parts := strings.Split(phc, "$")
	if len(parts) < 2 || parts[0] != "" || parts[1] != "argon2id" {
		return argon2id{}, errors.New("neither an Argon2id hash ($argon2id$…) nor a bcrypt hash ($2a$, $2b$, $2y$…)")
	}
	if len(parts) != 6 || parts[2] != "v=19" {
		return argon2id{}, errors.New("the Argon2id hash is not written $argon2id$v=19$m=…,t=…,p=…$salt$tag")
	}
	params, err := parseCosts(parts[3])
	if err == nil {
		err = params.bounded()
	}
	if err != nil {
		return argon2id{}, fmt.Errorf("costs of the Argon2id hash: %w", err)
	}
	salt, err := decode(parts[4], "salt", minSaltBytes, maxSaltBytes)
	if err != nil {
		return argon2id{}, err
	}
	tag, err := decode(parts[5], "tag", minTagBytes, maxTagBytes)
	if err != nil {
		return argon2id{}, err
	}
	return argon2id{Params: params, salt: salt, tag: tag}, nil
}

func decode(text, name string, shortest, longest int) ([]byte, error) {
	if len(text) > b64.EncodedLen(longest) {
		return nil, fmt.Errorf("the %s of the Argon2id hash is over %d bytes", name, longest)
	}
	data, err := b64.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("the %s of the Argon2id hash is not base64 without padding", name)
	}
	if len(data) < shortest || len(data) > longest {
		return nil, fmt.Errorf("the %s of the Argon2id hash has %d bytes; it must have from %d to %d", name, len(data), shortest, longest)
	}
	return data, nil
}

func isBcrypt(phc string) bool {
	return strings.HasPrefix(phc, "$2a$") || strings.HasPrefix(phc, "$2b$") || strings.HasPrefix(phc, "$2y$")
}

// validBcrypt checks a hash that isBcrypt recognises: two digits of cost, then
// 22 characters of salt and 31 of hash in bcrypt's own base64.
func validBcrypt(phc string) error {
	const length, costEnd = 60, 6
	if len(phc) != length || phc[costEnd] != '$' || strings.ContainsFunc(phc[costEnd+1:], isNotBcrypt64) {
		return errors.New("the bcrypt hash is not written $2b$cost$ and 53 characters of its base64")
	}
	cost, err := strconv.ParseUint(phc[4:costEnd], 10, 8)
	if err != nil || cost < 4 || cost > maxBcryptCost {
		return fmt.Errorf("the cost of the bcrypt hash must be from 04 to %d", maxBcryptCost)
	}
	return nil
}

func isNotBcrypt64(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '/':
		return false
	}
	return true
}
