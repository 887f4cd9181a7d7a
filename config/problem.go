package config

import "strings"

// Problem is one thing that is wrong with the configuration. It never holds the
// value of a setting, so that a secret put in the wrong place is not printed either.
type Problem struct {
	Name   string // where: a variable, or a file and line
	What   string // what is wrong, without a capital or full stop
	Remedy string // how to mend it, as a sentence
}

// String gives the problem in one line: where, what, remedy.
func (p Problem) String() string { return p.Name + ": " + p.What + ". " + p.Remedy }

// Problems is the error of [Load] and [ReadFile]: everything that is wrong, in
// the order of the settings or lines.
type Problems []Problem

// Error implements error with one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// wrong is a problem whose place the caller fills in.
func wrong(what, remedy string) *Problem { return &Problem{What: what, Remedy: remedy} }
