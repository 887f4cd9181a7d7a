package argon2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// occupied returns slots that are all taken.
func occupied(t *testing.T, total int, maxWait, mean time.Duration) *slots {
	t.Helper()
	s := newSlots(total, maxWait, mean)
	for range total {
		if err := s.acquire(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestSlotsAreFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := occupied(t, 1, time.Hour, time.Second)
		var served []string
		for i := range 20 {
			key := fmt.Sprint(i)
			go func() {
				if err := s.acquire(t.Context(), key); err != nil {
					t.Error(err)
				}
				served = append(served, key)
				s.release(time.Second)
			}()
			synctest.Wait()
		}
		s.release(time.Second)
		synctest.Wait()
		want := make([]string, 20)
		for i := range want {
			want[i] = fmt.Sprint(i)
		}
		if !slices.Equal(served, want) || s.free != 1 {
			t.Errorf("served %v; %d free", served, s.free)
		}
	})
}

func TestSlotsNeverMoreThanTotal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(3, time.Hour, 0)
		working, most := make(chan struct{}, 3), 0
		for range 30 {
			go func() {
				if err := s.acquire(t.Context(), ""); err != nil {
					t.Error(err)
				}
				select {
				case working <- struct{}{}:
				default:
					t.Error("a fourth works")
				}
				<-time.After(time.Second) // the bubble's clock, not the real one
				<-working
				s.release(time.Second)
			}()
		}
		for range 10 {
			synctest.Wait()
			most = max(most, len(working))
			<-time.After(time.Second)
		}
		synctest.Wait()
		if most != 3 || s.free != 3 {
			t.Errorf("at most %d worked at once; %d free at the end", most, s.free)
		}
	})
}

func TestSlotsOneWaitingPlaceForAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := occupied(t, 1, time.Hour, time.Second)
		first := make(chan error, 1)
		go func() { first <- s.acquire(t.Context(), "chat") }()
		synctest.Wait()
		if err := s.acquire(t.Context(), "chat"); !errors.Is(err, ErrBusy) {
			t.Errorf("a second place: %v", err)
		}
		s.release(time.Second)
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		// The first works now and waits no more: the key may queue again.
		second := make(chan error, 1)
		go func() { second <- s.acquire(t.Context(), "chat") }()
		synctest.Wait()
		s.release(time.Second)
		if err := <-second; err != nil {
			t.Error(err)
		}
	})
}

func TestSlotsKeylessMayWaitTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := occupied(t, 1, time.Hour, time.Second)
		for range 5 {
			go func() {
				if err := s.acquire(t.Context(), ""); err != nil {
					t.Error(err)
				}
				s.release(time.Second)
			}()
		}
		synctest.Wait()
		if len(s.queue) != 5 {
			t.Errorf("%d wait", len(s.queue))
		}
		s.release(time.Second)
		synctest.Wait()
	})
}

func TestSlotsBusyWhenTheWaitIsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := occupied(t, 2, 20*time.Second, 10*time.Second)
		for range 4 { // at 10 s each in 2 slots, the fourth waits 20 s
			go func() {
				if err := s.acquire(t.Context(), ""); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		if err := s.acquire(t.Context(), ""); !errors.Is(err, ErrBusy) {
			t.Errorf("a wait of 25 s: %v", err)
		}
		for range 4 {
			s.release(10 * time.Second)
		}
		synctest.Wait()
	})
}

func TestSlotsLearnHowLongAHashTakes(t *testing.T) {
	s := occupied(t, 1, 20*time.Second, time.Second)
	for range 50 {
		s.release(30 * time.Second)
		if err := s.acquire(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.acquire(t.Context(), ""); !errors.Is(err, ErrBusy) {
		t.Errorf("after hashes of 30 s: %v", err)
	}
}

func TestSlotsGiveUpAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := occupied(t, 1, time.Hour, time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		gone, next := make(chan error, 1), make(chan error, 1)
		go func() { gone <- s.acquire(ctx, "gone") }()
		synctest.Wait()
		go func() { next <- s.acquire(t.Context(), "next") }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled wait: %v", err)
		}
		s.release(time.Second)
		if err := <-next; err != nil {
			t.Error(err)
		}
		s.release(time.Second)
		if s.free != 1 || len(s.queue) != 0 {
			t.Errorf("%d free, %d wait", s.free, len(s.queue))
		}
	})
}

func TestSlotsGiveUpASlotJustGiven(t *testing.T) {
	s := occupied(t, 1, time.Hour, time.Second)
	late, err := s.enter("late")
	if err != nil {
		t.Fatal(err)
	}
	s.release(time.Second) // the slot is late's now
	s.leave(late)
	if s.free != 1 {
		t.Errorf("%d free", s.free)
	}
}
