package texts

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"rekey/flows"
	"rekey/flows/staff"
)

// titledLimit is how much of an identifier is in the name of a topic, in UTF-16
// units: Telegram allows 128 for all of it.
const titledLimit = 64

// CaseTitle gives the name of a case's topic as plain text, at most 128
// characters.
func (c *Catalogue) CaseTitle(lang string, card staff.Card) string {
	v := c.deskView(lang, card.Case.Number)
	v.bare, v.desk.card = true, card
	v.desk.card.Case.Masked = clip(clean(card.Case.Masked), titledLimit)
	return v.in.render("staff.title", v)
}

// Card gives a case as staff see it, as Telegram HTML of at most 4096
// characters. In a topic people answer the card by writing, elsewhere by
// replying to it.
func (c *Catalogue) Card(lang string, card staff.Card, topic bool) string {
	v := c.deskView(lang, card.Case.Number)
	v.facts.Tries = card.Case.Caller.Tries
	v.desk.card, v.desk.topics = card, topic
	return escaper.Replace(v.in.render("staff.card", v))
}

// clip shortens a text to so many UTF-16 units.
func clip(s string, limit int) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			return s[:i] + "…"
		}
	}
	return s
}

// Notice gives a text for staff as plain text; the zero Notice is none. A refusal
// has at most 200 characters.
func (c *Catalogue) Notice(lang string, n staff.Notice) string {
	v := c.deskView(lang, n.Case)
	v.desk.notice = n
	switch {
	case n.Refusal != "":
		return v.in.render("staff.refusal."+string(n.Refusal), v)
	case n.Alarm != nil:
		return v.in.render("staff.alarm", v)
	case n.Ruling != nil:
		v.desk.change = n.Ruling.Change.Member
		return v.in.render("staff.change_"+string(n.Ruling.State), v)
	case n.Whispered:
		return v.in.render("staff.whispered", v)
	case n.Figures != nil:
		return v.in.render("staff.today", v)
	case n.Staff != nil:
		return v.in.render("staff.list", v)
	case n.Cases != nil:
		return c.lines(lang, n.Cases)
	case n.Masked != "":
		v.desk.card.Case.Masked = n.Masked
		return clip(v.in.render("staff.audit", v), longestMessage)
	case n.Case != 0:
		return v.in.render("staff.begun", v)
	default:
		return ""
	}
}

// Whom asks a member of staff whom they help, as Telegram HTML that mentions
// them.
func (c *Catalogue) Whom(lang string, asked staff.Who) string {
	v := c.deskView(lang, 0)
	v.desk.notice.Whom = &asked
	name := escaper.Replace(v.Helper())
	mention := `<a href="tg://user?id=` + strconv.FormatInt(asked.ID, 10) + `">` + name + `</a>`
	return strings.Replace(escaper.Replace(v.in.render("staff.whom", v)), name, mention, 1)
}

// NewCase gives the label of the button that begins a case as plain text.
func (c *Catalogue) NewCase(lang string) string { return c.staffText(lang, "staff.new_case") }

// lines lists cases, one a line.
func (c *Catalogue) lines(lang string, cases []staff.Case) string {
	lines := make([]string, len(cases))
	for i, k := range cases {
		v := c.deskView(lang, k.Number)
		v.desk.card.Case = k
		lines[i] = v.in.render("staff.line", v)
	}
	return strings.Join(lines, "\n")
}

// Lines gives what staff read of a talk as plain text: texts of the person's, one
// below the other, or one line of any kind.
func (c *Catalogue) Lines(lang string, lines []staff.Line) string {
	v := c.deskView(lang, 0)
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.Text
		if l.Edited {
			texts[i] = "✏️ " + l.Text
		}
	}
	v.desk.said = strings.Join(texts, "\n")
	name := "staff." + string(lines[0].Kind)
	if lines[0].Media != "" {
		name = "staff.sent"
	}
	return v.in.render(name, v)
}

// longestMessage is a little less than Telegram's limit, in UTF-16 units.
const longestMessage = 4000

// Busy tells staff to try again later, as plain text.
func (c *Catalogue) Busy(lang string) string { return c.staffText(lang, "staff.busy") }

// Act gives the label of an act's button as plain text.
func (c *Catalogue) Act(lang string, a staff.Act) string {
	return c.staffText(lang, "staff.act."+string(a))
}

// Reason gives the label of a reason's button as plain text.
func (c *Catalogue) Reason(lang string, r staff.Reason) string {
	return c.staffText(lang, "staff.reason."+string(r))
}

// StaffCommands gives the command menu of staff, in the order of staff.Commands.
func (c *Catalogue) StaffCommands(lang string) (menu []Command) {
	for _, name := range staff.Commands() {
		menu = append(menu, Command{Name: name, Description: c.staffText(lang, "staff.command."+name)})
	}
	return menu
}

func (c *Catalogue) staffText(lang, name string) string {
	v := c.deskView(lang, 0)
	return v.in.render(name, v)
}

func (c *Catalogue) deskView(lang string, number int64) *view {
	v := c.view(lang, &flows.Facts{Case: number})
	v.desk = &desk{}
	return v
}
