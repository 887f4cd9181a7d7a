package bot

import (
	"strconv"
	"time"

	"rekey/bot/texts"
	"rekey/flows"
	"rekey/flows/identifier"
	"rekey/flows/password"
)

// talkLife is how long a talk with support may rest: as long as a conversation is
// kept.
const talkLife = 48 * time.Hour

// machine gives the flows what reads identifiers and validators passwords.
func (b *bot) machine() *flows.Machine {
	limits := flows.Limits(b.cfg.Limits)
	policy := password.Policy{Preset: password.Preset(b.cfg.Passwords.Policy), Brand: b.cfg.Service.Brand}
	reader := identifier.Reader{Region: b.cfg.Service.DefaultRegion}
	entry := func(conversation, text string) string { return b.tag("entry", conversation, text) }
	machine := flows.NewMachine(flows.Recovery(flows.RecoveryOptions{
		Life: limits.ConversationLife, CodeLife: limits.CodeLife, GrantLife: limits.GrantLife, Channels: b.channels(), Slow: b.slow,
		Identify: reader.Read, Contact: reader.Contact, Suggest: reader.Suggest, AsksForHelp: b.texts.AsksForHelp,
		Policy: string(policy.Preset), MinLength: policy.MinLength(), Check: policy.Reasons, Tag: entry,
		Typewritten: password.Typewritten, Alike: password.Alike,
	}), texts.Tags(), func(chat int64, in flows.InputID) string {
		return b.tag("conversation", strconv.FormatInt(chat, 10), string(in))[:16]
	})
	if b.cfg.Staff.Group == 0 {
		return machine
	}
	return machine.Staffed(flows.Talk(flows.TalkOptions{
		Life: talkLife, Opens: b.cfg.Staff.Hours.Opens, Mask: masked, Tag: entry, Digits: limits.CodeDigits,
	}))
}

// slow tells whether letters by a channel are late for everybody: its server fails,
// as is found out without any letter.
func (b *bot) slow(c flows.Channel) bool { return b.health.Failing(partOf[c]) }

// partOf names the part that carries a channel's letters.
var partOf = map[flows.Channel]string{flows.Email: "mail", flows.SMS: "sms"}

// channels are those that work here.
func (b *bot) channels() (all []flows.Channel) {
	for _, c := range []flows.Channel{flows.Email, flows.SMS} {
		if b.carriers[c] != nil {
			all = append(all, c)
		}
	}
	return all
}

// masked shows just enough of an identifier for who knows it.
func masked(id flows.Identifier) string {
	return identifier.Mask(identifier.Kind(id.Kind), id.Display)
}
