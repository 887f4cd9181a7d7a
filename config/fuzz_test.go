package config

import (
	"errors"
	"strings"
	"testing"
)

func FuzzParseFile(f *testing.F) {
	for _, text := range []string{"A=1", "export A='x y'\r\n# c\nB=\"it's\"", "A=\"", "=\n", "A=1\nA=2", "\ufeffA= #"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseFile(strings.NewReader(text), "file")
		if err != nil {
			checkProblems(t, err)
			return
		}
		var again strings.Builder
		for _, entry := range entries {
			name, value, found := strings.Cut(entry, "=")
			if !found || !isVariable(name) {
				t.Fatalf("entry %q has no name", entry)
			}
			quote := `"`
			if strings.Contains(value, quote) {
				quote = "'"
			}
			if strings.Contains(value, quote) {
				quote = ""
			}
			again.WriteString("export " + name + "=" + quote + value + quote + "\n")
		}
		if got, err := parseFile(strings.NewReader(again.String()), "again"); err != nil || strings.Join(got, "\n") != strings.Join(entries, "\n") {
			t.Errorf("entries %q come back as %q, error %v", entries, got, err)
		}
	})
}

// FuzzLoad puts any value under any name, of a setting or unknown, beside an
// environment that loads: Load answers, and no problem repeats the value.
func FuzzLoad(f *testing.F) {
	names := []string{prefix}
	for _, s := range settings(new(Config)) {
		names = append(names, s.name)
	}
	for _, value := range []string{"", "1:a", "https://a:b@c:9/d?e#f", "10m", "-5", "a,b", "\x00", "smtp://u:p@h?starttls=off", "unix:///s", "[::1]:0", "GB", "%"} {
		for i := range names {
			f.Add(uint8(i), "NAME", value)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, unknown, value string) {
		const canary = "canary-7f3a"
		name := names[int(which)%len(names)]
		if name == prefix {
			name += strings.TrimSuffix(strings.ReplaceAll(unknown, "=", ""), fileSuffix)
		}
		for _, text := range []string{value, value + canary, canary + value, strings.Repeat(value, 40)} {
			_, err := Load(sample(name + "=" + text))
			if err == nil {
				continue
			}
			checkProblems(t, err)
			if strings.Contains(err.Error(), canary) {
				t.Fatalf("a problem with %s repeats its value: %v", name, err)
			}
		}
	})
}

// checkProblems fails unless err is Problems of one whole line each.
func checkProblems(t *testing.T, err error) {
	t.Helper()
	var found Problems
	if !errors.As(err, &found) || len(found) == 0 {
		t.Fatalf("error %v, want Problems", err)
	}
	for _, p := range found {
		if p.Name == "" || p.What == "" || p.Remedy == "" || strings.ContainsAny(p.String(), "\r\n") {
			t.Fatalf("problem %+v is not one whole line", p)
		}
	}
}
