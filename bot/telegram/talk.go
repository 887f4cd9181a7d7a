package telegram

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/flows"
	"rekey/flows/staff"
)

// longestCaption is how long the text below a photo or its like may be, in UTF-16
// units (Bot API, copyMessage).
const longestCaption = 1024

// ToStaff implements staff.Group.
func (g *StaffGroup) ToStaff(ctx context.Context, at staff.Place, number int64, lines ...staff.Line) error {
	err := g.toStaff(ctx, at, number, lines...)
	if refused(err, topicGone...) {
		return fmt.Errorf("%w: %w", staff.ErrNoPlace, err)
	}
	return err
}

// toStaff says lines where a case is drawn. Where there are no topics each message
// begins with the case's number, so that an answer to it finds the case.
func (g *StaffGroup) toStaff(ctx context.Context, at staff.Place, number int64, lines ...staff.Line) error {
	text := g.client.options.Texts.Lines(g.language, lines)
	if words, bare, tooLong := apart(lines[0], text); tooLong {
		if err := g.toStaff(ctx, at, number, words); err != nil {
			return err
		}
		return g.toStaff(ctx, at, number, bare)
	}
	var reply *models.ReplyParameters
	if at.Topic == 0 {
		text = mark(number) + text
		reply = &models.ReplyParameters{MessageID: at.Message, AllowSendingWithoutReply: true}
	}
	if first := lines[0]; first.Media != "" {
		p := copyOf(first, g.id, first.Chat, text)
		p.MessageThreadID, p.ReplyParameters = at.Topic, reply
		return unpassable(g.put(ctx, "copyMessage", p, nil))
	}
	p := &bot.SendMessageParams{ChatID: g.id, MessageThreadID: at.Topic, Text: text, ProtectContent: true,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()}, ReplyParameters: reply}
	return g.put(ctx, "sendMessage", p, nil)
}

// ToPerson implements staff.Group.
func (g *StaffGroup) ToPerson(ctx context.Context, t staff.Talk, l staff.Line) error {
	facts := flows.Facts{Staff: l.By, Text: l.Text}
	text := g.client.options.Texts.Plain(t.Language, flows.TalkSaid, facts)
	words, bare, tooLong := apart(l, text)
	switch {
	case tooLong:
		if err := g.ToPerson(ctx, t, words); err != nil {
			return err
		}
		return g.ToPerson(ctx, t, bare)
	case l.Media != "":
		p := copyOf(l, t.Chat, g.id, text)
		return unpassable(g.client.call(ctx, func(ctx context.Context) error { return g.client.write(ctx, t.Chat, "copyMessage", p, nil) }))
	case l.Kind == staff.LineJoined:
		return g.toPerson(ctx, t, flows.TalkJoined, facts)
	case l.Kind == staff.LineLost:
		return g.toPerson(ctx, t, flows.TalkUnpassed, facts)
	default:
		return g.toPerson(ctx, t, flows.TalkSaid, facts)
	}
}

func (g *StaffGroup) toPerson(ctx context.Context, t staff.Talk, say flows.MessageID, f flows.Facts) error {
	return g.client.send(ctx, t.Chat, g.client.options.Texts.Chat(t.Language, flows.Reply{Say: []flows.MessageID{say}, Facts: f}), nil)
}

// roomForMark is what is left below a photo for the number of its case.
const roomForMark = 32

// apart takes the words off a line's photo or the like when they are too long to
// stand below it. What its author wrote below it never stays: an answer to it
// would be an answer to the case that they name there.
func apart(l staff.Line, text string) (words, bare staff.Line, tooLong bool) {
	words, bare = l, l
	words.Media, bare.Text = "", ""
	return words, bare, captioned(l.Media) && l.Text != "" && len(utf16.Encode([]rune(text))) > longestCaption-roomForMark
}

// copyOf copies a line's photo or the like, with a text below where there can be
// one.
func copyOf(l staff.Line, to, from int64, text string) *bot.CopyMessageParams {
	p := &bot.CopyMessageParams{ChatID: to, FromChatID: from, MessageID: l.Message, ProtectContent: true}
	if captioned(l.Media) {
		p.Caption = text
	}
	return p
}

// unpassable finds what can never be copied: it was deleted, or may not be copied
// or received, for one of many reasons. Nothing after it would be said otherwise.
// A topic that somebody deleted is made anew.
func unpassable(err error) error {
	if unreachable(err) || refusalOf(err).is(http.StatusBadRequest) && !refused(err, topicGone...) {
		return final(err)
	}
	return err
}

// mark begins a line of a case's talk where there are no topics.
func mark(number int64) string { return "#" + strconv.FormatInt(number, 10) + " › " }

// numbered reads what mark wrote; 0 when it is not there.
func numbered(text string) int64 {
	word, _, _ := strings.Cut(strings.TrimPrefix(text, "#"), " ")
	number, err := strconv.ParseInt(word, 10, 64)
	if err != nil || number <= 0 || !strings.HasPrefix(text, mark(number)) {
		return 0
	}
	return number
}
