package journal_test

import (
	"slices"
	"testing"

	"rekey/bot/mail/inbox/journal"
)

func TestKeepsTheNewest(t *testing.T) {
	j := journal.New[int](3)
	for n := range 5 {
		j.Add(n)
	}
	got := j.Entries()
	if !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("Entries() = %v", got)
	}
	got[0] = 9
	if j.Entries()[0] != 2 {
		t.Error("Entries gives away the journal itself")
	}
}

func TestWatch(t *testing.T) {
	j := journal.New[int](3)
	j.Add(1)
	all, cancel := j.Watch()
	for n := range 5 { // two more than the watcher holds
		j.Add(n)
	}
	cancel()
	cancel()
	j.Add(6)
	var got []int
	for n := range all {
		got = append(got, n)
	}
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("watched %v", got)
	}
}
