package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The markers between which UpdateDocument keeps the table of the settings.
const (
	begin = "<!-- settings:begin -->"
	end   = "<!-- settings:end -->"
)

// Operations writes a Markdown table of every setting for each group: name,
// default, unit, what it does, and the source of its figure or format.
func Operations(w io.Writer) error {
	var text bytes.Buffer
	group := ""
	for _, s := range settings(new(Config)) {
		if s.group != group {
			group = s.group
			fmt.Fprintf(&text, "\n### %s\n\n| Name | Default | Unit | What it does | Source |\n|---|---|---|---|---|\n", group)
		}
		row := []string{"`" + s.name + "`", s.standard(), s.unit(), s.tag.Get("doc"), s.tag.Get("source")}
		fmt.Fprintf(&text, "| %s |\n", strings.Join(row, " | "))
	}
	_, err := w.Write(bytes.TrimPrefix(text.Bytes(), []byte("\n")))
	return err
}

// standard says for people what happens to a setting that is not given.
func (s *setting) standard() string {
	if s.missing() != nil {
		return "required"
	}
	if s.fallback() == "" {
		return "none"
	}
	return "`" + s.fallback() + "`"
}

// UpdateDocument gives doc with the table of the settings between its markers
// <!-- settings:begin --> and <!-- settings:end -->, in place of what is there.
// It is an error if doc does not have each of them once, in this order.
func UpdateDocument(doc []byte) ([]byte, error) {
	before, rest, hasBegin := bytes.Cut(doc, []byte(begin))
	_, after, hasEnd := bytes.Cut(rest, []byte(end))
	if !hasBegin || !hasEnd || bytes.Count(doc, []byte(begin)) > 1 || bytes.Count(doc, []byte(end)) > 1 {
		return nil, errors.New("the document needs " + begin + " and, after it, " + end + ", each once")
	}
	var text bytes.Buffer
	text.Write(before)
	text.WriteString(begin + "\n\n")
	if err := Operations(&text); err != nil {
		return nil, err
	}
	text.WriteString("\n" + end)
	text.Write(after)
	return text.Bytes(), nil
}
