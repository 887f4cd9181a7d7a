package telegram

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rekey/bot/pace"
	"rekey/flows"
	"rekey/flows/staff"
)

// groupPerMinute is how many messages a bot may send to a group in a minute, and
// edits count (core.telegram.org/bots/faq).
const groupPerMinute = 20

// presentFor is how long somebody who was found in the staff group is taken to
// be in it: one action asks once.
const presentFor = 2 * time.Second

// StaffGroup is the group where support staff work. It implements
// [staff.Group], writes at most 20 times a minute and is safe for concurrent
// use. Once Telegram tells that the group has become another chat, nothing works
// any more and every call says so.
type StaffGroup struct {
	client   *Client
	id       int64
	language string
	writes   *pace.Pace
	movedTo  atomic.Int64
	forum    forum

	mu    sync.Mutex
	found map[int64]presence
}

var _ staff.Group = (*StaffGroup)(nil)

type presence struct {
	here bool
	at   time.Time
}

// StaffGroup gives the staff group with a chat's id. Its cards are in the language
// nearest to an IETF tag; the empty one is the default.
func (c *Client) StaffGroup(id int64, language string) *StaffGroup {
	return &StaffGroup{client: c, id: id, language: c.options.Texts.Language(language),
		writes: pace.New(groupPerMinute, time.Minute), found: map[int64]presence{}}
}

// Setup gives the group the command menu of staff. What fails is logged: the
// commands work without.
func (g *StaffGroup) Setup(ctx context.Context) {
	g.client.adorn(ctx, "menu for staff", "setMyCommands", &menuParams{
		SetMyCommandsParams: bot.SetMyCommandsParams{Commands: menu(g.client.options.Texts.StaffCommands(g.language))},
		Scope:               commandScope{Type: "chat", Chat: g.id},
	})
}

// Check tells whether the bot can work in the group. The error is for the
// operator.
func (g *StaffGroup) Check(ctx context.Context) error {
	me, err := g.client.Identify(ctx)
	if err != nil {
		return err
	}
	var member struct {
		Status string `json:"status"`
		Topics bool   `json:"can_manage_topics"`
		Delete bool   `json:"can_delete_messages"`
	}
	err = g.ask(ctx, "getChatMember", &bot.GetChatMemberParams{ChatID: g.id, UserID: me.ID}, &member)
	switch {
	case refused(err, "chat not found", "member not found", "user not found", "PARTICIPANT_ID_INVALID") || unreachable(err):
		return fmt.Errorf("REKEY_STAFF_GROUP: the bot is in no group with the id %d; add it there, or mend the id", g.id)
	case err != nil:
		return g.client.forOperator(err)
	case member.Status != "administrator" || !member.Topics || !member.Delete:
		return errors.New("REKEY_STAFF_GROUP: make the bot an administrator of the group that may manage topics and delete messages; " +
			"without, cases have no topics, and commands with addresses stay")
	}
	return nil
}

// Present implements staff.Group. What it says is at most two seconds old.
func (g *StaffGroup) Present(ctx context.Context, user int64) (bool, error) {
	now := g.client.options.Now()
	if here, known := g.known(user, now); known {
		return here, nil
	}
	var member struct {
		Status string `json:"status"`
		Member bool   `json:"is_member"`
	}
	err := g.ask(ctx, "getChatMember", &bot.GetChatMemberParams{ChatID: g.id, UserID: user}, &member)
	if err != nil && !refused(err, "user not found", "member not found", "PARTICIPANT_ID_INVALID") {
		return false, err
	}
	here := member.Status == "creator" || member.Status == "administrator" || member.Status == "member" ||
		member.Status == "restricted" && member.Member
	g.mu.Lock()
	defer g.mu.Unlock()
	g.found[user] = presence{here, now}
	return here, nil
}

func (g *StaffGroup) known(user int64, now time.Time) (here, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.found, func(_ int64, p presence) bool { return now.Sub(p.at) >= presentFor })
	p, known := g.found[user]
	return p.here, known
}

// Tell implements staff.Group. When too much is said in the group already, the
// notice is dropped after two seconds.
func (g *StaffGroup) Tell(ctx context.Context, topic, message int, n staff.Notice) error {
	return g.say(ctx, topic, message, g.notice(n))
}

