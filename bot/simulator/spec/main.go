// Command spec reduces a machine-readable description of the Bot API to the
// little that checking a request needs: for every method its parameters, and
// for every type that a parameter can hold its fields, each with its types and
// whether it is required. Descriptions and result types are left out.
//
//	go run ./spec <full bot-api.json> <spec.json>
//
// A type is written as in Go, alternatives are separated by "|", and "!" ends
// what is required: "Integer|String!", "[][]KeyboardButton!".
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type full struct {
	Version string            `json:"version"`
	Methods map[string]entity `json:"methods"`
	Types   map[string]entity `json:"types"`
}

type entity struct {
	Fields []struct {
		Name     string   `json:"name"`
		Types    []string `json:"types"`
		Required bool     `json:"required"`
	} `json:"fields"`
	Subtypes []string `json:"subtypes"`
}

type reduced struct {
	Version string                       `json:"version"`
	Methods map[string]map[string]string `json:"methods"`
	Types   map[string]map[string]string `json:"types"`
	Unions  map[string]string            `json:"unions"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: spec <full bot-api.json> <spec.json>")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "spec:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var in full
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	out, err := json.MarshalIndent(reduce(in), "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(out, '\n'), 0o644)
}

func reduce(in full) reduced {
	out := reduced{
		Version: in.Version,
		Methods: map[string]map[string]string{},
		Types:   map[string]map[string]string{},
		Unions:  map[string]string{},
	}
	for name, method := range in.Methods {
		out.Methods[name] = out.fields(in, method)
	}
	return out
}

// fields renders the fields of one method or type and takes in the types they
// mention.
func (out reduced) fields(in full, e entity) map[string]string {
	fields := map[string]string{}
	for _, f := range e.Fields {
		fields[f.Name] = out.render(in, f.Types)
		if f.Required {
			fields[f.Name] += "!"
		}
	}
	return fields
}

func (out reduced) render(in full, types []string) string {
	rendered := make([]string, len(types))
	for i, t := range types {
		base := strings.ReplaceAll(t, "Array of ", "")
		out.reach(in, base)
		rendered[i] = strings.Repeat("[]", strings.Count(t, "Array of ")) + base
	}
	return strings.Join(rendered, "|")
}

// reach takes a type in, unless it is a primitive or is already there.
func (out reduced) reach(in full, name string) {
	t, known := in.Types[name]
	if !known || out.Types[name] != nil || out.Unions[name] != "" || name == "InputFile" {
		return
	}
	if len(t.Subtypes) > 0 {
		out.Unions[name] = "?" // holds the place while the subtypes are followed
		out.Unions[name] = out.render(in, t.Subtypes)
		return
	}
	out.Types[name] = map[string]string{}
	out.Types[name] = out.fields(in, t)
}
