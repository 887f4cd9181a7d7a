package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/flows"
	"rekey/flows/staff"
)

var (
	anna = staff.Member{Who: staff.Who{ID: 1, Name: "Anna"}, Roles: []staff.Role{staff.Agent}}
	vera = staff.Member{Who: staff.Who{ID: 2, Name: "Vera"}, Roles: []staff.Role{staff.Approver, staff.Admin}}
)

// desk is a rig with staff: Anna works on cases, Vera approves.
type desk struct {
	*rig
	cases   *Cases
	decider staff.Decider
	fresh   staff.Fresh
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	r := newRig(t, testLimits())
	d := &desk{rig: r, fresh: staff.Fresh{
		Token: flows.Secret(strings.Repeat("t", 43)), Code: "314159", Numbers: [3]int{12, 47, 83}, Chosen: 1,
	}}
	d.cases = NewCases(r.Ledger, CasesOptions{
		Link:       func(token string) string { return "https://t.me/bot?start=" + token },
		Mask:       func(kind, written string) string { return kind + " " + written[:1] + "•••" },
		Privileged: func(canonical string) bool { return strings.HasPrefix(canonical, "boss") },
	})
	d.decider = staff.Decider{
		Policy: staff.Policy{
			AddressFresh: 7 * day, Resets: 3, UsualStarts: 15, StartsHour: 10, StartsDay: 30, ApproveFor: time.Hour,
			VerifiedFor: 10 * time.Minute, CheckFor: 5 * time.Minute, CheckTries: 3, Staffed: func(time.Time) bool { return true },
		},
		Verifier: staff.Verifier{MAC: r.mac, ReadWords: func(string) [][3]uint8 { return nil }},
	}
	for _, m := range []staff.Member{anna, vera} {
		if err := NewRoster(r.db).Appoint(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// ask has somebody who is in the group ask for something.
func (d *desk) ask(by staff.Member, number int64, account flows.Account, a staff.Ask) staff.Verdict {
	d.Helper()
	r := staff.Request{Input: flows.UpdateInput(1, d.inputs.Add(1)), By: by.ID, Present: true, Case: number, Account: account,
		Identifier: flows.Identifier{Kind: "email", Canonical: a.Open}, Asker: anna.ID, AskerHere: true}
	if number != 0 {
		a.Seen = d.readCase(number).Revision
	}
	return d.decide(r, a)
}

func (d *desk) decide(r staff.Request, a staff.Ask) staff.Verdict {
	d.Helper()
	v, err := d.cases.Decide(context.Background(), r, func(s staff.Scene) staff.Verdict {
		s.Fresh = d.fresh
		return d.decider.Decide(s, a)
	})
	if err != nil {
		d.Fatal(err)
	}
	return v
}

// verified opens a case whose caller read the code out.
func (d *desk) verified(a flows.Account) int64 {
	d.Helper()
	number := d.ask(anna, 0, a, staff.Ask{Open: "l•••"}).Case.Number
	for _, next := range []staff.Ask{{Typed: "forgot"}, {Act: staff.ActNoTicket}, {Act: staff.ActAskCode}, {Typed: "314159"}} {
		if v := d.ask(anna, number, a, next); v.Refusal != "" {
			d.Fatalf("%+v is refused: %s", next, v.Refusal)
		}
	}
	return number
}

func (d *desk) readCase(number int64) staff.Case {
	d.Helper()
	c, found, err := d.cases.Case(context.Background(), number)
	if err != nil || !found {
		d.Fatalf("case %d: %t, %v", number, found, err)
	}
	return c
}

func (d *desk) did(by staff.Member, number int64, act staff.Act) {
	d.Helper()
	if v := d.ask(by, number, flows.Account{}, staff.Ask{Act: act}); v.Refusal != "" {
		d.Fatalf("%s is refused: %s", act, v.Refusal)
	}
}

func TestACaseIsDecidedOnceForAnInput(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	r := staff.Request{Input: "u:9:1", By: anna.ID, Present: true, Account: lena}
	first := d.decide(r, staff.Ask{Open: "l•••@example.org"})
	before := d.contents()
	again := d.decide(r, staff.Ask{Open: "l•••@example.org"})
	if again.Case.Number != first.Case.Number || !again.Began || d.contents() != before {
		t.Fatalf("the same input opens another case: %+v, %+v", first, again)
	}
	if d.count("audit WHERE event = 'case.opened' AND actor = 'staff:1' AND role = 'agent' AND account = 'lena' AND number = 1") != 1 {
		t.Fatal("the audit log does not tell who opened which case")
	}
	if c := d.readCase(1); c.Account != "lena" || c.Asks != staff.AskReason || c.By.Name != "Anna" {
		t.Fatalf("%+v", c)
	}
	for i := range int64(9) {
		d.ask(anna, 0, lena, staff.Ask{Open: fmt.Sprint(i)})
	}
	if v := d.ask(anna, 0, lena, staff.Ask{Open: "x"}); v.Refusal != staff.TooMany {
		t.Fatalf("the eleventh case of an hour: %+v", v)
	}
	d.advance(time.Hour)
	if v := d.ask(anna, 0, lena, staff.Ask{Open: "x"}); v.Refusal != "" {
		t.Fatalf("an hour later: %+v", v)
	}
}

// Two who help the same person meet in one case.
func TestAnIdentifierHasOneOpenCase(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	first := d.ask(anna, 0, lena, staff.Ask{Open: "l•••"})
	again := d.ask(vera, 0, lena, staff.Ask{Open: "l•••"})
	if again.Refusal != staff.AlreadyOpen || again.Case.Number != first.Case.Number || d.count("cases") != 1 {
		t.Fatalf("%+v", again)
	}
	d.did(anna, first.Case.Number, staff.ActClose)
	if v := d.ask(vera, 0, lena, staff.Ask{Open: "l•••"}); v.Refusal != "" || v.Case.Number == first.Case.Number {
		t.Fatalf("after it is closed: %+v", v)
	}
}

func TestWhoIsDismissedMayNothing(t *testing.T) {
	d := newDesk(t)
	number := d.ask(anna, 0, d.account("lena"), staff.Ask{Open: "l•••"}).Case.Number
	if was, err := NewRoster(d.db).Dismiss(t.Context(), anna.ID); err != nil || !was {
		t.Fatalf("dismissed = %t, %v", was, err)
	}
	if v := d.ask(anna, number, flows.Account{}, staff.Ask{Typed: "forgot"}); v.Refusal != staff.NotStaff {
		t.Fatalf("%+v", v)
	}
	all, err := NewRoster(d.db).Staff(t.Context())
	if err != nil || len(all) != 1 || all[0].Rank() != "approver+admin" {
		t.Fatalf("staff = %+v, %v", all, err)
	}
}

// A link brings its owner, and nobody else, to a recovery of the account.
func TestALinkLeadsItsOwnerToARecovery(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	number := d.verified(lena)
	d.letters()
	d.did(anna, number, staff.ActLink)
	letters := d.letters()
	if len(letters) != 1 || letters[0].Text != flows.LetterLink || letters[0].To != "Lena@example.org" ||
		letters[0].Facts.Link != "https://t.me/bot?start="+d.fresh.Token.Reveal() || letters[0].Facts.Staff != "Anna" {
		t.Fatalf("letters = %+v", letters)
	}
	if strings.Contains(d.contents(), d.fresh.Token.Reveal()) {
		t.Fatal("the link is kept in the clear")
	}
	open := func(chat int64) flows.Outcome {
		o, err := d.OpenLink(t.Context(), d.key(conversationOf(chat), flows.KindOpenLink), flows.OpenLink{Token: d.fresh.Token, Chat: chat})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	expectOutcome(t, open(7), flows.LinkOpened{Account: "lena", Staff: "Anna", Case: number})
	expectOutcome(t, open(8), flows.LinkOver{})
	expectOutcome(t, open(7), flows.LinkOver{})

	e := order(7, "lena")
	e.IDKind, e.Case = flows.KindAccount, number
	sent, job := d.begin(e)
	if found, err := NewDirectory(d.db, Passwords{}).Find(t.Context(), job.IDKind, job.Identifier); err != nil || len(found) != 1 || found[0].ID != "lena" {
		t.Fatalf("the worker finds %+v, %v", found, err)
	}
	if !d.admitted(job, lena).OK {
		t.Fatal("the code is not admitted")
	}
	accepted := expectKind[flows.CodeAccepted](t, d.guess(7, sent.Recovery, job.Text))
	expectKind[flows.PasswordSet](t, d.change(setting(7, sent.Recovery, accepted.Grant, "correct horse")))
	if c := d.readCase(number); c.Status != staff.Closed || c.Events[len(c.Events)-1].What != staff.PasswordSet {
		t.Fatalf("the case does not know: %+v", c)
	}
	if d.count("chats WHERE account = 'lena' AND chat = 7") != 1 {
		t.Fatal("the chat is not remembered")
	}
}

func TestALinkEnds(t *testing.T) {
	for name, end := range map[string]func(*desk, int64){
		"after half an hour":    func(d *desk, _ int64) { d.advance(30 * time.Minute) },
		"with the next one":     func(d *desk, n int64) { d.fresh.Token = "another"; d.did(anna, n, staff.ActLink) },
		"when recovery freezes": func(d *desk, n int64) { d.did(anna, n, staff.ActFreeze) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			number := d.verified(d.account("lena"))
			d.did(anna, number, staff.ActLink)
			token := d.fresh.Token
			end(d, number)
			o, err := d.OpenLink(t.Context(), d.key("c", flows.KindOpenLink), flows.OpenLink{Token: token, Chat: 7})
			if err != nil {
				t.Fatal(err)
			}
			expectOutcome(t, o, flows.LinkOver{})
		})
	}
}

func TestADeniedLinkEndsWhatIsUnderWay(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	number := d.verified(lena)
	d.did(anna, number, staff.ActLink)
	sent, accepted := d.grant(9, lena)
	if _, err := d.OpenLink(t.Context(), d.key("c", flows.KindOpenLink), flows.OpenLink{Token: d.fresh.Token, Chat: 7}); err != nil {
		t.Fatal(err)
	}
	for _, chat := range []int64{8, 7} {
		if _, err := d.DenyLink(t.Context(), d.key("c", flows.KindDenyLink), flows.DenyLink{Case: number, Chat: chat}); err != nil {
			t.Fatal(err)
		}
		if got := d.count("audit WHERE event = 'case.link_denied'"); got != int(8-chat) {
			t.Fatalf("after chat %d it is denied %d times", chat, got)
		}
	}
	expectOutcome(t, d.change(setting(9, sent.Recovery, accepted.Grant, "correct horse")), flows.AccountAltered{})
}

func TestOrdersChangeTheAccount(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	d.sql("UPDATE accounts SET password_hash = 'old'")
	d.sql("INSERT INTO strikes (account, known, count, at) VALUES ('lena', 1, 50, 0)")
	number := d.verified(lena)
	d.did(anna, number, staff.ActSessions)
	if d.count("accounts WHERE sessions_valid_after = ? AND password_hash = 'old'", startOfTests.UnixMilli()) != 1 {
		t.Fatal("sessions go on")
	}
	d.did(anna, number, staff.ActUnlock)
	if d.count("strikes") != 0 {
		t.Fatal("it stays locked")
	}
	d.did(anna, number, staff.ActExpire)
	if d.count("accounts WHERE password_hash = '' AND credential_version = 2") != 1 {
		t.Fatal("the password still signs in")
	}
	d.did(anna, number, staff.ActFreeze)
	_, job := d.begin(order(5, "lena@example.org"))
	if d.admitted(job, d.asKnown("lena")).OK {
		t.Fatal("a code is sent for a frozen account")
	}
	d.advance(day)
	_, job = d.begin(order(6, "lena@example.org"))
	if !d.admitted(job, d.asKnown("lena")).OK {
		t.Fatal("a day later it is still frozen")
	}
}

func TestPrivilegedAccountsNeedTwo(t *testing.T) {
	for name, mark := range map[string]func(*desk){
		"by the directory": func(d *desk) { d.sql("UPDATE accounts SET privileged = 1") },
		"by its name":      func(d *desk) { d.sql("UPDATE identifiers SET canonical = 'boss' WHERE kind = 'username'") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			lena := d.account("lena")
			mark(d)
			d.sql("UPDATE accounts SET password_hash = 'old'")
			number := d.verified(lena)
			d.did(anna, number, staff.ActExpire)
			if d.readCase(number).Status != staff.Waiting || d.count("accounts WHERE password_hash = 'old'") != 1 {
				t.Fatal("one person is enough")
			}
			d.did(vera, number, staff.ActApprove)
			if d.count("accounts WHERE password_hash = ''") != 1 {
				t.Fatal("an approval changes nothing")
			}
			if d.count("audit WHERE event = 'case.approved' AND actor = 'staff:2' AND role = 'approver+admin'") != 1 ||
				d.count("audit WHERE event = 'case.asked' AND detail LIKE '%privileged%'") != 1 {
				t.Fatal("the audit log does not tell who approved, and why it was needed")
			}
		})
	}
}

// An address that an import changed lately makes what staff do risky.
func TestAFreshAddressNeedsTwo(t *testing.T) {
	d := newDesk(t)
	d.account("lena")
	directory := NewDirectory(d.db, Passwords{Valid: func(string) error { return nil }})
	read := func(kind string) IdentifierReader {
		return func(text string) (Identifier, string) { return Identifier{kind, text, text}, "" }
	}
	if _, err := directory.Import(t.Context(), strings.NewReader("id,email\nlena,new@example.org\n"), ImportOptions{
		Email: read(kindEmail), Phone: read(kindPhone), Username: read(kindUsername),
	}); err != nil {
		t.Fatal(err)
	}
	for wait, want := range map[time.Duration]staff.Status{0: staff.Waiting, 7 * day: staff.Open} {
		d.set(startOfTests.Add(wait))
		number := d.verified(d.asKnown("lena"))
		d.did(anna, number, staff.ActSessions)
		if c := d.readCase(number); c.Status != want {
			t.Errorf("%s after the change the case is %s, want %s: %v", wait, c.Status, want, c.Pending.Risks)
		}
		d.did(anna, number, staff.ActClose)
	}
}

func TestANumberIsTappedInTheLinkedChatAlone(t *testing.T) {
	d := newDesk(t)
	lena := d.account("lena")
	d.sql("INSERT INTO chats (account, chat, at) VALUES ('lena', 77, 0)")
	number := d.ask(anna, 0, lena, staff.Ask{Open: "l•••"}).Case.Number
	for _, a := range []staff.Ask{{Typed: "forgot"}, {Act: staff.ActNoTicket}, {Act: staff.ActAskChat}} {
		d.ask(anna, number, lena, a)
	}
	tap := func(chat int64, choice int) flows.Outcome {
		o, err := d.AnswerMatch(t.Context(), d.key("", flows.KindAnswerMatch), flows.AnswerMatch{Case: number, Chat: chat, Choice: choice})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	expectOutcome(t, tap(78, 47), flows.MatchOver{})
	expectOutcome(t, tap(77, 47), flows.MatchDone{})
	if !d.readCase(number).Caller.Verified(d.now()) {
		t.Fatal("the caller is not verified")
	}
	expectOutcome(t, tap(77, 12), flows.MatchOver{})
}

// Cases are sealed. Their reasons stand in the audit log too, which must tell why
// something was done.
func TestCasesAreSealed(t *testing.T) {
	d := newDesk(t)
	number := d.ask(anna, 0, d.account("lena"), staff.Ask{Open: "l•••@example.org"}).Case.Number
	d.ask(anna, number, flows.Account{}, staff.Ask{Typed: "her phone fell into the lake"})
	for _, word := range []string{"lake", "l•••@"} {
		if d.count("cases WHERE instr(body, ?) > 0", word) != 0 {
			t.Errorf("%q stands in the clear", word)
		}
	}
	if c := d.readCase(number); c.Reason != "her phone fell into the lake" {
		t.Fatalf("%+v", c)
	}
}

func TestACaseIsDrawnAsTimeChangesIt(t *testing.T) {
	d := newDesk(t)
	number := d.verified(d.account("lena"))
	s, _, found, err := d.cases.Draw(t.Context(), number)
	if err != nil || !found || !s.Case.Caller.Verified(d.now()) || s.Account.Name != "Lena Sommer" {
		t.Fatalf("%+v, %t, %v", s, found, err)
	}
	at := staff.Place{Topic: 5, Message: 6, Revision: s.Case.Revision, Name: "#1"}
	if err := d.cases.Drawn(t.Context(), number, at); err != nil {
		t.Fatal(err)
	}
	other := d.ask(anna, 0, flows.Account{}, staff.Ask{Open: "o•••"}).Case.Number
	if err := d.cases.Drawn(t.Context(), other, staff.Place{Topic: 8}); err != nil { // its card finds no room yet
		t.Fatal(err)
	}
	if c, found, err := d.cases.CaseAt(t.Context(), staff.Place{Topic: 8, Message: 9}); err != nil || !found || c.Number != other {
		t.Fatalf("in a topic without a card: %+v, %t, %v", c, found, err)
	}
	if _, found, err := d.cases.CaseAt(t.Context(), staff.Place{}); err != nil || found {
		t.Fatalf("nowhere: %t, %v", found, err)
	}
	if c, found, err := d.cases.CaseAt(t.Context(), staff.Place{Topic: 5, Message: 9}); err != nil || !found || c.Number != number {
		t.Fatalf("in its topic: %+v, %t, %v", c, found, err)
	}
	d.advance(10 * time.Minute)
	s, got, _, err := d.cases.Draw(t.Context(), number)
	if err != nil || s.Case.Caller.Checked || s.Case.Revision == at.Revision || got != at {
		t.Fatalf("ten minutes later: %+v at %+v, %v", s.Case, got, err)
	}
	due, _, err := d.jobs.Claim(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	drawings := 0
	for _, j := range due {
		if j.Kind == flows.JobCase {
			drawings++
		}
	}
	if drawings < 5 {
		t.Fatalf("%d drawings are owed", drawings)
	}
}

// The vote of an admin counts only while they are one and in the group: who was
// taken off the list in between does not help to decide.
func TestAVoteEndsWithItsAdmin(t *testing.T) {
	oleg := staff.Member{Who: staff.Who{ID: 4, Name: "Oleg"}, Roles: []staff.Role{staff.Admin}}
	irina := staff.Member{Who: staff.Who{ID: 5, Name: "Irina"}, Roles: []staff.Role{staff.Admin}}
	for name, c := range map[string]struct {
		spoil func(*desk)
		here  []int64
		want  staff.Status
	}{
		"still an admin": {func(*desk) {}, []int64{oleg.ID}, staff.Open},
		"left the group": {func(*desk) {}, nil, staff.Waiting},
		"off the list": {func(d *desk) {
			if _, err := NewRoster(d.db).Dismiss(d.Context(), oleg.ID); err != nil {
				d.Fatal(err)
			}
		}, []int64{oleg.ID}, staff.Waiting},
		"an agent now": {func(d *desk) {
			if err := NewRoster(d.db).Appoint(d.Context(), staff.Member{Who: oleg.Who, Roles: []staff.Role{staff.Agent}}); err != nil {
				d.Fatal(err)
			}
		}, []int64{oleg.ID}, staff.Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for _, m := range []staff.Member{oleg, irina} {
				if err := NewRoster(d.db).Appoint(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			lena := d.account("lena")
			d.sql("UPDATE accounts SET privileged = 1")
			number := d.verified(lena)
			d.did(anna, number, staff.ActSessions)
			d.did(oleg, number, staff.ActApprove)
			c.spoil(d)
			v := d.decide(staff.Request{
				Input: flows.UpdateInput(1, d.inputs.Add(1)), By: irina.ID, Present: true, Case: number,
				Asker: anna.ID, AskerHere: true, VotersHere: c.here,
			}, staff.Ask{Act: staff.ActApprove, Seen: d.readCase(number).Revision})
			if got := d.readCase(number); v.Refusal != "" || got.Status != c.want {
				t.Fatalf("the case is %s, want %s: %+v", got.Status, c.want, v)
			}
		})
	}
}
