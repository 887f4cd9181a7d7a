package mail

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkCarry reports the CPU time of a mail, client and server together:
// both run in this process.
func BenchmarkCarry(b *testing.B) {
	for _, lang := range []string{"en", "ru"} {
		b.Run(lang, func(b *testing.B) {
			h := (&host{}).start(b)
			s := sender(b, "smtp://"+h.addr)
			l := letter()
			l.Language = lang
			before := cpu(b)
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Carry(b.Context(), l); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/1e3, "cpu-µs/op")
		})
	}
}

func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
