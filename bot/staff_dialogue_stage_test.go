package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/bot/demo"
	"rekey/bot/simulator"
	"rekey/flows/staff"
	"rekey/store/sqlite"
)

// staffStage is where a dialogue of staff is played: a whole bot, with a group, chats,
// mails and a shop around it.
type staffStage struct {
	*testing.T
	*program // once somebody does something
	settings []string
	flat     bool // the group has no topics
	people   map[string]simulator.Profile
	at       time.Time // when the next line is
	names    names
	seen     seen
	wrote    written
	secrets  []string // that were typed in private
}

// written is the message that somebody just wrote.
type written struct {
	id   int
	text string
	chat func() []simulator.Message
	own  bool // a private one
}

// tell plays a line and gives what is to be seen then.
func (s *staffStage) tell(told string) (shown []string, err error) {
	setting, sets := strings.CutPrefix(told, "with ")
	other, again := strings.CutPrefix(told, "(as in ")
	switch {
	case strings.HasPrefix(told, "#"):
		return nil, nil
	case again:
		return nil, s.replay(strings.TrimSuffix(other, ")"))
	case sets && s.program != nil:
		return nil, fmt.Errorf("it begins already")
	case sets && setting == "no topics":
		s.flat = true
		return nil, nil
	case sets:
		s.settings = append(s.settings, setting)
		return nil, nil
	case s.program == nil:
		s.open()
	}
	s.at = s.at.Add(30 * time.Second)
	s.moveTo(s.at)
	done, known := strings.CutSuffix(told, " …")
	if stage, ok := strings.CutPrefix(done, "("); ok {
		err = s.happens(strings.TrimSuffix(stage, ")"))
	} else {
		shown, err = s.does(done)
	}
	if err != nil {
		return nil, err
	}
	s.settle(told)
	if shown = append(shown, s.look()...); known {
		return nil, nil
	}
	return shown, nil
}

// replay plays another dialogue first, whatever it shows.
func (s *staffStage) replay(name string) error {
	for _, l := range readDialogue(s.T, name) {
		if _, err := s.tell(l.told); err != nil {
			return fmt.Errorf("%s.txt:%d: %w", name, l.number, err)
		}
	}
	return nil
}

const flatGroup = -1002000000001

func (s *staffStage) open() {
	if s.flat {
		s.settings = append(s.settings, fmt.Sprintf("REKEY_STAFF_GROUP=%d", flatGroup))
	}
	clock := &still{}
	s.at = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	clock.at.Store(s.at.UnixMilli())
	key, entry := keyFor(s.T, "helpdesk", "start-reset", "read-case")
	s.program = &program{crew: gather(s.T, clock, append(s.settings, "REKEY_API_KEYS="+entry)...), key: key}
	s.people, s.seen = map[string]simulator.Profile{}, seen{messages: map[string]map[int]string{}, topics: map[int]simulator.Topic{}}
	for _, one := range demo.Samples() {
		s.people[one.Profile.FirstName] = one.Profile
	}
	members := map[*simulator.Person]simulator.Membership{}
	for _, one := range demo.Staff() {
		s.people[one.Profile.FirstName] = one.Profile
		members[s.person(one.Profile.FirstName)] = simulator.Membership{Status: simulator.Member}
	}
	if s.flat {
		s.group = s.bot.stage.Telegram.NewGroup(flatGroup, simulator.GroupOptions{
			Title: "Support", Members: members,
			Bot: simulator.Membership{Status: simulator.Administrator, Rights: []simulator.Right{simulator.DeleteMessages}},
		})
	}
	s.settle("opening")
	s.look()
}

func (s *staffStage) person(name string) *simulator.Person {
	return s.bot.stage.Telegram.Person(s.people[name])
}

