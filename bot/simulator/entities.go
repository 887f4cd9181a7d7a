package simulator

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// entity is a MessageEntity: a stretch of a text with a meaning. Offset and
// Length count UTF-16 code units.
type entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`

	User *wireUser `json:"user,omitempty"` // of a text_mention

	language string // of a code tag, in case it turns out to stand in a pre
}

func (e entity) end() int { return e.Offset + e.Length }

// byPlace orders entities as Telegram does: outer ones before inner ones.
func byPlace(a, b entity) int {
	return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length))
}

func runeUnits(r rune) int { return utf16.RuneLen(r) }

// units returns the length of a text as Telegram counts it, in UTF-16 code units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += runeUnits(r)
	}
	return n
}

const (
	longestText   = 4096    // UTF-16 code units after entities are parsed
	longestSource = 1 << 15 // bytes before that
)

// formatted reads a text parameter with its parse mode or entities, trimmed as
// Telegram trims it and with what Telegram finds in it by itself.
func formatted(r *request, textParam, entitiesParam string) (text string, entities []entity, err error) {
	text = r.text(textParam)
	if len(text) > longestSource {
		return "", nil, badRequest("text is too long")
	}
	if !utf8.ValidString(text) {
		return "", nil, badRequest("strings must be encoded in UTF-8")
	}
	switch strings.ToLower(r.text("parse_mode")) {
	case "html":
		text, entities, err = parseHTML(text)
	case "", "none":
		err = r.decode(entitiesParam, &entities)
	case "markdown", "markdownv2":
		err = notSimulated("parse_mode " + r.text("parse_mode"))
	default:
		err = badRequest("unsupported parse_mode")
	}
	if err != nil {
		return "", nil, err
	}
	text, entities = trimmed(strings.ReplaceAll(text, "\r", ""), entities)
	return text, detect(text, entities), nil
}

// cleaned gives a text without what Telegram lets nobody send: control characters
// but the line feed, separators of lines, what turns the direction of writing,
// and three marks. Of several marks of direction in a row only the last stays one
// (TDLib, clean_input_string and replace_offending_characters in misc.cpp).
func cleaned(text string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range text {
		switch {
		case r == '\r', '\u2028' <= r && r <= '\u202e', r == '\u030a', r == '\u0333', r == '\u033f':
			continue
		case r < ' ' && r != '\n':
			r = ' '
		}
		if isMark(last) && isMark(r) {
			last = '\u200c'
		}
		if last != 0 {
			b.WriteRune(last)
		}
		last = r
	}
	if last != 0 {
		b.WriteRune(last)
	}
	return b.String()
}

// isMark reports whether r is LEFT-TO-RIGHT MARK or RIGHT-TO-LEFT MARK.
func isMark(r rune) bool { return r == '\u200e' || r == '\u200f' }

// isSeen reports whether a character alone makes a text that can be sent (TDLib,
// is_empty_string in misc.cpp).
func isSeen(r rune) bool {
	switch {
	case r == ' ', r == '\n', r == '\u00a0', r == '\u1680', r == '\u180e', '\u2000' <= r && r <= '\u200f',
		r == '\u202e', r == '\u202f', r == '\u205f', r == '\u2800', r == '\u3000', r == '\ufeff', r == '\ufffc',
		'\U000e0000' <= r && r <= '\U000e007f':
		return false
	}
	return true
}

// trimmed takes the space around a text away and moves its entities along.
func trimmed(text string, entities []entity) (string, []entity) {
	left := strings.TrimLeft(text, " \n\t")
	cut := units(text) - units(left)
	text = strings.TrimRight(left, " \n\t")
	length := units(text)
	var kept []entity
	for _, e := range entities {
		begin, end := max(e.Offset-cut, 0), min(e.end()-cut, length)
		if e.Offset, e.Length = begin, end-begin; e.Length > 0 {
			kept = append(kept, e)
		}
	}
	slices.SortStableFunc(kept, byPlace)
	return text, kept
}

// plain finds what Telegram marks in any text; see detect.
var plain = regexp.MustCompile(`(https?://[^\s<>"]+[^\s<>".,;:!?)])|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)` +
	`|(?:^|\s)(/\w{1,32}(?:@\w{3,32})?)\b|(?:^|\s)(@[A-Za-z]\w{3,31})\b`)

var plainTypes = []string{"url", "email", "bot_command", "mention"}

// detect adds the links, addresses, commands and mentions that Telegram finds
// by itself, outside the entities that are there.
func detect(text string, entities []entity) []entity {
	if !strings.ContainsAny(text, "/@") {
		return entities
	}
	given := len(entities)
	for _, match := range plain.FindAllStringSubmatchIndex(text, -1) {
		for group, kind := range plainTypes {
			from, to := match[2*group+2], match[2*group+3]
			if from < 0 {
				continue
			}
			e := entity{Type: kind, Offset: units(text[:from]), Length: units(text[from:to])}
			if !slices.ContainsFunc(entities[:given], e.excludedBy) {
				entities = append(entities, e)
			}
		}
	}
	slices.SortStableFunc(entities, byPlace)
	return entities
}

// excludedBy reports whether another entity keeps e from being found: because
// they cross, or because nothing is found inside it.
func (e entity) excludedBy(other entity) bool {
	if e.end() <= other.Offset || other.end() <= e.Offset {
		return false
	}
	inside := other.Offset <= e.Offset && e.end() <= other.end()
	return !inside || slices.Contains([]string{"code", "pre", "text_link"}, other.Type)
}
