package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestImportsKeepTheRooms holds what may import what: flows the standard
// library alone, config no other room, bot and store neither each other nor
// config.
func TestImportsKeepTheRooms(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]int{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		rooms[room(p.ImportPath)]++
		for _, imported := range p.Imports {
			if !mayImport(p.ImportPath, imported) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
	for _, name := range []string{"", "bot", "config", "flows", "store"} {
		if rooms[name] == 0 {
			t.Errorf("no package is in the room %q", name)
		}
	}
	if len(rooms) != 5 {
		t.Errorf("the house has other rooms than it should: %v", rooms)
	}
}

// room gives the folder at the top in which a package is; "" is the front door.
func room(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "rekey"), "/"), "/")
	return name
}

func mayImport(path, imported string) bool {
	ours := imported == "rekey" || strings.HasPrefix(imported, "rekey/")
	if path == "rekey/flows" {
		return !ours && !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	}
	from, to := room(path), room(imported)
	return !ours || from == "" || from == to || to == "flows" && from != "config"
}

// TestLibcIsTheOneOfSQLite holds modernc.org/libc at the version that the go.mod
// of modernc.org/sqlite names: the translated SQLite works with no other for sure.
func TestLibcIsTheOneOfSQLite(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatal(err)
	}
	named, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command("go", "list", "-m", "modernc.org/libc").Output()
	if err != nil {
		t.Fatal(err)
	}
	if used := strings.TrimSpace(string(out)); !strings.Contains(string(named), "\t"+used+"\n") {
		t.Errorf("%s is used; sqlite names\n%s", used, named)
	}
}
