package staff

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"rekey/flows"
)

// Input is what somebody did in the staff group.
type Input struct {
	ID      flows.InputID
	From    int64 // 0: not a person that can be told from others
	Topic   int
	Message int
	Name    string // a command without its slash
	Text    string // after the command, or all of it
	Media   string // what the message is, such as "photo"; Text is below it
	Answers int    // the message that is answered, where topics do not tell
	Case    int64  // that such a message of the bot's is about, if it tells
	Press   Press
	// Asked is whom the bot asked in the message Answers, which this one answers;
	// 0: it answers no question.
	Asked int64
	// Borrowed tells that what was said is not the sender's own: a forward, or
	// a message in the name of a group or channel.
	Borrowed bool
}

// Press is a pressed button of a card.
type Press struct {
	Callback string // empty: no press
	Case     int64
	Revision uint64
	Act      Act
	Reason   string // one of the reasons on the buttons
	Change   int64  // of the list of staff: the button stands below it
}

// DeskOptions is what a Desk is built from. All but Point are required.
type DeskOptions struct {
	Cases     Cases
	Group     Group
	Directory flows.Directory
	Decider   Decider
	// Identify reads what staff typed to open a case; false when it is nothing.
	Identify func(text string) (id flows.Identifier, masked string, ok bool)
	Fresh    func() Fresh
	Zone     *time.Location // by whose clocks the days of a week begin
	// Tell tells a person's conversation what happened: flows.Runner.Handle.
	Tell  func(context.Context, flows.Input) error
	Now   func() time.Time
	Log   *slog.Logger
	Point func(name string) // told what has just been done
}

// Desk is where staff meet their cases. Safe for concurrent use.
type Desk struct {
	DeskOptions
	drawing sync.Map       // numbers of the cases that are being drawn
	talks   [64]sync.Mutex // by number: the lines of a talk go one after the other
}

// NewDesk builds a Desk.
func NewDesk(o DeskOptions) *Desk {
	if o.Point == nil {
		o.Point = func(string) {}
	}
	return &Desk{DeskOptions: o}
}

// Handle treats what somebody did in the staff group. Done again for the same
// input it says the same and does nothing. After an error nothing was done.
func (d *Desk) Handle(ctx context.Context, in Input) error {
	if slices.Contains([]string{"reset", "find", "audit"}, in.Name) && in.Text != "" {
		d.Group.Remove(ctx, in.Message) // whom it names is nobody else's business
	}
	switch {
	case in.From == 0 || in.Borrowed:
		return d.refuse(ctx, in, NotStaff, 0)
	case in.Asked != 0 && in.Asked != in.From:
		return d.refuse(ctx, in, NotAsked, 0)
	case in.Name == "reset" && in.Text == "":
		return d.askWhom(ctx, in)
	case in.Press.Change != 0:
		return d.settleList(ctx, in)
	case in.Press.Callback != "":
		return d.pressed(ctx, in)
	case in.Name == "staff" && in.Text != "":
		return d.changeList(ctx, in)
	case in.Name == "reset":
		return d.reset(ctx, in)
	case in.Name == "":
		return d.typed(ctx, in)
	case queries[in.Name].answer != nil:
		return d.query(ctx, in)
	default:
		return nil
	}
}

// reset opens a case for what was typed after the command, or as an answer.
func (d *Desk) reset(ctx context.Context, in Input) error {
	if in.Asked != 0 {
		d.Group.Remove(ctx, in.Answers)
	}
	id, masked, ok := d.Identify(strings.TrimSpace(in.Text))
	if !ok {
		return d.refuse(ctx, in, NoIdentifier, 0)
	}
	r, err := d.beginning(ctx, id)
	if err != nil {
		return err
	}
	r.Input, r.By = in.ID, in.From
	return d.ask(ctx, in, r, Ask{Open: masked})
}

func (d *Desk) pressed(ctx context.Context, in Input) error {
	c, ok, err := d.Cases.Case(ctx, in.Press.Case)
	if err != nil {
		return err
	}
	if !ok {
		return d.refuse(ctx, in, NotNow, 0)
	}
	r := Request{Input: in.ID, By: in.From, Case: c.Number, Asker: c.Pending.By.ID}
	if in.Press.Act == ActApprove && r.Asker != 0 {
		if r.AskerHere, err = d.present(ctx, r.Asker); err != nil {
			return err
		}
		if r.VotersHere, err = d.votersHere(ctx, c.Pending.Votes); err != nil {
			return err
		}
	}
	a := Ask{Act: in.Press.Act, Seen: in.Press.Revision}
	if in.Press.Reason != "" {
		a = Ask{Typed: in.Press.Reason, Asked: AskReason}
	}
	return d.ask(ctx, in, r, a)
}

