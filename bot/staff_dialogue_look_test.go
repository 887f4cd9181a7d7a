package bot

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"rekey/bot/mail/inbox"
	"rekey/bot/simulator"
)

// seen is what was to be seen when one looked last.
type seen struct {
	messages     map[string]map[int]string // of the bot, by place and id
	topics       map[int]simulator.Topic
	mails, texts int // how many
}

// look gives what is to be seen and was not before: in the group, in private, in
// the mails and on the phones.
func (s *staffStage) look() (shown []string) {
	if w := s.wrote; w.id != 0 && !slices.ContainsFunc(w.chat(), func(m simulator.Message) bool { return m.ID == w.id }) {
		shown = append(shown, "  deleted")
		if w.own {
			s.secrets = append(s.secrets, w.text)
		}
	}
	s.wrote = written{}
	for _, t := range s.group.Topics() {
		before := s.seen.topics[t.ID]
		s.seen.topics[t.ID] = t
		number := topicNumber.FindString(t.Name)
		if t.Name != before.Name {
			shown = append(shown, fmt.Sprintf("  topic %s is named %q", number, t.Name))
		}
		switch {
		case t.Closed && !before.Closed:
			shown = append(shown, "  topic "+number+" is closed")
		case before.Closed && !t.Closed:
			shown = append(shown, "  topic "+number+" is open again")
		}
	}
	shown = append(shown, s.lookAt("group", s.group.Chat())...)
	byID := func(a, b string) int { return int(s.people[a].ID - s.people[b].ID) }
	for _, name := range slices.SortedFunc(maps.Keys(s.people), byID) {
		shown = append(shown, s.lookAt(name, s.person(name).Chat())...)
	}
	mails, texts := s.bot.stage.Mail.Mails(), s.bot.stage.SMS.Messages()
	fresh := slices.Clone(mails[s.seen.mails:])
	slices.SortStableFunc(fresh, func(a, b inbox.Mail) int { return strings.Compare(a.To+a.Subject, b.To+b.Subject) })
	for _, m := range fresh {
		shown = append(shown, s.block("mail to "+m.To, m.Subject+"\n\n"+m.Text)...)
	}
	for _, m := range texts[s.seen.texts:] {
		shown = append(shown, s.block("SMS to "+m.To, m.Text)...)
	}
	s.seen.mails, s.seen.texts = len(mails), len(texts)
	return shown
}

var (
	topicNumber = regexp.MustCompile(`\d+`)
	cardNumber  = regexp.MustCompile(`^Case (\d+) ·`)
)

