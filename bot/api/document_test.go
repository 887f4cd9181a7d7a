package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey/flows/staff"
)

// described is the part of OpenAPI 3.1 that the document uses.
type described struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Responses map[string]struct {
		Headers map[string]any
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Required   []string
	Properties map[string]schema
	Items      *schema
	Enum       []string
}

func readDocument(t *testing.T) (d described) {
	t.Helper()
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The document describes every answer that the handlers give, and no other.
func TestTheDocumentDescribesTheHandlers(t *testing.T) {
	d := readDocument(t)
	const cases, one = "/api/v1/cases", "/api/v1/cases/{number}"
	given := map[string]bool{}
	check := func(method, path string, w *httptest.ResponseRecorder) {
		t.Helper()
		name := fmt.Sprintf("%s %s %d", method, path, w.Code)
		given[name] = true
		described, ok := d.Paths[path][strings.ToLower(method)].Responses[fmt.Sprint(w.Code)]
		if !ok {
			t.Errorf("%s is not in the document", name)
			return
		}
		for _, h := range []string{"Retry-After", "Location"} {
			if _, ok := described.Headers[h]; ok != (w.Header().Get(h) != "") {
				t.Errorf("%s: the header %s", name, h)
			}
		}
		content, ok := described.Content[w.Header().Get("Content-Type")]
		if !ok {
			t.Errorf("%s: the type %s", name, w.Header().Get("Content-Type"))
		}
		var body any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		d.fits(t, name, content.Schema, body)
	}
	post := func(prepare func(*rig), key string, changes ...func(*http.Request)) {
		r := newRig(t)
		prepare(r)
		check(http.MethodPost, cases, r.ask(http.MethodPost, cases, key, changes...))
	}
	get := func(prepare func(*rig), key, number string) {
		r := newRig(t)
		prepare(r)
		check(http.MethodGet, one, r.ask(http.MethodGet, cases+"/"+number, key))
	}
	asIs := func(*rig) {}
	refusing := func(v staff.Verdict) func(*rig) { return func(r *rig) { r.desk.verdict = v } }
	broken := func(r *rig) { r.desk.err = errors.New("broken") }
	hasty := func(r *rig) {
		for range requests {
			r.ask(http.MethodGet, cases+"/1", full)
		}
	}
	existing := func(r *rig) {
		r.desk.found = staff.Case{Number: 17, Status: staff.Open, Events: []staff.Event{{At: noon, What: staff.ActDone, Act: staff.ActLink}}}
	}
	post(asIs, full)
	post(asIs, full, header("Idempotency-Key", ""))
	post(asIs, "")
	post(asIs, reading)
	post(refusing(staff.Verdict{Refusal: staff.AlreadyOpen, Case: staff.Case{Number: 9}}), full)
	post(asIs, full, body(strings.Repeat(" ", longestBody+1)))
	post(asIs, full, header("Content-Type", "text/plain"))
	post(refusing(staff.Verdict{Differs: true}), full)
	post(refusing(staff.Verdict{Refusal: staff.TooMany}), full)
	post(hasty, full)
	post(broken, full)
	get(existing, reading, "17")
	get(asIs, "", "17")
	get(asIs, starting, "17")
	get(asIs, reading, "18")
	get(broken, reading, "17")
	get(hasty, full, "17")
	r := newRig(t)
	check(http.MethodGet, "/api/v1/openapi.json", r.ask(http.MethodGet, "/api/v1/openapi.json", ""))

	for path, methods := range d.Paths {
		for method, o := range methods {
			for status := range o.Responses {
				if name := strings.ToUpper(method) + " " + path + " " + status; !given[name] {
					t.Errorf("%s is described and never given", name)
				}
			}
		}
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %s", d.OpenAPI)
	}
}

// fits checks that a value has the fields that its schema lists.
func (d described) fits(t *testing.T, where string, s schema, value any) {
	t.Helper()
	if s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	switch v := value.(type) {
	case map[string]any:
		if s.Type != "object" {
			t.Errorf("%s is an object, described as %q", where, s.Type)
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				t.Errorf("%s lacks %s", where, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if field, ok := s.Properties[name]; ok {
				d.fits(t, where+" "+name, field, v[name])
			} else if len(s.Properties) > 0 {
				t.Errorf("%s has %s, which is not described", where, name)
			}
		}
	case []any:
		for _, item := range v {
			d.fits(t, where, *s.Items, item)
		}
	case string:
		if s.Type != "string" || s.Enum != nil && !slices.Contains(s.Enum, v) {
			t.Errorf("%s is %q, which is not described", where, v)
		}
	case float64:
		if s.Type != "integer" {
			t.Errorf("%s is a number, described as %q", where, s.Type)
		}
	}
}

// The document names every status and event that a case can have.
func TestTheDocumentNamesAllWords(t *testing.T) {
	d := readDocument(t)
	for name, words := range map[string][]string{"Status": constants(t, "Status"), "What": constants(t, "What")} {
		if listed := d.Components.Schemas[name].Enum; !slices.Equal(slices.Sorted(slices.Values(listed)), words) {
			t.Errorf("%s lists %v, want %v", name, listed, words)
		}
	}
}

// constants lists the values of the constants of a type in flows/staff, sorted.
func constants(t *testing.T, typeName string) (values []string) {
	t.Helper()
	code, err := os.ReadFile("../../flows/staff/case.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`\t\w+ +`+typeName+` += "(\w+)"`).FindAllSubmatch(code, -1) {
		values = append(values, string(found[1]))
	}
	if slices.Sort(values); len(values) < 3 {
		t.Fatalf("the constants of type %s are only %v", typeName, values)
	}
	return values
}
