package config

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	prefix     = "REKEY_"
	fileSuffix = "_FILE"

	// longestFile bounds the file of one setting, in bytes.
	longestFile = 64 << 10
)

// environment holds the variables that begin with prefix and are not empty.
type environment map[string]string

func newEnvironment(environ []string) environment {
	e := environment{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, prefix) && value != "" {
			e[name] = value
		}
	}
	return e
}

// Merge gives the entries of file, as from [ReadFile], followed by those of
// environ, for [Load]. A setting that environ has, itself or as NAME_FILE,
// counts; the file's is left out.
func Merge(file, environ []string) []string {
	given := newEnvironment(environ)
	overridden := func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.TrimSuffix(name, fileSuffix)
		return given[name] != "" || given[name+fileSuffix] != ""
	}
	return append(slices.DeleteFunc(slices.Clone(file), overridden), environ...)
}

// loader fills the settings from the environment and collects what is wrong.
type loader struct {
	environment environment
	settings    []*setting
	problems    Problems
}

// report adds a problem with a setting.
func (l *loader) report(s *setting, p *Problem) {
	p.Name = cmp.Or(p.Name, s.name)
	l.problems = append(l.problems, *p)
	s.bad = true
}

// load fills one setting.
func (l *loader) load(s *setting) {
	value, p := l.lookup(s)
	if p == nil && value == "" {
		value, p = s.fallback(), s.missing()
	}
	if p == nil && value != "" {
		p = s.decode(value)
	}
	if p != nil {
		l.report(s, p)
	}
}

// missing is the problem of a required setting that has no value.
func (s *setting) missing() *Problem {
	if source := s.tag.Get("missing"); source != "" {
		return wrong("not set", source)
	}
	return nil
}

// lookup finds the value of a setting, or the empty text, in its variable or
// in the file that its other variable names.
func (l *loader) lookup(s *setting) (string, *Problem) {
	value, path := l.environment[s.name], l.environment[s.name+fileSuffix]
	s.given = value != "" || path != ""
	if value != "" && path != "" {
		return "", wrong("set, and so is "+s.name+fileSuffix, "Remove one of the two.")
	}
	if path == "" {
		return value, nil
	}
	value, p := readValue(path)
	if p != nil {
		p.Name = s.name + fileSuffix
	}
	return value, p
}

// readValue reads a file that holds one value, less one line break at its end.
func readValue(path string) (string, *Problem) {
	file, err := os.Open(path)
	if err != nil {
		return "", unreadable(err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, longestFile+1))
	if err != nil {
		return "", unreadable(err)
	}
	if len(text) > longestFile {
		return "", wrong("the file is larger than 64 KiB", "Name a file that holds the value alone.")
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" {
		return "", wrong("the file is empty", "Write the value into it.")
	}
	return value, nil
}

// unreadable is the problem of a value's file.
func unreadable(err error) *Problem {
	return wrong("the file cannot be read ("+cause(err).Error()+")", "Give the path of a file that this user may read.")
}

// cause takes the path out of an error, as it may be a secret put in the wrong
// place.
func cause(err error) error {
	if where, is := errors.AsType[*fs.PathError](err); is {
		return where.Err
	}
	return err
}

// reportUnknown reports the variables that look like settings and are none.
func (l *loader) reportUnknown() {
	known := map[string]bool{}
	for _, s := range l.settings {
		known[s.name], known[s.name+fileSuffix] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(l.environment)) {
		if !known[name] {
			shown := strings.Trim(strconv.QuoteToGraphic(name), `"`)
			l.problems = append(l.problems, Problem{shown, "no setting has this name", l.suggestion(name)})
		}
	}
}

// suggestion is the remedy for an unknown name.
func (l *loader) suggestion(name string) string {
	// Kubernetes describes a Service called rekey to its neighbours this way.
	if strings.HasPrefix(name, prefix+"SERVICE_") || strings.HasPrefix(name, prefix+"PORT") {
		return "Remove it; if Kubernetes sets it, set enableServiceLinks: false in the pod."
	}
	stem, isFile := strings.CutSuffix(name, fileSuffix)
	nearest := slices.MaxFunc(l.settings, func(a, b *setting) int {
		return cmp.Compare(likeness(stem, a.name), likeness(stem, b.name))
	}).name
	if isFile {
		nearest += fileSuffix
	}
	return "Did you mean " + nearest + "? Otherwise remove it."
}

// likeness says how alike two names are: the pairs of neighbouring letters that
// both have, in proportion to their lengths.
func likeness(a, b string) float64 {
	a, b = strings.TrimPrefix(a, prefix)+"_", strings.TrimPrefix(b, prefix)+"_"
	shared := 0
	for i := range len(a) - 1 {
		if strings.Contains(b, a[i:i+2]) {
			shared++
		}
	}
	return float64(shared) / float64(len(a)+len(b))
}