// lookAt gives what is new in a chat. Cards come last: they are drawn beside what
// is answered.
func (s *staffStage) lookAt(place string, chat []simulator.Message) (shown []string) {
	before, now := s.seen.messages[place], map[int]string{}
	var cards []string
	for _, m := range chat {
		if !m.FromBot || m.Kind != "text" {
			continue
		}
		if now[m.ID] = asSeen(m); now[m.ID] == before[m.ID] {
			continue
		}
		text := s.names.hide(bare.Replace(m.Text)) // before the labels, which may be the number in it
		for _, row := range s.names.labels(m.Inline) {
			text += "\n" + strings.Join(row, " ")
		}
		if card := cardNumber.FindStringSubmatch(m.Text); card != nil {
			cards = append(cards, s.block("card "+card[1], text)...)
		} else {
			shown = append(shown, s.block(s.header(place, m), text)...)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, there := now[id]; !there {
			shown = append(shown, s.block(place+" loses", before[id])...)
		}
	}
	s.seen.messages[place] = now
	return append(shown, cards...)
}

// asSeen is all that people see of a message.
func asSeen(m simulator.Message) string {
	var b strings.Builder
	b.WriteString(m.Text)
	for _, row := range m.Inline {
		b.WriteString("\n")
		for _, button := range row {
			b.WriteString("[" + button.Text + "]")
		}
	}
	return b.String()
}

// header says where a message is.
func (s *staffStage) header(place string, m simulator.Message) string {
	if topic, ok := s.seen.topics[m.Topic]; ok {
		return "topic " + topicNumber.FindString(topic.Name)
	}
	return place
}

// block is a text below where it is.
func (s *staffStage) block(place, text string) []string {
	lines := []string{"  " + place + " <"}
	for _, l := range strings.Split(strings.TrimSpace(s.names.hide(bare.Replace(text))), "\n") {
		lines = append(lines, strings.TrimRight("    "+l, " "))
	}
	return lines
}

// cardOf gives the newest card of a case.
func (s *staffStage) cardOf(number string) (simulator.Message, error) {
	for _, m := range slices.Backward(s.group.Chat()) {
		if card := cardNumber.FindStringSubmatch(m.Text); m.FromBot && card != nil && card[1] == number {
			return m, nil
		}
	}
	return simulator.Message{}, fmt.Errorf("there is no card %s", number)
}

// newestWith gives the newest message with a button.
func newestWith(chat []simulator.Message, label string) (id int, err error) {
	for _, m := range slices.Backward(chat) {
		for _, row := range m.Inline {
			if slices.ContainsFunc(row, func(b simulator.Button) bool { return b.Text == label }) {
				return m.ID, nil
			}
		}
	}
	return 0, fmt.Errorf("there is no button %q", label)
}

// calls has a program call the API.
func (s *staffStage) calls(what string) ([]string, error) {
	method, rest, _ := strings.Cut(what, " ")
	path, body, sends := strings.Cut(rest, " ")
	if !sends {
		body = "null"
	}
	a := s.call(method, path, fmt.Sprint(s.at.Unix()), json.RawMessage(body))
	text := strings.NewReplacer(`[{`, "[\n  {", `},{`, "},\n  {").Replace(a.body)
	return s.block(fmt.Sprint("API ", a.status), text), nil
}

// names are what is random, by its names.
type names struct {
	known  []struct{ name, value string } // in the order in which it was seen
	number string                         // that a caller is asked for
	others []string                       // that stand beside it
}

// random tells what is random by how it looks.
var random = []struct {
	name string
	form *regexp.Regexp
}{
	{"link", linkForm},
	{"code", regexp.MustCompile(`\b(\d{4} \d{4})\b`)},
	{"caller code", regexp.MustCompile(`\b(\d{3} \d{3})\b`)},
	{"reference", regexp.MustCompile(`\b(RK-[0-9A-Z]{4}-[0-9A-Z]{4})\b`)},
	{"caller words", regexp.MustCompile(`type them in the chat with support:\n\n(\p{L}+ \p{L}+ \p{L}+)`)},
	{"words", regexp.MustCompile(`shows the words "(\p{L}+ \p{L}+)"`)},
}

// hide puts names in the place of what is random.
func (n *names) hide(text string) string {
	for _, r := range random {
		for _, found := range r.form.FindAllStringSubmatch(text, -1) {
			n.learn(r.name, found[1])
		}
	}
	for _, k := range n.known {
		text = strings.ReplaceAll(text, k.value, "<"+k.name+">")
	}
	if number := readOut.FindStringSubmatchIndex(text); number != nil {
		n.number = text[number[2]:number[3]]
		text = text[:number[2]] + "<number>" + text[number[3]:]
	}
	return text
}

func (n *names) learn(name, value string) {
	nth := 1
	for _, k := range n.known {
		if k.value == value {
			return
		}
		if k.name == name || strings.HasPrefix(k.name, name+" ") {
			nth++
		}
	}
	if nth > 1 {
		name = fmt.Sprintf("%s %d", name, nth)
	}
	n.known = append(n.known, struct{ name, value string }{name, value})
}

// labels gives the labels of a message's buttons by their rows. Numbers stand in
// any order; here the one that is asked for comes first.
func (n *names) labels(rows [][]simulator.Button) (labels [][]string) {
	var others []string
	for _, row := range rows {
		for _, b := range row {
			if twoDigits.MatchString(b.Text) && b.Text != n.number {
				others = append(others, b.Text)
			}
		}
	}
	if len(others) > 0 {
		n.others = others
	}
	numbers := []string{"<number>", "<other number>", "<other number 2>"}
	for _, row := range rows {
		var of []string
		for _, b := range row {
			label := n.hide(bare.Replace(b.Text))
			if twoDigits.MatchString(b.Text) && len(numbers) > 0 {
				label, numbers = numbers[0], numbers[1:]
			}
			of = append(of, "["+label+"]")
		}
		labels = append(labels, of)
	}
	return labels
}

var twoDigits = regexp.MustCompile(`^\d\d$`)

// fill puts what is random in the place of its names.
func (n *names) fill(text string) (string, error) {
	pairs := []string{"<number>", n.number}
	for i, other := range n.others {
		pairs = append(pairs, []string{"<other number>", "<other number 2>"}[i], other)
	}
	for _, k := range n.known {
		pairs = append(pairs, "<"+k.name+">", k.value)
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	if name := anyName.FindString(text); name != "" {
		return "", fmt.Errorf("nothing is called %s yet", name)
	}
	return text, nil
}

var anyName = regexp.MustCompile(`<[a-z0-9 ]+>`)

// links are those that were sent: nobody else may find them.
func (n *names) links() (links []string) {
	for _, k := range n.known {
		if strings.HasPrefix(k.name, "link") {
			links = append(links, k.value)
		}
	}
	return links
}

// bare takes away the marks that isolate a text's direction.
var bare = strings.NewReplacer("\u2068", "", "\u2069", "", "\u00a0", " ")