// votersHere gives those who agreed to what waits and are in the staff group.
func (d *Desk) votersHere(ctx context.Context, votes []Who) (here []int64, err error) {
	for _, w := range votes {
		there, err := d.present(ctx, w.ID)
		if err != nil {
			return nil, err
		}
		if there {
			here = append(here, w.ID)
		}
	}
	return here, nil
}

func (d *Desk) ask(ctx context.Context, in Input, r Request, a Ask) (err error) {
	if r.Present, err = d.present(ctx, in.From); err != nil {
		return err
	}
	v, err := d.decide(ctx, r, a)
	if err != nil {
		return err
	}
	d.Point("staff.decided")
	if v.Refusal != "" {
		return d.refuse(ctx, in, v.Refusal, v.Case.Number)
	}
	if in.Press.Callback != "" {
		return d.answer(ctx, in, Notice{}, false)
	}
	return d.answer(ctx, in, Notice{Case: v.Case.Number}, v.Began)
}

func (d *Desk) decide(ctx context.Context, r Request, a Ask) (Verdict, error) {
	fresh := d.Fresh()
	return d.Cases.Decide(ctx, r, func(s Scene) Verdict {
		s.Fresh = fresh
		return d.Decider.Decide(s, a)
	})
}

// refuse says why nothing is done, and keeps what matters for those who watch.
func (d *Desk) refuse(ctx context.Context, in Input, why Refusal, number int64) error {
	if alarming(why) {
		d.Log.Warn("something that staff may not do was tried", "by", in.From, "why", why)
		if err := d.alarm(ctx, Alarm{By: in.From, Tried: in.Name + string(in.Press.Act)}, why); err != nil {
			return err
		}
	}
	return d.answer(ctx, in, Notice{Refusal: why, Case: number}, true)
}

// alarm tells the admins, as far as they can be reached.
func (d *Desk) alarm(ctx context.Context, a Alarm, why Refusal) error {
	admins, err := d.Cases.Alarmed(ctx, a, why)
	if err != nil {
		return err
	}
	d.tellAdmins(ctx, admins, Notice{Alarm: &a})
	return nil
}

// alarming refusals are tries at what somebody has no right to.
func alarming(r Refusal) bool {
	return slices.Contains([]Refusal{NotStaff, NotPresent, NotYourRole, NotYourOwn, NotYourself, NotBacked, TooMany}, r)
}

// answer ends a press with a text, if there is one, and says it below a message.
func (d *Desk) answer(ctx context.Context, in Input, n Notice, say bool) error {
	var err error
	switch {
	case in.Press.Callback != "":
		err = d.Group.Answer(ctx, in.Press.Callback, n)
	case say:
		err = d.Group.Tell(ctx, in.Topic, in.Message, n)
	}
	if err != nil {
		d.Log.Warn("staff are not answered", "input", in.ID, "err", err)
	}
	return nil
}

// Draw shows a case as it is now in the staff group, once for each revision, and
// one at a time: two would make two topics.
func (d *Desk) Draw(ctx context.Context, number int64) error { return d.draw(ctx, number, false) }

// draw shows a revision also when it was shown, if that is wanted anew.
func (d *Desk) draw(ctx context.Context, number int64, anew bool) error {
	if _, busy := d.drawing.LoadOrStore(number, true); busy {
		return flows.ErrLater{After: time.Second}
	}
	defer d.drawing.Delete(number)
	s, at, ok, err := d.Cases.Draw(ctx, number)
	if err != nil || !ok || at.Revision >= s.Case.Revision && !anew {
		return err
	}
	drawn, showErr := d.Group.Show(ctx, at, CardOf(s, d.Decider.Policy))
	d.Point("case.shown")
	if showErr == nil {
		drawn.Revision = s.Case.Revision
	}
	if drawn != at { // some of it may have worked
		if err := d.Cases.Drawn(ctx, number, drawn); err != nil {
			return errors.Join(showErr, err)
		}
	}
	return showErr
}