// happens has something happen that nobody says.
func (s *staffStage) happens(what string) error {
	who, does, _ := strings.Cut(what, " ")
	does, role, listed := strings.Cut(does, " as ")
	_, known := s.people[who]
	switch {
	case what == "the bot restarts":
		s.bot.restart(s.T)
	case does == "pass":
		return s.pass(who)
	case does == "leaves the group" && known:
		s.person(who).Leave(s.group)
	case does == "joins the group" && !known:
		s.people[who] = simulator.Profile{ID: int64(7200 + len(s.people)), FirstName: who, Language: "en"}
		s.person(who).Join(s.group)
		if listed {
			m := staff.Member{Who: staff.Who{ID: s.people[who].ID, Name: who}, Roles: []staff.Role{staff.Role(role)}}
			return sqlite.NewRoster(s.bot.wired.db).Appoint(s.Context(), m)
		}
	default:
		return fmt.Errorf("nothing is known of this")
	}
	return nil
}

// pass lets time pass from one job to the next.
func (s *staffStage) pass(length string) error {
	d, err := time.ParseDuration(length)
	if err != nil {
		return err
	}
	for s.at = s.at.Add(d); ; s.settle(length) {
		next := time.UnixMilli(int64(count(s.T, s.bot.dir, `SELECT ifnull(min(due_at), 0) FROM jobs WHERE done_at = 0`)))
		if next.Before(s.clock.Now()) || next.After(s.at) {
			s.moveTo(s.at)
			return nil
		}
		s.moveTo(next)
	}
}

// settle waits until all is done that can be done now, and lets as much time pass
// as what is to be tried again takes.
func (s *staffStage) settle(told string) {
	s.Helper()
	eventually(s.T, s.bot.log, "all is done after "+told, s.crew.pass)
}

// does has somebody do something, and gives what they alone see of it.
func (s *staffStage) does(told string) ([]string, error) {
	where, what, ok := strings.Cut(told, " > ")
	if !ok {
		return nil, fmt.Errorf("who does what?")
	}
	who, place, _ := strings.Cut(where, ", ")
	what, err := s.names.fill(what)
	if err != nil {
		return nil, err
	}
	if _, known := s.people[who]; !known && place != "API" {
		return nil, fmt.Errorf("nobody is called %s", who)
	}
	label, press := strings.CutPrefix(what, "[")
	switch {
	case place == "API":
		return s.calls(what)
	case place == "shop":
		name, password, _ := strings.Cut(what, " ")
		if s.bot.signs(s.T, name, password) {
			return []string{"  signed in"}, nil
		}
		return []string{"  refused"}, nil
	case press:
		return s.presses(who, place, strings.TrimSuffix(label, "]"))
	default:
		return nil, s.writes(who, place, what)
	}
}

func (s *staffStage) writes(who, place, text string) error {
	person, post := s.person(who), simulator.Post{Text: text}
	kind, number, _ := strings.Cut(place, " ")
	card, err := s.cardOf(number)
	switch kind {
	case "":
		s.wrote = written{id: person.Say(text), text: text, chat: person.Chat, own: true}
		return nil
	case "topic":
		post.Topic = card.Topic
	case "card":
		post.ReplyTo = card.ID
	case "group":
		err = nil
	default:
		err = fmt.Errorf("nobody knows where %s is", place)
	}
	if err != nil {
		return err
	}
	s.wrote = written{id: person.Post(s.group, post), chat: s.group.Chat}
	if s.wrote.id == 0 {
		return fmt.Errorf("this cannot be sent")
	}
	return nil
}

// presses has somebody press a button, and gives what they are told at once.
func (s *staffStage) presses(who, place, label string) ([]string, error) {
	person := s.person(who)
	id, err := newestWith(person.Chat(), label)
	watch, press := person.Watch, func() error { return person.Press(id, label) }
	if _, number, ok := strings.Cut(place, " "); ok {
		var card simulator.Message
		card, err = s.cardOf(number)
		watch, press = s.group.Watch, func() error { return person.PressIn(s.group, card.ID, label) }
	}
	if err != nil {
		return nil, err
	}
	events, stop := watch()
	defer stop()
	if err := press(); err != nil {
		return nil, err
	}
	within, cancel := withinSuite(s.Context(), s.T)
	defer cancel()
	for {
		select {
		case e := <-events:
			switch {
			case e.Kind != "answer" || e.To != s.people[who].ID:
			case e.Text == "":
				return nil, nil
			default:
				return []string{"  ! " + s.names.hide(bare.Replace(e.Text))}, nil
			}
		case <-within.Done():
			return nil, fmt.Errorf("the press is not answered")
		}
	}
}
