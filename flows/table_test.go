package flows

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write generated documents anew")

func TestEveryOutcomeHasAnExit(t *testing.T) {
	t.Run(RecoveryName, func(t *testing.T) { checkExits(t, Recovery(testOptions())) })
	t.Run(TalkName, func(t *testing.T) { checkExits(t, Talk(testTalk())) })
}

func checkExits[T any](t *testing.T, flow Flow[T]) {
	outcomes := EffectOutcomes()
	for _, s := range flow.Steps {
		possible := slices.Clone(s.Decides)
		for _, kind := range s.Orders {
			possible = append(possible, outcomes[kind]...)
		}
		for _, o := range possible {
			switch o.(type) {
			case NotUnderstood, Unconcerned:
				continue
			}
			if _, ok := s.exit(o); !ok {
				t.Errorf("step %s has no exit for %s", s.Name, OutcomeName(o))
			}
		}
		for _, e := range s.Exits {
			if !slices.ContainsFunc(possible, func(o Outcome) bool { return OutcomeName(o) == OutcomeName(e.On) }) {
				t.Errorf("step %s has an exit for %s, which cannot happen there", s.Name, OutcomeName(e.On))
			}
		}
	}
}

func TestStepsAreNamedOnceReachedAndLeft(t *testing.T) {
	t.Run(RecoveryName, func(t *testing.T) { checkSteps(t, Recovery(testOptions())) })
	t.Run(TalkName, func(t *testing.T) { checkSteps(t, Talk(testTalk())) })
}

func checkSteps[T any](t *testing.T, flow Flow[T]) {
	leads := map[string][]string{}
	for _, s := range flow.Steps {
		if _, twice := leads[s.Name]; twice {
			t.Errorf("two steps are called %q", s.Name)
		}
		leads[s.Name] = nil
		if s.Ask == "" || s.Wait == "" || s.Answer == nil {
			t.Errorf("step %q lacks a question, a waiting text or an answer", s.Name)
		}
		for _, e := range s.Exits {
			if e.To != Stay {
				leads[s.Name] = append(leads[s.Name], e.To)
			}
			if _, silent := e.On.(Relayed); e.Say == "" && (e.To == Stay || e.To == End) && !silent {
				t.Errorf("step %q says nothing after %s", s.Name, OutcomeName(e.On))
			}
		}
	}
	for _, s := range flow.Steps {
		for _, to := range leads[s.Name] {
			if _, ok := flow.step(to); !ok && to != End {
				t.Errorf("step %q leads to %q, which does not exist", s.Name, to)
			}
		}
		begins := func(from Step[T]) bool {
			return from.Begins && (from.Name == s.Name || reaches(leads, from.Name, s.Name))
		}
		if !slices.ContainsFunc(flow.Steps, begins) {
			t.Errorf("nothing leads to step %q", s.Name)
		}
		if !reaches(leads, s.Name, End) {
			t.Errorf("no way leads from step %q to the end", s.Name)
		}
	}
}

func reaches(leads map[string][]string, from, to string) bool {
	seen := map[string]bool{}
	open := []string{from}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		for _, next := range leads[at] {
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next] = true
				open = append(open, next)
			}
		}
	}
	return false
}

func TestDiagramIsWhatTheFlowIs(t *testing.T) {
	path := filepath.Join("..", "docs", "recovery-flow.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flow, talk := Recovery(testOptions()), Talk(testTalk())
	before, _, found := bytes.Cut(doc, []byte("<!-- generated -->\n"))
	if !found {
		t.Fatalf("%s has no line <!-- generated -->", path)
	}
	want := string(before) + "<!-- generated -->\n\n```mermaid\n" + flow.Diagram() + "```\n\n" + flow.Table() +
		"## The talk with support\n\nWhat the person was at waits meanwhile.\n\n```mermaid\n" + talk.Diagram() + "```\n\n" + talk.Table()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(doc) != want {
		t.Fatalf("%s is out of date: run go test ./flows -update", path)
	}
}

func TestOutcomesSurviveTheLedger(t *testing.T) {
	for _, outcomes := range EffectOutcomes() {
		for _, o := range outcomes {
			b, err := EncodeOutcome(o)
			if err != nil {
				t.Fatal(err)
			}
			back, err := DecodeOutcome(b)
			if err != nil || OutcomeName(back) != OutcomeName(o) {
				t.Errorf("%s came back as %v, %v", OutcomeName(o), back, err)
			}
		}
	}
	if _, err := DecodeOutcome([]byte("Nonsense {}")); err == nil {
		t.Error("an unknown outcome was decoded")
	}
}
