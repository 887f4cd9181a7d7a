package flows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"rekey/flows"
)

// What came before the answer to the like of it was said needs no answer of its
// own, nor does the rest of an album; what was answered otherwise, or could not be
// said, is not lost.
func TestEqualAnswersAreOne(t *testing.T) {
	r := newRig(t)
	photo := func(album string, arrived time.Time) {
		t.Helper()
		in := r.text("")
		in.Kind, in.Album, in.Arrived = flows.Unread, album, arrived
		r.handle(t, in)
	}
	said := func(id flows.MessageID, want int) {
		t.Helper()
		if n := r.chat.count(id); n != want {
			t.Errorf("%s was said %d times, want %d", id, n, want)
		}
	}
	r.handle(t, r.command("start", "recover"))
	arrived := r.now
	r.pass(time.Second)
	r.chat.refuse = errors.New("no connection")
	for range 10 {
		photo("", arrived)
		r.chat.refuse = nil
	}
	said(flows.WaitAccount, 1)
	for range 10 {
		photo("album", r.now)
	}
	said(flows.WaitAccount, 2)
	photo("", r.now)
	said(flows.WaitAccount, 3)
	r.handle(t, r.command("help", "")) // which repeats it
	photo("", arrived)
	said(flows.WaitAccount, 5)
	var answer time.Time // to what was just read
	r.chat.read = func() { r.pass(time.Second); answer = r.now; r.pass(time.Second) }
	photo("", r.now)
	photo("", answer)
	said(flows.WaitAccount, 7)
	r.handle(t, r.text("lena@gmail.com"))
	arrived = r.now
	r.pass(time.Second)
	for range 10 {
		in := r.press(flows.ButtonResend)
		in.Arrived = arrived
		r.handle(t, in)
	}
	said(flows.ResendSoon, 1)
	press := func(after time.Duration) {
		t.Helper()
		r.pass(after)
		in := r.press(flows.ButtonResend)
		in.Arrived = r.now
		r.handle(t, in)
	}
	press(time.Second / 2)
	said(flows.ResendSoon, 1)
	press(time.Second / 2)
	said(flows.ResendSoon, 2)
	r.holds(t, "what changed something alone is kept", `SELECT count(*) FROM outcomes`, 1)
}

// A webhook is given what a chat sent at once one by one, each after the answer to the
// one before.
func TestEqualAnswersToWhatWasSentTogetherAreOne(t *testing.T) {
	r := newRig(t)
	r.handle(t, r.command("start", "recover"))
	sends := func(sent time.Time) {
		t.Helper()
		in := r.text("")
		in.Kind, in.Sent, in.Arrived = flows.Unread, sent, r.now
		r.handle(t, in)
		r.pass(time.Second)
	}
	sent := r.now
	r.pass(2 * time.Second)
	for range 9 {
		sends(sent)
	}
	if n := r.chat.count(flows.WaitAccount); n != 1 {
		t.Errorf("what was sent together is answered %d times", n)
	}
	for range 3 { // each after the answer to the one before
		sends(r.now)
	}
	if n := r.chat.count(flows.WaitAccount); n != 4 {
		t.Errorf("what was sent after an answer is not answered: %d in all, want 4", n)
	}
	r.pass(time.Second)
	sends(r.now.Add(-time.Minute)) // by a clock that is wrong
	sends(r.now.Add(-time.Minute))
	r.pass(10 * time.Second)
	sends(r.now.Add(-time.Minute))
	if n := r.chat.count(flows.WaitAccount); n != 5 {
		t.Errorf("%d answers, want one more once ten seconds have passed", n)
	}
}

// What a chat sends beyond measure is deleted unread, and the person told once.
func TestSurplusIsDeletedUnread(t *testing.T) {
	r := newRig(t)
	var inputs []flows.Input
	var messages []int
	for range 250 {
		in := r.text("Marigold&Rain7")
		inputs, messages = append(inputs, in), append(messages, in.Message)
	}
	shared := r.text("+4915112345678")
	shared.Kind, shared.Own = flows.Shared, true
	other := r.text("hello")
	other.Chat = 78
	if err := r.runner.Surplus(t.Context(), append(inputs[:200:200], shared, other)); err != nil {
		t.Fatal(err)
	}
	r.pass(30 * time.Second)
	if err := r.runner.Surplus(t.Context(), inputs[200:]); err != nil {
		t.Fatal(err)
	}
	r.holds(t, "one job for each chat and time", `SELECT count(*) FROM jobs WHERE kind = 'delete'`, 3)
	r.work(t)
	slices.Sort(r.chat.deleted)
	if want := append(messages, other.Message); !slices.Equal(r.chat.deleted, want) {
		t.Errorf("deleted %v, want %v", r.chat.deleted, want)
	}
	if n := r.chat.count(flows.SaySurplus); n != 2 {
		t.Errorf("two chats were told %d times", n)
	}
	r.pass(time.Minute)
	if err := r.runner.Surplus(t.Context(), inputs[:1]); err != nil {
		t.Fatal(err)
	}
	r.work(t)
	if n := r.chat.count(flows.SaySurplus); n != 3 {
		t.Errorf("told %d times, want once more after a minute", n)
	}
	r.holds(t, "nothing of it is interpreted", `SELECT count(*) FROM recoveries`, 0)
}

// What comes again after a crash may come with more, and what the ledger could not
// take is told of once it can.
func TestSurplusThatComesAgain(t *testing.T) {
	r := newRig(t)
	var inputs []flows.Input
	for range 5 {
		inputs = append(inputs, r.text("Marigold&Rain7"))
	}
	for _, some := range [][]flows.Input{inputs[:3], inputs} {
		if err := r.runner.Surplus(t.Context(), some); err != nil {
			t.Fatal(err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	other := r.text("Marigold&Rain7")
	other.Chat = 78
	if err := r.runner.Surplus(ended, []flows.Input{other}); err == nil {
		t.Fatal("no error when nothing can be kept")
	}
	if err := r.runner.Surplus(t.Context(), []flows.Input{other}); err != nil {
		t.Fatal(err)
	}
	r.work(t)
	for _, in := range append(inputs, other) {
		if !slices.Contains(r.chat.deleted, in.Message) {
			t.Errorf("message %d stays in chat %d", in.Message, in.Chat)
		}
	}
	if n := r.chat.count(flows.SaySurplus); n != 2 {
		t.Errorf("two chats were told %d times", n)
	}
}

func TestSurplusThatStaysIsToldOf(t *testing.T) {
	r := newRig(t)
	r.chat.keep = fmt.Errorf("too old: %w", flows.ErrUnreachable)
	if err := r.runner.Surplus(t.Context(), []flows.Input{r.text("Marigold&Rain7"), r.text("Marigold&Rain7")}); err != nil {
		t.Fatal(err)
	}
	r.tries(t, 2*time.Second)
	if n := r.chat.count(flows.SayNotDeleted); n != 1 {
		t.Errorf("the person was told %d times that it stays", n)
	}
}
