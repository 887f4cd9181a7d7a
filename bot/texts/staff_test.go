package texts

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rekey/flows"
	"rekey/flows/staff"
)

var (
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	mia  = staff.Who{ID: 501, Name: "Mia"}
	olga = staff.Who{ID: 502, Name: "Olga <b>&"}
)

// lena is what is known of the account behind the sample case.
var lena = staff.Known{
	ID: "account-of-lena", Name: "Lena Novak", Masked: []string{"l•••@gmail.com", "+49•••••78"}, Resets: 1, Chat: 77,
	Privileged: true, Disabled: true, Closed: true, FrozenUntil: noon.Add(20 * time.Hour), AddressChanged: noon.Add(-50 * time.Hour),
}

// stages are cases on their way, without what depends on the account.
func stages() map[string]staff.Case {
	begun := staff.Case{
		Number: 17, Status: staff.Open, Asks: staff.AskReason, Opened: noon, By: mia, Claimed: mia, Masked: "l•••@gmail.com",
		Events: []staff.Event{{At: noon, What: staff.CaseOpened, By: mia.Name}},
	}
	with := func(c staff.Case, change func(*staff.Case), events ...staff.Event) staff.Case {
		c.Events = append(slices.Clone(c.Events), events...)
		change(&c)
		return c
	}
	named := with(begun, func(c *staff.Case) { c.Asks, c.Reason = staff.AskTicket, string(staff.ReasonLostPhone) })
	ready := with(named, func(c *staff.Case) { c.Asks, c.Ticket = "", "AB-12 <i>" })
	later := noon.Add(10 * time.Minute)
	verified := with(ready, func(c *staff.Case) { c.Caller = staff.Caller{Method: "code", Checked: true, Until: later} },
		staff.Event{At: noon, What: staff.CallerVerified})
	waiting := with(verified, func(c *staff.Case) {
		c.Status = staff.Waiting
		c.Pending = staff.Pending{Act: staff.ActExpire, By: mia, Risks: []staff.Risk{staff.RiskPrivileged, staff.RiskHours}, Until: noon.Add(time.Hour)}
	}, staff.Event{At: noon, What: staff.ActAsked, By: mia.Name, Act: staff.ActExpire})
	return map[string]staff.Case{
		"1 begun": begun, "2 reason": named, "3 ready": ready,
		"4 by chat": with(ready, func(c *staff.Case) {
			c.Asks, c.Caller = staff.AskWords, staff.Caller{Method: "chat", Chat: 77, Number: 47, Tag: "tag-of-the-words", Tries: 3, Until: later}
		},
			staff.Event{At: noon, What: staff.CallerAsked, By: mia.Name, Act: staff.ActAskChat}),
		"5 by code": with(ready, func(c *staff.Case) {
			c.Asks, c.Caller = staff.AskCode, staff.Caller{Method: "code", Tag: "tag-of-the-code", Tries: 2, Until: later}
		}, staff.Event{At: noon, What: staff.CallerAsked, By: mia.Name, Act: staff.ActAskCode}),
		"6 failed":   with(ready, func(*staff.Case) {}, staff.Event{At: noon, What: staff.CallerFailed}),
		"7 verified": verified, "8 waiting": waiting,
		"8 voted": with(waiting, func(c *staff.Case) { c.Pending.Votes = []staff.Who{olga} }),
		"3 talk": with(begun, func(c *staff.Case) {
			c.Asks, c.Reason, c.By, c.Claimed = "", string(staff.ReasonChat), staff.Who{}, staff.Who{}
			c.Talk = staff.Talk{Live: true, Chat: 77, Conversation: "talk-of-lena", Trouble: flows.Trouble{Step: "code", Channel: flows.SMS, Codes: 2, Wrong: 1}}
			c.Events[0].By = ""
		}, staff.Event{At: noon, What: staff.SecretWithheld}),
		"3 talk of somebody": with(begun, func(c *staff.Case) {
			c.Asks, c.Masked, c.Talk = "", "", staff.Talk{Live: true, Chat: 77}
		}),
		"9 closed": with(ready, func(c *staff.Case) { c.Status, c.Claimed, c.Reason = staff.Closed, olga, "She <typed> this" },
			staff.Event{At: noon.Add(13 * time.Hour), What: staff.CaseClosed, By: olga.Name}),
	}
}

// listNotices are what is said of the list of staff.
func listNotices() []staff.Notice {
	greta := staff.Member{Who: staff.Who{ID: 503, Name: "Greta"}, Roles: []staff.Role{staff.Agent, staff.Approver}}
	notices := []staff.Notice{{Staff: []staff.Member{greta, {Who: mia, Roles: []staff.Role{staff.Admin}}}}}
	for _, v := range []staff.Ruling{
		{Number: 1, State: staff.ChangeWaits}, {Number: 1, State: staff.ChangeDone}, {Number: 1, State: staff.ChangeRefused}, {State: staff.ChangeDone},
	} {
		v.Change = staff.Change{Member: greta, Asker: mia, Until: noon}
		v.By.Who = olga
		notices = append(notices, staff.Notice{Ruling: &v})
		gone := v
		gone.Change.Roles = nil
		notices = append(notices, staff.Notice{Ruling: &gone})
	}
	return notices
}

