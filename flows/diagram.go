package flows

import (
	"fmt"
	"strings"
)

// Diagram draws the flow as a Mermaid state diagram from its own exits.
func (f Flow[T]) Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range f.Steps {
		if s.Begins {
			fmt.Fprintf(&b, "    [*] --> %s\n", s.Name)
		}
		for _, e := range s.Exits {
			to := e.To
			switch to {
			case Stay:
				to = s.Name
			case End:
				to = "[*]"
			}
			fmt.Fprintf(&b, "    %s --> %s: %s\n", s.Name, to, OutcomeName(e.On))
		}
	}
	return b.String()
}

// Table lists the flow's steps and exits in Markdown: what each step asks and
// orders, and for every outcome what is said and which step is next.
func (f Flow[T]) Table() string {
	var b strings.Builder
	for _, s := range f.Steps {
		fmt.Fprintf(&b, "### %s\n\nAsks `%s`", s.Name, s.Ask)
		if len(s.Orders) > 0 {
			fmt.Fprintf(&b, "; orders %s", codes(s.Orders))
		}
		if s.Secret {
			b.WriteString("; what is typed here is deleted")
		}
		b.WriteString(".\n\n| outcome | says | next |\n|---|---|---|\n")
		for _, e := range s.Exits {
			say, to := "", e.To
			if e.Say != "" {
				say = "`" + string(e.Say) + "`"
			}
			if to == Stay {
				to = "stays"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", OutcomeName(e.On), say, to)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func codes(kinds []EffectKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, "`"+string(k)+"`")
	}
	return strings.Join(names, ", ")
}
