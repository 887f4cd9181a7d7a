package bot

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportsKeepTheRooms holds what may import what: flows the standard library
// alone, config no other room, what is below bot and what is in store neither each
// other nor config; the package bot wires them all, and main it alone.
func TestImportsKeepTheRooms(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "rekey/...").Output()
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
		t.Errorf("there are other rooms than there should be: %v", rooms)
	}
}

// room gives the folder at the top in which a package is; "" is the front door.
func room(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "rekey"), "/"), "/")
	return name
}

func mayImport(path, imported string) bool {
	ours := imported == "rekey" || strings.HasPrefix(imported, "rekey/")
	from, to := room(path), room(imported)
	switch {
	case path == "rekey/flows":
		return !ours && !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	case !ours, path == "rekey/bot":
		return true
	case path == "rekey":
		return imported == "rekey/bot"
	case imported == "rekey/bot":
		return false
	default:
		return from == to || to == "flows" && from != "config"
	}
}

// TestTheTopIsEmpty holds that nothing but main.go and the papers stand beside the
// rooms.
func TestTheTopIsEmpty(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "main.go" {
		t.Errorf("at the top are %v, %v", files, err)
	}
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
