package bot

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var anew = flag.Bool("update", false, "write anew what the dialogues of staff show")

// TestStaffDialogues plays the files in flows/staff/testdata, each with a whole
// bot. A file is the specification of what staff and the people they help do, in
// lines without an indent, and of all that is to be seen then, indented below:
//
//	Anna, group > text          Anna writes in the staff group
//	Anna, topic 1 > text        in the topic of case 1
//	Anna, card 1 > text         as an answer to its card
//	Anna, card 1 > [button]     presses a button of it
//	Lena > text                 writes to the bot in private; [button] presses
//	Lena, shop > name password  tries to sign in
//	helpdesk, API > POST /path  a program calls; what is sent follows the path
//	(61m pass)                  time passes
//	(the bot restarts)
//	(Greta joins the group)     ... as auditor: and the staff; or leaves it
//	(as in name)                what was done in another file comes first
//	with REKEY_NAME=value       at the beginning: a setting
//	with no topics              the group is one without
//
// What a line that ends in … shows is not told, because another file does. Each
// line takes half a minute, from noon on. What is random has a name, such as
// <code>, and the next of its kind another, <code 2>; both can be typed. A line
// that begins with # is a comment. What is shown is compared to the letter, and
// go test -run StaffDialogues ./bot -update writes it anew. At the end neither the log
// nor the database holds a code, a link or a password.
func TestStaffDialogues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(dialogues, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			if !*anew { // or one could read a file that is half written
				t.Parallel()
			}
			playStaff(t, name)
		})
	}
}

const dialogues = "../flows/staff/testdata"

// line is a line of a dialogue that is no indented one, and those below it.
type line struct {
	number int
	told   string
	shown  []string
}

func readDialogue(t *testing.T, name string) (lines []line) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dialogues, name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range strings.Split(string(content), "\n") {
		switch {
		case text != "" && text[0] != ' ':
			lines = append(lines, line{number: i + 1, told: text})
		case len(lines) > 0:
			last := &lines[len(lines)-1]
			last.shown = append(last.shown, text)
		}
	}
	for i := range lines {
		lines[i].shown = trimmed(lines[i].shown)
	}
	return lines
}

// trimmed is without the empty lines at the end.
func trimmed(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func writeDialogue(t *testing.T, name string, lines []line) {
	t.Helper()
	var b strings.Builder
	for i, l := range lines {
		remark := func(l line) bool { return strings.HasPrefix(l.told, "#") }
		if i > 0 && !remark(lines[i-1]) && (remark(l) || len(lines[i-1].shown) > 0) {
			b.WriteString("\n")
		}
		b.WriteString(strings.Join(append([]string{l.told}, l.shown...), "\n") + "\n")
	}
	if err := os.WriteFile(filepath.Join(dialogues, name+".txt"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func playStaff(t *testing.T, name string) {
	lines := readDialogue(t, name)
	s := &staffStage{T: t}
	for i := range lines {
		l := &lines[i]
		shown, err := s.tell(l.told)
		if err != nil {
			t.Fatalf("%s.txt:%d: %s: %v", name, l.number, l.told, err)
		}
		if !*anew && !slices.Equal(shown, l.shown) {
			t.Fatalf("%s.txt:%d: %s\nlines that are not shown (-), and that are shown instead (+):\n%s",
				name, l.number, l.told, difference(l.shown, shown))
		}
		l.shown = shown
	}
	if *anew {
		writeDialogue(t, name, lines)
	}
	s.bot.end(t)
	s.bot.hunt(t, append(s.secrets, s.names.links()...))
}

// difference shows two lists of lines, whose ends agree where they can.
func difference(want, got []string) string {
	var b strings.Builder
	put := func(mark string, lines ...string) {
		for _, l := range lines {
			b.WriteString(mark + l + "\n")
		}
	}
	for len(want) > 0 && len(got) > 0 && want[0] == got[0] {
		put(" ", want[0])
		want, got = want[1:], got[1:]
	}
	same := 0
	for same < min(len(want), len(got)) && want[len(want)-1-same] == got[len(got)-1-same] {
		same++
	}
	put("-", want[:len(want)-same]...)
	put("+", got[:len(got)-same]...)
	put(" ", want[len(want)-same:]...)
	return b.String()
}