// policy hides who exists; open shows it.
var policy, open = staff.Policy{}, staff.Policy{Existence: true}

func cardOf(c staff.Case, k staff.Known, p staff.Policy) staff.Card {
	c.Account = k.ID
	return staff.CardOf(staff.Scene{Now: noon, Case: c, Account: k}, p)
}

func staffNames(tb testing.TB) (names []string) {
	for kind, typeName := range map[string]string{
		"act": "Act", "reason": "Reason", "risk": "Risk", "refusal": "Refusal", "event": "What", "status": "Status", "question": "Question",
	} {
		values := constants(tb, "../../flows/staff", typeName)
		if len(values) < 3 {
			tb.Fatalf("found only these of %s: %q", typeName, values)
		}
		for _, value := range values {
			names = append(names, "staff."+kind+"."+value)
		}
	}
	for _, s := range flows.Recovery(flows.RecoveryOptions{}).Steps {
		names = append(names, "staff.step."+s.Name)
	}
	for _, name := range staff.Commands() {
		names = append(names, "staff.command."+name)
	}
	return names
}

// word gives a text as it is in a timeline that tells of an act.
func word(c *Catalogue, lang, name string) string {
	v := c.deskView(lang, 17)
	v.desk.event.Act = staff.ActLink
	return v.in.render(name, v)
}

func TestEveryWordOfStaffHasAText(t *testing.T) {
	c, names := catalogue(t), staffNames(t)
	for _, l := range c.languages {
		for _, name := range names {
			if word(c, l.tag, name) == "" {
				t.Errorf("%s: %s has no text", l.tag, name)
			}
		}
		for _, name := range l.names {
			if strings.Count(name, ".") == 2 && strings.HasPrefix(name, "staff.") && !slices.Contains(names, name) {
				t.Errorf("%s: the text %s belongs to no constant", l.tag, name)
			}
		}
	}
	listed := map[string]bool{string(staff.ReasonChat): true} // which nobody chooses
	for _, r := range staff.Reasons() {
		listed[string(r)] = true
	}
	for _, r := range constants(t, "../../flows/staff", "Reason") {
		if !listed[r] {
			t.Errorf("the reason %s has no button", r)
		}
	}
}

// TestGoldenCards prints what staff see of cases on their way, for a reader to
// review.
func TestGoldenCards(t *testing.T) {
	c := catalogue(t)
	for _, l := range c.order {
		path := filepath.Join("testdata", l+".staff.txt")
		got := desks(t, c, l)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; read the texts, then run go test ./bot/texts -update", path)
		}
	}
}

func desks(t *testing.T, c *Catalogue, lang string) string {
	var b strings.Builder
	for _, command := range c.StaffCommands(lang) {
		fmt.Fprintf(&b, "/%s  %s\n", command.Name, command.Description)
	}
	all := stages()
	show := func(name string, card staff.Card, topic bool) {
		title, text := c.CaseTitle(lang, card), c.Card(lang, card, topic)
		var labels []string
		for _, a := range card.Offers {
			labels = append(labels, c.Act(lang, a))
		}
		fmt.Fprintf(&b, "\n== %s\n%s\n\n%s\n[%s]\n", name, title, text, strings.Join(labels, "] ["))
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		show(name, cardOf(all[name], lena, policy), true)
	}
	show("without topics", cardOf(all["1 begun"], lena, policy), false)
	show("known to exist", cardOf(all["3 ready"], lena, open), true)
	show("known not to exist", cardOf(all["3 ready"], staff.Known{}, open), true)
	b.WriteString("\n== the list of staff\n")
	for _, n := range listNotices() {
		fmt.Fprintf(&b, "%s\n", c.Notice(lang, n))
	}
	fmt.Fprintf(&b, "\n== whom\n%s\n[%s]\n", c.Whom(lang, olga), c.NewCase(lang))
	names := staffNames(t)
	slices.Sort(names)
	b.WriteString("\n== words\n")
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\n", strings.TrimPrefix(name, "staff."), word(c, lang, name))
	}
	said := staff.Line{Kind: staff.LineSaid, Text: "Hello <there>.\nIt's me."}
	photo := staff.Line{Kind: staff.LineSaid, Text: "my phone", Media: "photo"}
	for _, lines := range [][]staff.Line{
		{said, {Kind: staff.LineSaid, Text: "Hello", Edited: true}}, {photo}, {{Kind: staff.LineSaid, Media: "sticker"}},
		{{Kind: staff.LineWithheld}}, {{Kind: staff.LineBack}}, {{Kind: staff.LineLeft}}, {{Kind: staff.LineLost}},
	} {
		fmt.Fprintf(&b, "talk: %s\n", c.Lines(lang, lines))
	}
	fmt.Fprintf(&b, "begun: %s\nbusy: %s\n", c.Notice(lang, staff.Notice{Case: 17}), c.Busy(lang))
	fmt.Fprintf(&b, "\n== week\n%s\n", c.Week(lang, sampleWeek()))
	return strings.NewReplacer(isolate, "⟨", endIsolate, "⟩").Replace(b.String())
}

