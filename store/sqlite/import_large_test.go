package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
	fmt.Fprintln(w, "id,username,email,phone,display_name,birthday,language,disabled,password_hash")
	for i := range n {
		fmt.Fprintf(w, "%08x,User%d,user%d@example.com;user%d@work.example,+7 999 %03d-%02d-%02d,User %d,%d-01-02,ru,%t,\"%s\"\n",
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
			progress := 0
			o.Progress = func(lines int) { progress = lines }
			began := time.Now()
			report, err := c.Import(t.Context(), rewound(t, file), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("partial %v, %d added, %d unchanged: %v", test.partial, report.Added, report.Unchanged, time.Since(began))
			if !reflect.DeepEqual(report, want) || progress != test.n {
				t.Fatalf("report %+v, progress %d; want %+v", report, progress, want)
			}
		}
		last := c.one(t, email(fmt.Sprintf("user%d@work.example", test.n-1)))
		if last.Username != fmt.Sprintf("user%d", test.n-1) || len(last.Addresses) != 3 {
			t.Errorf("the last account is %+v", last)
		}
	}
}

// A serving process writes on while an import runs in another.
func TestImportBesideAWriter(t *testing.T) {
	c := newClerk(t)
	path := filepath.Join(t.TempDir(), "rekey.db")
	importer, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	serving, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = importer.Close(), serving.Close() })
	file := rewound(t, largeFile(t, 20_000))
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		dir := NewDirectory(serving, c.passwords)
		for i := 0; ; i++ {
			select {
			case <-done:
				if i < 2 {
					t.Errorf("the writer came through %d times only", i)
				}
				return
			default:
			}
			if _, err := dir.Add(t.Context(), NewAccount{Identifiers: []Identifier{username(fmt.Sprint("late", i))}}); err != nil {
				t.Errorf("writing beside an import: %v", err)
				return
			}
		}
	})
	o := importOptions()
	o.Partial = true
	report, err := NewDirectory(importer, c.passwords).Import(t.Context(), file, o)
	close(done)
	group.Wait()
	if err != nil || report.Added != 20_000 {
		t.Fatalf("report %+v, %v", report, err)
	}
}

// An import that breaks off leaves nothing, and a partial one what it reports.
func TestImportBrokenOff(t *testing.T) {
	for _, partial := range []bool{false, true} {
		c := newClerk(t)
		ctx, cancel := context.WithCancel(t.Context())
		ids := 0
		c.Random = readerFunc(func(p []byte) (int, error) { // ids are drawn while lines are planned
			if ids++; ids == importChunk+500 {
				cancel()
			}
			return copy(p, fmt.Sprintf("%08d", ids)), nil
		})
		o := importOptions()
		o.Partial = partial
		report, err := c.Import(ctx, usernamesFile(2*importChunk), o)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("partial %v: error %v", partial, err)
		}
		want := 0
		if partial {
			want = importChunk
		}
		if got := len(c.mustList(t, "", 3*importChunk)); got != want || report.Added != want {
			t.Errorf("partial %v: %d accounts, %d reported, want %d", partial, got, report.Added, want)
		}
	}
}

func TestImportReadingBrokenOff(t *testing.T) {
	c := newClerk(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := importOptions()
	o.Progress = func(int) { cancel() }
	if _, err := c.Import(ctx, usernamesFile(2*progressEvery), o); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func usernamesFile(n int) io.Reader {
	var file strings.Builder
	file.WriteString("username\n")
	for i := range n {
		fmt.Fprintf(&file, "user%d\n", i)
	}
	return strings.NewReader(file.String())
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
