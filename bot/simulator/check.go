package simulator

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// missing holds Telegram's own words for the required parameters that it
// reports by name; the others get one general sentence.
var missing = map[string]string{
	"chat_id":           "chat_id is empty",
	"text":              "message text is empty",
	"message_id":        "message identifier is not specified",
	"message_ids":       "message identifiers are not specified",
	"action":            "wrong parameter action in request",
	"photo":             "there is no photo in the request",
	"document":          "there is no document in the request",
	"callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}

// check holds a request against the method's parameters. It returns the names
// of what the Bot API does not know, sorted, with the path to them, and an
// error in Telegram's words for what is missing or of the wrong type.
func check(method *object, r *request) (unknown []string, err error) {
	for _, name := range method.order {
		f := method.fields[name]
		p, given := r.params[name]
		if f.required && !given && r.files[name] == nil {
			return nil, missingParam(name)
		}
		if !given {
			continue
		}
		more, err := checkParam(name, p, f)
		if err != nil {
			return nil, err
		}
		unknown = append(unknown, more...)
	}
	for name := range r.params {
		if _, known := method.fields[name]; !known {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}

func missingParam(name string) error {
	if words, ok := missing[name]; ok {
		return badRequest("%s", words)
	}
	return badRequest("parameter %q is required", name)
}

func checkParam(name string, p param, f field) (unknown []string, err error) {
	structured := false
	for _, s := range f.shapes {
		if s.depth == 0 && s.object == nil && p.is(s.name) {
			return nil, nil
		}
		structured = structured || s.depth > 0 || s.object != nil
	}
	if !structured {
		return nil, badRequest("parameter %q must be of type %s", name, names(f.shapes))
	}
	var v any
	if json.Unmarshal([]byte(p.text), &v) != nil {
		return nil, badRequest("can't parse %s JSON object", strings.ReplaceAll(name, "_", " "))
	}
	found := inspect(v, f.shapes)
	if found.wrong != "" {
		return nil, badRequest("can't parse %s: %s", strings.ReplaceAll(name, "_", " "), found.wrong)
	}
	for _, u := range found.unknown {
		unknown = append(unknown, name+"."+u)
	}
	return unknown, nil
}

// is reports whether a parameter can be read as a primitive. A form carries
// only strings; in a JSON body a number or bool may also come as a string, as
// Telegram allows, but a string parameter must be one.
func (p param) is(primitive string) bool {
	switch primitive {
	case "Integer":
		_, err := strconv.ParseInt(p.text, 10, 64)
		return err == nil
	case "Float":
		_, err := strconv.ParseFloat(p.text, 64)
		return err == nil
	case "Boolean":
		_, err := strconv.ParseBool(p.text)
		return err == nil
	case "String":
		return p.quoted
	default:
		return primitive == "Any"
	}
}

// finding is what inspect says about a value: what is wrong (in Telegram's
// words; empty when nothing is), the fields that are unknown anywhere below,
// and how far the value is from the type, to choose between alternatives.
type finding struct {
	wrong    string
	unknown  []string
	distance int
}

// inspect holds a decoded JSON value against alternatives and returns the
// finding of the nearest one.
func inspect(v any, shapes []shape) finding {
	var best finding
	for i, s := range shapes {
		f := s.inspect(v)
		if i == 0 || f.nearer(best) {
			best = f
		}
	}
	return best
}

func (f finding) nearer(than finding) bool {
	if f.distance != than.distance {
		return f.distance < than.distance
	}
	return f.wrong == "" && than.wrong != ""
}

func (s shape) inspect(v any) finding {
	if s.depth > 0 {
		return s.inspectArray(v)
	}
	if s.object != nil {
		return s.object.inspect(v)
	}
	fits := s.name == "Any"
	switch v := v.(type) {
	case string:
		fits = fits || s.name == "String" || s.name == "InputFile"
	case bool:
		fits = fits || s.name == "Boolean"
	case float64:
		fits = fits || s.name == "Float" || s.name == "Integer" && v == math.Trunc(v)
	}
	if fits {
		return finding{}
	}
	return mismatch(s)
}

func (s shape) inspectArray(v any) finding {
	items, ok := v.([]any)
	if !ok {
		return mismatch(s)
	}
	var found finding
	item := []shape{{depth: s.depth - 1, name: s.name, object: s.object}}
	for i, v := range items {
		f := inspect(v, item)
		if f.wrong != "" {
			return f
		}
		for _, u := range f.unknown {
			found.unknown = append(found.unknown, strconv.Itoa(i)+"."+u)
		}
		found.distance += f.distance
	}
	return found
}

func (o *object) inspect(v any) finding {
	if len(o.variants) > 0 {
		return inspect(v, o.variants)
	}
	values, ok := v.(map[string]any)
	if !ok {
		return mismatch(shape{name: o.name})
	}
	var found finding
	for name := range values {
		if _, known := o.fields[name]; !known {
			found.unknown = append(found.unknown, name)
		}
	}
	found.distance = len(found.unknown)
	for _, name := range o.order {
		f, value := o.fields[name], values[name] // null is as good as absent
		if f.required && value == nil {
			found.wrong = fmt.Sprintf("Can't find field %q", name)
			return found
		}
		if value == nil {
			continue
		}
		below := inspect(value, f.shapes)
		if below.wrong != "" {
			found.wrong = strings.Replace(below.wrong, typeMark, fmt.Sprintf("Field %q", name), 1)
			return found
		}
		for _, u := range below.unknown {
			found.unknown = append(found.unknown, name+"."+u)
		}
	}
	return found
}

// typeMark stands at the head of a mismatch until the field's name is known.
const typeMark = "Value"

func mismatch(s shape) finding {
	return finding{wrong: typeMark + " must be of type " + s.String(), distance: math.MaxInt32}
}

// String gives the type in the documentation's words.
func (s shape) String() string { return strings.Repeat("Array of ", s.depth) + s.name }

func names(shapes []shape) string {
	all := make([]string, len(shapes))
	for i, s := range shapes {
		all[i] = s.String()
	}
	return strings.Join(all, " or ")
}
