package simulator

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"unicode/utf16"
)

// renderHTML returns a text with its entities as HTML that is safe to put into
// a page. Line breaks stay as they are. Entities that cross are split, so that
// the tags always nest.
func renderHTML(text string, entities []entity) string {
	if len(entities) == 0 {
		return html.EscapeString(text)
	}
	r := renderer{text: utf16.Encode([]rune(text))}
	cuts := []int{0, len(r.text)}
	for _, e := range entities {
		cuts = append(cuts, r.clamp(e.Offset), r.clamp(e.end()))
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i, at := range cuts[:len(cuts)-1] {
		r.cover(at, entities)
		r.out.WriteString(html.EscapeString(r.slice(at, cuts[i+1])))
	}
	r.closeFrom(0)
	return r.out.String()
}

type renderer struct {
	text []uint16
	out  strings.Builder
	open []openElement
}

type openElement struct {
	entity  entity
	closing string
}

func (r *renderer) clamp(at int) int { return min(max(at, 0), len(r.text)) }

func (r *renderer) slice(from, to int) string {
	return string(utf16.Decode(r.text[r.clamp(from):r.clamp(to)]))
}

// cover closes and opens tags until those of the entities at a place are open.
func (r *renderer) cover(at int, entities []entity) {
	covering := slices.DeleteFunc(slices.Clone(entities), func(e entity) bool {
		return at < e.Offset || e.end() <= at
	})
	same := 0
	for same < min(len(r.open), len(covering)) && r.open[same].entity == covering[same] {
		same++
	}
	r.closeFrom(same)
	for _, e := range covering[same:] {
		opening, closing := e.element(r.slice(e.Offset, e.end()))
		r.out.WriteString(opening)
		r.open = append(r.open, openElement{e, closing})
	}
}

func (r *renderer) closeFrom(n int) {
	for i := len(r.open) - 1; i >= n; i-- {
		r.out.WriteString(r.open[i].closing)
	}
	r.open = r.open[:n]
}

var elements = map[string]string{
	"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
	"blockquote": "blockquote", "expandable_blockquote": "blockquote",
}

// element returns the tags around the text that an entity covers.
func (e entity) element(covered string) (opening, closing string) {
	switch e.Type {
	case "spoiler":
		return `<span class="spoiler">`, "</span>"
	case "text_mention":
		return `<span class="mention">`, "</span>"
	case "bot_command":
		return `<span class="command">`, "</span>"
	case "email":
		return anchor("mailto:" + covered), "</a>"
	case "url", "text_link":
		link, ok := checkedLink(cmp.Or(e.URL, covered))
		if !ok {
			return "", ""
		}
		return anchor(link), "</a>"
	}
	if name := elements[e.Type]; name != "" {
		return "<" + name + ">", "</" + name + ">"
	}
	return "", ""
}

func anchor(address string) string {
	return `<a href="` + html.EscapeString(address) + `" target="_blank" rel="noopener noreferrer">`
}
