package password

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// commonText is described in NOTICE.
//
//go:embed common.txt
var commonText string

// common returns the set of common passwords, read on first use.
var common = sync.OnceValue(func() map[string]struct{} {
	set := make(map[string]struct{})
	for line := range strings.Lines(commonText) {
		set[strings.TrimSuffix(line, "\n")] = struct{}{}
	}
	return set
})

const (
	// maxDecorated is the longest text, in bytes, that is taken for a
	// decorated stem.
	maxDecorated = 48
	// maxDecoration is the greatest weight of the digits and symbols around a
	// stem; heavier ones make a password of their own.
	maxDecoration = 6
)

// isKnown reports whether a stem is a common password.
func isKnown(stem string) bool {
	_, ok := common()[stem]
	return ok
}

// isCommon reports whether the candidate is a common password as it stands.
func (g guess) isCommon() bool { return slices.ContainsFunc(g.typed[:], isKnown) }

// isDecorated reports whether a text is a known stem of minWord bytes or more,
// alone or with only digits and symbols around it.
func (r reading) isDecorated(known func(stem string) bool) bool {
	plain := r[0]
	if len(plain) > maxDecorated {
		return false
	}
	first, end := strings.IndexFunc(plain, unicode.IsLetter), strings.LastIndexFunc(plain, unicode.IsLetter)+1
	for from := range max(first, 0) + 1 {
		for to := len(plain); to >= max(end, from+minWord); to-- {
			if weight(plain[:from])+weight(plain[to:]) > maxDecoration {
				break
			}
			for _, text := range r {
				if known(text[from:to]) {
					return true
				}
			}
		}
	}
	return false
}
