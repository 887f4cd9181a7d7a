package telegram

import (
	"context"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/bot/chart"
	"rekey/flows/staff"
)

// Post implements staff.Group. Unlike what is said of cases, the figures may be
// passed on: they are of nobody. Where the bot may send no photos they go without
// the picture.
func (g *StaffGroup) Post(ctx context.Context, topic, message int, w staff.Week) error {
	texts := g.client.options.Texts
	days, begun, finished := texts.WeekChart(g.language, w)
	above := []chart.Series{{Name: begun}, {Name: finished}}
	for _, d := range w.Days {
		above[0].Figures = append(above[0].Figures, d.Begun)
		above[1].Figures = append(above[1].Figures, d.Finished)
	}
	drawn, err := chart.Bars(days, above...)
	if err != nil {
		return err
	}
	var reply *models.ReplyParameters
	if message != 0 {
		reply = &models.ReplyParameters{MessageID: message, AllowSendingWithoutReply: true}
	}
	text := texts.Week(g.language, w)
	photo := &bot.SendPhotoParams{ChatID: g.id, MessageThreadID: topic, Caption: text, ReplyParameters: reply}
	err = g.put(ctx, "sendPhoto", &upload{params: photo, field: "photo", name: "week.png", data: drawn}, nil)
	if !refused(err, "not enough rights to send photos") {
		return err
	}
	return g.put(ctx, "sendMessage",
		&bot.SendMessageParams{ChatID: g.id, MessageThreadID: topic, Text: text, ReplyParameters: reply}, nil)
}
