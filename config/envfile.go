package config

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// steps opens the file that WriteEnv writes.
const steps = `# The settings of Rekey. Start it with: rekey --env-file <this file>
#
# 1. Open https://t.me/BotFather, send /newbot, and choose a name and a user
#    name for the bot. Copy the token of the answer into this file.
# 2. /setjoingroups, Disable: people meet the bot in private. If support staff
#    will work in a group, add the bot to it first.
# 3. /setprivacy, Enable: a group that has it all the same is not read.
#    The bot sets its menu and its descriptions by itself.
# 4. Say below how codes are sent: a mail server with a sender, or SMS.
#
# This file holds secrets: only the user who runs the bot should read it.
# A value can be kept in a file of its own: write NAME_FILE=/path for NAME=value.
# Lines with # before a name show the default or an example: take the # away to
# change it.
`

// WriteEnv writes an environment file for [ReadFile]: the steps at BotFather, a
// fresh secret of 32 bytes read from random (in base64url, RFC 4648), and every
// setting with its default. It loads once the token and the mail server or SMS
// are filled in.
func WriteEnv(w io.Writer, random io.Reader) error {
	secret := make([]byte, shortestSecret)
	if _, err := io.ReadFull(random, secret); err != nil {
		return fmt.Errorf("making a secret: %w", err)
	}
	var text bytes.Buffer
	text.WriteString(steps)
	group := ""
	for _, s := range settings(new(Config)) {
		if s.group != group {
			group = s.group
			fmt.Fprintf(&text, "\n# ---- %s ----\n", group)
		}
		fmt.Fprintf(&text, "\n# %s (%s)\n%s\n", s.tag.Get("doc"), s.unit(), s.assignment(secret))
	}
	_, err := w.Write(text.Bytes())
	return err
}

// assignment is the line that sets s: bare where a value is required, else a
// comment.
func (s *setting) assignment(secret []byte) string {
	if _, is := s.target.(*Secrets); is {
		return s.name + "=" + base64.RawURLEncoding.EncodeToString(secret)
	}
	if s.missing() != nil {
		return s.name + "="
	}
	return "# " + s.name + "=" + s.fallback() + s.tag.Get("example")
}

// ReadFile reads an environment file and gives its entries as NAME=value. A
// line is empty, a comment that begins with #, or NAME=value, which may follow
// "export ". A value in single or double quotes loses them and nothing else:
// there are no escapes, and a # in a value is part of it. The error, if any, is
// [Problems], each with its line.
func ReadFile(path string) ([]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, Problems{{path, "cannot be read (" + cause(err).Error() + ")", "Run rekey init to write one."}}
	}
	defer func() { _ = file.Close() }()
	return parseFile(file, path)
}

// parseFile reads the lines of an environment file; place names it in problems.
func parseFile(r io.Reader, place string) ([]string, error) {
	var entries []string
	var problems Problems
	lines := bufio.NewScanner(r)
	seen := map[string]int{}
	number := 0
	for lines.Scan() {
		number++
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, p := parseLine(line)
		if p == nil && seen[name] > 0 {
			p = wrong(fmt.Sprintf("%s was already set in line %d", name, seen[name]), "Remove one of the two.")
		}
		if p != nil {
			p.Name = fmt.Sprintf("%s:%d", place, number)
			problems = append(problems, *p)
			continue
		}
		seen[name] = number
		entries = append(entries, name+"="+value)
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, unscannable(err, fmt.Sprintf("%s:%d", place, number+1)))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return entries, nil
}

func unscannable(err error, place string) Problem {
	if errors.Is(err, bufio.ErrTooLong) {
		return Problem{place, "the line is longer than 64 KiB", "Shorten it."}
	}
	return Problem{place, "cannot be read (" + cause(err).Error() + ")", "Give a file that this user may read."}
}

// parseLine reads a line that sets something.
func parseLine(line string) (name, value string, p *Problem) {
	if !printable(strings.ReplaceAll(line, "\t", " ")) {
		return "", "", wrong("holds a control character or broken UTF-8", "Write it as plain text.")
	}
	name, value, found := strings.Cut(strings.TrimPrefix(line, "export "), "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !found || !isVariable(name) {
		return "", "", wrong("not of the form NAME=value", "Begin a comment with #.")
	}
	value, p = unquote(value)
	return name, value, p
}

// unquote takes the quotes off a value that has them.
func unquote(value string) (string, *Problem) {
	if value == "" || !strings.ContainsAny(value[:1], `'"`) {
		return value, nil
	}
	inside, after, found := strings.Cut(value[1:], value[:1])
	if !found {
		return "", wrong("the closing quote is missing", "Write the value in one line and close it as it was opened.")
	}
	if after != "" {
		return "", wrong("text follows the closing quote", "Use the other kind of quote around a value that holds one.")
	}
	return inside, nil
}

// isVariable says whether text can name an environment variable (POSIX.1-2017,
// section 8.1, and small letters).
func isVariable(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
	return text != "" && strings.Contains(letters, text[:1]) && strings.Trim(text, letters+"0123456789") == ""
}
