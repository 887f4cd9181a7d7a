//go:build !race

// The race detector slows SQLite down thirtyfold. It watches the same code on
// small files.

package sqlite

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"
)

// largeFile writes a CSV file of n accounts, each with every column.
func largeFile(t testing.TB, n int) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "users.csv"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, "id,username,email,phone,display_name,birthday,language,disabled,password_hash")
	for i := range n {
		_, _ = fmt.Fprintf(w, "%08x,User%d,user%d@example.com;user%d@work.example,+7 999 %03d-%02d-%02d,User %d,%d-01-02,ru,%t,\"%s\"\n",
			uint32(i)*2654435761, i, i, i, i/10000%1000, i/100%100, i%100, i, 1950+i%50, i%100 == 0, argonHash)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return f
}

func rewound(t testing.TB, f *os.File) *os.File {
	t.Helper()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestImportLarge(t *testing.T) {
	for _, test := range []struct {
		n       int
		partial bool
	}{{100_000, false}, {2*importChunk + progressEvery, true}} {
		c, file, o := newClerk(t), largeFile(t, test.n), importOptions()
		o.Partial = test.partial
		for _, want := range []ImportReport{{Lines: test.n, Added: test.n}, {Lines: test.n, Unchanged: test.n}} {
			checked, written := 0, 0
			o.Progress = func(c, w int) { checked, written = c, w }
			began := time.Now()
			report, err := c.Import(t.Context(), rewound(t, file), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("partial %v, %d added, %d unchanged: %v", test.partial, report.Added, report.Unchanged, time.Since(began))
			if !reflect.DeepEqual(report, want) || checked != test.n || written != test.n {
				t.Fatalf("report %+v, %d checked, %d written; want %+v", report, checked, written, want)
			}
		}
		last := c.one(t, email(fmt.Sprintf("user%d@work.example", test.n-1)))
		if last.Username != fmt.Sprintf("User%d", test.n-1) || len(last.Addresses) != 3 {
			t.Errorf("the last account is %+v", last)
		}
	}
}

// A serving process writes on while a partial import runs in another.
func TestImportBesideAWriter(t *testing.T) {
	const chunks = 4
	c, path := newClerk(t), filepath.Join(t.TempDir(), "rekey.db")
	importer, serving := c.beside(t, path), c.beside(t, path)
	file := rewound(t, largeFile(t, chunks*importChunk))
	done, written := make(chan struct{}), 0
	var group sync.WaitGroup
	group.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			under, err := serving.Find(t.Context(), kindUsername, "user0") // once the first chunk is in
			if err != nil {
				t.Errorf("reading beside an import: %v", err)
				return
			}
			n := NewAccount{Identifiers: []Identifier{username(fmt.Sprint("late", i))}}
			if _, err := serving.Add(t.Context(), n); err != nil {
				t.Errorf("writing beside an import: %v", err)
				return
			}
			written += len(under)
		}
	})
	o := importOptions()
	o.Partial = true
	report, err := importer.Import(t.Context(), file, o)
	close(done)
	group.Wait()
	if err != nil || report.Added != chunks*importChunk {
		t.Fatalf("report %+v, %v", report, err)
	}
	if written < chunks-1 {
		t.Errorf("between the chunks of an import, %d accounts were added, want %d or more", written, chunks-1)
	}
}

func BenchmarkImport(b *testing.B) {
	const n = 20_000
	file := largeFile(b, n)
	for _, again := range []bool{false, true} {
		b.Run(fmt.Sprintf("again=%v", again), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c := newClerk(b)
				if again {
					importLarge(b, c, file)
				}
				b.StartTimer()
				importLarge(b, c, file)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/line")
		})
	}
}

func importLarge(b *testing.B, c *clerk, file *os.File) {
	b.Helper()
	if _, err := c.Import(b.Context(), rewound(b, file), importOptions()); err != nil {
		b.Fatal(err)
	}
}
