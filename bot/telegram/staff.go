package telegram

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"rekey/flows/staff"
)

// anonymousAdmin is the user as whom an anonymous admin of a group writes
// (Bot API, Message.from).
const anonymousAdmin = 1087968824

// Staff says where support staff work and who treats what they do; the zero
// Staff is nowhere.
type Staff struct {
	Group   *StaffGroup
	Handler StaffHandler
}

func (s Staff) group() int64 {
	if s.Group == nil {
		return 0
	}
	return s.Group.id
}

// StaffHandler finishes what staff do in their group. It is called for one input
// of a person at a time, and for many people at once.
type StaffHandler interface {
	// Handle finishes an input. After an error, for which nothing was done, it
	// is called again for as long as there is time.
	Handle(ctx context.Context, in staff.Input) error
}

// The wire types have what the bot reads of the staff group alone.
type (
	wireStaff struct {
		wirePlace
		Sender  *struct{}  `json:"sender_chat"`
		Via     *struct{}  `json:"via_bot"`
		MovedTo int64      `json:"migrate_to_chat_id"`
		Reply   *wireReply `json:"reply_to_message"`
	}
	wirePlace struct {
		Thread  int  `json:"message_thread_id"`
		Topical bool `json:"is_topic_message"`
	}
)

// topic is the forum topic of a message; 0 when it is in none.
func (p wirePlace) topic() int {
	if !p.Topical {
		return 0 // a thread outside a topic is a chain of replies
	}
	return p.Thread
}

func (d decoder) ofStaff(c wireChat) bool { return d.staff != 0 && c.ID == d.staff }

// staffMessage reads what is said in the staff group: the commands of staff, by
// whomever, and what people write themselves and in their own name. The rest is
// talk that nobody needs an answer to.
func (d decoder) staffMessage(m *wireMessage) *staff.Input {
	in := &staff.Input{From: m.From.ID, Topic: m.topic(), Message: m.ID,
		Borrowed: m.Forward != nil || m.Via != nil || m.Sender != nil}
	if m.Sender != nil || m.From.ID == anonymousAdmin {
		in.From = 0
	}
	if strings.HasPrefix(m.Text, "/") {
		var ok bool
		in.Name, in.Text, ok = d.command(m.Text, staff.Commands())
		return only(in, ok)
	}
	if in.Asked = m.Reply.asks(d.bot); in.Asked != 0 {
		in.Name, in.Text, in.Answers = "reset", m.Text, m.Reply.ID
		return only(in, m.Text != "")
	}
	if in.Topic == 0 && m.Reply != nil {
		in.Answers = m.Reply.ID
		if m.Reply.From.ID == d.bot {
			in.Case = numbered(m.Reply.Text + m.Reply.Caption)
		}
	}
	in.Text, in.Media = m.Text+m.Caption, m.media()
	if strings.HasPrefix(in.Text, "/") { // below a photo, as in a text: for the bot, or for colleagues
		return nil
	}
	return only(in, in.Text+in.Media != "" && in.From != 0 && !in.Borrowed && !m.From.Bot)
}

func only(in *staff.Input, wanted bool) *staff.Input {
	if !wanted {
		return nil
	}
	return in
}

// staffPress reads a press in the staff group. One of a button that is no card's
// names no case.
func staffPress(p *wirePress) *staff.Input {
	in := &staff.Input{From: p.From.ID, Topic: p.Message.topic(), Message: p.Message.ID}
	if p.Data == newCase {
		in.Name = "reset"
	}
	var known bool
	if in.Press, known = parseCard(p.Data); !known {
		in.Press, _ = parseList(p.Data)
	}
	in.Press.Callback = p.ID
	return only(in, p.ID != "")
}

// cardMark begins the data of a card's button. The data has no dots, so that it
// is never that of a person's button, and none of those begins so.
const cardMark = "s:"

// cardData is what a card's button carries: case and revision in base 36 and an
// act or a reason, with colons between. Telegram allows 64 bytes.
func cardData(c staff.Case, name string) string {
	return cardMark + strconv.FormatInt(c.Number, 36) + ":" + strconv.FormatUint(c.Revision, 36) + ":" + name
}

// parseCard reads what cardData wrote, and nothing else.
func parseCard(data string) (p staff.Press, ok bool) {
	parts := strings.Split(strings.TrimPrefix(data, cardMark), ":")
	if len(parts) != 3 || parts[2] == "" || strings.Contains(data, ".") {
		return staff.Press{}, false
	}
	number, err := strconv.ParseInt(parts[0], 36, 64)
	revision, unread := strconv.ParseUint(parts[1], 36, 64)
	c := staff.Case{Number: number, Revision: revision}
	if err != nil || unread != nil || number <= 0 || cardData(c, parts[2]) != data {
		return staff.Press{}, false
	}
	p = staff.Press{Case: number, Revision: revision}
	for _, r := range staff.Reasons() {
		if parts[2] == string(r) {
			p.Reason = parts[2]
			return p, true
		}
	}
	p.Act = staff.Act(parts[2])
	return p, true
}

// finishStaff has what staff did handled, again after an error for as long as
// there is time, and tells whether it can be acknowledged. What is set aside
// then its author is told.
//
// Its lane is its author's: what one person does keeps its order, and who waits
// for something slow holds up nobody else. What two people do to one case at once
// the store sets in order. All who cannot be told apart share a lane.
func (r *Receiver) finishStaff(ctx context.Context, a arrival) bool {
	within, cancel := context.WithDeadline(ctx, a.due)
	defer cancel()
	for try := 1; ; try++ {
		err := r.safely(a.update, func() error { return r.Staff.Handler.Handle(within, *a.staff) })
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		panicked := errors.Is(err, errPanic) && try == maxPanics
		if panicked || r.Client.wait(within, retryPause*time.Duration(try)) != nil {
			r.Log.Error("what staff did is not handled and is set aside", "update", a.update, "err", err)
			r.Staff.Group.busy(ctx, *a.staff)
			return true
		}
	}
}
