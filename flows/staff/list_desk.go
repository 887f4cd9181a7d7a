package staff

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"rekey/flows"
)

// ListRequest is a Motion on its way to the store.
type ListRequest struct {
	Input     flows.InputID
	By        int64
	Present   bool
	Number    int64 // of the change that waits; 0: it is a wish
	Asker     int64 // who asked for it, as far as is known
	AskerHere bool  // they are in the staff group
}

// changeList treats what was typed after /staff.
func (d *Desk) changeList(ctx context.Context, in Input) error {
	return d.rule(ctx, in, ListRequest{}, readMotion(in.Text))
}

// settleList treats the press of a button below a change that waits.
func (d *Desk) settleList(ctx context.Context, in Input) error {
	c, waits, err := d.Cases.Change(ctx, in.Press.Change)
	if err != nil {
		return err
	}
	r := ListRequest{Number: in.Press.Change, Asker: c.Asker.ID}
	if waits && in.Press.Act == ActApprove {
		if r.AskerHere, err = d.present(ctx, r.Asker); err != nil {
			return err
		}
	}
	return d.rule(ctx, in, r, Motion{Act: in.Press.Act})
}

func (d *Desk) rule(ctx context.Context, in Input, r ListRequest, m Motion) (err error) {
	r.Input, r.By = in.ID, in.From
	if r.Present, err = d.present(ctx, in.From); err != nil {
		return err
	}
	v, err := d.Cases.Rule(ctx, r, func(roll Roll) Ruling { return d.Decider.Rule(roll, m) })
	if err != nil {
		return err
	}
	d.Point("staff.ruled")
	if v.Refusal != "" {
		return d.refuse(ctx, in, v.Refusal, 0)
	}
	n := Notice{Ruling: &v}
	d.tellAdmins(ctx, v.Admins, n)
	if in.Press.Callback == "" {
		return d.answer(ctx, in, n, true)
	}
	d.Group.Remove(ctx, in.Message) // its buttons are of no use any more
	if err := d.answer(ctx, in, Notice{}, false); err != nil {
		return err
	}
	return d.answer(ctx, Input{ID: in.ID, Topic: in.Topic, Message: in.Message}, n, true)
}

// tellAdmins tells something in private, as far as each can be reached.
func (d *Desk) tellAdmins(ctx context.Context, admins []Who, n Notice) {
	for _, admin := range admins {
		if err := d.Group.Whisper(ctx, admin.ID, n); err != nil {
			d.Log.Warn("an admin is not told in private; they must press Start in the bot's chat once", "admin", admin.Name, "err", err)
		}
	}
}

// readMotion reads "add 123456789 Anna Holm agent, approver" and "remove
// 123456789": the roles are the last words.
func readMotion(text string) Motion {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	if len(words) == 0 || words[0] != "add" && words[0] != "remove" {
		return Motion{Unread: ListUnread}
	}
	verb, words := words[0], words[1:]
	if len(words) == 0 {
		return Motion{Unread: NoMember}
	}
	id, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || id <= 0 {
		return Motion{Unread: NoMember}
	}
	m, words := Member{Who: Who{ID: id}}, words[1:]
	if verb == "remove" {
		if len(words) > 0 {
			return Motion{Unread: ListUnread}
		}
		return Motion{Wish: Change{Member: m}}
	}
	for n := len(words) - 1; n >= 0 && slices.Contains(Roles(), Role(strings.ToLower(words[n]))); n-- {
		m.Roles = append(m.Roles, Role(strings.ToLower(words[n])))
		words = words[:n]
	}
	named := false
	if m.Name, named = ReadName(strings.Join(words, " ")); len(m.Roles) == 0 {
		return Motion{Unread: NoRole}
	} else if !named {
		return Motion{Unread: NoName}
	}
	m.Roles = Ordered(m.Roles)
	return Motion{Wish: Change{Member: m}}
}
