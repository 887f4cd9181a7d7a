package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Profile is who a person is to the bot.
type Profile struct {
	ID        int64  `json:"id"` // positive; the private chat has the same
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName,omitempty"`
	Username  string `json:"username,omitempty"` // without "@"
	Language  string `json:"language,omitempty"` // IETF tag of the app's language
	Phone     string `json:"phone,omitempty"`    // what ShareContact tells
}

// Person is someone who uses Telegram, and their private chat with the bot.
// All methods are safe for concurrent use. Writing to the bot unblocks it, as
// the app's Restart button does.
type Person struct {
	server *Server
	chat   *chat
}

// Person returns the person with the profile's id, made or changed to have
// this profile. An id that is not positive is no person's: it panics.
func (s *Server) Person(p Profile) *Person {
	if p.ID <= 0 {
		panic("simulator: the id of a person must be positive")
	}
	defer s.change()()
	if s.Chats[p.ID] == nil {
		c := &chat{}
		s.Chats[p.ID] = c
		c.attach(s, p.ID)
	}
	s.Chats[p.ID].Profile = p
	return s.people[p.ID]
}

// write adds a person's message to a chat and tells the bot. It returns the
// message's id.
func (s *Server) write(c *chat, from Profile, m *message) int {
	if c.private() {
		c.Started = true
		s.block(c, false)
	}
	m.From = from
	s.add(c, m)
	s.publishMessage(c, m, "message")
	return m.ID
}

func (s *Server) publishMessage(c *chat, m *message, kind string) {
	if s.hears(c, m) {
		s.publish(s.next(&s.UpdateIDs), chatLane(c.id), kind, s.wire(c, m), keepMessage)
	}
}

func (s *Server) block(c *chat, blocked bool) {
	if c.Blocked == blocked {
		return
	}
	c.Blocked = blocked
	before, after := Membership{Status: Kicked}, Membership{Status: Member}
	if blocked {
		before, after = after, before
	}
	s.membership(c, c.Profile, s.wireBot(), before, after)
}

// textMessage makes a text message as it comes out of Telegram: cleaned and
// trimmed, with commands, links and addresses marked.
func textMessage(text string) *message {
	text, _ = trimmed(cleaned(text), nil)
	if !strings.ContainsFunc(text, isSeen) {
		text = ""
	}
	return &message{Kind: "text", Text: text, Entities: detect(text, nil)}
}

// Start presses the app's Start button, or follows a link with ?start=payload.
func (p *Person) Start(payload string) int {
	return p.Say(strings.TrimSpace("/start " + payload))
}

// Say sends a text. Like all that send, it returns the message's id; a text of
// nothing but space, or of what cannot be seen, is not sent and gives 0.
func (p *Person) Say(text string) int {
	defer p.server.change()()
	return p.say(text)
}

func (p *Person) say(text string) int {
	m := textMessage(text)
	if m.Text == "" {
		return 0
	}
	return p.server.write(p.chat, p.chat.Profile, m)
}

// Edit changes the text of one of the person's own messages. A message that
// is gone, is not theirs or is no text stays as it is.
func (p *Person) Edit(messageID int, text string) { p.edit(p.chat, messageID, text) }

func (p *Person) edit(c *chat, messageID int, text string) {
	defer p.server.change()()
	old, ok := c.message(messageID)
	if !ok || old.From.ID != p.chat.id || old.Kind != "text" || c.UpgradedTo != 0 {
		return
	}
	edited, fresh := *old, textMessage(text)
	edited.Text, edited.Entities, edited.Edited = fresh.Text, fresh.Entities, p.server.options.Now().Unix()
	p.server.replace(c, &edited)
	p.server.publishMessage(c, &edited, "edited_message")
}

// Forward sends a text that someone else wrote.
func (p *Person) Forward(text string) int {
	defer p.server.change()()
	m := textMessage(text)
	m.Forwarded = true
	return p.server.write(p.chat, p.chat.Profile, m)
}

