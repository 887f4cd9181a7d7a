// Package texts is the catalogue of everything Rekey says to people: messages,
// buttons, commands, mails and SMS, and what staff read. A language is all files
// under lang that begin with its tag.
//
// A text is named for its message id, written in the syntax of text/template and
// mentions facts by the methods of view. The catalogue is compiled once, by
// New, which refuses a language that lacks a text, has one too many, mentions
// an unknown fact or has the wrong number of plural forms. English is the
// reference for the names. What a text becomes depends on where it goes: Chat
// gives Telegram's HTML with everything escaped, Label and Plain plain text,
// Letter the forms of a mail or an SMS.
//
// Facts that a person or an account brought along are cleaned, shortened and
// wrapped in Unicode isolates (U+2068 and U+2069), so that they can neither
// break a text nor scramble its order.
package texts

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
)

//go:embed lang/*.tmpl letter.html
var files embed.FS

// reference is the language whose names the others must have.
const reference = "en"

// Telegram's limits in UTF-16 units: setMyShortDescription, setMyDescription.
const (
	shortLimit = 120
	longLimit  = 512
)

// LongestBrand is how many UTF-16 units a brand may have: with more, the bot's
// short description does not fit at Telegram in every language.
const LongestBrand = 45

// Options say what the texts know of the service.
type Options struct {
	Brand           string // how people know the service
	SupportURL      string // empty: people are told to contact support in the usual way
	SignInURL       string // the sign-in page; empty when there is none
	DefaultLanguage string // an available tag; empty means English
}

// Catalogue renders texts. It is immutable and safe for concurrent use.
type Catalogue struct {
	options   Options
	fallback  *language
	languages map[string]*language
	order     []string // the tags in menu order
	help      map[string]bool
}

// New compiles the catalogue. It fails when a language's file is incomplete or
// mistaken, when the default language does not exist, or when the brand is too
// long for the bot's description at Telegram.
func New(o Options) (*Catalogue, error) {
	entries, err := files.ReadDir("lang")
	if err != nil {
		return nil, fmt.Errorf("listing languages: %w", err)
	}
	c := &Catalogue{options: o, languages: map[string]*language{}, order: Tags(), help: map[string]bool{}}
	sources := map[string]string{}
	for _, e := range entries {
		tag, _, _ := strings.Cut(e.Name(), ".")
		source, err := files.ReadFile(path.Join("lang", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading language %s: %w", tag, err)
		}
		sources[tag] += string(source)
	}
	for _, tag := range c.order {
		if c.languages[tag], err = newLanguage(tag, sources[tag]); err != nil {
			return nil, fmt.Errorf("language %s: %w", tag, err)
		}
		maps.Copy(c.help, c.languages[tag].phrases("phrases.help"))
	}
	return c, c.check()
}

// Tags lists the tags of the languages that there are, in the order of a menu. The
// slice is the caller's.
func Tags() []string { return slices.Clone(allTags()) }

var allTags = sync.OnceValue(func() []string {
	entries, _ := files.ReadDir("lang") // it is part of the program
	var tags []string
	for _, e := range entries {
		tag, _, _ := strings.Cut(e.Name(), ".")
		tags = append(tags, tag)
	}
	return slices.Compact(tags)
})

// check compares the languages with the reference and settles the default.
func (c *Catalogue) check() error {
	for _, tag := range c.order {
		if err := c.languages[tag].sameNames(c.languages[reference]); err != nil {
			return fmt.Errorf("language %s: %w", tag, err)
		}
	}
	tag := c.options.DefaultLanguage
	if tag == "" {
		tag = reference
	}
	l, ok := c.languages[tag]
	if !ok {
		return fmt.Errorf("default language %q does not exist; there are %s", tag, strings.Join(c.order, ", "))
	}
	c.fallback = l
	for _, tag := range c.order {
		short, long := c.Description(tag)
		if units(short) > shortLimit || units(long) > longLimit {
			return fmt.Errorf("brand %q is too long for the bot's description in language %s", c.options.Brand, tag)
		}
	}
	return nil
}

// units counts a text as Telegram does, in UTF-16 units.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// Brand gives the service's name.
func (c *Catalogue) Brand() string { return c.options.Brand }

// Language gives the available language nearest to an IETF tag: the tag
// itself, its primary language ("ru" for "ru-RU"), or the default.
func (c *Catalogue) Language(tag string) string { return c.language(tag).tag }

func (c *Catalogue) language(tag string) *language {
	if l, ok := c.languages[tag]; ok {
		return l
	}
	if l, ok := c.languages[primary(tag)]; ok {
		return l
	}
	return c.fallback
}

// Speaks tells whether there is a language for an IETF tag, so that no text in it
// falls back to the default.
func Speaks(tag string) bool {
	return slices.ContainsFunc(allTags(), func(t string) bool { return t == tag || t == primary(tag) })
}

// primary gives the language of a tag, such as "ru" of "ru-RU".
func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(tag)
}

// sameNames compares the names of two languages' texts.
func (l *language) sameNames(other *language) error {
	for _, name := range other.names {
		if _, ok := slices.BinarySearch(l.names, name); !ok {
			return fmt.Errorf("text %q is missing", name)
		}
	}
	for _, name := range l.names {
		if _, ok := slices.BinarySearch(other.names, name); !ok {
			return fmt.Errorf("text %q is unknown: language %s has none of that name", name, other.tag)
		}
	}
	return nil
}