// Where staff may not know who exists, a card is the same to the byte.
func TestCardsHideWhetherAnAccountExists(t *testing.T) {
	c := catalogue(t)
	for name, stage := range stages() {
		if stage.Caller.Checked {
			continue
		}
		for _, lang := range c.order {
			hers, nobodys := cardOf(stage, lena, policy), cardOf(stage, staff.Known{}, policy)
			title, text := c.CaseTitle(lang, hers), c.Card(lang, hers, true)
			other, nobody := c.CaseTitle(lang, nobodys), c.Card(lang, nobodys, true)
			if text != nobody || title != other || !slices.Equal(hers.Offers, nobodys.Offers) {
				t.Errorf("%s %s: the card shows that the account exists:\n%s\n%s\nand that it does not:\n%s\n%s", lang, name, title, text, other, nobody)
			}
		}
	}
	known := c.Card("en", cardOf(stages()["3 ready"], lena, open), true)
	unknown := c.Card("en", cardOf(stages()["3 ready"], staff.Known{}, open), true)
	if known == unknown {
		t.Error("by setting, a card does not show who exists")
	}
}

// No card shows what identifies people to programs, or a code.
func TestCardsKeepSecrets(t *testing.T) {
	c := catalogue(t)
	for name, stage := range stages() {
		card := cardOf(stage, lena, open)
		title, text := c.CaseTitle("en", card), c.Card("en", card, true)
		for _, secret := range []string{lena.ID, "tag-of-the-code", "tag-of-the-words", "talk-of-lena", "77", "501", "502"} {
			if strings.Contains(title+text, secret) {
				t.Errorf("%s shows %s:\n%s", name, secret, text)
			}
		}
	}
}

// However long and wild the names are, a card is a message and a title a topic.
func TestCardsFit(t *testing.T) {
	c := catalogue(t)
	wild := strings.Repeat("\U0001F600<&\u202e", 300)
	k := lena
	k.Name, k.Masked = wild, slices.Repeat([]string{wild}, 50)
	for name, stage := range stages() {
		stage.Masked, stage.Reason, stage.Ticket, stage.Number = wild, wild, wild, 1<<63-1
		stage.By.Name, stage.Claimed.Name, stage.Pending.By.Name = wild, wild, wild
		stage.Pending.Risks = []staff.Risk{staff.RiskUnverified, staff.RiskPrivileged, staff.RiskAddress, staff.RiskRepeated,
			staff.RiskVolume, staff.RiskHours}
		stage.Pending.Votes = slices.Repeat([]staff.Who{{Name: wild}}, 2)
		stage.Events = slices.Repeat([]staff.Event{{At: noon, What: staff.ActExpired, By: wild, Act: staff.ActExpire}}, 12)
		stage.Events[11].Act, stage.Events[11].At = staff.ActUnlock, noon.Add(24*time.Hour)
		for _, lang := range c.order {
			card := cardOf(stage, k, open)
			title, text := c.CaseTitle(lang, card), c.Card(lang, card, true)
			if n := units(title); n == 0 || n > 128 || strings.ContainsAny(title, "\n\u202e"+isolate) {
				t.Errorf("%s %s: a title of %d characters: %s", lang, name, n, title)
			}
			shown := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
			if n := units(shown); n > 4096 || !utf8.ValidString(text) || strings.ContainsAny(text, "<>\u202e") {
				t.Errorf("%s %s: a card of %d characters, or one with marks", lang, name, n)
			}
			if !strings.Contains(text, c.Act(lang, staff.ActUnlock)) {
				t.Errorf("%s %s: the newest event is missing", lang, name)
			}
		}
	}
}

func TestNoticesFitAnAlert(t *testing.T) {
	c := catalogue(t)
	for _, lang := range c.order {
		all := []string{c.Busy(lang), c.Notice(lang, staff.Notice{Case: 1<<63 - 1})}
		for _, why := range constants(t, "../../flows/staff", "Refusal") {
			all = append(all, c.Notice(lang, staff.Notice{Refusal: staff.Refusal(why), Case: 17}))
		}
		for _, text := range all {
			if n := units(text); n == 0 || n > 200 || strings.Contains(text, "!") {
				t.Errorf("%s: %d characters: %q", lang, n, text)
			}
		}
		if got := c.Notice(lang, staff.Notice{}); got != "" {
			t.Errorf("%s: the notice of nothing says %q", lang, got)
		}
	}
}
