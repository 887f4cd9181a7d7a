package bot

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	xargon2 "golang.org/x/crypto/argon2"

	"rekey/store/storetest"
)

// The benchmarks measure the bot as a process of its own; Telegram, the
// mailboxes and the people are this process. On the machine that they share,
// recoveries a second and the replies' times tell of both, and only the CPU
// time of the bot is its own. One operation is a fixed number of whole
// recoveries, starts or measurements, so -benchtime 1x suffices.

// crowd is one way in which people recover passwords.
type crowd struct {
	cost, mode, store string
	people            int // at once
}

func (c crowd) String() string {
	return fmt.Sprintf("hash=%s/mode=%s/store=%s/people=%d", c.cost, c.mode, c.store, c.people)
}

// recoveries are enough for the figures to settle, and as few as that.
func (c crowd) recoveries() int {
	switch {
	case c.cost == trivial && c.people > 1:
		return 1500
	case c.cost == trivial:
		return 300
	case c.people > 1:
		return 192
	default:
		return 60
	}
}

const trivial, earnest = "m=8,t=1,p=1", "m=19456,t=2,p=1"

var (
	modes  = []string{"polling", "webhook"}
	stores = []string{"redis", "sqlite"}
)

// BenchmarkRecovery lets people recover their passwords, each a person of
// their own, and reports how many were done in a second, the bot's CPU time
// for one, the most memory that the bot took, and how long replies took from what
// the person said.
func BenchmarkRecovery(b *testing.B) {
	for _, cost := range []string{trivial, earnest} {
		for _, mode := range modes {
			for _, store := range stores {
				for _, people := range []int{1, 64} {
					c := crowd{cost, mode, store, people}
					b.Run(c.String(), c.measure)
				}
			}
		}
	}
}

// warm is how many recover before the measurement begins: the bot has met
// every statement and holds its connections then.
const warm = 64

func (c crowd) measure(b *testing.B) {
	n := c.recoveries() * b.N
	t := openTown(b, warm+n, settings(b, c.cost, c.mode, c.store)...)
	bot := t.start(b.Name())
	t.recover(0, warm, warm)
	before := bot.cpu()
	b.ResetTimer()
	replies := t.recover(warm, n, c.people)
	b.StopTimer()
	t.letters.Wait()
	used, peak := bot.cpu()-before, bot.peak()
	bot.end()
	t.complete(warm + n)
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "recoveries/s")
	b.ReportMetric(milliseconds(used)/float64(n), "cpu-ms/recovery")
	b.ReportMetric(peak, "MiB-peak")
	slices.Sort(replies)
	b.ReportMetric(milliseconds(quantile(replies, 50)), "p50-ms")
	b.ReportMetric(milliseconds(quantile(replies, 99)), "p99-ms")
	b.ReportMetric(milliseconds(yardstick()), "yardstick-ms")
	b.ReportMetric(0, "ns/op") // of no interest
}

// yardstick is the shortest of a few times that one hash with the earnest
// parameters takes: by it figures of machines, and of hours of one machine, can
// be compared.
func yardstick() time.Duration {
	shortest := time.Hour
	for range 5 {
		begun := time.Now()
		xargon2.IDKey([]byte("yardstick"), make([]byte, 16), 2, 19456, 1, 32)
		shortest = min(shortest, time.Since(begun))
	}
	return shortest
}

// BenchmarkFirstReply reports how long it takes from the start of the process,
// on a database that exists, until a person who wrote before that is answered:
// the median of several starts.
func BenchmarkFirstReply(b *testing.B) {
	const starts = 11
	for _, mode := range modes {
		for _, store := range stores {
			b.Run("mode="+mode+"/store="+store, func(b *testing.B) {
				environ := settings(b, trivial, mode, store)
				var took []time.Duration
				for range starts * b.N {
					took = append(took, firstReply(b, environ))
				}
				slices.Sort(took)
				b.ReportMetric(milliseconds(quantile(took, 50)), "ms")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func firstReply(b *testing.B, environ []string) time.Duration {
	t := openTown(b, 1, environ...)
	p := t.person(0)
	defer p.leave()
	p.person.Start("recover")
	begun := time.Now()
	bot := t.start("")
	if err := p.hears("Step 1 of 4"); err != nil {
		b.Fatal(err)
	}
	took := time.Since(begun)
	bot.end()
	return took
}

// BenchmarkIdleMemory reports the resident memory of the bot when it has
// nothing to do: after its first reply, and after recoveries of many at once.
func BenchmarkIdleMemory(b *testing.B) {
	const (
		work  = 512
		quiet = 2 * time.Second
	)
	for _, mode := range modes {
		for _, store := range stores {
			b.Run("mode="+mode+"/store="+store, func(b *testing.B) {
				t := openTown(b, 1+work, settings(b, trivial, mode, store)...)
				bot := t.start(b.Name())
				t.recover(0, 1, 1)
				<-time.After(quiet)
				b.ReportMetric(bot.memory(), "MiB")
				t.recover(1, work, 64)
				t.letters.Wait()
				<-time.After(quiet)
				b.ReportMetric(bot.memory(), "MiB-after-work")
				bot.end()
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// settings are those that the benchmarks differ in.
func settings(b *testing.B, cost, mode, store string) []string {
	environ := []string{"REKEY_ARGON2=" + cost}
	if cost == trivial {
		environ[0] += ",insecure"
	}
	if mode == "webhook" {
		environ = append(environ, webhook(b)...)
	}
	if store == "redis" {
		environ = append(environ, "REKEY_REDIS_URL="+storetest.Redis(b))
	}
	return environ
}

// recover lets people with the numbers from first on recover their passwords,
// so many at once, and gives the times of the replies.
func (t *town) recover(first, n, atOnce int) []time.Duration {
	t.tb.Helper()
	type share struct {
		replies []time.Duration
		err     error
	}
	shares := make(chan share, atOnce)
	var begun atomic.Int64
	for range atOnce {
		go func() {
			var s share
			for i := begun.Add(1) - 1; i < int64(n) && s.err == nil; i = begun.Add(1) - 1 {
				p := t.person(first + int(i))
				s.err = p.recovers()
				s.replies = append(s.replies, p.replies...)
				p.leave()
			}
			shares <- s
		}()
	}
	var replies []time.Duration
	for range atOnce {
		s := <-shares
		if s.err != nil {
			t.tb.Fatalf("%v; the bot's log is\n%s", s.err, &t.log)
		}
		replies = append(replies, s.replies...)
	}
	return replies
}

// quantile gives a percentile of what is sorted.
func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
