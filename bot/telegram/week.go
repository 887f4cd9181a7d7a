package telegram

import (
	"context"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/bot/chart"
	"rekey/flows/staff"
)

// Post implements staff.Group. Unlike what is said of cases, the figures may be
// passed on: they are of nobody.
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
	p := &bot.SendPhotoParams{ChatID: g.id, MessageThreadID: topic, Caption: texts.Week(g.language, w)}
	if message != 0 {
		p.ReplyParameters = &models.ReplyParameters{MessageID: message, AllowSendingWithoutReply: true}
	}
	return g.put(ctx, "sendPhoto", &upload{params: p, field: "photo", name: "week.png", data: drawn}, nil)
}
