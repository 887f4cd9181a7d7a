package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// TestImportsKeepTheRooms holds what may import what: flows the standard
// library alone, config no other room, bot and store neither each other nor
// config.
func TestImportsKeepTheRooms(t *testing.T) {
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
