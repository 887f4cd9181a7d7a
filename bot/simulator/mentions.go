package simulator

import (
	"net/url"
	"slices"
	"strconv"
)

// mentioned reads the address of a person, as a bot mentions one without a
// username.
func mentioned(address string) (id int64, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "tg" || u.Host != "user" {
		return 0, false
	}
	id, err = strconv.ParseInt(u.Query().Get("id"), 10, 64)
	return id, err == nil
}

// mentions returns entities in which mentions tell of whom they are. Those of
// people whom the bot does not know mean nothing.
func (s *Server) mentions(all []entity) []entity {
	var known []entity
	for _, e := range all {
		if e.Type == "text_mention" {
			if e.User == nil || s.people[e.User.ID] == nil {
				continue
			}
			user := s.people[e.User.ID].chat.Profile.wire()
			e.User = &user
		}
		known = append(known, e)
	}
	return known
}

// forced returns the people whose apps begin an answer to a message at once.
func (s *Server) forced(c *chat, m *message, selective bool) (ids []int64) {
	if c.private() {
		return []int64{c.id}
	}
	original, answers := c.message(m.ReplyTo)
	for id := range c.Members {
		named := slices.ContainsFunc(m.Entities, func(e entity) bool { return e.User != nil && e.User.ID == id })
		if id != s.botID && (!selective || named || answers && original.From.ID == id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
