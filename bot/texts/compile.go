package texts

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// part writes a piece of a text. A text is compiled into parts rather than run
// by text/template, whose reflection costs ten times as much; what it may hold
// is thereby no more than facts, if, plural and other texts, and rendering
// cannot fail.
type part func(*strings.Builder, *view)

// compile reads the texts of a file.
func (l *language) compile(source string) error {
	trees, err := parse.Parse("", source, "", "", map[string]any{"plural": true})
	if err != nil {
		return fmt.Errorf("parsing: %w", err)
	}
	delete(trees, "") // what stands between the texts
	for name, tree := range trees {
		p, err := l.list(tree.Root, trees)
		if err != nil {
			return fmt.Errorf("text %q: %w", name, err)
		}
		l.texts[name] = p
	}
	return nil
}

func (l *language) list(n *parse.ListNode, trees map[string]*parse.Tree) (part, error) {
	if n == nil {
		return func(*strings.Builder, *view) {}, nil
	}
	parts := make([]part, len(n.Nodes))
	for i, node := range n.Nodes {
		p, err := l.node(node, trees)
		if err != nil {
			return nil, err
		}
		parts[i] = p
	}
	return func(b *strings.Builder, v *view) {
		for _, p := range parts {
			p(b, v)
		}
	}, nil
}

func (l *language) node(node parse.Node, trees map[string]*parse.Tree) (part, error) {
	switch n := node.(type) {
	case *parse.TextNode:
		text := string(n.Text)
		return func(b *strings.Builder, _ *view) { b.WriteString(text) }, nil
	case *parse.ActionNode:
		return l.action(n)
	case *parse.IfNode:
		return l.choice(n, trees)
	case *parse.TemplateNode:
		if _, ok := trees[n.Name]; !ok {
			return nil, fmt.Errorf("there is no text %q to include", n.Name)
		}
		return func(b *strings.Builder, v *view) { l.texts[n.Name](b, v) }, nil
	default:
		return nil, fmt.Errorf("%s: a text holds only facts, if, plural and template", node)
	}
}

// action compiles {{.Fact}} and {{plural .Number "one|other"}}.
func (l *language) action(n *parse.ActionNode) (part, error) {
	args, err := command(n.Pipe)
	if err != nil {
		return nil, err
	}
	if f, ok := args[0].(*parse.IdentifierNode); ok && f.Ident == "plural" && len(args) == 3 {
		return l.inflected(args[1], args[2])
	}
	value, err := fact(args...)
	if err != nil {
		return nil, err
	}
	switch f := value.(type) {
	case func(*view) string:
		return func(b *strings.Builder, v *view) { b.WriteString(f(v)) }, nil
	case func(*view) int:
		return func(b *strings.Builder, v *view) { b.WriteString(strconv.Itoa(f(v))) }, nil
	default:
		return nil, fmt.Errorf("%s cannot be written, only asked for with if", n)
	}
}

func (l *language) inflected(number, text parse.Node) (part, error) {
	value, err := fact(number)
	if err != nil {
		return nil, err
	}
	f, isNumber := value.(func(*view) int)
	s, isText := text.(*parse.StringNode)
	if !isNumber || !isText {
		return nil, fmt.Errorf(`plural needs a number and its forms, as in plural .Tries "# try|# tries"`)
	}
	forms, err := l.split(s.Text)
	if err != nil {
		return nil, err
	}
	return func(b *strings.Builder, v *view) { b.WriteString(l.plural(f(v), forms)) }, nil
}

// choice compiles {{if .Fact}} with or without {{else}}.
func (l *language) choice(n *parse.IfNode, trees map[string]*parse.Tree) (part, error) {
	args, err := command(n.Pipe)
	if err != nil {
		return nil, err
	}
	holds, err := condition(args...)
	if err != nil {
		return nil, err
	}
	then, err := l.list(n.List, trees)
	if err != nil {
		return nil, err
	}
	otherwise, err := l.list(n.ElseList, trees)
	if err != nil {
		return nil, err
	}
	return func(b *strings.Builder, v *view) {
		if holds(v) {
			then(b, v)
			return
		}
		otherwise(b, v)
	}, nil
}

// condition is a fact that is true, not empty or not zero.
func condition(args ...parse.Node) (func(*view) bool, error) {
	value, err := fact(args...)
	if err != nil {
		return nil, err
	}
	switch f := value.(type) {
	case func(*view) string:
		return func(v *view) bool { return f(v) != "" }, nil
	case func(*view) int:
		return func(v *view) bool { return f(v) != 0 }, nil
	default:
		return value.(func(*view) bool), nil
	}
}

// command gives the only command of a pipeline.
func command(p *parse.PipeNode) ([]parse.Node, error) {
	if len(p.Cmds) != 1 || len(p.Decl) > 0 {
		return nil, fmt.Errorf("%s: pipelines and variables have no place in a text", p)
	}
	return p.Cmds[0].Args, nil
}

// fact finds the method of view that a text mentions.
func fact(args ...parse.Node) (any, error) {
	field, ok := args[0].(*parse.FieldNode)
	if !ok || len(args) > 1 || len(field.Ident) > 1 {
		return nil, fmt.Errorf("%s is no fact", args[0])
	}
	method, ok := reflect.TypeFor[*view]().MethodByName(field.Ident[0])
	if !ok {
		return nil, fmt.Errorf("unknown fact %s", field)
	}
	return method.Func.Interface(), nil
}
