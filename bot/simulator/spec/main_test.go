package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "full.json"), filepath.Join(dir, "spec.json")
	full := `{"version":"Bot API 0.1","methods":{"paint":{"description":["long"],"fields":[
		{"name":"colours","types":["Array of Array of Colour"],"required":true,"description":"long"},
		{"name":"place","types":["Integer","String"]},{"name":"file","types":["InputFile"]}]},"rest":{}},
		"types":{"Colour":{"subtypes":["Red","Blue"]},"InputFile":{},
		"Red":{"fields":[{"name":"inner","types":["Colour"]}]},"Blue":{"fields":[]},"Result":{"fields":[]}}}`
	if err := os.WriteFile(from, []byte(full), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(from, to); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var out reduced
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(out)
	want := `{"version":"Bot API 0.1",` +
		`"methods":{"paint":{"colours":"[][]Colour!","file":"InputFile","place":"Integer|String"},"rest":{}},` +
		`"types":{"Blue":{},"Red":{"inner":"Colour"}},"unions":{"Colour":"Red|Blue"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRunWithoutInput(t *testing.T) {
	if err := run(filepath.Join(t.TempDir(), "missing.json"), "unused"); err == nil {
		t.Error("a missing file is no error")
	}
}
