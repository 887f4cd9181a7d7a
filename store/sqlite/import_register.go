package sqlite

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// register tells which lines of a file have a word, such as an id. It holds 16
// bytes a word instead of the word: of ten million, two are taken for one in one
// file of 10^15, whose second line is then refused for no reason.
type register struct {
	seeds   [2]maphash.Seed
	entries []noted // in order once settled
}

// noted is the digest of a word, of 96 bits, and a line that has it.
type noted struct {
	high uint64
	low  uint32
	line uint32
}

func newRegister() *register {
	return &register{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

func (r *register) digest(word string) noted {
	return noted{high: maphash.String(r.seeds[0], word), low: uint32(maphash.String(r.seeds[1], word))}
}

// note notes that a line has a word.
func (r *register) note(word string, line int) {
	e := r.digest(word)
	e.line = uint32(line)
	r.entries = append(r.entries, e)
}

// settle ends the noting; what follows may be asked from then on.
func (r *register) settle() {
	slices.SortFunc(r.entries, func(a, b noted) int {
		return cmp.Or(compareWords(a, b), cmp.Compare(a.line, b.line))
	})
}

func compareWords(a, b noted) int {
	return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low))
}

// lines gives the entries of a word.
func (r *register) lines(word string) []noted {
	d := r.digest(word)
	i, _ := slices.BinarySearchFunc(r.entries, d, compareWords)
	rest := r.entries[i:]
	end := slices.IndexFunc(rest, func(e noted) bool { return compareWords(e, d) != 0 })
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}

// first gives the first line that has a word.
func (r *register) first(word string) (line int, ok bool) {
	lines := r.lines(word)
	if len(lines) == 0 {
		return 0, false
	}
	return int(lines[0].line), true
}

// has tells whether a line has a word.
func (r *register) has(word string, line int) bool {
	return slices.ContainsFunc(r.lines(word), func(e noted) bool { return int(e.line) == line })
}

// repeat is a line with a word that an earlier one has.
type repeat struct{ line, first int }

// repeats gives the lines that repeat a word, in their order.
func (r *register) repeats() []repeat {
	var out []repeat
	first := 0
	for i, e := range r.entries {
		if compareWords(e, r.entries[first]) != 0 {
			first = i
		}
		if e.line != r.entries[first].line {
			out = append(out, repeat{int(e.line), int(r.entries[first].line)})
		}
	}
	slices.SortFunc(out, func(a, b repeat) int { return cmp.Compare(a.line, b.line) })
	return out
}

// numbers is a set of numbers, such as those of lines. The zero value is empty.
type numbers struct {
	bits  []uint64
	count int
}

func (n *numbers) add(number int) {
	for len(n.bits) <= number/64 {
		n.bits = append(n.bits, 0)
	}
	if !n.has(number) {
		n.bits[number/64] |= 1 << (number % 64)
		n.count++
	}
}

func (n *numbers) has(number int) bool {
	return number/64 < len(n.bits) && n.bits[number/64]&(1<<(number%64)) != 0
}

// problems keeps the first that are added, and counts all.
type problems struct {
	first []Problem
	count int
}

func (p *problems) add(all ...Problem) {
	p.count += len(all)
	p.first = append(p.first, all[:min(len(all), maxProblems-len(p.first))]...)
}

// inOneList puts lists, each in the order of lines, into one such list.
func inOneList(lists ...problems) (all problems) {
	for _, p := range lists {
		all.first = append(all.first, p.first...)
		all.count += p.count
	}
	slices.SortStableFunc(all.first, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	all.first = all.first[:min(len(all.first), maxProblems)]
	return all
}
