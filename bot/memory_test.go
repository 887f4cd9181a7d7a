package bot

import (
	"math"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// within gives a machine whose control group has a limit.
func within(bytes string) fstest.MapFS {
	return fstest.MapFS{
		"proc/self/cgroup":         {Data: []byte("0::/\n")},
		"proc/self/mountinfo":      {Data: []byte("29 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n")},
		"sys/fs/cgroup/memory.max": {Data: []byte(bytes + "\n")},
	}
}

// Hashing fits into the memory that there is, or the bot is refused with the
// figures.
func TestHashingFitsIntoMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	b := prepare(t, time.Now)
	for _, c := range []struct {
		limit string
		goes  int64 // GOMEMLIMIT
		wrong string
	}{
		{"67108864", math.MaxInt64, "may take 64 MiB of memory (its control group or GOMEMLIMIT says so) and needs 128: 64 for a hash and 64 for all else"},
		{"max", 100 << 20, "may take 100 MiB"},
		{"167772160", 100 << 20, "may take 100 MiB"},
	} {
		debug.SetMemoryLimit(c.goes)
		w := b.env
		w.Files = within(c.limit)
		var out strings.Builder
		w.Out, w.Err = &out, &out
		if status := Main(t.Context(), []string{"check"}, w); status != 1 || !strings.Contains(out.String(), "REKEY_ARGON2: this process "+c.wrong) {
			t.Errorf("%s, %d: status %d\n%s", c.limit, c.goes, status, out.String())
		}
	}
	for _, c := range []struct {
		limit             string
		goes, bytes, soft int64
	}{
		{"max", math.MaxInt64, 0, math.MaxInt64},
		{"max", 160 << 20, 96 << 20, 160 << 20},
		{"167772160", math.MaxInt64, 96 << 20, 128 << 20},
		{"167772160", 144 << 20, 80 << 20, 144 << 20},
		{"167772160", 1 << 30, 96 << 20, 1 << 30},
	} {
		debug.SetMemoryLimit(c.goes)
		got, err := Env{Files: within(c.limit)}.fitMemory(64 << 20)
		if soft := debug.SetMemoryLimit(-1); got != c.bytes || soft != c.soft || err != nil {
			t.Errorf("%s, %d: %d bytes for hashes and a soft limit of %d, %v; want %d and %d", c.limit, c.goes, got, soft, err, c.bytes, c.soft)
		}
	}
}
