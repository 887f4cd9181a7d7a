package staff

import (
	"context"
	"errors"
	"testing"
	"time"

	"rekey/flows"
)

// oneCase holds a case that is to be drawn.
type oneCase struct{ Cases }

func (oneCase) Draw(context.Context, int64) (Scene, Place, bool, error) {
	return Scene{Now: noon, Case: Case{Number: 1, Revision: 1}}, Place{}, true, nil
}
func (oneCase) Drawn(context.Context, int64, Place) error { return nil }

// slowGroup draws a card until it is told that it is done.
type slowGroup struct {
	Group
	begun, done chan struct{}
}

func (g slowGroup) Show(context.Context, Place, Card) (Place, error) {
	g.begun <- struct{}{}
	<-g.done
	return Place{Topic: 5, Message: 6}, nil
}

func TestACaseIsDrawnByOneAtATime(t *testing.T) {
	group := slowGroup{begun: make(chan struct{}), done: make(chan struct{})}
	d := NewDesk(DeskOptions{Cases: oneCase{}, Group: group})
	first := make(chan error, 1)
	go func() { first <- d.Draw(context.Background(), 1) }()
	<-group.begun
	if err := d.Draw(t.Context(), 1); !errors.As(err, new(flows.ErrLater)) {
		t.Errorf("a second drawing at the same time: %v", err)
	}
	close(group.done)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	go func() { <-group.begun }()
	if err := d.Draw(t.Context(), 1); err != nil {
		t.Errorf("when it is done: %v", err)
	}
}

// waitingTalk has a line for each side.
type waitingTalk struct {
	Cases
	said []Line
}

func (*waitingTalk) Lines(context.Context, int64) ([]Line, Case, Place, error) {
	return []Line{{ID: 1, Kind: LineSaid, ToStaff: true, Text: "Hello"}, {ID: 2, Kind: LineSaid, Text: "Hello Lena", To: 77}},
		Case{Number: 1, Talk: Talk{Chat: 77, Live: true}}, Place{Message: 6}, nil
}

func (t *waitingTalk) Said(_ context.Context, lines ...Line) error {
	t.said = append(t.said, lines...)
	return nil
}

// fullGroup hears no more for now.
type fullGroup struct{ Group }

func (fullGroup) ToStaff(context.Context, Place, int64, ...Line) error {
	return flows.ErrLater{After: time.Minute}
}
func (fullGroup) ToPerson(context.Context, Talk, Line) error { return nil }

func TestAFullGroupHoldsNoAnswerUp(t *testing.T) {
	cases := &waitingTalk{}
	err := NewDesk(DeskOptions{Cases: cases, Group: fullGroup{}}).Relay(t.Context(), 1)
	if !errors.As(err, new(flows.ErrLater)) || len(cases.said) != 1 || cases.said[0].ID != 2 {
		t.Errorf("said %+v, %v", cases.said, err)
	}
}
