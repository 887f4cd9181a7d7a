package config

import (
	"bytes"
	"strings"
	"testing"
)

func TestUpdateDocument(t *testing.T) {
	const doc = "# Operations\n\n<!-- settings:begin -->\nold\n<!-- settings:end -->\n\nMore.\n"
	got, err := UpdateDocument([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := Operations(&table); err != nil {
		t.Fatal(err)
	}
	want := "# Operations\n\n<!-- settings:begin -->\n\n" + table.String() + "\n<!-- settings:end -->\n\nMore.\n"
	if string(got) != want {
		t.Errorf("document is\n%s\nwant\n%s", got, want)
	}
	again, err := UpdateDocument(got)
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("updating twice changes the document (error %v)", err)
	}
}

func TestUpdateDocumentNeedsMarkers(t *testing.T) {
	for name, doc := range map[string]string{
		"none":     "text",
		"no end":   begin,
		"no begin": end,
		"reversed": end + begin,
		"doubled":  begin + end + begin + end,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := UpdateDocument([]byte(doc)); err == nil {
				t.Errorf("document is %q, want an error", got)
			}
		})
	}
}

func TestOperations(t *testing.T) {
	var table bytes.Buffer
	if err := Operations(&table); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"### Times and limits\n\n| Name | Default | Unit | What it does | Source |\n|---|---|---|---|---|\n",
		"| `REKEY_CODE_LIFE` | `10m` | duration, 1s to 1h | How long a verification code is valid. | ASVS 6.5.5; NIST SP 800-63B-4 |\n",
		"| `REKEY_CODE_DIGITS` | `8` | digits, 6 to 12 | ",
		"| `REKEY_MODE` | `polling` | polling or webhook | ",
		"| `REKEY_SIGN_IN_URL` | none | https:// or http:// URL | ",
		"| `REKEY_TELEGRAM_TOKEN` | required | bot token | ",
	} {
		if !strings.Contains(table.String(), row) {
			t.Errorf("the table lacks %q", row)
		}
	}
	if rows := strings.Count(table.String(), "\n| `REKEY_"); rows != len(settings(new(Config))) {
		t.Errorf("the table has %d settings", rows)
	}
}