// Remove implements staff.Group. What the bot has no right to stays.
func (g *StaffGroup) Remove(ctx context.Context, message int) {
	if err := g.client.Delete(ctx, g.id, message); err != nil {
		g.client.options.Log.Warn("a message that should go stays in the staff group; "+
			"make the bot an administrator that may delete messages", "err", err)
	}
}

// Whisper implements staff.Group.
func (g *StaffGroup) Whisper(ctx context.Context, user int64, n staff.Notice) error {
	p := &bot.SendMessageParams{ChatID: user, Text: g.client.options.Texts.Notice(g.language, n), ProtectContent: true,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: bot.True()}}
	err := g.client.call(ctx, func(ctx context.Context) error { return g.client.write(ctx, user, "sendMessage", p, nil) })
	if unreachable(err) {
		return final(err)
	}
	return err
}

// Answer implements staff.Group. An answer that comes too late for an alert is
// dropped.
func (g *StaffGroup) Answer(ctx context.Context, callback string, n staff.Notice) error {
	text := g.client.options.Texts.Notice(g.language, n)
	if g.client.presses.claim(callback) {
		return g.client.answer(ctx, callback, text)
	}
	if text != "" {
		g.client.options.Log.Warn("an answer to staff came too late and is dropped")
	}
	return nil
}

// busy asks whoever did something to do it again.
func (g *StaffGroup) busy(ctx context.Context, in staff.Input) {
	ctx, cancel := context.WithTimeout(ctx, overdueWithin)
	defer cancel()
	text := g.client.options.Texts.Busy(g.language)
	var err error
	if in.Press.Callback != "" && g.client.presses.claim(in.Press.Callback) {
		err = g.client.answer(ctx, in.Press.Callback, text)
	} else {
		err = g.say(ctx, in.Topic, in.Message, &bot.SendMessageParams{Text: text})
	}
	if err != nil {
		g.client.options.Log.Warn("staff are not asked to try again", "err", err)
	}
}

// say replies to a message.
func (g *StaffGroup) say(ctx context.Context, topic, message int, p *bot.SendMessageParams) error {
	if p.Text == "" {
		return nil
	}
	p.ChatID, p.MessageThreadID, p.ProtectContent = g.id, topic, true
	p.LinkPreviewOptions = &models.LinkPreviewOptions{IsDisabled: bot.True()}
	p.ReplyParameters = &models.ReplyParameters{MessageID: message, AllowSendingWithoutReply: true}
	err := g.put(ctx, "sendMessage", p, nil)
	if later := (flows.ErrLater{}); errors.As(err, &later) {
		g.client.options.Log.Warn("a notice to staff is dropped: too much is said in their group", "room in", later.After)
		return nil
	}
	return err
}

// ask calls a method that writes nothing in the group.
func (g *StaffGroup) ask(ctx context.Context, method string, params, result any) error {
	if err := g.gone(); err != nil {
		return err
	}
	return g.heed(g.client.do(ctx, method, params, result))
}

// put calls a method that writes something in the group, or asks to be called
// later.
func (g *StaffGroup) put(ctx context.Context, method string, params, result any) error {
	if err := g.gone(); err != nil {
		return err
	}
	return g.heed(g.client.call(ctx, func(ctx context.Context) error {
		if left := g.writes.Take(g.client.options.Now()); left > 0 {
			return flows.ErrLater{After: left}
		}
		return g.client.write(ctx, g.id, method, params, result)
	}))
}

// heed notes when the group has become another chat.
func (g *StaffGroup) heed(err error) error {
	if no := refusalOf(err); no != nil && no.Parameters.MovedTo != 0 {
		g.move(no.Parameters.MovedTo)
		return g.gone()
	}
	return err
}

// move notes the chat that the group has become. Nobody knows yet who is in it.
func (g *StaffGroup) move(to int64) {
	if g.movedTo.Swap(to) == 0 {
		g.client.options.Log.Error("staff cannot work", "err", g.gone())
	}
}

func (g *StaffGroup) gone() error {
	if to := g.movedTo.Load(); to != 0 {
		return fmt.Errorf("REKEY_STAFF_GROUP: the group %d has become the chat %d. Set it to %d and restart", g.id, to, to)
	}
	return nil
}
