package staff

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzStaffNeverFinish lets staff do whatever they can think of, in any order,
// and holds what must be true of it all: nobody is verified without their own act,
// nothing is ordered by whom it may not be, nothing risky by one person alone, and
// no card holds a secret.
func FuzzStaffNeverFinish(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := decider()
		people := []Member{anna, ben, vera, oleg, irina, greta, {}}
		s := Scene{Now: noon, Account: lena(), Present: true}
		s.Account.Privileged, s.Account.Closed = random.IntN(2) == 0, true
		s.Case = d.Decide(Scene{Now: noon, By: anna, Present: true, Account: s.Account}, Ask{Open: "l•••"}).Case
		proved := false // the owner acted since the last check began
		for range 60 {
			s.By, s.Present = people[random.IntN(len(people))], random.IntN(8) > 0
			s.Now = s.Now.Add(time.Duration(random.IntN(200)) * time.Second)
			s.Fresh = Fresh{Token: "t0ken-of-a-link", Code: "314159", Words: [3]uint8{7, 8, 9}, Numbers: [3]int{12, 47, 83}, Chosen: random.IntN(3)}
			s.Asker, s.AskerHere, s.Voters = anna, random.IntN(4) > 0, []Member{oleg, irina}
			was := s.Case
			a := anything(random, was)
			if random.IntN(10) == 0 { // the owner
				n := s.Fresh.Numbers[random.IntN(3)]
				s.Case = was.Tapped(n, s.Now, d.VerifiedFor)
				proved = proved || s.Case.Caller.Checked
				continue
			}
			if a.Typed == "314159" && was.Asks == AskCode || a.Typed == "7 8 9" && was.Asks == AskWords { // read out by the owner
				proved = true
			}
			v := d.Decide(s, a)
			held(t, s, was, a, v, proved)
			if v.Changed {
				s.Case = v.Case
				s.Case.Revision++
			}
			if a.Act == ActAskChat || a.Act == ActAskCode {
				proved = proved && s.Case.Caller.Checked
			}
		}
	})
}

func anything(random *rand.Rand, c Case) Ask {
	switch random.IntN(3) {
	case 0:
		texts := []string{"because", "HD-1", "314159", "271828", "7 8 9", "1 2 3", "/reset x", ""}
		return Ask{Typed: texts[random.IntN(len(texts))]}
	default:
		return Ask{Act: acts[random.IntN(len(acts))].act, Seen: c.Revision}
	}
}

func held(t *testing.T, s Scene, was Case, a Ask, v Verdict, proved bool) {
	t.Helper()
	if v.Changed && v.Case.Caller.Checked && !was.Caller.Checked && !proved {
		t.Fatalf("%+v verifies a caller who did nothing: %+v", a, v.Case)
	}
	if len(v.Orders) > 0 && (!s.Present || !s.By.Is(workers...)) {
		t.Fatalf("%s orders %+v", s.By.Name, v.Orders)
	}
	for _, o := range v.Orders {
		ticked, _ := was.Tick(s.Now)
		_, link := o.(SendLink)
		check := a.Act == ActAskChat || a.Act == ActAskCode || a.Act == ActFreeze
		if s.Account.Privileged && a.Act != ActApprove && !check {
			t.Fatalf("one person orders %+v for a privileged account", o)
		}
		if !check && !link && a.Act != ActApprove && !ticked.Caller.Verified(s.Now) {
			t.Fatalf("%+v is ordered for a caller whom nobody verified", o)
		}
		if a.Act == ActApprove && was.Pending.By.ID == s.By.ID {
			t.Fatalf("%s approves what they asked for", s.By.Name)
		}
	}
	seen := s
	if v.Changed {
		seen.Case = v.Case
	}
	card := fmt.Sprintf("%+v", CardOf(seen, decider().Policy))
	for _, secret := range []string{"t0ken-of-a-link", "314159"} {
		if strings.Contains(card, secret) && a.Typed != secret && !strings.Contains(fmt.Sprint(was.Reason, was.Ticket), secret) &&
			!strings.Contains(v.Case.Reason+v.Case.Ticket, secret) {
			t.Fatalf("the card shows %q: %s", secret, card)
		}
	}
}

// What staff can order is a closed set, and none of it carries a password, a
// code for the chat, or an address.
func TestOrdersCarryNothingThatFinishes(t *testing.T) {
	known := map[string][]string{
		"SendLink": {"Account", "By", "Token", "Until"}, "ExpirePassword": {"Account"}, "EndSessions": {"Account"},
		"Unlock": {"Account"}, "Freeze": {"Account", "Until"}, "AskChat": {"Chat", "By", "Numbers", "Until"},
		"SendCallerCode": {"Account", "By", "Code", "Until"}, "SendCallerWords": {"Account", "By", "Words", "Until"},
	}
	given := map[string]bool{}
	for act := range orders {
		s := scene(anna)
		s.Account.Closed, s.Account.FrozenUntil = true, noon.Add(time.Hour)
		for _, o := range decider().Decide(s, Ask{Act: act}).Orders {
			given[reflect.TypeOf(o).Name()] = true
		}
	}
	for _, act := range []Act{ActAskChat, ActAskCode} {
		s := scene(anna)
		s.Case.Caller = Caller{}
		for _, o := range decider().Decide(s, Ask{Act: act}).Orders {
			given[reflect.TypeOf(o).Name()] = true
		}
	}
	for _, o := range []Order{SendLink{}, ExpirePassword{}, EndSessions{}, Unlock{}, Freeze{}, AskChat{}, SendCallerCode{}, SendCallerWords{}} {
		name := reflect.TypeOf(o).Name()
		var fields []string
		for f := range reflect.TypeOf(o).Fields() {
			fields = append(fields, f.Name)
		}
		if !reflect.DeepEqual(fields, known[name]) {
			t.Errorf("%s carries %v, want %v: may it help somebody finish a reset?", name, fields, known[name])
		}
		if !given[name] {
			t.Errorf("no act gives %s", name)
		}
		delete(given, name)
	}
	if len(given) > 0 {
		t.Errorf("acts give %v, which nobody has judged", given)
	}
}
