package telegram

import (
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"rekey/flows/staff"
)

// listMark begins the data of a button below a change of the list of staff; such
// data is never that of a card's or a person's button.
const listMark = "l:"

// noticeButtons are the buttons below a notice; nil where it has none.
func (g *StaffGroup) noticeButtons(n staff.Notice) models.ReplyMarkup {
	if n.Ruling == nil || n.Ruling.State != staff.ChangeWaits {
		return nil
	}
	var buttons []models.InlineKeyboardButton
	for _, a := range []staff.Act{staff.ActApprove, staff.ActRefuse} {
		buttons = append(buttons, models.InlineKeyboardButton{Text: g.client.options.Texts.Act(g.language, a), CallbackData: listData(n.Ruling.Number, a)})
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: arranged(buttons)}
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
