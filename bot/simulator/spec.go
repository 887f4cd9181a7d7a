package simulator

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// BOT_API_JSON names the full description, in the form of
// github.com/PaulSonOfLars/telegram-bot-api-spec.
//
//go:generate go run ./spec $BOT_API_JSON spec.json

//go:embed spec.json
var specJSON []byte

//go:embed newer.json
var newerJSON []byte

// spec is what the Bot API says about its methods' parameters.
type spec struct {
	methods map[string]*object // by lower-case name: Telegram ignores case
	types   map[string]*object
}

// object is a method or a type: fields, or for a union the variants it may be.
type object struct {
	name     string
	fields   map[string]field
	order    []string // of the fields, so that the same one is always complained of first
	variants []shape
}

type field struct {
	shapes   []shape
	required bool
}

// shape is one type a value may have: arrays nested depth times around a
// primitive (object is nil) or an object.
type shape struct {
	depth  int
	name   string
	object *object
}

// specFile is the form of spec.json and newer.json; see the command in ./spec.
type specFile struct {
	Methods map[string]map[string]string `json:"methods"`
	Types   map[string]map[string]string `json:"types"`
	Unions  map[string]string            `json:"unions"`
}

func loadSpec() (*spec, error) {
	sp := &spec{methods: map[string]*object{}, types: map[string]*object{}}
	for _, raw := range [][]byte{specJSON, newerJSON} {
		var file specFile
		if err := json.Unmarshal(raw, &file); err != nil {
			return nil, fmt.Errorf("reading the embedded Bot API: %w", err)
		}
		sp.add(file)
	}
	return sp, nil
}

func (sp *spec) add(file specFile) {
	for name, variants := range file.Unions {
		sp.object(name).variants = sp.shapes(variants)
	}
	for name, fields := range file.Types {
		sp.extend(sp.object(name), fields)
	}
	for name, fields := range file.Methods {
		key := strings.ToLower(name)
		if sp.methods[key] == nil {
			sp.methods[key] = &object{name: name}
		}
		sp.extend(sp.methods[key], fields)
	}
}

func (sp *spec) extend(o *object, fields map[string]string) {
	if o.fields == nil {
		o.fields = map[string]field{}
	}
	for name, types := range fields {
		types, required := strings.CutSuffix(types, "!")
		o.fields[name] = field{shapes: sp.shapes(types), required: required}
	}
	o.order = slices.Sorted(maps.Keys(o.fields))
}

func (sp *spec) shapes(types string) []shape {
	var shapes []shape
	for name := range strings.SplitSeq(types, "|") {
		s := shape{depth: strings.Count(name, "[]")}
		s.name = strings.TrimLeft(name, "[]")
		switch s.name {
		case "String", "Integer", "Float", "Boolean", "InputFile", "Any":
		default:
			s.object = sp.object(s.name)
		}
		shapes = append(shapes, s)
	}
	return shapes
}

// object returns the named type, to be filled in when its turn comes.
func (sp *spec) object(name string) *object {
	if sp.types[name] == nil {
		sp.types[name] = &object{name: name}
	}
	return sp.types[name]
}
