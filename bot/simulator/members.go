package simulator

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Status is what someone is to a group, in the Bot API's words.
type Status string

// The statuses of a [Membership].
const (
	Creator       Status = "creator"
	Administrator Status = "administrator"
	Member        Status = "member"
	Restricted    Status = "restricted"
	Left          Status = "left"
	Kicked        Status = "kicked"
)

// Right is the name of a field of ChatMemberAdministrator or
// ChatMemberRestricted. Those named here are the ones that the server asks for;
// of any others it only tells.
type Right string

// The rights that decide about something here.
const (
	ManageTopics   Right = "can_manage_topics"
	DeleteMessages Right = "can_delete_messages"
	SendMessages   Right = "can_send_messages"
)

var (
	administratorRights = []Right{"can_manage_chat", DeleteMessages, "can_manage_video_chats", "can_restrict_members",
		"can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
		"can_delete_stories", "can_pin_messages", "can_manage_tags"}
	restrictedRights = []Right{SendMessages, "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
		"can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
		"can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users",
		"can_pin_messages", ManageTopics}
)

// Membership is someone's place in a group. The zero value is Left.
type Membership struct {
	Status    Status  `json:"status"`
	Rights    []Right `json:"rights,omitempty"`    // of an administrator, or left to a restricted member
	Anonymous bool    `json:"anonymous,omitempty"` // a creator or administrator who writes as the group
	Away      bool    `json:"away,omitempty"`      // a restricted one who is not in the group
}

// in reports whether this is a member of any kind.
func (m Membership) in() bool {
	switch m.Status {
	case Creator, Administrator, Member:
		return true
	case Restricted:
		return !m.Away
	default:
		return false
	}
}

func (m Membership) leads() bool { return m.Status == Creator || m.Status == Administrator }

func (m Membership) may(r Right) bool { return m.Status == Creator || slices.Contains(m.Rights, r) }

// wire returns the membership as the API's ChatMember.
func (m Membership) wire(c *chat, user wireUser) map[string]any {
	out := map[string]any{"user": user, "status": cmp.Or(m.Status, Left)}
	switch m.Status {
	case Creator:
		out["is_anonymous"] = m.Anonymous
	case Administrator:
		out["is_anonymous"], out["can_be_edited"] = m.Anonymous, false
		for _, r := range administratorRights {
			out[string(r)] = m.may(r)
		}
		out["can_manage_chat"] = true
		if c.kind() == "supergroup" {
			out[string(ManageTopics)] = m.may(ManageTopics)
		}
	case Restricted:
		out["is_member"], out["until_date"] = m.in(), 0
		for _, r := range restrictedRights {
			out[string(r)] = m.may(r)
		}
	case Kicked:
		out["until_date"] = 0
	default:
	}
	return out
}

// The service messages about members.
const (
	newMembers = "new_chat_members"
	leftMember = "left_chat_member"
)

// place gives someone another place in a group, and tells of it.
func (s *Server) place(c *chat, by Profile, id int64, after Membership) {
	before := c.Members[id]
	if reflect.DeepEqual(before, after) || c.UpgradedTo != 0 {
		return
	}
	user, _ := s.user(id)
	if before.in() && !after.in() { // while the bot, if it is the one, still hears it
		s.service(c, &message{From: by, Kind: leftMember, Text: user.name()}, user)
	}
	c.Members[id] = after
	if id == s.botID || c.Members[s.botID].leads() {
		s.membership(c, by, user, before, after)
	}
	if !before.in() && after.in() {
		s.service(c, &message{From: by, Kind: newMembers, Text: user.name()}, []wireUser{user})
	}
}

// membership tells the bot that someone's place in a chat has changed.
func (s *Server) membership(c *chat, by Profile, user wireUser, before, after Membership) {
	raw, _ := json.Marshal(map[string]any{"chat": c.wire(), "from": by.wire(), "date": s.options.Now().Unix(),
		"old_chat_member": before.wire(c, user), "new_chat_member": after.wire(c, user)})
	kind, lane := "my_chat_member", c.id
	if user.ID != s.botID {
		kind, lane = "chat_member", user.ID
	}
	s.publish(s.next(&s.UpdateIDs), kind+" "+chatLane(lane), kind, raw, keepMessage)
}

// service adds a service message, whose field named by its kind has a value,
// and tells the bot.
func (s *Server) service(c *chat, m *message, value any) {
	m.Media, _ = json.Marshal(value)
	s.add(c, m)
	s.publishMessage(c, m, "message")
}

// user returns the bot or a person, if there is one with this id.
func (s *Server) user(id int64) (wireUser, bool) {
	if id == s.botID {
		return s.wireBot(), true
	}
	p := s.people[id]
	if p == nil {
		return anonymous, id == anonymous.ID
	}
	return p.chat.Profile.wire(), true
}

func (u wireUser) name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

func getChatMember(s *Server, r *request) (any, error) {
	id := r.int("user_id")
	if id <= 0 {
		return nil, badRequest("invalid user_id specified")
	}
	w := toWrite
	if id == s.botID {
		w = toRead
	}
	c, err := s.access(r.text("chat_id"), w)
	if err != nil {
		return nil, err
	}
	user, known := s.user(id)
	switch {
	case c.private() && id != s.botID && id != c.id:
		return nil, badRequest("member not found")
	case c.private():
		return Membership{Status: Member}.wire(c, user), nil
	case !known:
		return nil, badRequest("PARTICIPANT_ID_INVALID")
	}
	return c.Members[id].wire(c, user), nil
}

func getChatAdministrators(s *Server, r *request) (any, error) {
	c, err := s.access(r.text("chat_id"), toWrite)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, badRequest("there are no administrators in the private chat")
	}
	leaders := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(c.Members)) {
		if m := c.Members[id]; m.leads() {
			user, _ := s.user(id)
			leaders = append(leaders, m.wire(c, user))
		}
	}
	return leaders, nil
}

func leaveChat(s *Server, r *request) (any, error) {
	c, err := s.access(r.text("chat_id"), toEdit)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, badRequest("chat member status can't be changed in private chats")
	}
	c.Members[s.botID] = Membership{Status: Left}
	return true, nil
}
