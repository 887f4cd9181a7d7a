package sqlite

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	db := openTest(t, nil)
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.CheckIntegrity(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err == nil {
		t.Fatal("a closed database is found well")
	}
}

func TestCheckTellsAReadOnlyFile(t *testing.T) {
	db := openTest(t, nil)
	if _, err := db.write.Exec("PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "writing to the database") {
		t.Fatalf("checking a file that cannot be written = %v", err)
	}
}

func TestCheckIntegrityFindsDamage(t *testing.T) {
	r := newRig(t, generous())
	for chat := range int64(50) {
		r.begin(order(chat, "lena@example.org"))
	}
	if err := r.db.Close(); err != nil { // brings all into the one file
		t.Fatal(err)
	}
	file, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	for page := len(file)/4096 - 10; page < len(file)/4096; page++ {
		copy(file[page*4096:], bytes.Repeat([]byte{0xee}, 200))
	}
	if err := os.WriteFile(r.path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := openAt(t, r.path, nil).CheckIntegrity(t.Context()); err == nil {
		t.Fatal("a damaged file is found well")
	}
}
