package sqlite

import (
	"path/filepath"
	"testing"
)

func TestOpenAppliesPragmasToEveryPool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "rekey?.db")
	db, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var mode string
	var sync, keys int
	for range 3 {
		if err := db.write.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
			t.Fatalf("journal_mode = %q, %v", mode, err)
		}
		if err := db.write.QueryRow("PRAGMA synchronous").Scan(&sync); err != nil || sync != 2 {
			t.Fatalf("synchronous = %d, %v; want 2 (FULL)", sync, err)
		}
		if err := db.read.QueryRow("PRAGMA foreign_keys").Scan(&keys); err != nil || keys != 1 {
			t.Fatalf("foreign_keys = %d, %v", keys, err)
		}
	}
	if _, err := db.read.Exec("DELETE FROM accounts"); err == nil {
		t.Fatal("the reading pool can write")
	}
}