// Attach sends something other than a text: sticker, photo, voice, video,
// document, poll, location, dice or contact (someone else's), or what
// [Server.Upload] took. Any other kind is not sent and gives 0.
func (p *Person) Attach(kind string) int { return p.AttachWith(kind, "") }

// AttachWith attaches with a caption, which only a photo, voice, video or
// document can have.
func (p *Person) AttachWith(kind, caption string) int {
	defer p.server.change()()
	m := p.server.attachment(kind, caption)
	if m == nil {
		return 0
	}
	return p.server.write(p.chat, p.chat.Profile, m)
}

// attachment returns a message of a kind, or nil.
func (s *Server) attachment(kind, caption string) *message {
	f := s.file(kind)
	if f == nil {
		f = &file{Kind: kind, Media: json.RawMessage(attachments[kind])}
	}
	if len(f.Media) == 0 {
		return nil
	}
	m := &message{}
	if slices.Contains(captioned, f.Kind) {
		m = textMessage(caption)
	}
	m.Kind, m.Media, m.File = f.Kind, f.Media, f.ID
	return m
}

// attachments holds, by kind, the field of a Message that makes it one.
var attachments = map[string]string{
	"sticker": `{"file_id":"sticker-1","file_unique_id":"s1","type":"regular","width":512,"height":512,` +
		`"is_animated":false,"is_video":false,"emoji":"👍"}`,
	"photo":    `[{"file_id":"photo-1","file_unique_id":"p1","width":90,"height":90,"file_size":1024}]`,
	"voice":    `{"file_id":"voice-1","file_unique_id":"v1","duration":3,"mime_type":"audio/ogg"}`,
	"video":    `{"file_id":"video-1","file_unique_id":"w1","width":320,"height":240,"duration":5}`,
	"document": `{"file_id":"document-1","file_unique_id":"d1","file_name":"notes.txt","mime_type":"text/plain"}`,
	"poll": `{"id":"1","question":"Tea or coffee?","options":[{"persistent_id":"1","text":"Tea","voter_count":0},` +
		`{"persistent_id":"2","text":"Coffee","voter_count":0}],"total_voter_count":0,"is_closed":false,` +
		`"is_anonymous":true,"type":"regular","allows_multiple_answers":false}`,
	"location": `{"latitude":52.52,"longitude":13.405}`,
	"dice":     `{"emoji":"🎲","value":4}`,
	"contact":  `{"phone_number":"+12025550143","first_name":"Someone","last_name":"Else","user_id":4242424242}`,
}

// ShareContact sends the person's own contact with Profile.Phone, which
// Telegram vouches for by its user_id.
func (p *Person) ShareContact() int {
	defer p.server.change()()
	return p.shareContact()
}

func (p *Person) shareContact() int {
	own := p.chat.Profile
	raw, _ := json.Marshal(struct {
		Phone     string `json:"phone_number"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name,omitempty"`
		UserID    int64  `json:"user_id"`
	}{own.Phone, own.FirstName, own.LastName, own.ID})
	return p.server.write(p.chat, own, &message{Kind: "contact", Phone: own.Phone, Media: raw})
}

// Tap presses a button of the reply keyboard, which sends its text or, where
// it asks for it, the person's contact. It returns the message's id.
func (p *Person) Tap(label string) (int, error) {
	defer p.server.change()()
	k := p.chat.Keyboard
	if k == nil {
		return 0, fmt.Errorf("no reply keyboard is shown, so %q cannot be tapped", label)
	}
	for _, row := range k.Rows {
		for _, b := range row {
			if b.Text != label {
				continue
			}
			if k.OneTime {
				p.chat.setKeyboard(nil)
			}
			if b.RequestContact {
				return p.shareContact(), nil
			}
			return p.say(label), nil
		}
	}
	return 0, fmt.Errorf("the reply keyboard has no button %q", label)
}

// Block blocks the bot, as the app's menu does.
func (p *Person) Block() {
	defer p.server.change()()
	p.server.block(p.chat, true)
}

// Unblock lets the bot write again.
func (p *Person) Unblock() {
	defer p.server.change()()
	p.server.block(p.chat, false)
}
