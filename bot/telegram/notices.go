package telegram

import (
	"strconv"
	"strings"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/flows/staff"
)

// listMark begins the data of a button below a change of the list of staff; such
// data is never that of a card's or a person's button.
const listMark = "l:"

// newCase is the data of the button that does what a lone /reset does.
const newCase = "n:reset"

// wireReply is the message that another one answers.
type wireReply struct {
	ID      int      `json:"message_id"`
	From    wireUser `json:"from"`
	Text    string   `json:"text"`
	Caption string   `json:"caption"`
	Marks   []struct {
		Kind string   `json:"type"`
		User wireUser `json:"user"`
	} `json:"entities"`
}

// asks gives whom a message of the bot asks whom they help; 0 when it asks nobody.
// That question is all that the bot ever says in which somebody is mentioned by
// their id, and nobody else can write or change it.
func (r *wireReply) asks(bot int64) int64 {
	if r == nil || r.From.ID != bot {
		return 0
	}
	for _, mark := range r.Marks {
		if mark.Kind == "text_mention" {
			return mark.User.ID
		}
	}
	return 0
}

// notice writes down what is said to staff, with the buttons that belong to it.
func (g *StaffGroup) notice(n staff.Notice) *bot.SendMessageParams {
	texts := g.client.options.Texts
	if n.Whom != nil {
		return &bot.SendMessageParams{Text: texts.Whom(g.language, *n.Whom), ParseMode: models.ParseModeHTML,
			ReplyMarkup: &models.ForceReply{ForceReply: true, Selective: true, InputFieldPlaceholder: placeholder}}
	}
	var buttons []models.InlineKeyboardButton
	switch {
	case n.Refusal != "":
	case n.Ruling != nil && n.Ruling.State == staff.ChangeWaits:
		for _, a := range []staff.Act{staff.ActApprove, staff.ActRefuse} {
			buttons = append(buttons, models.InlineKeyboardButton{Text: texts.Act(g.language, a), CallbackData: listData(n.Ruling.Number, a)})
		}
	case n.Cases != nil || n.Figures != nil || n.Case != 0:
		buttons = append(buttons, models.InlineKeyboardButton{Text: texts.NewCase(g.language), CallbackData: newCase})
	}
	p := &bot.SendMessageParams{Text: texts.Notice(g.language, n)}
	if len(buttons) > 0 {
		p.ReplyMarkup = &models.InlineKeyboardMarkup{InlineKeyboard: arranged(buttons)}
	}
	return p
}

// listData is what such a button carries: the change's number in base 36 and an
// act, with a colon between.
func listData(number int64, a staff.Act) string {
	return listMark + strconv.FormatInt(number, 36) + ":" + string(a)
}

// parseList reads what listData wrote, and nothing else.
func parseList(data string) (p staff.Press, ok bool) {
	digits, act, _ := strings.Cut(strings.TrimPrefix(data, listMark), ":")
	number, err := strconv.ParseInt(digits, 36, 64)
	p = staff.Press{Change: number, Act: staff.Act(act)}
	if err != nil || number <= 0 || p.Act != staff.ActApprove && p.Act != staff.ActRefuse || listData(number, p.Act) != data {
		return staff.Press{}, false
	}
	return p, true
}
