package config

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestWriteEnvLoadsOnceFilledIn(t *testing.T) {
	random := bytes.Repeat([]byte{0xfb}, 32)
	var file bytes.Buffer
	if err := WriteEnv(&file, bytes.NewReader(random)); err != nil {
		t.Fatal(err)
	}
	untouched, err := ReadFile(write(t, file.String()))
	if err != nil {
		t.Fatal(err)
	}
	missing := problems(t, untouched)
	if len(missing) != 2 || missing[0].Name != "REKEY_TELEGRAM_TOKEN" || missing[1].Name != "REKEY_SMTP_URL" {
		t.Errorf("the untouched file lacks:\n%v", missing)
	}

	text := strings.NewReplacer(
		"\nREKEY_TELEGRAM_TOKEN=", "\n"+sampleToken,
		"\n# REKEY_SMTP_URL=", "\nREKEY_SMTP_URL=",
		"\n# REKEY_MAIL_FROM=", "\nREKEY_MAIL_FROM=",
	).Replace(file.String())
	filled, err := ReadFile(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, filled)
	if got := string(c.Storage.Secrets.Reveal()[0]); got != base64.RawURLEncoding.EncodeToString(random) {
		t.Errorf("secret is %q", got)
	}
}

// Every default in the file, put to use, is the default of Load.
func TestWriteEnvShowsEverySetting(t *testing.T) {
	var file bytes.Buffer
	if err := WriteEnv(&file, bytes.NewReader(make([]byte, 32))); err != nil {
		t.Fatal(err)
	}
	entries, err := ReadFile(write(t, strings.ReplaceAll(file.String(), "\n# REKEY_", "\nREKEY_")))
	if err != nil {
		t.Fatal(err)
	}
	all := settings(new(Config))
	if len(entries) != len(all) {
		t.Errorf("%d of %d settings are shown", len(entries), len(all))
	}
	plain := mustLoad(t, sample())
	shown := mustLoad(t, Merge(without(without(entries, "REKEY_WEBHOOK_URL"), "REKEY_API_WEBHOOK_URL"), sample()))
	if shown.Limits != plain.Limits || shown.Operation != plain.Operation || shown.Passwords != plain.Passwords {
		t.Errorf("the file shows %+v, the defaults are %+v", shown, plain)
	}
	for _, step := range []string{"/newbot", "/setjoingroups", "/setprivacy"} {
		if !strings.Contains(file.String(), step) {
			t.Errorf("the file does not tell of %s", step)
		}
	}
}

func TestWriteEnvNeedsRandomness(t *testing.T) {
	broken := errors.New("broken")
	var file bytes.Buffer
	if err := WriteEnv(&file, iotest.ErrReader(broken)); !errors.Is(err, broken) || file.Len() > 0 {
		t.Errorf("error %v and %d bytes, want %v and none", err, file.Len(), broken)
	}
}

func TestReadFile(t *testing.T) {
	text := "\ufeff# comment\n\nA=1\r\n export B = two words \n\tC='single \"x\" #1'\nD=\"it's\"\nE=\nF=a=b#c\ng_1=\"\""
	got, err := ReadFile(write(t, text))
	want := []string{"A=1", "B=two words", `C=single "x" #1`, "D=it's", "E=", "F=a=b#c", "g_1="}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("entries %q, error %v, want %q", got, err, want)
	}
}

func TestReadFileRefuses(t *testing.T) {
	const form = "not of the form NAME=value. Begin a comment with #."
	tests := map[string]struct{ text, want string }{
		"no equals sign":  {"A=1\ncanary", "file:2: " + form},
		"bad name":        {"1A=1", "file:1: " + form},
		"name with space": {"A B=1", "file:1: " + form},
		"no name":         {"=1", "file:1: " + form},
		"open quote":      {`A="canary`, "file:1: the closing quote is missing. Write the value in one line and close it as it was opened."},
		"lone quote":      {`A='`, "file:1: the closing quote is missing. Write the value in one line and close it as it was opened."},
		"after the quote": {`A="x" # canary`, "file:1: text follows the closing quote. Use the other kind of quote around a value that holds one."},
		"twice":           {"A=1\n\nA=canary", "file:3: A was already set in line 1. Remove one of the two."},
		"control":         {"A=\x00", "file:1: holds a control character or broken UTF-8. Write it as plain text."},
		"several":         {"x\nA=1\ny", "file:1: " + form + "\nfile:3: " + form},
		"long line":       {"A=1\nB=" + strings.Repeat("x", 1<<17), "file:2: the line is longer than 64 KiB. Shorten it."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			entries, err := parseFile(strings.NewReader(test.text), "file")
			if entries != nil || err == nil || err.Error() != test.want {
				t.Errorf("entries %q and error\n%v\nwant\n%s", entries, err, test.want)
			}
		})
	}
}

func TestReadFileThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	tests := map[string]struct{ path, want string }{
		"none":   {folder + "/none", folder + "/none: cannot be read (no such file or directory). Run rekey init to write one."},
		"folder": {folder, folder + ":1: cannot be read (is a directory). Give a file that this user may read."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadFile(test.path); err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func TestMergePrefersTheEnvironment(t *testing.T) {
	file := []string{"REKEY_BRAND=file", "REKEY_SECRET_FILE=file", "REKEY_MODE=file", "REKEY_LISTEN=file"}
	environ := []string{"REKEY_BRAND=env", "REKEY_SECRET=env", "REKEY_MODE_FILE=env", "REKEY_LISTEN="}
	got := Merge(file, environ)
	if want := append([]string{"REKEY_LISTEN=file"}, environ...); !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	if file[0] != "REKEY_BRAND=file" {
		t.Error("Merge changed its argument")
	}
}
