package texts

import (
	"html/template"
	"strings"

	"rekey/flows"
)

// Letter is a letter ready to be carried. An SMS has only Text.
type Letter struct {
	Subject string
	Text    string // paragraphs apart by an empty line
	HTML    string // a whole document, without anything to load
}

// page is what letter.html shows.
type page struct {
	Language, Brand, Subject string
	Paragraphs               []paragraph
}

type paragraph struct {
	Text string
	Code bool // shown large
	Link bool
}

var layout = template.Must(template.ParseFS(files, "letter.html"))

// Letter writes a letter in its language for its channel. The match words are
// in the language of the chat, so that the two can be compared.
func (c *Catalogue) Letter(l flows.Letter) Letter {
	v := c.view(l.Language, &l.Facts)
	if l.WordsIn != "" {
		v.wordsIn = c.language(l.WordsIn)
	}
	name := string(l.Text)
	if l.Channel == flows.SMS {
		v.bare = true
		return Letter{Text: v.in.render(name+".sms", v)}
	}
	letter := Letter{
		Subject: v.in.render(name+".subject", v),
		Text:    v.in.render(name, v),
	}
	letter.HTML = v.html(letter)
	return letter
}

// html sets the paragraphs of a letter's text into the layout.
func (v *view) html(l Letter) string {
	p := page{Language: v.in.tag, Brand: v.Brand(), Subject: l.Subject}
	code, link := v.Code(), v.Link()
	for text := range strings.SplitSeq(l.Text, "\n\n") {
		p.Paragraphs = append(p.Paragraphs, paragraph{Text: text, Code: text == code || text == v.ReadOut(), Link: text == link})
	}
	var b strings.Builder
	// Writing to a Builder never fails, and page has all that the layout shows.
	_ = layout.Execute(&b, p)
	return b.String()
}
