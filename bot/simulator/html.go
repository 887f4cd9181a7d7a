package simulator

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tags maps the tags of Telegram's HTML to the entities they make.
var tags = map[string]string{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
	"span": "spoiler", "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji",
	"a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
}

// htmlParser turns Telegram's HTML into text and entities.
type htmlParser struct {
	source   string
	at       int // byte in source
	text     strings.Builder
	units    int // UTF-16 code units in text
	open     []openTag
	entities []entity
}

type openTag struct {
	name     string
	argument string // an address, a language or an id, by tag
	flag     bool   // expandable
	units    int
	bytes    int
}

// parseHTML reads a text with parse_mode HTML. Errors are in Telegram's words,
// with offsets in bytes.
func parseHTML(source string) (string, []entity, error) {
	p := &htmlParser{source: source}
	for p.at < len(source) {
		if err := p.step(); err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, htmlError("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	for i := range p.entities {
		p.entities[i].language = ""
	}
	slices.SortStableFunc(p.entities, byPlace)
	return p.text.String(), p.entities, nil
}

func htmlError(format string, args ...any) error {
	return badRequest("can't parse entities: "+format, args...)
}

func (p *htmlParser) step() error {
	rest := p.source[p.at:]
	switch {
	case strings.HasPrefix(rest, "</"):
		return p.endTag()
	case rest[0] == '<':
		return p.startTag()
	case rest[0] == '&':
		if r, size := decodeReference(rest); size > 0 {
			p.write(r)
			p.at += size
			return nil
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	p.write(r)
	p.at += size
	return nil
}

func (p *htmlParser) write(r rune) {
	p.text.WriteRune(r)
	p.units += runeUnits(r)
}

func isSpace(b byte) bool { return strings.IndexByte(" \t\r\n\v\f", b) >= 0 }

// until returns the source from a place to the first byte that ends it, or to
// the end.
func (p *htmlParser) until(from int, ends func(byte) bool) string {
	to := from
	for to < len(p.source) && !ends(p.source[to]) {
		to++
	}
	return p.source[from:to]
}

func (p *htmlParser) skipSpace() {
	p.at += len(p.until(p.at, func(b byte) bool { return !isSpace(b) }))
}

func (p *htmlParser) startTag() error {
	begin := p.at
	name := p.until(begin+1, func(b byte) bool { return isSpace(b) || b == '>' })
	p.at += 1 + len(name)
	if p.at == len(p.source) {
		return htmlError("Unclosed start tag at byte offset %d", begin)
	}
	name = strings.ToLower(name)
	if tags[name] == "" {
		return htmlError("Unsupported start tag %q at byte offset %d", name, begin)
	}
	tag := openTag{name: name, units: p.units, bytes: p.text.Len()}
	for {
		p.skipSpace()
		if p.at < len(p.source) && p.source[p.at] == '>' {
			p.at++
			break
		}
		if err := p.attribute(&tag, begin); err != nil {
			return err
		}
	}
	if name == "span" && tag.argument != "spoiler" {
		return htmlError(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	p.open = append(p.open, tag)
	return nil
}

func (p *htmlParser) attribute(tag *openTag, begin int) error {
	name := p.until(p.at, func(b byte) bool { return isSpace(b) || b == '=' || b == '>' })
	if name == "" && p.at < len(p.source) {
		return htmlError("Empty attribute name in the tag %q at byte offset %d", tag.name, begin)
	}
	p.at += len(name)
	p.skipSpace()
	if tag.name == "blockquote" && name == "expandable" {
		tag.flag = true
		return nil
	}
	if p.at == len(p.source) {
		return htmlError("Unclosed start tag %q at byte offset %d", tag.name, begin)
	}
	if p.source[p.at] != '=' {
		return htmlError("Expected equal sign in declaration of an attribute of the tag %q at byte offset %d",
			tag.name, begin)
	}
	p.at++
	p.skipSpace()
	value, err := p.attributeValue(begin)
	if err != nil {
		return err
	}
	tag.take(name, value)
	return nil
}

func (p *htmlParser) attributeValue(begin int) (string, error) {
	if p.at == len(p.source) {
		return "", htmlError("Unclosed start tag at byte offset %d", begin)
	}
	quote := p.source[p.at]
	if quote != '"' && quote != '\'' {
		return p.nameToken()
	}
	p.at++
	var value strings.Builder
	for p.at < len(p.source) && p.source[p.at] != quote {
		r, size := decodeReference(p.source[p.at:])
		if size == 0 {
			r, size = utf8.DecodeRuneInString(p.source[p.at:])
		}
		value.WriteRune(r)
		p.at += size
	}
	p.at++
	if p.at >= len(p.source) {
		p.at = len(p.source)
		return "", htmlError("Unclosed start tag at byte offset %d", begin)
	}
	return value.String(), nil
}

func (p *htmlParser) nameToken() (string, error) {
	token := p.until(p.at, func(b byte) bool {
		letter, digit := b|0x20 >= 'a' && b|0x20 <= 'z', b >= '0' && b <= '9'
		return !letter && !digit && b != '.' && b != '-'
	})
	end := p.at + len(token)
	if end < len(p.source) && !isSpace(p.source[end]) && p.source[end] != '>' {
		return "", htmlError("Unexpected end of name token at byte offset %d", p.at)
	}
	p.at = end
	return strings.ToLower(token), nil
}

// take keeps the attributes that mean something and passes over the others.
func (t *openTag) take(name, value string) {
	switch t.name + " " + name {
	case "a href", "tg-emoji emoji-id":
		t.argument = value
	case "code class":
		t.argument, _ = strings.CutPrefix(value, "language-")
	case "span class":
		t.argument, _ = strings.CutPrefix(value, "tg-")
	}
}

func (p *htmlParser) endTag() error {
	begin := p.at
	if len(p.open) == 0 {
		return htmlError("Unexpected end tag at byte offset %d", begin)
	}
	name := p.until(begin+2, func(b byte) bool { return isSpace(b) || b == '>' })
	p.at += 2 + len(name)
	p.skipSpace()
	if p.at == len(p.source) || p.source[p.at] != '>' {
		return htmlError("Unclosed end tag at byte offset %d", begin)
	}
	p.at++
	tag := p.open[len(p.open)-1]
	if name = strings.ToLower(name); name != "" && name != tag.name {
		return htmlError(`Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	return p.close(tag)
}

// close makes the entity of a tag that has ended.
func (p *htmlParser) close(tag openTag) error {
	e := entity{Type: tags[tag.name], Offset: tag.units, Length: p.units - tag.units}
	if e.Length == 0 {
		return nil
	}
	switch tag.name {
	case "a":
		address := tag.argument
		if address == "" {
			address = p.text.String()[tag.bytes:]
		}
		if id, mentions := mentioned(address); mentions {
			e.Type, e.User = "text_mention", &wireUser{ID: id}
			break
		}
		link, ok := checkedLink(address)
		if !ok {
			return nil
		}
		e.URL = link
	case "tg-emoji":
		if id, err := strconv.ParseInt(tag.argument, 10, 64); err != nil || id == 0 {
			return htmlError("Invalid custom emoji identifier specified")
		}
		e.CustomEmojiID = tag.argument
	case "code":
		e.language = tag.argument
	case "blockquote":
		if tag.flag {
			e.Type = "expandable_blockquote"
		}
	case "pre":
		if p.adoptLanguage(&e) {
			return nil
		}
	}
	p.entities = append(p.entities, e)
	return nil
}

// adoptLanguage turns <pre><code class="language-x"> into one entity.
func (p *htmlParser) adoptLanguage(pre *entity) bool {
	if len(p.entities) == 0 {
		return false
	}
	code := &p.entities[len(p.entities)-1]
	if code.Type != "code" || code.Offset != pre.Offset || code.Length != pre.Length || code.language == "" {
		return false
	}
	code.Type, code.Language = "pre", code.language
	return true
}

// checkedLink completes an address as Telegram does, or refuses it.
func checkedLink(address string) (string, bool) {
	if !strings.Contains(address, ":") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.ContainsAny(address, " \n") {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		if u.Path == "" {
			u.Path = "/"
		}
		return u.String(), strings.Contains(u.Hostname(), ".")
	case "tg", "ton", "tonsite":
		return address, true
	}
	return "", false
}

// decodeReference reads a character reference at the head of a text; a size of
// zero says that there is none, so that the ampersand stands for itself.
func decodeReference(s string) (r rune, size int) {
	if len(s) < 2 || s[0] != '&' {
		return 0, 0
	}
	end := 1
	for end < len(s) && end < 12 && (s[end] == '#' || s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z' || s[end] >= '0' && s[end] <= '9') {
		end++
	}
	r, ok := referenced(s[1:end])
	if !ok {
		return 0, 0
	}
	if end < len(s) && s[end] == ';' {
		end++
	}
	return r, end
}

func referenced(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	}
	number, numeric := strings.CutPrefix(name, "#")
	base := 10
	if hex, ok := strings.CutPrefix(number, "x"); ok {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 32)
	r := rune(n)
	return r, numeric && err == nil && n != 0 && utf8.ValidRune(r)
}
