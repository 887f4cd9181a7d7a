package staff

import (
	"slices"
	"time"
)

// Act is something that a member of staff does to a case, by a button of the
// same name. Its values are stored and never change meaning.
type Act string

// The acts.
const (
	ActClaim    Act = "claim"
	ActClose    Act = "close"
	ActReopen   Act = "reopen"
	ActNoTicket Act = "no_ticket"
	ActAskChat  Act = "ask_chat" // the caller taps a number in the chat, or reads words out
	ActAskCode  Act = "ask_code" // the caller reads a code out
	ActLink     Act = "link"     // a link by which the owner begins
	ActExpire   Act = "expire"   // the password ends now, and a link
	ActSessions Act = "sessions" // all sessions end
	ActUnlock   Act = "unlock"   // wrong codes are forgotten
	ActFreeze   Act = "freeze"   // no recovery for a day
	ActThaw     Act = "thaw"
	ActApprove  Act = "approve"
	ActRefuse   Act = "refuse"
	ActEndTalk  Act = "end_talk" // what is said goes to the person no more
)

// rule says who may do an act, when, and what comes of it.
type rule struct {
	act   Act
	roles []Role
	at    []Status
	// verified acts can hurt the owner: they need a caller who was verified.
	verified bool
	// risky acts need a second person wherever there is a risk.
	risky bool
	// sensible tells whether the act makes sense now; nil: always.
	sensible func(Scene) bool
	do       func(turn) verdict
}

// turn is an act on its way.
type turn struct {
	Scene
	Policy
	by       Who
	verifier Verifier
}

type verdict struct {
	c      Case
	orders []Order
}

var (
	workers   = []Role{Agent, Approver, Admin}
	approvers = []Role{Approver, Admin}
	working   = []Status{Open}
)

// acts lists all acts in the order of their buttons. Everything that staff can
// do to a case by a button is here.
var acts = []rule{
	{act: ActNoTicket, roles: workers, at: working, sensible: asks(AskTicket), do: func(t turn) verdict { return t.answered("") }},
	{act: ActApprove, roles: approvers, at: []Status{Waiting}, do: turn.approve},
	{act: ActRefuse, roles: approvers, at: []Status{Waiting}, do: turn.refuse},
	{act: ActAskChat, roles: workers, at: working, sensible: unverified, do: turn.askChat},
	{act: ActAskCode, roles: workers, at: working, sensible: unverified, do: turn.askCode},
	{act: ActLink, roles: workers, at: working, risky: true, sensible: explained, do: order(ActLink)},
	{act: ActExpire, roles: workers, at: working, verified: true, risky: true, do: order(ActExpire)},
	{act: ActSessions, roles: workers, at: working, verified: true, risky: true, do: order(ActSessions)},
	{act: ActUnlock, roles: workers, at: working, verified: true, risky: true, sensible: locked, do: order(ActUnlock)},
	{act: ActFreeze, roles: workers, at: working, sensible: explained, do: order(ActFreeze)},
	{act: ActThaw, roles: workers, at: working, verified: true, risky: true, sensible: frozen, do: order(ActThaw)},
	{act: ActClaim, roles: workers, at: []Status{Open, Waiting}, sensible: unclaimed, do: turn.claim},
	{act: ActEndTalk, roles: workers, at: []Status{Open, Waiting}, sensible: talking, do: turn.endTalk},
	{act: ActClose, roles: workers, at: []Status{Open, Waiting}, do: turn.close},
	{act: ActReopen, roles: workers, at: []Status{Closed}, do: turn.reopen},
}

func asks(q Question) func(Scene) bool { return func(s Scene) bool { return s.Case.Asks == q } }

func unclaimed(s Scene) bool { return s.Case.Claimed.ID != s.By.ID }

// explained tells that it was said who needs help, and why.
func explained(s Scene) bool {
	return s.Case.Asks != AskReason && s.Case.Asks != AskTicket && s.Case.Masked != ""
}

// mostChecks is how often callers are checked in one case: a code is not to be
// found by trying, and nobody is to be flooded with codes.
const mostChecks = 5

func unverified(s Scene) bool {
	return explained(s) && !s.Case.Caller.Verified(s.Now) && s.Case.Checks < mostChecks
}

func talking(s Scene) bool { return s.Case.Talk.Live }

func locked(s Scene) bool { return s.Account.Closed }

func frozen(s Scene) bool { return s.Now.Before(s.Account.FrozenUntil) }

func find(a Act) (rule, bool) {
	i := slices.IndexFunc(acts, func(r rule) bool { return r.act == a })
	if i < 0 {
		return rule{}, false
	}
	return acts[i], true
}

// Offers lists the acts that a case's card offers now. Who may do them is
// decided when they are done.
func Offers(s Scene) (offered []Act) {
	for _, r := range acts {
		if slices.Contains(r.at, s.Case.Status) &&
			(!r.verified || s.Case.Caller.Verified(s.Now)) &&
			(r.sensible == nil || r.sensible(s) || r.act == ActClaim && s.Case.Claimed.ID == 0) {
			offered = append(offered, r.act)
		}
	}
	return offered
}

// order carries an act out at once.
func order(a Act) func(turn) verdict {
	return func(t turn) verdict { return t.carryOut(a, t.by) }
}

// carryOut gives the orders of an act that nothing stands against any more.
func (t turn) carryOut(a Act, by Who) verdict {
	c := t.Case.note(Event{At: t.Now, What: ActDone, By: by.Name, Act: a})
	if t.Account.ID == "" { // the same for all to see
		return verdict{c: c}
	}
	return verdict{c: c, orders: orders[a](t, by)}
}

// orders says what each act has the ledger do.
var orders = map[Act]func(t turn, by Who) []Order{
	ActLink:     func(t turn, by Who) []Order { return []Order{t.link(by)} },
	ActExpire:   func(t turn, by Who) []Order { return []Order{ExpirePassword{t.Account.ID}, t.link(by)} },
	ActSessions: func(t turn, _ Who) []Order { return []Order{EndSessions{t.Account.ID}} },
	ActUnlock:   func(t turn, _ Who) []Order { return []Order{Unlock{t.Account.ID}} },
	ActFreeze:   func(t turn, _ Who) []Order { return []Order{Freeze{t.Account.ID, t.Now.Add(freezeFor)}} },
	ActThaw:     func(t turn, _ Who) []Order { return []Order{Freeze{t.Account.ID, time.Time{}}} },
}
