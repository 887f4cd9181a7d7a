package argon2

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSlotsFitIntoMemory(t *testing.T) {
	p := Params{MemoryKiB: 4 << 10, Time: 1, Threads: 1}
	for memory, want := range map[int64]int{0: 8, 100 << 20: 8, 13 << 20: 3, 4 << 20: 1} {
		if got := newHasher(t, p, Options{Slots: 8, Memory: memory}).Slots(); got != want {
			t.Errorf("%d slots in %d bytes, want %d", got, memory, want)
		}
	}
	if _, err := New(p, Options{Memory: 4<<20 - 1}); err == nil || !strings.Contains(err.Error(), "takes 4 MiB, and there are 3") {
		t.Errorf("less than one hash: %v", err)
	}
}

// Hashes stay within their memory, whatever the garbage collector does by itself:
// here nothing.
func TestHashesStayWithinMemory(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	const memory = 13 << 20
	before := heap()
	h := newHasher(t, Params{MemoryKiB: 4 << 10, Time: 1, Threads: 1}, Options{Slots: 8, Memory: memory, MaxWait: time.Hour})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 8 {
				mustHash(t, h, "Tulip#84kw")
				if now := heap(); now-before > memory+1<<20 {
					t.Errorf("%d bytes are taken, and there are %d", now-before, memory)
				}
			}
		})
	}
	all.Wait()
}

// heap is what is allocated and not collected.
func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
