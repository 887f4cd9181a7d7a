package demo

import (
	"context"

	"rekey/bot/simulator"
)

// staffState is what the group has besides its messages.
type staffState struct {
	Topics []simulator.Topic             `json:"topics"` // but the general one, oldest first
	Menus  map[int64][]simulator.Command `json:"menus"`  // of each colleague
}

func (p *page) staffState() staffState {
	now := staffState{Topics: p.options.Group.Topics(), Menus: map[int64][]simulator.Command{}}
	for id, person := range p.staff {
		now.Menus[id] = person.CommandsIn(p.options.Group)
	}
	return now
}

// sendGroup sends an event of the group. Only the state holds the topics.
func (p *page) sendGroup(ctx context.Context, v *visitor, out *events, event simulator.Event) error {
	if event.Kind == "topics" {
		return p.sendState(ctx, v, out)
	}
	return out.send("group", event)
}

// groupActs are what a colleague can do in the group.
var groupActs = map[string]func(p *simulator.Person, g *simulator.Group, in request) error{
	"post": post,
	"edit": func(p *simulator.Person, g *simulator.Group, in request) error {
		p.EditIn(g, in.ID, in.Text)
		return nil
	},
	"press": func(p *simulator.Person, g *simulator.Group, in request) error { return p.PressIn(g, in.ID, in.Label) },
}

func post(p *simulator.Person, g *simulator.Group, in request) error {
	sent := p.Post(g, simulator.Post{Text: in.Text, Kind: in.Kind, Topic: in.Topic, ReplyTo: in.ReplyTo, Forwarded: in.Forwarded})
	if sent == 0 {
		return refusal("This was not sent. In a closed topic only those who manage topics can write.")
	}
	return nil
}

func (p *page) groupAct(c call) (any, error) {
	act, ok := groupActs[c.act]
	person, known := p.staff[c.body.By]
	if !ok || !known {
		return nil, outOfDate
	}
	if err := act(person, p.options.Group, c.body); err != nil {
		return nil, refusal(err.Error())
	}
	return struct{}{}, nil
}
