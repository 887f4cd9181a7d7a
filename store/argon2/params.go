package argon2

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Params are the costs of an Argon2id hash (RFC 9106, section 3.1).
type Params struct {
	MemoryKiB uint32
	Time      uint32
	Threads   uint8
}

// Default returns the second recommended option of RFC 9106, section 4.
func Default() Params { return Params{MemoryKiB: 64 * 1024, Time: 3, Threads: 4} }

// The greatest parameters that are verified. They bound what one imported hash
// may cost.
const (
	maxMemoryKiB = 256 * 1024
	maxTime      = 16
	maxThreads   = 16
)

// insecure is the word that lets parameters go below the floor.
const insecure = "insecure"

// ParseParams reads parameters written "m=65536,t=3,p=4": memory in KiB, passes
// and threads. Less than m=19456,t=2,p=1 is refused unless ",insecure" follows,
// for tests and benchmarks. Errors say what is wrong with the text.
func ParseParams(text string) (Params, error) {
	floor := Params{MemoryKiB: 19 * 1024, Time: 2, Threads: 1} // OWASP, Password Storage Cheat Sheet
	costs, allowed := strings.CutSuffix(text, ","+insecure)
	p, err := parseCosts(costs)
	if err != nil {
		return Params{}, err
	}
	if err := p.bounded(); err != nil {
		return Params{}, err
	}
	if !allowed && (p.MemoryKiB < floor.MemoryKiB || p.Time < floor.Time) {
		return Params{}, fmt.Errorf("weaker than %s, and without the word %s", floor, insecure)
	}
	return p, nil
}

// Bytes is the memory that a hash with p takes.
func (p Params) Bytes() int64 { return int64(p.MemoryKiB) << 10 }

// String returns p as ParseParams reads it, without the word insecure.
func (p Params) String() string {
	return fmt.Sprintf("m=%d,t=%d,p=%d", p.MemoryKiB, p.Time, p.Threads)
}

// bounded returns an error when p cannot be hashed or is over the greatest
// parameters.
func (p Params) bounded() error {
	switch {
	case p.Threads < 1 || p.Threads > maxThreads:
		return fmt.Errorf("p=%d: threads must be from 1 to %d", p.Threads, maxThreads)
	case p.Time < 1 || p.Time > maxTime:
		return fmt.Errorf("t=%d: passes must be from 1 to %d", p.Time, maxTime)
	case p.MemoryKiB < 8*uint32(p.Threads) || p.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("m=%d: memory must be from 8 KiB a thread to %d KiB (256 MiB)", p.MemoryKiB, maxMemoryKiB)
	}
	return nil
}

// estimate is how long a hash with p takes, until one has been timed: half a
// microsecond for a KiB and pass, as measured on a server of 2026.
func (p Params) estimate() time.Duration {
	return time.Duration(p.MemoryKiB) * time.Duration(p.Time) * 500 * time.Nanosecond
}

// parseCosts reads "m=…,t=…,p=…", in this order and without leading zeros.
func parseCosts(text string) (Params, error) {
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return Params{}, errors.New("not the three costs m, t and p")
	}
	memory, errM := parseCost(parts[0], "m=", 32)
	time, errT := parseCost(parts[1], "t=", 32)
	threads, errP := parseCost(parts[2], "p=", 8)
	return Params{MemoryKiB: uint32(memory), Time: uint32(time), Threads: uint8(threads)}, errors.Join(errM, errT, errP)
}

func parseCost(text, name string, bits int) (uint64, error) {
	digits, ok := strings.CutPrefix(text, name)
	if !ok {
		return 0, fmt.Errorf("no %s where it belongs", name)
	}
	cost, err := strconv.ParseUint(digits, 10, bits)
	if err != nil || strconv.FormatUint(cost, 10) != digits {
		return 0, fmt.Errorf("%s is not followed by a whole number in range", name)
	}
	return cost, nil
}
