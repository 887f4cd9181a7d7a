package bot

import (
	"fmt"
	"math"
	"runtime/debug"

	"rekey/config"
)

const (
	// ownMemory is what the process takes besides hashes: 30 MiB when 200 people
	// are at it, as measured, and SQLite's caches once they are full.
	ownMemory = 64 << 20
	// beyondGo is what Go does not count of it: SQLite's memory, and what the
	// kernel keeps for the process.
	beyondGo = 32 << 20
)

// fitMemory gives how much memory there is for hashes, of which one takes so many
// bytes; 0 is without bound. It lets Go know of the limit, if nobody has.
func (env Env) fitMemory(hash int64) (int64, error) {
	limit := debug.SetMemoryLimit(-1)
	if env.Files != nil {
		if most := config.MemoryLimit(env.Files); most < limit {
			if limit == math.MaxInt64 {
				debug.SetMemoryLimit(most - beyondGo)
			}
			limit = most
		}
	}
	if limit == math.MaxInt64 {
		return 0, nil
	}
	if limit < ownMemory+hash {
		return 0, fmt.Errorf("this process may take %d MiB of memory (its control group or GOMEMLIMIT says so) and needs %d: "+
			"%d for a hash and %d for all else. Raise the limit, or lower m", limit>>20, (ownMemory+hash)>>20, hash>>20, ownMemory>>20)
	}
	return limit - ownMemory, nil
}
