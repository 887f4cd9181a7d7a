package sqlite

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rekey/flows"
)

// Whoever reads the files finds no code, grant, password or typed identifier.
func TestFilesHoldNoSecret(t *testing.T) {
	const password, typed = "canary-password-4f81", "canary-typed@example.org"
	r := newRig(t, testLimits())
	lena := r.account("lena")
	sent, job := r.begin(order(1, typed))
	if !r.admitted(job, lena).OK {
		t.Fatal("the code is not admitted")
	}
	second := order(1, typed)
	second.Recovery = sent.Recovery
	r.advance(time.Minute)
	_, newer := r.begin(second)
	if !r.admitted(newer, lena).OK {
		t.Fatal("the second code is not admitted")
	}
	wrong := wrongOf(newer.Text)
	r.guess(1, sent.Recovery, wrong)
	accepted := expectKind[flows.CodeAccepted](t, r.guess(1, sent.Recovery, newer.Text))
	expectKind[flows.PasswordSet](t, r.change(setting(1, sent.Recovery, accepted.Grant, password)))
	r.begin(order(2, "canary-unknown@example.org"))

	canaries := map[string]string{
		"password": password, "typed identifier": "canary-typed", "unknown identifier": "canary-unknown",
		"code": job.Text, "second code": newer.Text, "wrong guess": wrong, "grant": accepted.Grant,
	}
	files, err := filepath.Glob(r.path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %q, %v; want the database and its log", files, err)
	}
	control := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		control = control || bytes.Contains(content, []byte(sent.Reference))
		for name, canary := range canaries {
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s holds the %s", filepath.Base(file), name)
			}
		}
	}
	if !control {
		t.Fatal("the search does not find even what must be there")
	}
}
