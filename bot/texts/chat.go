package texts

import (
	"strconv"
	"strings"

	"rekey/flows"
)

// Command is one entry of the bot's command menu.
type Command struct {
	Name        string // without slash
	Description string
}

// escaper escapes the three characters that Telegram's HTML mode reserves
// (https://core.telegram.org/bots/api#html-style).
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Chat gives a reply as Telegram HTML, its texts one below the other. What
// follows more than one line stands apart, or it could not be told from them.
func (c *Catalogue) Chat(lang string, r flows.Reply) string {
	v := c.view(lang, &r.Facts)
	all := ""
	for _, id := range r.Say {
		text := v.in.render(string(id), v)
		switch {
		case all == "" || text == "":
			all += text
		case strings.Contains(all, "\n"):
			all += "\n\n" + text
		default:
			all += "\n" + text
		}
	}
	return escaper.Replace(all)
}

// Plain gives one message as plain text, for the short answer to a button
// press, where Telegram allows 200 characters.
func (c *Catalogue) Plain(lang string, id flows.MessageID, f flows.Facts) string {
	v := c.view(lang, &f)
	return v.in.render(string(id), v)
}

// Label gives a button's label as plain text. A button that chooses a language
// bears that language's own name, and one that matches a number the number.
func (c *Catalogue) Label(lang string, b flows.ButtonName, f flows.Facts) string {
	if tag, ok := strings.CutPrefix(string(b), string(flows.ButtonLanguage(""))); ok {
		return c.language(tag).name
	}
	v := c.view(lang, &f)
	if _, number, ok := flows.ReadMatch(string(b)); ok {
		if number == 0 {
			return v.in.render("match.nobody", v)
		}
		return strconv.Itoa(number)
	}
	return v.in.render("button."+string(b), v)
}

// Commands gives the command menu, in the order of flows.Commands.
func (c *Catalogue) Commands(lang string) []Command {
	v := c.view(lang, &flows.Facts{})
	var menu []Command
	for _, name := range flows.Commands() {
		menu = append(menu, Command{Name: name, Description: v.in.render("command."+name, v)})
	}
	return menu
}

// Description gives what Telegram shows of the bot: the short text of its
// profile, at most 120 characters, and the long one of an empty chat, at most
// 512.
func (c *Catalogue) Description(lang string) (short, long string) {
	v := c.view(lang, &flows.Facts{})
	return v.in.render("about.short", v), v.in.render("about.long", v)
}

func (c *Catalogue) view(lang string, f *flows.Facts) *view {
	l := c.language(lang)
	return &view{c: c, in: l, wordsIn: l, facts: f, desk: &noDesk}
}
